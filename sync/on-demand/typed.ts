/** The expression that DuckDB bound, as a typed tree. What the evaluator does not have for these types is refused. */

import type { PackName } from '../../core/expressions/packs.ts'
import type { ExpressionNode } from '../../core/expressions/tree.ts'
import { storedWriter } from '../../core/expressions/values.ts'
import { parseTimestamp } from '../../core/values.ts'
import { castCall } from './casts.ts'
import { functionOf, signaturesOf } from './functions.ts'
import { OTHER_TYPES } from './instead.ts'
import { oneOf, Refusal } from './refusal.ts'
import { isKnown, sqlType, typeOf } from './types.ts'

type Plan = Readonly<Record<string, unknown>>

const COMPARISONS: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: 'eq',
  COMPARE_NOTEQUAL: 'ne',
  COMPARE_LESSTHAN: 'lt',
  COMPARE_LESSTHANOREQUALTO: 'le',
  COMPARE_GREATERTHAN: 'gt',
  COMPARE_GREATERTHANOREQUALTO: 'ge',
  COMPARE_DISTINCT_FROM: 'distinct',
  COMPARE_NOT_DISTINCT_FROM: 'not_distinct',
}
const OPERATORS: Readonly<Record<string, string>> = {
  OPERATOR_NOT: 'not',
  OPERATOR_IS_NULL: 'is_null',
  OPERATOR_IS_NOT_NULL: 'is_not_null',
  OPERATOR_COALESCE: 'coalesce',
}

/** Types whose values have one order on both paths. */
const ORDERED: ReadonlySet<string> = new Set([
  'bool',
  'int8',
  'int32',
  'int64',
  'float32',
  'float64',
  'string',
  'timestamp',
  'date',
  'uuid',
])
/** And those that can at least be equal. */
const COMPARED: ReadonlySet<string> = new Set([...ORDERED, 'bytes'])

/** Reads bound plans, and keeps which packs and columns they need. */
export class TreeBuilder {
  readonly packs = new Set<PackName>()
  readonly columns = new Set<number>()
  readonly #names: readonly string[]

  /** @param names of the row's columns in the relation, by place */
  constructor(names: readonly string[]) {
    this.#names = names
  }

