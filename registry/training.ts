/**
 * A training set: features of a service as they were known at the instants of a spine. Immutable, versioned by its name, and
 * described by a manifest, from which it can be made again.
 */
import type { JoinKey } from './objects.ts'
import type { SnapshotStatistics } from './quality.ts'

export const TRAINING_SET_FORMAT = 1

/** What decides the rows, as far as whoever asked for them decides it. */
export interface TrainingOptions {
  /** The spine's column with the instants; of a spine of entities the name that it gets. */
  readonly timestamp: string
  /** RFC 3339: no row of the spine is later. */
  readonly as_of: string
  /** Rows that were created after the spine's instant are left out. */
  readonly as_known: boolean
  /** Columns are named `view__feature`. */
  readonly full_names: boolean
  /** A status for every feature, and the event timestamp of every view. */
  readonly statuses: boolean
  readonly format: 'parquet' | 'csv' | 'arrow'
  readonly split: TrainingSplit | null
  /** Of columns of a text spine that are neither join keys nor request-time values. */
  readonly types: readonly JoinKey[]
}

export interface TrainingSplit {
  /** By instant, the oldest first; or by a hash. */
  readonly kind: 'time' | 'random'
  /** They add up to 1; two are train and test, three train, validation and test. */
  readonly shares: readonly number[]
  /** Of random: the columns whose values stay together; empty where every row is by itself. */
  readonly by: readonly string[]
  readonly seed: number
}

/** Where the rows come from that features are joined to. */
export type TrainingSpine =
  | { readonly kind: 'files'; readonly path: string; readonly objects: readonly SourceVersion[] }
  | { readonly kind: 'sql'; readonly sql: string; readonly sources: readonly string[] }
  /** The entities that the lake has rows of, at each instant from one to another. */
  | { readonly kind: 'entities'; readonly from: string; readonly to: string; readonly every: string }

export interface SourceVersion {
  readonly uri: string
  readonly etag: string
  readonly size: number
}

/** A version of a view in a role, as it was joined. */
export interface TrainingView {
  /** `view@version` */
  readonly view: string
  readonly as: string
  /** Of the view's version. */
  readonly hash: string
  readonly ttl: string | null
  readonly lag: string | null
  /** The spine's columns that make up its key, in the entity's declared order. */
  readonly keys: readonly string[]
}

export interface TrainingColumn {
  readonly name: string
  /** Of a feature its declared type; of a column of the spine that is no join key and no request-time value, DuckDB's. */
  readonly type: string
  /** `spine`, or `view@version:feature`; of what describes a value, the column that it describes. */
  readonly from: string
  readonly is: 'key' | 'timestamp' | 'request' | 'passed' | 'feature' | 'status' | 'event_timestamp'
}

export interface TrainingFile {
  /** Its name beside the manifest. */
  readonly file: string
  /** Its key in the lake bucket; null where the set is not registered. */
  readonly key: string | null
  /** `train`, `validation` or `test`; null where nothing is split. */
  readonly part: string | null
  readonly rows: number
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface TrainingManifest {
  readonly format: typeof TRAINING_SET_FORMAT
  readonly name: string
  /** Null where it is not registered. */
  readonly version: number | null
  /** RFC 3339 */
  readonly created_at: string
  /** What wrote it: the same bytes can be expected of the same versions only. */
  readonly written_by: { readonly shoreline: string; readonly duckdb: string }
  /** `service@version`; null for a list of features. */
  readonly service: string | null
  /** `view@version:feature`, in their order, as the plan took them. */
  readonly features: readonly string[]
  readonly options: TrainingOptions
  readonly spine: TrainingSpine & {
    readonly rows: number
    /** SHA-256 of the rows' values in their order. */
    readonly hash: string
  }
  readonly views: readonly TrainingView[]
  /** On-demand views and the hash of each version. */
  readonly on_demand: readonly { readonly view: string; readonly hash: string }[]
  /** Every object that was read, by the name of its source. */
  readonly sources: Readonly<Record<string, readonly SourceVersion[]>>
  /** Objects in quarantine, which were left out. */
  readonly quarantined: readonly { readonly uri: string; readonly etag: string }[]
  readonly columns: readonly TrainingColumn[]
  readonly rows: number
  readonly files: readonly TrainingFile[]
  /** SHA-256 of the files' own, in their order: the content. */
  readonly hash: string
  /** Of every feature, by the name of its column. */
  readonly statistics: SnapshotStatistics
}
