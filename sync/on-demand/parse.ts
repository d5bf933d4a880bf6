/**
 * The text of an expression, parsed by DuckDB and rewritten before it is bound: columns become those of the view's row,
 * literals with a point become DOUBLE, functions that are ours get our names. What no expression may have is refused here,
 * where its name is still the one that was written.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { StatisticReference, StatisticValue } from '../../registry/statistics.ts'
import { query } from '../duckdb.ts'
import { literal } from '../sql/text.ts'
import { isFunction, RENAMED, WRITTEN_NAMES } from './functions.ts'
import { INSTEAD } from './instead.ts'
import { castOf, type Node, textConstant } from './nodes.ts'
import { oneOf, Refusal } from './refusal.ts'
import { referenceOf, statCalls, statConstant } from './stat-calls.ts'
import { isKnown, sqlType, typeOf } from './types.ts'

/** A column of the row, and its name in the relation that is bound against. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly role?: string
  readonly relation: string
}

/** What `stat(…)` stands for. @throws ShorelineError INVALID */
export type ResolveStatistic = (reference: StatisticReference) => Promise<StatisticValue>

/** @returns the expression as DuckDB writes it, rewritten */
export async function rewrite(
  db: DuckDBConnection,
  text: string,
  columns: readonly Column[],
  resolve: ResolveStatistic,
): Promise<string> {
  const parsed = await serialized(db, text)
  const select = (parsed['statements'] as readonly Node[] | undefined)?.[0]?.['node'] as Node | undefined
  const list = select?.['select_list']
  if (!select || !Array.isArray(list) || list.length !== 1)
    throw new Refusal('sql is no single expression. Write one expression for each feature, without select.')
  const constants = new Map<Node, Node>()
  for (const call of statCalls(list[0])) constants.set(call, statConstant(call, await resolve(referenceOf(call))))
  const rewritten = new Rewriter(columns, constants).expression(list[0] as Node)
  const whole = { ...parsed, statements: [{ ...statementOf(parsed), node: { ...select, select_list: [rewritten] } }] }
  const [row] = await query(db, `select json_deserialize_sql(${literal(JSON.stringify(whole))}) as sql`)
  return String(row?.['sql']).replace(/^SELECT /, '')
}

function statementOf(parsed: Node): Node {
  return (parsed['statements'] as readonly Node[])[0] ?? {}
}

async function serialized(db: DuckDBConnection, text: string): Promise<Node> {
  const [row] = await query(db, `select json_serialize_sql(${literal(`select (\n${text}\n)`)}) as sql`)
  // Numbers beyond what a double holds as text; query_location is one that nothing needs.
  const json = String(row?.['sql'])
    .replaceAll(/"query_location":[0-9]+/g, '"query_location":0')
    .replaceAll(/"(value|upper|lower)":(-?[0-9]{15,})([,}])/g, '"$1":"$2"$3')
  const parsed = JSON.parse(json) as Node
  if (parsed['error'] === true) throw new Refusal(syntaxError(String(parsed['error_message'])))
  return parsed
}

function syntaxError(message: string): string {
  const word = /at or near "(.*)"/.exec(message)?.[1]
  if (word === ')') return 'sql ends too early: something is missing at its end, or a parenthesis is not closed.'
  return word === undefined
    ? `sql cannot be read: ${message.split('\n')[0] ?? ''}.`
    : `sql cannot be read at "${word}". Correct what stands before it. A column whose name is a word of SQL goes in double quotes, as in "order".`
}

/** Kinds of expressions that are made of others and nothing else. */
const COMPOSED: ReadonlySet<unknown> = new Set(['COMPARISON', 'CONJUNCTION', 'CASE', 'BETWEEN'])
const OPERATORS: ReadonlySet<unknown> = new Set([
  'OPERATOR_NOT',
  'OPERATOR_IS_NULL',
  'OPERATOR_IS_NOT_NULL',
  'OPERATOR_COALESCE',
  'COMPARE_IN',
  'COMPARE_NOT_IN',
  'ARRAY_EXTRACT',
])

