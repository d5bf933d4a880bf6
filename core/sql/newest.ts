/** The newest whole row of every key, in SQL. */
import { duckdbType, parseType } from '../types.ts'
import { identifier } from './text.ts'
import { CREATED_TIMESTAMP, EVENT_TIMESTAMP, hasCreated, OLDEST, type SqlColumn, type SqlView } from './view.ts'

/**
 * Whole rows, never one column's newest value beside another's: the greatest by event, then created, then the values
 * themselves, so that two rows that tie on both timestamps give the same answer every time.
 */
export function newestQuery(view: SqlView, typed: string, { where }: { readonly where?: string }): string {
  const keys = view.join_keys.map((key) => identifier(key.name))
  const by = keys.length === 0 ? '' : ` group by ${keys.join(', ')}`
  // One flat struct: DuckDB compares and copies it a tenth faster than a struct within a struct.
  const fields = ['event := _event', 'created := _created', ...view.features.flatMap(carryMinusZero)]
  const row = `max(struct_pack(${fields.join(', ')})) as _newest`
  return `select ${[...keys, row].join(', ')} from (${typed}) as typed${where ? ` where ${where}` : ''}${by}`
}

/**
 * `max` of a struct goes through a sort key, in which minus zero is zero (DuckDB 1.5.6): its sign travels beside it, and
 * lists and vectors of floats travel as text.
 */
function carryMinusZero({ type }: SqlColumn, index: number): readonly string[] {
  const column = `_f${index}`
  if (type === 'float32' || type === 'float64') return [`f${index} := ${column}`, `z${index} := signbit(${column})`]
  return [`f${index} := ${holdsFloats(type) ? `${column}::varchar` : column}`]
}

function restoreMinusZero({ type }: SqlColumn, index: number): string {
  const value = `_newest.f${index}`
  const duckdb = duckdbType(parseType(type))
  if (type === 'float32' || type === 'float64')
    return `case when _newest.z${index} and ${value} = 0 then '-0'::${duckdb} else ${value} end`
  return holdsFloats(type) ? `${value}::${duckdb}` : value
}

function holdsFloats(type: string): boolean {
  return type.startsWith('vector(') || type.includes('(float')
}

/**
 * Rows that are kept, as `typedQuery` gives new ones: so that the newest of both can be taken.
 * @param kept SQL of a query
 * @param more names of columns that are taken as they are
 */
export function typedAgain(view: SqlView, kept: string, more: readonly string[] = []): string {
  const columns = [
    ...more.map(identifier),
    ...view.join_keys.map((key) => identifier(key.name)),
    `${EVENT_TIMESTAMP} as _event`,
    `${hasCreated(view) ? `coalesce(${CREATED_TIMESTAMP}, ${OLDEST})` : OLDEST} as _created`,
    ...view.features.map((feature, index) => `${identifier(feature.name)} as _f${index}`),
  ]
  return `select ${columns.join(', ')} from (${kept}) as kept`
}

/** The rows of a snapshot as they are kept: join keys, event timestamp, features. @param newest SQL with the keys and `_newest` */
export function snapshotQuery(view: SqlView, newest: string): string {
  const columns = [
    ...view.join_keys.map((key) => identifier(key.name)),
    `_newest.event as ${EVENT_TIMESTAMP}`,
    ...(hasCreated(view) ? [`nullif(_newest.created, ${OLDEST}) as ${CREATED_TIMESTAMP}`] : []),
    ...view.features.map((feature, index) => `${restoreMinusZero(feature, index)} as ${identifier(feature.name)}`),
  ]
  return `select ${columns.join(', ')} from (${newest}) as snapshot where _newest is not null`
}
