/** What a check found, and what it looks at. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseType } from '../../core/types.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { CheckResult, SnapshotStatistics } from '../../registry/quality.ts'
import { keyExpression } from '../sql/key.ts'

export type Finding = Omit<CheckResult, 'check' | 'severity'>

/** A snapshot that was computed and is not served yet, and the one that is. */
export interface Checked {
  readonly view: ViewObject
  /** SQL of its rows, as `read_parquet('…')`. */
  readonly relation: string
  readonly statistics: SnapshotStatistics
  /** Of the snapshot being served; null before the first, and of one from before there were any. */
  readonly previous: SnapshotStatistics | null
  /** Null before the first. */
  readonly previousRows: number | null
  /** Rows that differ from the snapshot being served, new and removed ones included; null before the first. */
  readonly changed: number | null
  /** Microseconds since the epoch. */
  readonly asOf: number
  /** Join key or feature -> type. */
  readonly types: ReadonlyMap<string, string>
  /** SQL of a row's canonical key; null where no key may be told, or there is none. */
  readonly key: string | null
}

export type Work = readonly [db: DuckDBConnection, checked: Checked]

/** How many violating rows are told. */
const EXAMPLES = 5

/** SQL of the keys that come first, as a list: the same ones every time. */
export function exampleKeys(key: string): string {
  return `min(${key}, ${EXAMPLES})`
}

export function keySql({ join_keys }: ViewObject): string | null {
  return join_keys.length === 0
    ? null
    : keyExpression(join_keys.map(({ name, type }) => ({ name, type: parseType(type) })))
}
