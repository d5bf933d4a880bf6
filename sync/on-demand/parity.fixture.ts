/** Both paths on the same rows: DuckDB on a table, the evaluator on the stored values. Values are compared bit for bit. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import { compileExpression } from '../../core/expressions/compile.ts'
import { isSame } from '../../core/expressions/golden.fixture.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { EXPRESSION_FORMAT, type ExpressionJson, type ExpressionNode } from '../../core/expressions/tree.ts'
import { type Evaluate, type RuntimeValue, runtimeReader } from '../../core/expressions/values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { identifier } from '../sql/text.ts'
import { randomOf } from '../verify/random.ts'
import { COLUMNS, storedOf, valueSql } from './parity-values.fixture.ts'
import { printWhole } from './print.ts'
import { sqlType } from './types.ts'

export interface Rows {
  readonly stored: readonly (readonly StoredValue[])[]
  readonly runtime: readonly (readonly RuntimeValue[])[]
}

export async function makeRows(db: DuckDBConnection, count: number, seed: number): Promise<Rows> {
  const random = randomOf(seed)
  const types = COLUMNS.map(({ type }) => parseType(type))
  const stored = Array.from({ length: count }, () => types.map((type) => storedOf(random, type)))
  const columns = COLUMNS.map(({ name, type }) => `${name} ${sqlType(type)}`)
  await db.run(`create or replace table parity_rows (row_at integer, ${columns.join(', ')})`)
  for (let from = 0; from < count; from += 100) {
    const rows = stored.slice(from, from + 100).map((row, at) => {
      const values = row.map((value, column) => valueSql(value, COLUMNS[column]?.type ?? ''))
      return `(${[from + at, ...values].join(', ')})`
    })
    await db.run(`insert into parity_rows values ${rows.join(', ')}`)
  }
  const readers = types.map(runtimeReader)
  return { stored, runtime: stored.map((row) => row.map((value, column) => readers[column]?.(value) ?? null)) }
}

export interface Compared {
  readonly sql: string
  readonly type: string
  readonly tree: ExpressionJson
}

export interface Difference {
  readonly sql: string
  readonly row: number
  readonly offline: RuntimeValue
  readonly online: RuntimeValue
}

/** What DuckDB computes of each expression, on rows `from` to `to` of the table. */
export async function offlineValues(
  db: DuckDBConnection,
  list: readonly Pick<Compared, 'sql' | 'type'>[],
  from: number,
  to: number,
): Promise<readonly (readonly RuntimeValue[])[]> {
  const columns = list.map(({ sql, type }, at) => `${asBytes(`try(${sql})`, type)} as f${at}`)
  const statement = `select ${columns.join(', ')} from parity_rows where row_at >= ${from} and row_at < ${to} order by row_at`
  const found = await (await db.runAndReadAll(statement)).getColumns()
  return list.map(({ type }, at) => (found[at] ?? []).map((value) => fromDuckDB(value, type.includes('string'))))
}

/** The first row of each expression on which the paths differ; rows `from` to `to` of the table. */
export async function differences(
  db: DuckDBConnection,
  rows: Rows,
  list: readonly Compared[],
  from: number,
  to: number,
): Promise<readonly Difference[]> {
  const found = await offlineValues(db, list, from, to)
  return list.flatMap(({ sql, tree }, at) => {
    // As the registry and plans have it: in JSON.
    const evaluate = compileExpression(JSON.parse(JSON.stringify(tree)) as ExpressionJson, ALL_PACKS)
    for (let row = from; row < to; row++) {
      const offline = found[at]?.[row - from] ?? null
      const online = orNull(evaluate, rows.runtime[row] ?? [])
      if (!isSame(offline, online)) return [{ sql, row, offline, online }]
    }
    return []
  })
}

/** Strings as bytes: what returns text drops a byte order mark at its start. */
function asBytes(sql: string, type: string): string {
  if (type === 'string') return `encode(${sql})`
  return type === 'list(string)' ? `list_transform(${sql}, lambda e: encode(e))` : sql
}

/** Online an error is INVALID, and its value null. */
function orNull(evaluate: Evaluate, row: readonly RuntimeValue[]): RuntimeValue {
  try {
    return evaluate(row)
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown
    return null
  }
}

function fromDuckDB(value: DuckDBValue, isString: boolean): RuntimeValue {
  if (typeof value === 'bigint')
    return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
  if (value instanceof DuckDBTimestampValue) return fromDuckDB(value.micros, false)
  if (value instanceof DuckDBDateValue) return value.days
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString(isString ? 'utf8' : 'base64')
  if (value instanceof DuckDBListValue) return value.items.map((item) => fromDuckDB(item, isString))
  if (value instanceof DuckDBArrayValue) return Float32Array.from(value.items.map(Number))
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    return value
  return String(value)
}

/** The smallest part of an expression on which the paths differ on a row, with what it was given: what to look at first. */
export async function shrink(db: DuckDBConnection, rows: Rows, one: Compared, row: number): Promise<string> {
  const names = COLUMNS.map(({ name }) => name)
  let smallest = one.tree.root
  for (const part of partsOf(one.tree.root)) {
    if (/^(interval|int8|int128)/.test(part.type)) continue
    const sql = printWhole(part, names)
    const tree: ExpressionJson = { format: EXPRESSION_FORMAT, packs: [], root: part }
    const found = await differences(db, rows, [{ sql, type: part.type, tree }], row, row + 1)
    if (found.length > 0 && JSON.stringify(part).length < JSON.stringify(smallest).length) smallest = part
  }
  const sql = printWhole(smallest, names)
  const tree: ExpressionJson = { format: EXPRESSION_FORMAT, packs: [], root: smallest }
  const [difference] = await differences(db, rows, [{ sql, type: smallest.type, tree }], row, row + 1)
  const used = COLUMNS.flatMap(({ name }, at) =>
    sql.includes(identifier(name)) ? `${name} = ${shown(rows.runtime[row]?.[at])}` : [],
  )
  return `${sql}\n  where ${used.join(', ')}\n  offline ${shown(difference?.offline)}, online ${shown(difference?.online)}`
}

function shown(value: RuntimeValue | undefined): string {
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function partsOf(node: ExpressionNode): readonly ExpressionNode[] {
  if ('args' in node) return [node, ...node.args.flatMap(partsOf)]
  if ('case' in node) return [node, ...node.case.flat().flatMap(partsOf), ...partsOf(node.else)]
  return [node]
}