/** Kinds that are refused, by the words that are written for them. */
const REFUSED: Readonly<Record<string, string>> = {
  SUBQUERY: 'has a subquery. An expression sees one row: read what it needs as an input of the view.',
  WINDOW: 'has a window function. An expression sees one row: compute it in the SQL of a feature view.',
  STAR: 'has a star. Name the columns.',
  PARAMETER: 'has a parameter. Take the value as an input: request({ name: t.float64() }).',
  LAMBDA:
    'has a lambda. Use list_sum, list_min, list_max, list_avg or list_contains, or compute the view in TypeScript.',
  COLLATE:
    'has a collation. Strings compare by their bytes: write lower(x) = lower(y) to ignore the case of ASCII letters.',
  DEFAULT: 'has default, which means nothing here. Write a value.',
  POSITIONAL_REFERENCE: 'has a positional reference. Name the column.',
}

const TRY =
  'has try, which is not taken: a row with an error has no value as it is. Write try_cast(x as type) for null, or case for what the error depends on.'

class Rewriter {
  readonly #columns: readonly Column[]
  readonly #constants: ReadonlyMap<Node, Node>

  /** @param constants what stands for parts of the expression */
  constructor(columns: readonly Column[], constants: ReadonlyMap<Node, Node>) {
    this.#columns = columns
    this.#constants = constants
  }

  expression(node: Node): Node {
    const constantOf = this.#constants.get(node)
    if (constantOf) return constantOf
    const kind = String(node['class'])
    if (kind === 'COLUMN_REF') return this.#column(node)
    if (kind === 'CONSTANT') return constant(node)
    if (kind === 'FUNCTION') return this.#call(node)
    if (kind === 'CAST') return { ...this.#parts(node), cast_type: castType(node) }
    if (COMPOSED.has(kind)) return this.#parts(node)
    if (kind === 'OPERATOR' && OPERATORS.has(node['type'])) return this.#parts(node)
    if (node['type'] === 'OPERATOR_TRY') throw new Refusal(`sql ${TRY}`)
    if (node['type'] === 'ARRAY_SLICE')
      throw new Refusal(`sql has [from:to], which is not taken. ${insteadOf('array_slice')}`)
    throw new Refusal(
      `sql ${REFUSED[kind] ?? `has ${kind === 'OPERATOR' ? operatorName(node) : kind.toLowerCase()}, which is not taken. Write it with functions, or compute the view in TypeScript.`}`,
    )
  }

  /** Every part that is an expression, wherever it stands. */
  #parts(node: Node): Node {
    return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, this.#part(part)]))
  }

