/**
 * The rows of a run: computed, compared with what is online, checked, and kept in the lake; or those that an earlier sync has
 * computed. What goes online is built from that Parquet alone.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { chooseRun, type RunChoice } from '../../core/run-choice.ts'
import { runsPerMonth } from '../../registry/definitions/cron.ts'
import type { ComputedRequest, OnlineRuns } from '../../registry/wire/control.ts'
import { watched } from '../duckdb.ts'
import { localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { openLake } from '../lake/resolve.ts'
import { checkKeys, rowBytes } from './blocks.ts'
import { check } from './check.ts'
import type { Computed } from './compute.ts'
import { computeRows } from './compute-rows.ts'
import { countDiffering, writeDifference } from './difference.ts'
import type { Materialization, Workplace } from './materialize.ts'
import type { OnlineFiles } from './rows.ts'

export interface SnapshotRows {
  readonly computed: ComputedRequest
  /** Parquet of what the blocks hold, on this machine. */
  readonly file: string
  /** Bytes of it that are new in the lake. */
  readonly bytes: number
  readonly rowsRead: number
  /** The source objects that were read. */
  readonly read: readonly LakeObject[]
  /** Why those. */
  readonly reading: string
  /** Objects of earlier snapshots that were read. */
  readonly partsRead: number
  /** Why it became what it is. */
  readonly reason: string
  readonly blockBytes: number | null
}

export async function computeSnapshot(at: Materialization, db: DuckDBConnection): Promise<SnapshotRows> {
  const { work, view, run, options, clock, folder, part } = at
  const state = join(folder, 'state.parquet')
  const online = await onlineFiles(work, run.online)
  const { computed, read, reading } = await computeRows(at, db, state, online)
  await checkKeys(db, view, state)
  clock.lap('compute')
  const difference = join(folder, 'difference.parquet')
  const { choice, changed, differing } = await work.progress.phase(
    `${run.view}: compare`,
    (update) => watched(db, update, () => decide(at, db, { state, difference, computed, online })),
    (found) => `${found.changed} rows differ from what is online: ${found.choice.kind}`,
  )
  clock.lap('compare')
  const quality = await check(at, db, { file: state, changed: run.online ? changed : null })
  clock.lap('check')
  const isBase = choice.kind === 'base'
  const repeated = !isBase && choice.blocks === 0
  const file = isBase ? state : difference
  const request: ComputedRequest = {
    kind: choice.kind,
    rows: computed.rows,
    changed,
    stored: isBase ? computed.rows : differing,
    blocks: choice.blocks,
    filters: choice.filters,
    watermark: computed.watermark,
    next_event: computed.nextEvent,
    parts: repeated ? [...(run.online?.overlay?.parts ?? [])] : [part],
    ...(isBase ? {} : { base_snapshot: run.online?.base.snapshot }),
    ...(repeated ? { overlay_snapshot: run.online?.snapshot } : {}),
    ...quality,
  }
  const bytes = repeated ? 0 : await keep(at, file)
  if (!options.dryRun) await work.control.computed(run.run, request)
  clock.lap('snapshot')
  return {
    computed: request,
    file,
    bytes,
    rowsRead: computed.rowsRead,
    read,
    reading,
    partsRead: online ? online.base.length + (online.overlay?.length ?? 0) : 0,
    reason: choice.reason,
    blockBytes: choice.blockBytes,
  }
}

/** The rows that an earlier sync computed are in the lake: they are not computed again. */
export async function resumeSnapshot(at: Materialization, computed: ComputedRequest): Promise<SnapshotRows> {
  const { work, run, clock } = at
  const files = await work.progress.phase(
    `${run.view}: resume`,
    () => fetchParts(work, computed.blocks === 0 ? [] : computed.parts),
    () => `${computed.rows} entities, computed before`,
  )
  if (files === null)
    throw new ShorelineError(
      'INVALID',
      `The snapshot ${work.bucket}/${computed.parts.join(', ')} is not in the lake any more. Run "shoreline sync --full".`,
    )
  clock.lap('snapshot')
  return {
    computed,
    file: files[0] ?? '',
    bytes: 0,
    rowsRead: 0,
    read: [],
    reading: 'none: the rows were computed before',
    partsRead: files.length,
    reason: 'an earlier run was not finished',
    blockBytes: null,
  }
}

/** Null where an overlay could lie on nothing: the run is a base. */
async function onlineFiles(work: Workplace, online: OnlineRuns | null): Promise<OnlineFiles | null> {
  if (!online) return null
  const base = await fetchParts(work, online.base.parts)
  const overlay = online.overlay ? await fetchParts(work, online.overlay.parts) : null
  // Somebody removed them from the lake: what is online stays readable, and is replaced as a whole.
  if (base === null || base.length === 0 || (online.overlay && overlay === null)) return null
  return { base, overlay }
}

/** @returns where the objects are on this machine; null when one of them is not in the lake any more */
export async function fetchParts(
  work: Pick<Workplace, 'bucket' | 'lake' | 'folder'>,
  parts: readonly string[],
): Promise<readonly string[] | null> {
  const lake = openLake(work.bucket, work.lake)
  const objects = await Promise.all(parts.map((part) => lake.head(part)))
  const found = objects.flatMap((object) => (object ? [object] : []))
  if (found.length < parts.length) return null
  const copies = await localCopies(lake, found, join(work.folder, 'cache'))
  return copies.map((copy) => copy.path)
}

interface Decided {
  readonly choice: RunChoice
  /** Rows that differ from the snapshot online. */
  readonly changed: number
  /** From its base. */
  readonly differing: number
}

interface Files {
  readonly state: string
  readonly difference: string
  readonly computed: Computed
  readonly online: OnlineFiles | null
}

async function decide(
  { view, run, options }: Materialization,
  db: DuckDBConnection,
  { state, difference, computed, online }: Files,
): Promise<Decided> {
  const bytes = await rowBytes(db, view, state, computed.rows)
  const counts = {
    store: run.store,
    rows: computed.rows,
    rowBytes: bytes,
    history: (run.online?.history ?? []).map((one) => ({ ...one, at: Date.parse(one.at) })),
    runsPerMonth: view.schedule === undefined ? null : runsPerMonth(view.schedule),
    ...(options.full ? { full: true } : {}),
  }
  const base = run.online?.base
  if (!online || !base) return { choice: chooseRun({ ...counts, online: null }), changed: computed.rows, differing: 0 }
  const differing = await writeDifference(db, view, [state], online.base, difference)
  const changed = online.overlay ? await countDiffering(db, view, [difference], online.overlay) : differing
  // An overlay lies on a base in the same store, with the same columns.
  const comparable = base.pointer.store === run.store
  const overlayBlocks = run.online?.overlay_blocks ?? 0
  return {
    choice: chooseRun({ ...counts, online: comparable ? { changed, differing, overlayBlocks } : null }),
    changed,
    differing,
  }
}

/** @returns the bytes that are new in the lake */
async function keep({ work, options, part }: Materialization, file: string): Promise<number> {
  if (options.dryRun) return (await stat(file)).size
  return (await openLake(work.bucket, work.lake).put(part, { file })).size
}
