/**
 * The registry's objects as plain data: what definitions evaluate to, what D1 keeps, what `registry/<n>` holds and what
 * `GET /v1/registry` answers. Types are text (`list(int64)`), durations stay as written (`14d`).
 */
import type { ExpressionJson } from '../core/expressions/tree.ts'
import type { StoredValue } from '../core/values.ts'
import type { CheckObject } from './checks.ts'

export interface Metadata {
  readonly description?: string
  readonly owner?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface JoinKey {
  readonly name: string
  readonly type: string
}

export interface EntityObject extends Metadata {
  readonly name: string
  /** In the declared order, which is the order of the canonical key. */
  readonly join_keys: readonly JoinKey[]
}

/** What sources of files in the lake have in common, whatever their format. */
interface FileSourceObject extends Metadata {
  readonly name: string
  /** `r2://bucket/folder/**\/*.parquet` or `file://…`; hive partitions are columns. */
  readonly path: string
  /** The column with the event timestamp. */
  readonly timestamp: string
  readonly created?: string
  /** Feature -> column of the source, where they differ. */
  readonly columns?: Readonly<Record<string, string>>
  /** Tags of single columns of the source (`pii`), which everything derived from the column inherits. */
  readonly column_tags?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** `union`: a column that a file lacks is null there. Without it, files that differ are an error. */
  readonly schema_drift?: 'union'
}

/** A column that is parsed from text. */
export interface ColumnTypeObject {
  readonly name: string
  readonly type: string
}

export interface ParquetSourceObject extends FileSourceObject {
  readonly format: 'parquet'
}

export interface CsvSourceObject extends FileSourceObject {
  readonly format: 'csv'
  /** Without a header, all columns in their order. A column that is not among them is text. */
  readonly types: readonly ColumnTypeObject[]
  /** Default: a comma. */
  readonly delimiter?: string
  /** The files have no line with the names of the columns. */
  readonly header?: false
  /** An unquoted field with this text is null. Default: an empty one. */
  readonly null_text?: string
}

export interface NdjsonSourceObject extends FileSourceObject {
  readonly format: 'ndjson'
  /** The columns; other members of the objects are not read. */
  readonly types: readonly ColumnTypeObject[]
}

/** Files of the lake. */
export type LakeSourceObject = ParquetSourceObject | CsvSourceObject | NdjsonSourceObject

/** Rows that applications push. */
export interface PushSourceObject extends Metadata {
  readonly name: string
  readonly format: 'push'
  /** `features` are served, newest first for every feature; `events` are only kept. */
  readonly kind: 'features' | 'events'
  /** Join keys, and features or what else a row holds; every row has an event timestamp too. */
  readonly schema: readonly { readonly name: string; readonly type: string }[]
}

export type SourceObject = LakeSourceObject | PushSourceObject

export interface FeatureObject {
  readonly name: string
  readonly type: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly visibility: 'server' | 'public'
}

export interface ViewDefinition extends Metadata {
  readonly name: string
  readonly entity: string
  /** Each is a table of that name in the SQL; empty for a view whose rows are only pushed. */
  readonly sources: readonly string[]
  /** The push source whose rows are served beside the materialized ones, newest first for every feature. */
  readonly push?: string
  /** Pushed rows are read from the primary database, wherever the caller is. */
  readonly consistency?: 'primary'
  readonly sql?: string
  /** The column of the SQL's result (or of the source) with the event timestamp. */
  readonly timestamp: string
  readonly created?: string
  readonly ttl?: string
  readonly lookback?: string
  readonly freshness?: string
  readonly schedule?: string
  readonly lag?: string
  readonly retention?: string
  readonly online: 'kv' | 'd1'
  /** What has to hold of a snapshot before it is served; `checksOf` says what when left out. */
  readonly checks?: readonly CheckObject[]
  readonly features: readonly FeatureObject[]
}

/** One view, stored or on-demand, in one role, with the features that are taken from it. */
export interface ServiceInput {
  readonly view: string
  readonly as: string
  /** Join key of the view -> field of the request (or of the row, where an on-demand view takes it). */
  readonly keys: Readonly<Record<string, string>>
  readonly features: readonly { readonly feature: string; readonly name: string }[]
}

/** A value that callers send with each row. */
export interface RequestField {
  readonly name: string
  readonly type: string
}

/** A statistic of a registered training set: one constant. */
export interface UsedStatistic {
  /** `name@version`. As it was written until the command line has added the version: `name`, or `name@version`. */
  readonly set: string
  /** A feature of the set, by the name of its column. */
  readonly column: string
  /** `mean`, `p50`, `vocabulary`, … */
  readonly statistic: string
  readonly type: string
  /** As a block would store it; null until the command line has added it. */
  readonly value: StoredValue
}

/** One under a name: a column of the row with one value for all rows. */
export interface NamedStatistic extends UsedStatistic {
  readonly name: string
}

/** What an on-demand view reads: a view in a role, values of the request, or statistics of training sets. */
export type OnDemandInput =
  | ServiceInput
  | { readonly request: readonly RequestField[] }
  | { readonly statistics: readonly NamedStatistic[] }

/** How the features of an on-demand view are computed. What the command line has to add is empty until it has. */
export type OnDemandForm =
  | {
      readonly kind: 'sql'
      /** Feature -> the expression as it was written. */
      readonly sql: Readonly<Record<string, string>>
      /** Feature -> the expression as DuckDB bound it. */
      readonly bound: Readonly<Record<string, BoundExpression>>
      /** Packs of functions that the expressions call, sorted. */
      readonly packs: readonly string[]
      /** What `stat(…)` in them stands for; absent where there is none. */
      readonly statistics?: readonly UsedStatistic[]
    }
  | {
      readonly kind: 'typescript'
      /** The content hash of a module with a function `compute`. */
      readonly code: string
    }
  | {
      readonly kind: 'wasm'
      /** The content hash of a WebAssembly module. */
      readonly code: string
      /** The function of the module. */
      readonly export: string
      /** Names of the row's columns, in the order of the function's parameters. */
      readonly args: readonly string[]
      /** Names of the features, in the order of its results. */
      readonly returns: readonly string[]
    }

export interface BoundExpression {
  /** What runs offline: the same, with every type explicit. */
  readonly sql: string
  /** What runs online. Its columns are places in the view's row. */
  readonly tree: ExpressionJson
  /** The columns of the row that it reads, by name. */
  readonly reads: readonly string[]
}

/** Computed in the request, row by row: a pure function of its inputs. Its name is unique among all views. */
export interface OnDemandDefinition extends Metadata {
  readonly name: string
  readonly inputs: readonly OnDemandInput[]
  readonly features: readonly FeatureObject[]
  readonly form: OnDemandForm
}

export interface ServiceDefinition extends Metadata {
  readonly name: string
  readonly inputs: readonly ServiceInput[]
}

/** What a feature repository says, before the registry gives versions. */
export interface Definitions {
  readonly entities: readonly EntityObject[]
  readonly sources: readonly SourceObject[]
  readonly views: readonly ViewDefinition[]
  /** Absent where nothing is computed on demand. */
  readonly on_demand?: readonly OnDemandDefinition[]
  readonly services: readonly ServiceDefinition[]
}

export interface Versioned {
  readonly version: number
  /** Hash of what the version means; metadata is not part of it. */
  readonly hash: string
  /** Set when the name is no longer defined: the version is retained for whoever names it, and no new one follows. */
  readonly retired?: true
}

/** A version of a view carries what it means whole: the entity's keys and the sources as they were. */
export interface ViewObject extends ViewDefinition, Versioned {
  readonly join_keys: readonly JoinKey[]
  readonly reads: readonly LakeSourceObject[]
  /** The features that its push source brings, in the order of its features. */
  readonly pushed?: readonly string[]
  /** The earlier version whose runs this one reads, because both store the same (they differ in ttl, say). */
  readonly runs?: number
}

/** A column of the row that an on-demand view computes from. */
export interface RowColumn {
  readonly name: string
  readonly type: string
  /** The role that SQL may qualify it with; absent for what comes from the request. */
  readonly role?: string
}

/**
 * A version of an on-demand view names the versions of the views that it reads, as `view@version`, and carries what follows
 * from them.
 */
export interface OnDemandObject extends OnDemandDefinition, Versioned {
  /** Its row: the features of its inputs in their order, then join keys, its own request-time values, and statistics. */
  readonly row: readonly RowColumn[]
  /** The join keys of everything that it reads, as fields of the request; each once. */
  readonly join_keys: readonly JoinKey[]
  /** The request-time values of everything that it reads; each once. */
  readonly request: readonly RequestField[]
}

/** A version of a service names the view versions it uses, as `view@version`. */
export interface ServiceObject extends ServiceDefinition, Versioned {
  readonly plan: string
  /** The names in the answer, in order. */
  readonly features: readonly string[]
  /** Content hashes of the on-demand modules that its plan runs. */
  readonly code?: readonly string[]
  /** The stored view versions that its plan reads, where on-demand views are among its inputs; else those are the inputs. */
  readonly reads?: readonly string[]
}

/** Everything that is registered at one registry revision, retained versions included; lists sorted by name, then version. */
export interface RegistrySnapshot {
  readonly revision: number
  readonly entities: readonly EntityObject[]
  readonly sources: readonly SourceObject[]
  readonly views: readonly ViewObject[]
  /** Absent where there never was one. Their names are unique among all views. */
  readonly on_demand?: readonly OnDemandObject[]
  readonly services: readonly ServiceObject[]
  /** The last version ever given to a name, where it is no longer among the objects: versions are never given twice. */
  readonly last?: {
    readonly views: Readonly<Record<string, number>>
    readonly services: Readonly<Record<string, number>>
  }
}

export const EMPTY_REGISTRY: RegistrySnapshot = { revision: 0, entities: [], sources: [], views: [], services: [] }

export function viewId(view: { readonly name: string; readonly version: number }): string {
  return `${view.name}@${view.version}`
}
