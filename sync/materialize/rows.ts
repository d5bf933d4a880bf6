/** The columns of a snapshot's Parquet, and a snapshot's rows out of a base and the overlay that lies on it. */
import { CREATED_TIMESTAMP, EVENT_TIMESTAMP, hasCreated, keyNames } from '../../core/sql/view.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { identifier, literal } from '../sql/text.ts'

export { CREATED_TIMESTAMP, EVENT_TIMESTAMP, hasCreated, keyNames, OLDEST } from '../../core/sql/view.ts'

/** In an overlay's Parquet: the base's row of this key is gone. */
export const DELETED = '_deleted'

/** All columns but the join keys, in their order. */
export function valueNames(view: ViewObject): readonly string[] {
  return [
    EVENT_TIMESTAMP,
    ...(hasCreated(view) ? [CREATED_TIMESTAMP] : []),
    ...view.features.map((feature) => identifier(feature.name)),
  ]
}

/**
 * How the rows of a snapshot are written. A dictionary takes zero and minus zero for the same (DuckDB 1.5.6), so that floats go
 * without: as fast, and a tenth larger.
 */
export function parquetOptions(view: ViewObject): string {
  const floats = view.features.some(({ type }) => /float|vector/.test(type))
  return `(format parquet, compression zstd${floats ? ', dictionary_size_limit 0' : ''})`
}

/** SQL of a table: the rows of local Parquet files. */
export function parquet(files: readonly string[]): string {
  return `read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false)`
}

/** The Parquet files of what is online, on this machine. */
export interface OnlineFiles {
  readonly base: readonly string[]
  readonly overlay: readonly string[] | null
}

/** SQL of a query: every row of the snapshot that is online. */
export function onlineRows(view: ViewObject, { base, overlay }: OnlineFiles): string {
  const columns = [...keyNames(view), ...valueNames(view)].join(', ')
  if (!overlay) return `select ${columns} from ${parquet(base)}`
  return `select ${columns} from ${parquet(base)} as base where not exists (select 1 from ${parquet(overlay)} as over where ${sameKey(view, 'base', 'over')}) union all select ${columns} from ${parquet(overlay)} where not ${DELETED}`
}

/** SQL of a condition. */
export function sameKey(view: ViewObject, one: string, other: string): string {
  const equal = keyNames(view).map((key) => `${one}.${key} = ${other}.${key}`)
  return equal.length === 0 ? 'true' : equal.join(' and ')
}
