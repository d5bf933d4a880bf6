/** A run's life in D1, and its blocks on their way into its store. */
import { ShorelineError } from '../../core/errors.ts'
import { MAX_PARTITIONS } from '../../core/partition.ts'
import type { Repository, Run, RunBase } from '../../registry/repository.ts'
import type { ComputedRequest } from '../../registry/wire/control.ts'
import type { BlockWriters } from '../online/store.ts'
import { readBlocks } from './check-block.ts'
import { viewHead } from './view-head.ts'

/** @throws ShorelineError INVALID when there is no such base; CONFLICT when it was computed otherwise before */
export async function recordComputed(repository: Repository, id: string, computed: ComputedRequest): Promise<void> {
  const run = await openRun(repository, id)
  const { kind, rows, changed = rows, stored = rows, blocks, filters, watermark, parts } = computed
  if (blocks > MAX_PARTITIONS)
    throw new ShorelineError('INVALID', `blocks: ${blocks}; at most ${MAX_PARTITIONS} are possible. Use larger blocks.`)
  if (kind === 'base' && (blocks === 0 || filters > 0))
    throw new ShorelineError('INVALID', 'A base has blocks, empty ones too, and no filter.')
  if (run.state === 'computed' && (run.blocks !== blocks || run.filters !== filters))
    throw new ShorelineError('CONFLICT', `Run ${id} was computed with ${run.blocks} blocks already.`, { run: id })
  await repository.recordComputed(id, {
    kind,
    base: kind === 'base' ? null : await baseOf(repository, run, computed),
    rows,
    changed,
    stored,
    blocks,
    filters,
    watermark,
    nextEvent: computed.next_event,
    parts,
    statistics: computed.statistics === undefined ? null : JSON.stringify(computed.statistics),
    checks: computed.checks === undefined ? null : JSON.stringify(computed.checks),
  })
}

/** What an overlay lies on, from what was published: whoever computed it names the snapshot only. */
async function baseOf(
  repository: Repository,
  run: Run,
  { base_snapshot: snapshot, overlay_snapshot: same, blocks, filters }: ComputedRequest,
): Promise<RunBase> {
  const base = snapshot === undefined ? null : await repository.runOfSnapshot(run.view, snapshot)
  if (base?.kind !== 'base' || base.blocks === null || base.store !== run.store)
    throw new ShorelineError('INVALID', `base_snapshot: ${snapshot ?? 'none'} is no base of ${run.view}.`, {
      run: run.id,
    })
  const pointer = { store: base.store, run: base.id, blocks: base.blocks }
  if (blocks > 0) {
    if (filters === 0) throw new ShorelineError('INVALID', 'An overlay has a filter: filters is 0.')
    return { snapshot: base.snapshot, pointer }
  }
  // Nothing differs from what is online: a base alone, or with the overlay of that snapshot.
  const online = same === undefined ? null : await repository.runOfSnapshot(run.view, same)
  if (!online || (online.id !== base.id && online.base?.snapshot !== base.snapshot))
    throw new ShorelineError(
      'INVALID',
      `overlay_snapshot: ${same ?? 'none'} does not lie on snapshot ${base.snapshot}.`,
      {
        run: run.id,
      },
    )
  const { overlay } = viewHead(online)
  return { snapshot: base.snapshot, pointer, ...(overlay ? { overlay } : {}) }
}

/** Checks and writes consecutive blocks, one per line. @returns how many */
export async function uploadBlocks(
  repository: Repository,
  stores: BlockWriters,
  id: string,
  first: number,
  body: string,
): Promise<number> {
  const run = await openRun(repository, id)
  if (run.blocks === null) throw new ShorelineError('CONFLICT', `Run ${id} has no computed rows yet.`, { run: id })
  const texts = readBlocks(body, run, first)
  await stores[run.store].write(run.view, run.id, first, texts)
  await repository.recordUpload(id, first, texts.length)
  return texts.length
}

export async function openRun(repository: Repository, id: string): Promise<Run> {
  const run = await repository.run(id)
  if (run.state === 'started' || run.state === 'computed') return run
  throw new ShorelineError('CONFLICT', `Run ${id} of ${run.view} is ${run.state}.`, { run: id })
}