  node(bound: Plan): ExpressionNode {
    switch (bound['expression_class']) {
      case 'BOUND_REF':
        return this.#column(bound)
      case 'BOUND_CONSTANT':
        return constant(bound['value'] as Plan)
      case 'BOUND_CAST':
        return this.cast(this.node(bound['child'] as Plan), typeOf(bound['return_type']), bound['try_cast'] === true)
      case 'BOUND_COMPARISON':
        return comparison(
          COMPARISONS[String(bound['type'])],
          this.node(bound['left'] as Plan),
          this.node(bound['right'] as Plan),
        )
      case 'BOUND_CONJUNCTION':
        return call(bound['type'] === 'CONJUNCTION_AND' ? 'and' : 'or', 'bool', this.#children(bound))
      case 'BOUND_BETWEEN':
        return this.#between(bound)
      case 'BOUND_OPERATOR':
        return this.#operator(bound)
      case 'BOUND_CASE':
        return this.#case(bound)
      case 'BOUND_FUNCTION':
        return this.#function(bound)
      default:
        throw new Refusal(`sql has a part that is not taken: ${String(bound['expression_class']).toLowerCase()}.`)
    }
  }

  /** A cast; one that changes nothing is none. */
  cast(child: ExpressionNode, to: string, attempt: boolean): ExpressionNode {
    if (child.type === to) return child
    // Whatever it is made of, it is null.
    if (child.type === 'NULL' && isKnown(to)) return { literal: null, type: to }
    if ('literal' in child) {
      if (child.literal === null && isKnown(to)) return { literal: null, type: to }
      const exact = exactLiteral(child.literal, child.type, to)
      if (exact !== undefined) return { literal: exact, type: to }
    }
    const vector = vectorLiteral(child, to)
    if (vector) return vector
    if (to === 'interval') return this.#interval(child)
    const found = castCall(child.type, to)
    if (typeof found === 'string')
      throw new Refusal(`sql casts ${sqlTypeOrName(child.type)} to ${sqlTypeOrName(to)}, which is not taken. ${found}`)
    if (attempt && found.call === 'cast_list')
      throw new Refusal('sql has try_cast of a list, which is not taken. Write cast.')
    this.packs.add(found.pack)
    // The text of a moment is of a year with four digits.
    const isMoment = to === 'string' && (child.type === 'timestamp' || child.type === 'date')
    const value = isMoment ? withinYears(child) : child
    return call(attempt ? `try_${found.call}` : found.call, to, [value])
  }

  /** Dates and timestamps are computed beyond what a block can hold. */
  storable(node: ExpressionNode): ExpressionNode {
    if (node.type !== 'timestamp' && node.type !== 'date') return node
    this.packs.add('time')
    const [inner] = 'call' in node && node.call === 'within_years' ? node.args : []
    return call('storable', node.type, [inner ?? node])
  }

  /** `interval '3 days'` */
  #interval(child: ExpressionNode): ExpressionNode {
    const text = 'literal' in child && child.type === 'string' ? String(child.literal) : ''
    const [, count = '', unit = ''] =
      /^ *(-?[0-9]{1,9}) +(year|month|week|day|hour|minute|second)s? *$/i.exec(text) ?? []
    if (unit === '')
      throw new Refusal(
        "sql has an interval that is not taken. Write it as in interval '3 days', or to_days(x): of years, months, weeks, days, hours, minutes or seconds.",
      )
    const type = { hour: 'int64', minute: 'int64', second: 'float64' }[unit.toLowerCase()] ?? 'int32'
    this.packs.add('time')
    const literal = type === 'int64' ? count : Number(count)
    return call(`to_${unit.toLowerCase()}s`, 'interval', [{ literal, type }])
  }