  #part(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((one) => this.#part(one))
    if (typeof part !== 'object' || part === null) return part
    return 'class' in part ? this.expression(part as Node) : this.#parts(part as Node)
  }

  #column(node: Node): Node {
    const names = node['column_names'] as readonly string[]
    return { ...node, column_names: [this.#resolve(names).relation] }
  }

  #resolve(names: readonly string[]): Column {
    const [first = '', second] = names.map((name) => name.toLowerCase())
    if (second !== undefined && names.length === 2) {
      const found = this.#columns.find((one) => one.role === first && one.name === second)
      if (found) return found
      const of = this.#columns.filter((one) => one.role === first).map((one) => one.name)
      const roles = [...new Set(this.#columns.flatMap((one) => one.role ?? []))]
      if (of.length > 0)
        throw new Refusal(`sql names ${first}.${second}, which is not there. ${didYouMean(second, of, `${first} has`)}`)
      throw new Refusal(
        `sql names ${names.join('.')}, and no input is called ${first}. ${didYouMean(first, roles, 'The inputs are')}`,
      )
    }
    if (names.length > 2) throw new Refusal(`sql names ${names.join('.')}. Write input.feature, or the feature alone.`)
    const found = this.#columns.filter((one) => one.name === first)
    const [only] = found
    if (only && found.length === 1) return only
    if (found.length > 1)
      throw new Refusal(`sql names ${first}, which several inputs have. Write ${oneOf(found.map(qualified))}.`)
    const keyword = INSTEAD.get(first)
    if (keyword !== undefined) throw new Refusal(`sql has ${first}, which is not taken. ${keyword}`)
    const all = this.#columns.map((one) => one.name)
    throw new Refusal(`sql names the column ${first}, which is not there. ${didYouMean(first, all, 'The row has')}`)
  }

  #call(node: Node): Node {
    const written = String(node['function_name']).toLowerCase()
    const name = RENAMED.get(written) ?? written
    if (node['distinct'] === true || node['filter'] != null || isOrdered(node['order_bys']))
      throw new Refusal(
        `sql has ${written} as an aggregate. An expression sees one row: aggregate in the SQL of a feature view.`,
      )
    if (node['schema'] !== '' && node['schema'] !== 'main')
      throw new Refusal(`sql calls ${String(node['schema'])}.${written}. Write ${written} alone.`)
    if (!isTaken(name) || written.startsWith('shoreline_'))
      throw new Refusal(`sql has ${spoken(written)}, which is not taken. ${insteadOf(written)}`)
    const call = { ...this.#parts(node), function_name: name, schema: '', catalog: '', ...asFunction(written, name) }
    // DuckDB's is a TINYINT, in which 2 * sign(x) * 100 overflows.
    return name === 'sign' ? castOf(call, 'INTEGER') : call
  }
}

/** What the parser makes calls of that are bound to something else. */
const MADE: ReadonlySet<string> = new Set(['list_value', 'greatest', 'least', 'nullif', 'ifnull', 'if'])

function isTaken(name: string): boolean {
  return isFunction(name) || MADE.has(name)
}

function isOrdered(modifier: unknown): boolean {
  return ((modifier as { readonly orders?: readonly unknown[] } | null)?.orders?.length ?? 0) > 0
}

function spoken(name: string): string {
  return /^[a-z_]/.test(name) ? `the function ${name}` : `the operator ${name}`
}

function insteadOf(name: string): string {
  const instead = INSTEAD.get(name)
  if (instead !== undefined) return instead
  const near = /^[a-z]/.test(name) ? nearest(name, WRITTEN_NAMES) : undefined
  return near === undefined
    ? 'Compute the view in TypeScript, or this part in the SQL of a feature view.'
    : `Did you mean ${near}?`
}

function operatorName(node: Node): string {
  return String(node['type'])
    .toLowerCase()
    .replace(/^operator_/, '')
    .replaceAll('_', ' ')
}

function didYouMean(name: string, candidates: readonly string[], list: string): string {
  const near = nearest(name, candidates)
  return near === undefined ? `${list} ${candidates.join(', ')}.` : `Did you mean ${near}?`
}

function qualified(column: Column): string {
  return column.role === undefined ? column.name : `${column.role}.${column.name}`
}

/** With a point or an exponent: DOUBLE, read from its digits as JavaScript reads them, which is the nearest double. */
function constant(node: Node): Node {
  const value = node['value'] as Node
  const type = typeOf(value['type'])
  if (type === 'DECIMAL') return castOf(textConstant(decimalText(value)), 'DOUBLE')
  if (type === 'float64') return castOf(textConstant(String(value['value'])), 'DOUBLE')
  if (type === 'int64') return castOf(textConstant(String(value['value'])), 'BIGINT')
  if (type === 'int32' || type === 'string' || type === 'bool' || type === 'NULL') return node
  if (type === 'int128')
    throw new Refusal(
      "sql has an integer beyond 64 bits. Write it with a point, as a DOUBLE. The least integer of all is '-9223372036854775808'::bigint.",
    )
  throw new Refusal(`sql has a literal of type ${type}, which is not taken.`)
}

function decimalText(value: Node): string {
  const { scale } = (value['type'] as { readonly type_info: { readonly scale?: number } }).type_info
  return `${digitsOf(value['value'])}e-${scale ?? 0}`
}

function digitsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { upper, lower } = value as { readonly upper: string | number; readonly lower: string | number }
  return String((BigInt(upper) << 64n) + BigInt(lower))
}

/** Parsed types are names still, of DuckDB's or a user's. */
function castType(node: Node): unknown {
  const written = node['cast_type']
  const type = typeOf(written)
  if (isKnown(type) && type !== 'int8' && type !== 'int128') return written
  throw new Refusal(`sql casts to ${type}, which is not taken. ${castInstead(type)}`)
}

function castInstead(type: string): string {
  if (/^(U?(TINY|SMALL)INT|USMALLINT|int8)$/.test(type)) return `Cast to ${sqlType('int32')}.`
  if (/^(UINTEGER|UBIGINT|U?HUGEINT|int128|BIGNUM)$/.test(type)) return `Cast to ${sqlType('int64')}.`
  if (type === 'DECIMAL') return 'Cast to DOUBLE, and round(x, 2) to what is shown.'
  if (type.startsWith('TIME')) return 'Cast to TIMESTAMP, which is in UTC.'
  return 'The types are BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE, VARCHAR, TIMESTAMP, DATE, UUID, and lists of these.'
}

/** `a ** b` is a call by another name: as an operator, DuckDB would print that name between the two. */
function asFunction(written: string, name: string): { readonly is_operator?: false } {
  return name === written || /^\W/.test(name) ? {} : { is_operator: false }
}
