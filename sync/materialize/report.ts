/** What a sync says it did, and what it cost. */
import { dollars, materializationOperations } from '../../core/cost.ts'
import type { ComputedRequest, PublishAnswer, StartRunAnswer } from '../../registry/wire/control.ts'
import type { Stopwatch } from './stopwatch.ts'
import type { Uploaded } from './upload.ts'

/** `shoreline sync --json` prints one per view. */
export interface ViewReport {
  readonly view: string
  readonly mode: 'full' | 'unchanged'
  readonly reason: string
  readonly rows_read: number
  readonly entities: number
  readonly changed: number
  readonly kv_writes: number
  /** When the snapshot is reclaimed. */
  readonly kv_deletes: number
  readonly d1_rows: number
  /** When the snapshot is reclaimed. */
  readonly d1_deletes: number
  readonly r2_ops: number
  /** The operations, the later deletions and a month of storage. */
  readonly dollars: number
  /** Per phase. */
  readonly seconds: Readonly<Record<string, number>>
  readonly snapshot: number
  readonly revision: number
  /** Held by a rollback: computed and kept, not published. */
  readonly held: boolean
}

type Unchanged = Extract<StartRunAnswer, { readonly outcome: 'unchanged' }>
type OpenRun = Exclude<StartRunAnswer, Unchanged>

export function reportUnchanged({ view, snapshot, revision }: Unchanged, clock: Stopwatch): ViewReport {
  const nothing = {
    rows_read: 0,
    entities: 0,
    changed: 0,
    kv_writes: 0,
    kv_deletes: 0,
    d1_rows: 0,
    d1_deletes: 0,
    r2_ops: 0,
    dollars: 0,
  }
  const reason = 'the definition and the lake are as they were'
  return { view, mode: 'unchanged', reason, ...nothing, seconds: clock.laps(), snapshot, revision, held: false }
}

export interface Published {
  readonly run: Pick<OpenRun, 'view' | 'snapshot' | 'run' | 'store'>
  readonly published: PublishAnswer
  readonly uploaded: Uploaded
  readonly computed: ComputedRequest
  readonly reason: string
  readonly rowsRead: number
  readonly objects: number
  readonly snapshotBytes: number
  readonly clock: Stopwatch
}

export function reportPublished({
  run,
  published,
  uploaded,
  computed,
  reason,
  rowsRead,
  objects,
  snapshotBytes,
  clock,
}: Published): ViewReport {
  const held = published.held.includes(run.run)
  const operations = materializationOperations({
    store: run.store,
    written: uploaded.blocks,
    blocks: computed.blocks,
    bytes: uploaded.bytes,
    uploads: uploaded.requests,
    objects,
    parts: computed.parts.length,
    snapshotBytes,
    published: !held,
  })
  return {
    view: run.view,
    mode: 'full',
    reason,
    rows_read: rowsRead,
    entities: computed.rows,
    changed: computed.rows,
    kv_writes: operations.kvWrites,
    kv_deletes: operations.kvDeletes,
    d1_rows: operations.d1RowsWritten,
    d1_deletes: operations.d1RowsDeleted,
    r2_ops: operations.r2Reads + operations.r2Writes,
    dollars: dollars(operations),
    seconds: clock.laps(),
    snapshot: run.snapshot,
    revision: published.revision,
    held,
  }
}
