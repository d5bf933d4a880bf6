/** What differs between two sets of rows, in SQL: a new snapshot and the base that is online, two overlays of one base. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseType, type ValueType } from '../../core/types.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'
import {
  CREATED_TIMESTAMP,
  DELETED,
  EVENT_TIMESTAMP,
  hasCreated,
  keyNames,
  parquet,
  parquetOptions,
  sameKey,
  valueNames,
} from './rows.ts'

/**
 * Writes the rows of `state` that are not in `base` exactly so, and a tombstone for every key that `state` does not have.
 * @param state Parquet of the new snapshot's rows, of all of them
 * @param base Parquet of the base's
 * @returns how many rows were written, tombstones included
 */
export async function writeDifference(
  db: DuckDBConnection,
  view: ViewObject,
  state: readonly string[],
  base: readonly string[],
  file: string,
): Promise<number> {
  const keys = keyNames(view).map((key) => `coalesce(one.${key}, other.${key}) as ${key}`)
  const values = valueNames(view).map((name) => `one.${name} as ${name}`)
  const selected = [...keys, ...values, `one._here is null as ${DELETED}`]
  await db.run(
    `copy (select ${selected.join(', ')} from ${outer(view, parquet(state), parquet(base))} where ${differs(view)}) to ${literal(file)} ${parquetOptions(view)}`,
  )
  const [row] = await query(db, `select count(*)::varchar as rows from ${parquet([file])}`)
  return Number(row?.['rows'] ?? 0)
}

/**
 * How many keys do not read the same through the two overlays of one base: what a key without a row in one of them reads
 * there is the base's row, from which every row of an overlay differs.
 */
export async function countDiffering(
  db: DuckDBConnection,
  view: ViewObject,
  one: readonly string[],
  other: readonly string[],
): Promise<number> {
  const [row] = await query(
    db,
    `select count(*)::varchar as rows from ${outer(view, parquet(one), parquet(other))} where ${differs(view)} or (one.${DELETED} <> other.${DELETED})`,
  )
  return Number(row?.['rows'] ?? 0)
}

function outer(view: ViewObject, one: string, other: string): string {
  // An outer join takes an equality, and the global entity has no key.
  const same = view.join_keys.length > 0 ? sameKey(view, 'one', 'other') : 'one._here = other._here'
  return `(select *, true as _here from ${one}) as one full outer join (select *, true as _here from ${other}) as other on ${same}`
}

function differs(view: ViewObject): string {
  const columns = view.features.map(({ name, type }) => unlike(identifier(name), parseType(type)))
  return [
    'one._here is null',
    'other._here is null',
    `one.${EVENT_TIMESTAMP} is distinct from other.${EVENT_TIMESTAMP}`,
    ...(hasCreated(view) ? [`one.${CREATED_TIMESTAMP} is distinct from other.${CREATED_TIMESTAMP}`] : []),
    ...columns,
  ].join(' or ')
}

/** To DuckDB zero and minus zero are the same; to whoever divides by them they are not. */
function unlike(column: string, type: ValueType): string {
  const [one, other] = [`one.${column}`, `other.${column}`]
  const distinct = `${one} is distinct from ${other}`
  if (type.kind === 'float32' || type.kind === 'float64')
    return `(${distinct} or (${one} = 0 and signbit(${one}) <> signbit(${other})))`
  if (holdsFloats(type)) return `(${distinct} or ${one}::varchar <> ${other}::varchar)`
  return `(${distinct})`
}

function holdsFloats(type: ValueType): boolean {
  if (type.kind === 'vector') return true
  return type.kind === 'list' && (type.of.kind === 'float32' || type.of.kind === 'float64' || holdsFloats(type.of))
}
