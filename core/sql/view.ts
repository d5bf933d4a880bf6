/** What SQL has to know of a stored view; the registry's objects are such views. */
import { identifier } from './text.ts'

export interface SqlSource {
  readonly name: string
  /** Of its files: `parquet`, `csv` or `ndjson`. */
  readonly format: string
  readonly created?: string
  /** Feature -> column of the source, where they differ. */
  readonly columns?: Readonly<Record<string, string>>
}

export interface SqlColumn {
  readonly name: string
  readonly type: string
}

export interface SqlView {
  readonly name: string
  readonly sql?: string
  readonly timestamp: string
  readonly created?: string
  readonly ttl?: string
  readonly join_keys: readonly SqlColumn[]
  readonly features: readonly SqlColumn[]
  /** Each is a table of that name in the SQL. */
  readonly reads: readonly SqlSource[]
}

export function keyNames(view: Pick<SqlView, 'join_keys'>): readonly string[] {
  return view.join_keys.map((key) => identifier(key.name))
}

export function createdColumn(view: Pick<SqlView, 'created' | 'sql' | 'reads'>): string | undefined {
  return view.created ?? (view.sql === undefined ? view.reads[0]?.created : undefined)
}

export function hasCreated(view: Pick<SqlView, 'created' | 'sql' | 'reads'>): boolean {
  return createdColumn(view) !== undefined
}

/** `Object.hasOwn`: a feature may be called "constructor". */
export function columnOf({ columns = {} }: SqlSource, name: string): string {
  return (Object.hasOwn(columns, name) ? columns[name] : undefined) ?? name
}

/** The event timestamp's column of a snapshot; join keys and features keep their names. */
export const EVENT_TIMESTAMP = 'event_timestamp'
/** Only of views that say which column it is: among rows of one event the newest wins, in later runs too. */
export const CREATED_TIMESTAMP = '_created'

/** A row without one counts as the oldest of its event. */
export const OLDEST = "timestamp '0001-01-01'"
