/** What a sync says it did, or would do, and what it costs. */
import { dollars, materializationOperations } from '../../core/cost.ts'
import type { CheckResult } from '../../registry/quality.ts'
import type { PublishAnswer, StartRunAnswer } from '../../registry/wire/control.ts'
import { failedChecks } from '../quality/gate.ts'
import { sizeOf } from './compute-rows.ts'
import type { Made, Materialization } from './materialize.ts'
import type { Stopwatch } from './stopwatch.ts'

/** `shoreline sync --json` prints one per view. */
export interface ViewReport {
  readonly view: string
  /** `full` is a base run, `overlay` one of what differs from it. */
  readonly mode: 'full' | 'overlay' | 'unchanged'
  /** Why, with the figures that decided it. */
  readonly reason: string
  /** Source objects that are read, and their bytes. */
  readonly objects: number
  readonly bytes: number
  /** Why those, or why all. */
  readonly reading: string
  readonly rows_read: number
  readonly entities: number
  /** Rows that differ from what was online before, removed ones included. */
  readonly changed: number
  /** Of rows and of an overlay's filter. */
  readonly blocks: number
  /** What a block's text is to hold; null when an earlier run had decided it. */
  readonly block_bytes: number | null
  readonly kv_writes: number
  /** When the snapshot is reclaimed. */
  readonly kv_deletes: number
  readonly d1_rows: number
  /** When the snapshot is reclaimed. */
  readonly d1_deletes: number
  readonly r2_ops: number
  /** Bytes that are stored from now on: blocks, and the snapshot's Parquet. */
  readonly stored_bytes: number
  /** The operations, the later deletions and a month of storage. */
  readonly dollars: number
  /** Checks that did not hold and only warn. */
  readonly warnings: readonly CheckResult[]
  /** Per phase. */
  readonly seconds: Readonly<Record<string, number>>
  readonly snapshot: number
  /** What is online now; null when nothing was published. */
  readonly revision: number | null
  /** Held by a rollback: computed and kept, not published. */
  readonly held: boolean
  /** Nothing was written: this is what a run would do. */
  readonly dry_run?: true
}

type Unchanged = Extract<StartRunAnswer, { readonly outcome: 'unchanged' }>
export type OpenRun = Exclude<StartRunAnswer, Unchanged>

export function reportUnchanged({ view, snapshot, revision, held }: Unchanged, clock: Stopwatch): ViewReport {
  return {
    view,
    mode: 'unchanged',
    reason: 'the definition and the lake are as they were',
    objects: 0,
    bytes: 0,
    reading: 'none',
    rows_read: 0,
    entities: 0,
    changed: 0,
    blocks: 0,
    block_bytes: null,
    kv_writes: 0,
    kv_deletes: 0,
    d1_rows: 0,
    d1_deletes: 0,
    r2_ops: 0,
    stored_bytes: 0,
    dollars: 0,
    warnings: [],
    seconds: clock.laps(),
    snapshot,
    revision,
    held,
  }
}

export interface Reported {
  readonly at: Pick<Materialization, 'run' | 'options' | 'clock'>
  readonly made: Made
  readonly published: PublishAnswer | null
}

export function reportMade({ at, made, published }: Reported): ViewReport {
  const { run, options, clock } = at
  const { computed, rowsRead, read, reading, bytes, partsRead, reason, blockBytes } = made.rows
  const { uploaded } = made
  const held = published?.held.includes(run.run) ?? false
  const operations = materializationOperations({
    store: run.store,
    written: uploaded.blocks,
    blocks: computed.blocks + computed.filters,
    bytes: uploaded.bytes,
    uploads: uploaded.requests,
    objects: read.length + partsRead,
    parts: bytes > 0 ? 1 : 0,
    snapshotBytes: bytes,
    published: !held,
  })
  return {
    view: run.view,
    mode: computed.kind === 'base' ? 'full' : 'overlay',
    reason,
    objects: read.length,
    bytes: sizeOf(read),
    reading,
    rows_read: rowsRead,
    entities: computed.rows,
    changed: computed.changed ?? computed.rows,
    blocks: computed.blocks + computed.filters,
    block_bytes: blockBytes,
    kv_writes: operations.kvWrites,
    kv_deletes: operations.kvDeletes,
    d1_rows: operations.d1RowsWritten,
    d1_deletes: operations.d1RowsDeleted,
    r2_ops: operations.r2Reads + operations.r2Writes,
    stored_bytes: operations.kvBytes + operations.d1Bytes + operations.r2Bytes,
    dollars: dollars(operations),
    warnings: failedChecks(computed.checks ?? [], 'warn'),
    seconds: clock.laps(),
    snapshot: run.snapshot,
    revision: published?.revision ?? null,
    held,
    ...(options.dryRun ? { dry_run: true as const } : {}),
  }
}
