/** A run's life in D1, and its blocks on their way into KV. */

import { FIRST_FEATURE, parseBlock, readIdentity, type StoredRow } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { UPLOAD_BLOCKS } from '../../core/limits.ts'
import { MAX_PARTITIONS, partitionOf } from '../../core/partition.ts'
import { contentHash } from '../../registry/hash.ts'
import { type RegistrySnapshot, type ViewObject, viewId } from '../../registry/objects.ts'
import type { Repository, Run } from '../../registry/repository.ts'
import { findRuns, runsOf } from '../../registry/runs.ts'
import { storedHash } from '../../registry/versions.ts'
import type { ComputedRequest, StartRunAnswer, StartRunRequest } from '../../registry/wire/control.ts'
import type { BlockWriters } from '../online/store.ts'
import { truth } from './publish.ts'

/**
 * Pins the sources. Equal input is not computed twice: an open run of the same input is resumed, and a snapshot online
 * that came from it makes the run unnecessary.
 * @param now microseconds since the epoch
 */
export async function startRun(repository: Repository, request: StartRunRequest, now: number): Promise<StartRunAnswer> {
  const head = await truth(repository)
  const registry = await repository.registry(head.registry)
  const definition = findRuns(registry, request.view)
  const view = viewId(definition)
  const read = newestReader(registry, definition)
  const input = await contentHash({
    stored: await storedHash(definition),
    sources: request.sources.map(({ uri, etag }) => [uri, etag]),
    // The same rows in another store are another run.
    ...(read.online === 'kv' ? {} : { online: read.online }),
    as_of: request.as_of ?? null,
  })
  const online = head.views[view]
  const current = online && (await repository.runOfSnapshot(view, online.snapshot))
  if (
    online &&
    current &&
    !request.full &&
    current.input === input &&
    isStillWhole(definition, current, request.as_of ?? now)
  )
    return { outcome: 'unchanged', view, snapshot: online.snapshot, revision: head.revision }
  const open = await repository.openRun(view)
  if (open && open.input === input && !request.full && (request.as_of !== undefined || !readsClock(definition)))
    return resumed(repository, open)
  const snapshot = await repository.nextSnapshot(view)
  const run: Run = {
    id: `${snapshot}-${randomId()}`,
    view,
    snapshot,
    kind: 'base',
    store: read.online,
    state: 'started',
    input,
    sources: request.sources,
    asOf: request.as_of ?? now,
    rows: null,
    blocks: null,
    watermark: null,
    nextEvent: null,
    parts: [],
    error: null,
    startedAt: Date.now(),
    finishedAt: null,
  }
  await repository.startRun(run)
  return {
    outcome: 'started',
    view,
    snapshot,
    run: run.id,
    store: run.store,
    as_of: run.asOf,
    computed: null,
    uploaded: [],
  }
}

/** The version that reads the run last: another store makes no new version, so that its definition counts. */
function newestReader(registry: RegistrySnapshot, runs: ViewObject): ViewObject {
  return registry.views.findLast((view) => runsOf(view) === viewId(runs)) ?? runs
}

/** The same sources give the same rows until the clock passes an event that was still in the future. */
function isStillWhole(view: ViewObject, run: Run, asOf: number): boolean {
  return !readsClock(view) && (run.nextEvent === null || asOf < run.nextEvent)
}

function readsClock(view: ViewObject): boolean {
  return view.sql?.includes('$as_of') ?? false
}

async function resumed(repository: Repository, run: Run): Promise<StartRunAnswer> {
  const { rows, blocks, watermark, nextEvent, parts } = run
  const computed: ComputedRequest | null =
    rows === null || blocks === null ? null : { rows, blocks, watermark, next_event: nextEvent, parts: [...parts] }
  return {
    outcome: 'resumed',
    view: run.view,
    snapshot: run.snapshot,
    run: run.id,
    store: run.store,
    as_of: run.asOf,
    computed,
    uploaded: computed ? await repository.uploads(run.id) : [],
  }
}

