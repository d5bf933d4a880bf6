/**
 * The registry's objects as plain data: what definitions evaluate to, what D1 keeps, what `registry/<n>` holds and what
 * `GET /v1/registry` answers. Types are text (`list(int64)`), durations stay as written (`14d`).
 */
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

/** One view in one role, with the features a service takes from it. */
export interface ServiceInput {
  readonly view: string
  readonly as: string
  /** Join key of the entity -> field of the request. */
  readonly keys: Readonly<Record<string, string>>
  readonly features: readonly { readonly feature: string; readonly name: string }[]
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

/** A version of a service names the view versions it uses, as `view@version`. */
export interface ServiceObject extends ServiceDefinition, Versioned {
  readonly plan: string
  /** The names in the answer, in order. */
  readonly features: readonly string[]
  /** Content hashes of the on-demand modules that its plan runs. */
  readonly code?: readonly string[]
}

/** Everything that is registered at one registry revision, retained versions included; lists sorted by name, then version. */
export interface RegistrySnapshot {
  readonly revision: number
  readonly entities: readonly EntityObject[]
  readonly sources: readonly SourceObject[]
  readonly views: readonly ViewObject[]
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