  #column(bound: Plan): ExpressionNode {
    const column = this.#names.indexOf(String(bound['alias']))
    if (column < 0) throw new RangeError(`DuckDB bound a column ${String(bound['alias'])} that the row does not have`)
    this.columns.add(column)
    return { column, type: typeOf(bound['return_type']) }
  }

  #children(bound: Plan): ExpressionNode[] {
    return ((bound['children'] ?? []) as readonly Plan[]).map((child) => this.node(child))
  }

  #list(items: readonly ExpressionNode[], type: string): ExpressionNode {
    const [item = 'NULL'] = items.map((one) => one.type)
    if (!ORDERED.has(item) || items.some((one) => one.type !== item))
      throw new Refusal(
        `sql has a list of ${sqlTypeOrName(item)}, which is not taken. Write its values with one type, as in [1, 2] or ['a', 'b'].`,
      )
    this.packs.add('lists')
    return call('list_value', type, items)
  }

  /** `list_sum(x)`, which DuckDB binds as `list_aggr(x, 'sum')`. */
  #aggregate([list, of]: readonly ExpressionNode[]): ExpressionNode {
    const name = `list_${of && 'literal' in of ? String(of.literal) : ''}`
    const found = list && functionOf(name, [list.type])
    if (!found)
      throw new Refusal(`sql has ${name}(${sqlTypeOrName(list?.type ?? '')}), which is not taken. ${takes(name)}`)
    this.packs.add(found.pack)
    return call(found.call, found.returns, [list])
  }

  #between(bound: Plan): ExpressionNode {
    const [input, lower, upper] = ['input', 'lower', 'upper'].map((key) => this.node(bound[key] as Plan))
    if (!input || !lower || !upper) throw new RangeError('DuckDB bound a BETWEEN without its parts')
    const [least, most] = [
      bound['lower_inclusive'] === false ? 'gt' : 'ge',
      bound['upper_inclusive'] === false ? 'lt' : 'le',
    ]
    return call('and', 'bool', [comparison(least, input, lower), comparison(most, input, upper)])
  }

  #operator(bound: Plan): ExpressionNode {
    const kind = String(bound['type'])
    const children = this.#children(bound)
    if (kind === 'COMPARE_IN' || kind === 'COMPARE_NOT_IN') {
      const [value, ...others] = children
      for (const other of others) if (value) comparison('eq', value, other)
      const isIn = call('in', 'bool', children)
      return kind === 'COMPARE_IN' ? isIn : call('not', 'bool', [isIn])
    }
    const name = OPERATORS[kind]
    if (name === 'coalesce' && children[0]?.type.startsWith('vector'))
      throw new Refusal(
        'sql has coalesce of vectors, which is not taken. Compute a number of each, and coalesce those.',
      )
    if (name === undefined) throw new Refusal(`sql has the operator ${kind.toLowerCase()}, which is not taken.`)
    return call(name, typeOf(bound['return_type']), children)
  }

  #case(bound: Plan): ExpressionNode {
    const checks = bound['case_checks'] as readonly Plan[]
    // DuckDB 1.5 has none as soon as a row is null.
    if (typeOf(bound['return_type']).startsWith('vector'))
      throw new Refusal('sql chooses between vectors with case, which is not taken. Compute a number in each branch.')
    return {
      case: checks.map((check) => [this.node(check['when_expr'] as Plan), this.node(check['then_expr'] as Plan)]),
      else: this.node(bound['else_expr'] as Plan),
      type: typeOf(bound['return_type']),
    }
  }

  #function(bound: Plan): ExpressionNode {
    const name = String(bound['name'])
    const args = this.#children(bound)
    const types = args.map((arg) => arg.type)
    if (name === 'greatest' || name === 'least') {
      const [type = ''] = types
      if (!ORDERED.has(type)) throw new Refusal(`sql has ${name} of ${sqlTypeOrName(type)}, which is not taken.`)
      return call(name, type, args)
    }
    if (name === 'list_value') return this.#list(args, typeOf(bound['return_type']))
    if (name === 'list_aggr') return this.#aggregate(args)
    const found = functionOf(name, types)
    if (!found)
      throw new Refusal(
        `sql has ${name}(${types.map(sqlTypeOrName).join(', ')}), which is not taken. ${takes(name, types)}`,
      )
    for (const [at, { refuse }] of Object.entries(found.literals ?? {})) {
      const arg = args[Number(at)]
      const wants = arg && 'literal' in arg && arg.literal !== null ? refuse(arg.literal) : refuse(undefined)
      if (wants !== undefined)
        throw new Refusal(`sql has ${name} with another argument ${Number(at) + 1} than ${wants}.`)
    }
    this.packs.add(found.pack)
    if (name === 'strftime') return call(found.call, found.returns, [withinYears(args[0]), ...args.slice(1)])
    const made = call(found.call, found.returns, args)
    return MOVES.has(found.call) ? withinYears(made) : made
  }
}

/** What may lead out of the years that can be written, where DuckDB has rules of its own. */
const MOVES: ReadonlySet<string> = new Set([
  ...['add_interval', 'subtract_interval', 'add_days', 'subtract_days', 'from_epoch_ms', 'from_epoch_us'],
])

function withinYears(node: ExpressionNode | undefined): ExpressionNode {
  if (!node) throw new RangeError('A function of time has no argument')
  return 'column' in node || 'literal' in node ? node : call('within_years', node.type, [node])
}

function call(name: string, type: string, args: readonly ExpressionNode[]): ExpressionNode {
  return { call: name, type, args }
}

function comparison(name: string | undefined, left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  const known = name === 'eq' || name === 'ne' || name === 'distinct' || name === 'not_distinct' ? COMPARED : ORDERED
  if (name === undefined || left.type !== right.type || !known.has(left.type))
    throw new Refusal(
      `sql compares ${sqlTypeOrName(left.type)} with ${sqlTypeOrName(right.type)}, which is not taken. Cast one of them, or compare what they have in common.`,
    )
  return call(name, 'bool', [left, right])
}