export async function recordComputed(repository: Repository, id: string, computed: ComputedRequest): Promise<void> {
  const run = await openRun(repository, id)
  if (computed.blocks > MAX_PARTITIONS)
    throw new ShorelineError(
      'INVALID',
      `blocks: ${computed.blocks}; at most ${MAX_PARTITIONS} are possible. Use larger blocks.`,
    )
  if (run.state === 'computed' && run.blocks !== computed.blocks)
    throw new ShorelineError('CONFLICT', `Run ${id} was computed with ${run.blocks} blocks already.`, { run: id })
  await repository.recordComputed(id, {
    rows: computed.rows,
    blocks: computed.blocks,
    watermark: computed.watermark,
    nextEvent: computed.next_event,
    parts: computed.parts,
  })
}

/**
 * Checks and writes consecutive blocks, one per line. A block is refused unless it is exactly the one its place says,
 * undamaged, with only keys of its partition: what is online can then be trusted by its checksum alone.
 */
export async function uploadBlocks(
  repository: Repository,
  stores: BlockWriters,
  id: string,
  first: number,
  body: string,
): Promise<number> {
  const run = await openRun(repository, id)
  if (run.blocks === null) throw new ShorelineError('CONFLICT', `Run ${id} has no computed rows yet.`, { run: id })
  const texts = body.split('\n').filter((line) => line !== '')
  if (texts.length === 0 || texts.length > UPLOAD_BLOCKS)
    throw new ShorelineError('MALFORMED', `${texts.length} blocks in the body; send 1 to ${UPLOAD_BLOCKS}, one a line.`)
  for (const [index, text] of texts.entries()) checkBlock(text, run, run.blocks, first + index)
  await stores[run.store].write(run.view, run.id, first, texts)
  await repository.recordUpload(id, first, texts.length)
  return texts.length
}

/** As far as it can be told without the view's types: what is none makes answers that are no JSON, or none at all. */
function isStoredRow(row: unknown): row is StoredRow {
  if (!Array.isArray(row) || row.length <= FIRST_FEATURE) return false
  const [key, event, ...values] = row
  return typeof key === 'string' && Number.isInteger(event) && values.every(isStoredValue)
}

function isStoredValue(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) // digits like 1e999 are read as Infinity
  return typeof value !== 'object' || value === null || (Array.isArray(value) && value.every(isStoredValue))
}

function checkBlock(text: string, run: Run, blocks: number, block: number): void {
  if (block >= blocks) throw new ShorelineError('INVALID', `block ${block} is beyond the ${blocks} of run ${run.id}.`)
  if (!readIdentity(text)) throw new ShorelineError('MALFORMED', `line of block ${block}: not a block.`)
  try {
    const rows = parseBlock(text, { view: run.view, run: run.id, block, blocks })
    const keys = new Set<string>()
    for (const [at, row] of rows.entries()) {
      if (!isStoredRow(row) || row.length !== rows[0]?.length)
        throw new ShorelineError(
          'INVALID',
          `block ${block}: rows[${at}] is no row. It takes a key, an event timestamp in microseconds and a stored value per feature.`,
        )
      if (partitionOf(row[0], blocks) !== block)
        throw new ShorelineError(
          'INVALID',
          `block ${block} holds ${JSON.stringify(row[0])}, a key of another partition.`,
        )
      if (keys.has(row[0]))
        throw new ShorelineError('INVALID', `block ${block} has the key ${JSON.stringify(row[0])} twice.`)
      keys.add(row[0])
    }
  } catch (thrown) {
    // Here the block comes from the caller: a damaged one is the caller's to send again, not a store that failed.
    throw thrown instanceof ShorelineError
      ? new ShorelineError('INVALID', thrown.message, thrown.details)
      : new ShorelineError('MALFORMED', `block ${block}: its rows are not JSON.`)
  }
}

export async function openRun(repository: Repository, id: string): Promise<Run> {
  const run = await repository.run(id)
  if (run.state === 'started' || run.state === 'computed') return run
  throw new ShorelineError('CONFLICT', `Run ${id} of ${run.view} is ${run.state}.`, { run: id })
}

function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 12)
}
