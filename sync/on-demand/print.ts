/** The SQL of a typed tree: every type explicit, every column by its name, so that DuckDB binds it to the same again. */
import type { CallNode, CaseNode, ExpressionNode } from '../../core/expressions/tree.ts'
import { type StoredValue, vectorItems } from '../../core/values.ts'
import { identifier, literal } from '../sql/text.ts'
import { castCall } from './casts.ts'
import { functionOfCall } from './functions.ts'
import { infix } from './sql-function.ts'
import { sqlType } from './types.ts'

/**
 * The SQL of a whole expression, as TRY() takes it. DuckDB 1.5 writes beyond its memory where CASE or COALESCE is what TRY()
 * is given and a row has an error, so these come out of a struct, which changes nothing else.
 */
export function printWhole(node: ExpressionNode, columns: readonly string[]): string {
  const sql = printSql(node, columns)
  return chooses(node) ? `struct_extract(struct_pack(v := ${sql}), 'v')` : sql
}

/** Whether DuckDB makes a CASE or COALESCE of it. */
function chooses(node: ExpressionNode): boolean {
  return (
    'case' in node ||
    ('call' in node && /^(coalesce|lower|upper|storable|within_years|(try_)?cast_.*)$/.test(node.call))
  )
}

/** @param columns names of the row's columns in the relation, by place */
function printSql(node: ExpressionNode, columns: readonly string[]): string {
  const print = (one: ExpressionNode): string => {
    if ('column' in one) return identifier(columns[one.column] ?? '')
    if ('literal' in one) return printLiteral(one.literal, one.type)
    if ('case' in one) return printCase(one, print)
    return printCall(one, one.args.map(print))
  }
  return print(node)
}

/** SQL of a stored value, of its type. */
export function printConstant(value: StoredValue, type: string): string {
  const item = /^list\((.+)\)$/.exec(type)?.[1]
  if (item === undefined || !Array.isArray(value)) return printLiteral(value, type)
  return `cast([${value.map((one) => printConstant(one, item)).join(', ')}] as ${sqlType(type)})`
}

function printLiteral(value: unknown, type: string): string {
  if (value === null) return `cast(null as ${sqlType(type)})`
  if (type === 'bool' || type === 'int32') return String(value)
  if (type === 'string') return literal(String(value))
  if (type.startsWith('vector')) return printVector(String(value), type)
  if (type === 'timestamp') return `make_timestamp(cast(${literal(String(value))} as bigint))`
  // With an exponent DuckDB reads a DOUBLE, and the nearest one.
  if (type === 'float64' && typeof value === 'number' && (value > 0 || Object.is(value, 0)))
    return /e/.test(String(value)) ? String(value) : `${value}e0`
  return `cast(${literal(Object.is(value, -0) || value === '-0' ? '-0.0' : String(value))} as ${sqlType(type)})`
}

function printVector(stored: string, type: string): string {
  const items = vectorItems(stored).map((item) => literal(Object.is(item, -0) ? '-0.0' : String(item)))
  return `cast([${items.join(', ')}] as ${sqlType(type)})`
}

/**
 * A condition is compared with true: of a bare AND, DuckDB would evaluate only as much as decides it, in an order that it
 * changes as it goes, so that an error in a part came and went.
 */
function printCase(node: CaseNode, print: (node: ExpressionNode) => string): string {
  const branches = node.case.map(
    ([when, then]) => `when (${print(when)}) is not distinct from true then ${print(then)}`,
  )
  return `case ${branches.join(' ')} else ${print(node.else)} end`
}

const OPERATORS: Readonly<Record<string, (args: readonly string[], node: CallNode) => string>> = {
  eq: infix('='),
  ne: infix('<>'),
  lt: infix('<'),
  le: infix('<='),
  gt: infix('>'),
  ge: infix('>='),
  distinct: infix('is distinct from'),
  not_distinct: infix('is not distinct from'),
  and: infix('and'),
  or: infix('or'),
  not: ([x]) => `(not ${x})`,
  list_value: (args) => `[${args.join(', ')}]`,
  is_null: ([x]) => `(${x} is null)`,
  is_not_null: ([x]) => `(${x} is not null)`,
  in: ([x, ...others]) => `(${x} in (${others.join(', ')}))`,
  coalesce: (args) => `coalesce(${args.join(', ')})`,
  greatest: (args) => `greatest(${args.join(', ')})`,
  least: (args) => `least(${args.join(', ')})`,
  cast: ([x = ''], node) => printCast('cast', x, node),
  try_cast: ([x = ''], node) => printCast('try_cast', x, node),
}

function printCast(word: string, value: string, { args, type }: CallNode): string {
  const cast = (text: string) => `${word}(${text} as ${sqlType(type)})`
  const found = castCall(args[0]?.type ?? '', type)
  return typeof found === 'string' || found.sql === undefined ? cast(value) : found.sql(value, cast)
}

function printCall(node: CallNode, args: readonly string[]): string {
  const types = node.args.map((arg) => arg.type)
  const operator = OPERATORS[node.call.replace(/^((?:try_)?cast)_.*/, '$1')]
  if (operator) return operator(args, node)
  const found = functionOfCall(node.call, types)
  if (!found) throw new RangeError(`There is no SQL of ${node.call}(${types.join(', ')})`)
  return found.sql(args, types)
}
