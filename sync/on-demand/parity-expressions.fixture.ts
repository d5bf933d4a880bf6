/** Expressions made at random, of every function and type, as a user would write them. */

import { parseType } from '../../core/types.ts'
import { castCall } from './casts.ts'
import { SQL_FUNCTIONS } from './functions.ts'
import { COLUMNS, ORDERED, pick, RESULT_TYPES, storedOf, valueSql } from './parity-values.fixture.ts'
import type { SqlFunction } from './sql-function.ts'
import { sqlType } from './types.ts'

/** What users call: casts and what is written around times are made by the binder. */
export const CALLED = SQL_FUNCTIONS.filter((one) => !/_text$|^storable$|^within_years$/.test(one.call))

export class Expressions {
  readonly #random: () => number
  readonly #functions: readonly SqlFunction[]

  /** @param pack only functions of it; without, of all */
  constructor(random: () => number, pack?: string) {
    this.#random = random
    this.#functions = CALLED.filter((one) => pack === undefined || one.pack === pack)
  }

  /** One that calls the function, with the type that it is cast to. */
  calling(one: SqlFunction, depth: number): { readonly text: string; readonly type: string } {
    const made = this.#call(one, depth)
    if (one.returns === 'interval') return { text: `(timestamp_1 + ${made})`, type: 'timestamp' }
    const type = { int8: 'int32', int128: 'int64' }[one.returns] ?? one.returns
    return { text: `(${made})::${sqlType(type)}`, type }
  }

  /** One of the type, whatever is inside. */
  of(type: string, depth: number): string {
    const made = this.#of(type, depth)
    return `(${made})::${sqlType(type)}`
  }

  #of(type: string, depth: number): string {
    if (depth <= 0) return this.#leaf(type)
    const forms = this.#forms(type)
    for (let attempt = 0; attempt < 4; attempt++) {
      const made = pick(this.#random, forms)(depth - 1)
      if (made !== undefined) return made
    }
    return this.#leaf(type)
  }

  #leaf(type: string): string {
    const item = /^list\((.+)\)$/.exec(type)?.[1]
    if (item !== undefined && this.#random() < 0.3) return `[${[1, 2, 3].map(() => this.#leaf(item)).join(', ')}]`
    const columns = COLUMNS.filter((one) => one.type === type)
    if (columns.length > 0 && this.#random() < 0.8) return pick(this.#random, columns).name
    return this.#literal(type)
  }

  #literal(type: string): string {
    if (type === 'interval')
      return pick(this.#random, [
        'to_days(1)',
        "interval '3 hours'",
        'interval 1 month',
        "interval '-2 weeks'",
        'interval 90 seconds',
        'interval 1 year',
      ])
    const value = storedOf(this.#random, parseType(type))
    if (type === 'int32' && value !== null && Number(value) >= 0) return String(value)
    if (type === 'float64' && typeof value === 'number' && value >= 0 && !Object.is(value, -0) && this.#random() < 0.8)
      return /[.e]/.test(String(value)) ? String(value) : `${value}.0`
    if (type === 'timestamp' || type === 'bytes') return COLUMNS.find((one) => one.type === type)?.name ?? ''
    return valueSql(value, type)
  }

  #forms(type: string): readonly ((depth: number) => string | undefined)[] {
    const calls = this.#functions.filter(
      (one) =>
        one.returns === type ||
        (one.returns === 'int8' && type === 'int32') ||
        (one.returns === 'int128' && type === 'int64'),
    )
    const call = (depth: number) => (calls.length > 0 ? this.#call(pick(this.#random, calls), depth) : undefined)
    const shared = [
      (depth: number) =>
        `case when ${this.#of('bool', depth)} then ${this.#of(type, depth)} else ${this.#of(type, depth)} end`,
      (depth: number) =>
        `case when ${this.#of('bool', depth)} then ${this.#of(type, depth)} when ${this.#of('bool', depth)} then ${this.#of(type, depth)} end`,
      (depth: number) => `coalesce(${this.#of(type, depth)}, ${this.#of(type, depth)})`,
      (depth: number) =>
        ORDERED.includes(type)
          ? `${pick(this.#random, ['greatest', 'least'])}(${this.#of(type, depth)}, ${this.#of(type, depth)}, ${this.#of(type, depth)})`
          : undefined,
      (depth: number) =>
        ORDERED.includes(type) ? `nullif(${this.#of(type, depth)}, ${this.#of(type, depth)})` : undefined,
      (depth: number) => this.#cast(type, depth),
    ]
    return type === 'bool'
      ? [call, call, call, ...shared, ...this.#predicates()]
      : [call, call, call, call, call, call, call, call, ...shared]
  }

  #predicates(): readonly ((depth: number) => string | undefined)[] {
    const two = (depth: number, join: (a: string, b: string, c: string) => string) => {
      const type = pick(this.#random, ORDERED)
      return join(this.of(type, depth), this.of(type, depth), this.of(type, depth))
    }
    const compare = (depth: number) =>
      two(depth, (a, b) => `(${a} ${pick(this.#random, ['=', '<>', '<', '<=', '>', '>='])} ${b})`)
    return [
      compare,
      compare,
      (depth) => two(depth, (a, b) => `(${a} is ${pick(this.#random, ['', 'not '])}distinct from ${b})`),
      (depth) => two(depth, (a, b, c) => `(${a} ${pick(this.#random, ['', 'not '])}between ${b} and ${c})`),
      (depth) => two(depth, (a, b, c) => `(${a} ${pick(this.#random, ['', 'not '])}in (${b}, ${c}, ${a}))`),
      (depth) => `(${this.#of('bool', depth)} ${pick(this.#random, ['and', 'or'])} ${this.#of('bool', depth)})`,
      (depth) => `(${this.#of('bool', depth)} and ${this.#of('bool', depth)} and ${this.#of('bool', depth)})`,
      (depth) => `(not ${this.#of('bool', depth)})`,
      (depth) => `(${this.#of(pick(this.#random, RESULT_TYPES), depth)} is ${pick(this.#random, ['', 'not '])}null)`,
    ]
  }

  #cast(type: string, depth: number): string | undefined {
    const from = pick(this.#random, RESULT_TYPES)
    if (from === type || typeof castCall(from, type) === 'string') return undefined
    return `${pick(this.#random, ['cast', 'try_cast'])}(${this.of(from, depth)} as ${sqlType(type)})`
  }

  #call(one: SqlFunction, depth: number): string {
    const args = one.args.map((written, at) => {
      const type = written === 'vector' ? 'vector(3)' : written
      const examples = one.literals?.[at]?.examples
      if (examples === undefined)
        return type === 'interval' || type === 'int8' ? this.#of(type, depth) : this.of(type, depth)
      const example = pick(this.#random, examples)
      return typeof example === 'number' ? String(example) : `'${example.replaceAll("'", "''")}'`
    })
    const made = (one.written ?? one.sql)(args, one.args)
    return one.returns === 'int128' ? `(${made})::bigint` : made
  }
}
