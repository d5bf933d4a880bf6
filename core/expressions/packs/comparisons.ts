/** Comparison of two values of one type, by DuckDB's order, and what is made of it: greatest, least, in. */
import { argAt, type Build, binary, type Pack } from '../pack.ts'
import type { RuntimeValue } from '../values.ts'

/** Negative, zero or positive. */
export type Order = (a: RuntimeValue, b: RuntimeValue) => number

/** Of floats: NaN equals itself and comes last; zero equals minus zero. */
function orderOfFloats(a: RuntimeValue, b: RuntimeValue): number {
  const x = a as number
  const y = b as number
  if (x < y) return -1
  if (x > y) return 1
  if (x === y) return 0
  return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : -1
}

/** Of what JavaScript orders as DuckDB does: integers, booleans, uuid, dates, timestamps. */
function orderOf(a: RuntimeValue, b: RuntimeValue): number {
  const x = a as number
  const y = b as number
  return x < y ? -1 : x > y ? 1 : 0
}

/** By UTF-8 bytes, which is by code points: UTF-16 puts surrogates before what lies above them in one unit. */
function orderOfStrings(a: RuntimeValue, b: RuntimeValue): number {
  const x = a as string
  const y = b as string
  if (x === y) return 0
  const end = Math.min(x.length, y.length)
  for (let at = 0; at < end; at++) {
    const i = x.charCodeAt(at)
    const j = y.charCodeAt(at)
    if (i !== j) return rank(i) - rank(j)
  }
  return x.length - y.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

export function orderFor(type: string): Order {
  if (type === 'float64' || type === 'float32') return orderOfFloats
  return type === 'string' ? orderOfStrings : orderOf
}

const isFloat = (type: string) => type === 'float64' || type === 'float32'

/** Written out for the types whose values compare as they are. */
function comparison(plain: (a: number, b: number) => boolean, decide: (order: number) => boolean): Build {
  const fast = binary<number, number>(plain)
  return (args, type) => {
    const of = argAt(args, 0).type
    if (of !== 'string' && !isFloat(of)) return fast(args, type)
    const order = orderFor(of)
    return binary((a, b) => decide(order(a, b)))(args, type)
  }
}

function equality(answer: boolean): Build {
  const plain = binary((a, b) => (a === b) === answer)
  const float = binary<number, number>((a, b) => (a === b || (Number.isNaN(a) && Number.isNaN(b))) === answer)
  return (args, type) => (isFloat(argAt(args, 0).type) ? float : plain)(args, type)
}

/** Null equals null and nothing else. */
function distinct(answer: boolean): Build {
  return (args) => {
    const [{ evaluate: l, type }, { evaluate: r }] = [argAt(args, 0), argAt(args, 1)]
    const order = orderFor(type)
    return (row) => {
      const a = l(row)
      const b = r(row)
      return (a === null || b === null ? a !== b : order(a, b) !== 0) === answer
    }
  }
}

/** The first of the values that no other goes beyond; null only where all are. Of FLOAT, DuckDB makes minus zero zero. */
function extreme(beyond: (order: number) => boolean): Build {
  return (args, type) => {
    const isFloat32 = type === 'float32'
    const order = orderFor(argAt(args, 0).type)
    const parts = args.map((arg) => arg.evaluate)
    return (row) => {
      let best: RuntimeValue = null
      for (let at = 0; at < parts.length; at++) {
        const value = parts[at]?.(row) ?? null
        if (value !== null && (best === null || beyond(order(value, best)))) best = value
      }
      return isFloat32 && best === 0 ? 0 : best
    }
  }
}

/** Whether the first is one of the others: unknown where it is none of them and one of them is unknown. */
const isIn: Build = (args) => {
  const order = orderFor(argAt(args, 0).type)
  const [first, ...others] = args.map((arg) => arg.evaluate)
  return (row) => {
    const value = first?.(row) ?? null
    let result: boolean | null = value === null ? null : false
    for (let at = 0; at < others.length; at++) {
      const candidate = others[at]?.(row) ?? null
      if (value === null || result === true) continue
      if (candidate === null) result = null
      else if (order(value, candidate) === 0) result = true
    }
    return result
  }
}

export const COMPARISONS: Pack = {
  eq: equality(true),
  ne: equality(false),
  lt: comparison(
    (a, b) => a < b,
    (order) => order < 0,
  ),
  le: comparison(
    (a, b) => a <= b,
    (order) => order <= 0,
  ),
  gt: comparison(
    (a, b) => a > b,
    (order) => order > 0,
  ),
  ge: comparison(
    (a, b) => a >= b,
    (order) => order >= 0,
  ),
  distinct: distinct(true),
  not_distinct: distinct(false),
  greatest: extreme((order) => order > 0),
  least: extreme((order) => order < 0),
  in: isIn,
}