function takes(name: string, types: readonly string[] = []): string {
  if (types.includes('int128')) return 'A sum of integers is wider than 64 bits: write list_sum(x)::bigint.'
  const other = OTHER_TYPES.get(name.replace(/^shoreline_/, ''))
  if (other !== undefined) return other
  const signatures = signaturesOf(name).map((types) => `(${types})`)
  if (signatures.length > 6) return 'Cast its arguments.'
  return signatures.length === 0
    ? 'Write it with other functions.'
    : `It takes ${oneOf(signatures)}: cast its arguments.`
}

export function sqlTypeOrName(type: string): string {
  return isKnown(type) ? sqlType(type) : type
}

/** `[0.1, 0.2]::float[2]`, of literals alone: a list of another length, or with a null, is no vector. */
function vectorLiteral(node: ExpressionNode, to: string): ExpressionNode | undefined {
  if (!to.startsWith('vector') || !('call' in node) || node.call !== 'list_value') return undefined
  const numbers = node.args.flatMap((item) =>
    'literal' in item && item.literal !== null && /^(int|float)/.test(item.type)
      ? [Math.fround(Number(item.literal))]
      : [],
  )
  if (to !== `vector(${node.args.length})` || numbers.length !== node.args.length || !numbers.every(Number.isFinite))
    return undefined
  return { literal: storedWriter({ kind: 'vector', size: numbers.length })(Float32Array.from(numbers)), type: to }
}

function constant(value: Plan): ExpressionNode {
  const type = typeOf(value['type'])
  if (value['is_null'] === true) return { literal: null, type }
  const found = value['value']
  if (typeof found !== 'string' && typeof found !== 'number' && typeof found !== 'boolean')
    throw new Refusal(`sql has a literal of type ${type}, which is not taken.`)
  return { literal: signed(found), type }
}

/** The tree is JSON, which has no minus zero: as its text, which a float is read from as well. */
function signed<T>(value: T): T | string {
  return Object.is(value, -0) ? '-0' : value
}

/** A literal in another type, where no rule of casts is needed to say it. */
function exactLiteral(value: unknown, from: string, to: string): string | number | boolean | undefined {
  if (from === 'string' && typeof value === 'string') {
    if (to === 'bool' && (value === 'true' || value === 'false')) return value === 'true'
    if (to === 'uuid' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return value
    const instant = to === 'timestamp' && !/[Zz+]|:.*-/.test(value) ? parseTimestamp(value) : null
    if (instant !== null) return instant
    if (to === 'date' && /^[0-9-]{10}$/.test(value) && parseTimestamp(value) !== null) return value
  }
  const infinite = from === 'string' && to === 'float64' ? NOT_FINITE.get(String(value).toLowerCase()) : undefined
  if (infinite !== undefined) return infinite
  if (from === 'int32' && typeof value === 'number') {
    if (to === 'float64') return value
    if (to === 'int64') return String(value)
    if (to === 'float32' && Math.fround(value) === value) return value
  }
  // The text of a literal with a point: the parser made the cast.
  if (from === 'string' && typeof value === 'string' && /^-?[0-9]+$/.test(value) && to === 'int64') {
    const integer = BigInt(value)
    if (integer >= -(2n ** 63n) && integer < 2n ** 63n) return String(integer)
  }
  if (
    from === 'string' &&
    typeof value === 'string' &&
    to === 'float64' &&
    /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/.test(value)
  ) {
    const double = Number(value)
    return Number.isFinite(double) ? signed(double) : undefined
  }
  return undefined
}

/** As literals of DuckDB's are written. */
const NOT_FINITE: ReadonlyMap<string, string> = new Map([
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['infinity', 'Infinity'],
  ['-inf', '-Infinity'],
  ['-infinity', '-Infinity'],
])
