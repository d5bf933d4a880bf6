/** The head: the one small mutable record of a deployment. Each revision is kept, as it was, under `revision/<n>`. */
import { ShorelineError } from './errors.ts'

export const HEAD_FORMAT = 1

export interface RunPointer {
  /** Where the run's rows are. */
  readonly store: 'kv' | 'd1'
  readonly run: string
  /** How many blocks of rows the run has. */
  readonly blocks: number
}

/** Rows that differ from those of a base, and tombstones. */
export interface OverlayPointer extends RunPointer {
  /** How many blocks of its filter follow the blocks of rows (core/filter.ts). */
  readonly filters: number
}

/** What is online for one version of a feature view. */
export interface ViewHead {
  readonly snapshot: number
  readonly base: RunPointer
  /** Read before the base: what it has of a key, a row or a tombstone, is the answer. */
  readonly overlay?: OverlayPointer
  /** Newest event timestamp of the snapshot, microseconds since the epoch; null when it has no rows. */
  readonly watermark: number | null
  /** Set by a rollback: new runs are refused until `resume`. */
  readonly held?: true
}

export interface ServiceHead {
  /** What an unpinned request means: the newest version whose views are all online; null when there is none. */
  readonly current: number | null
  /** Version -> hash of its compiled plan, under `plan/<hash>`. */
  readonly plans: Readonly<Record<string, string>>
  /** No longer defined: only its retained versions answer, by `service@version`. */
  readonly retired?: true
}

export interface Head {
  readonly format: typeof HEAD_FORMAT
  readonly revision: number
  readonly registry: number
  /** The oldest revision whose runs are all kept. */
  readonly oldest: number
  /** `view@version` -> what is online. */
  readonly views: Readonly<Record<string, ViewHead>>
  readonly services: Readonly<Record<string, ServiceHead>>
}

/** What a deployment starts from. */
export const EMPTY_HEAD: Head = { format: HEAD_FORMAT, revision: 0, registry: 0, oldest: 0, views: {}, services: {} }

/** @throws ShorelineError UNAVAILABLE when this code cannot read the head: it must not guess */
export function parseHead(text: string): Head {
  const head = JSON.parse(text) as Partial<Head>
  if (head.format === HEAD_FORMAT && typeof head.revision === 'number' && head.views && head.services)
    return head as Head
  throw new ShorelineError(
    'UNAVAILABLE',
    `the head has format ${String(head.format)}, this Worker reads ${HEAD_FORMAT}. Deploy the version of Shoreline that wrote it.`,
  )
}
