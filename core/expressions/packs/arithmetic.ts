/**
 * Arithmetic, comparison and logic, by DuckDB's rules: an overflow of integers is an error and one of floats infinite; a
 * division of integers by zero is null; NaN equals itself and is greater than every number; null is unknown.
 */
import { add64, divide64, type Int64, int32, multiply64, remainder64, subtract64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import { type Arg, argAt, type Build, binary, byType, type Pack, unary } from '../pack.ts'
import type { Evaluate, RuntimeValue } from '../values.ts'
import { CASTS } from './casts.ts'
import { COMPARISONS } from './comparisons.ts'
import { fusedSum, markProduct } from './sums.ts'

const { fround } = Math

// The operators of doubles are written out, one closure for each form of operands: they are most of what scores are made of.

const addDoubles: Build = (args) => {
  const fused = fusedSum(argAt(args, 0), argAt(args, 1))
  if (fused) return fused
  const { l, r, b } = operands(args)
  if (b !== undefined)
    return (row) => {
      const x = l(row) as number | null
      return x === null ? null : x + b
    }
  return (row) => {
    const x = l(row) as number | null
    const y = r(row) as number | null
    return x === null || y === null ? null : x + y
  }
}

const subtractDoubles: Build = (args) => {
  const { i, j, l, r, b } = operands(args)
  if (i >= 0 && j >= 0)
    return (row) => {
      const x = row[i] as number | null
      const y = row[j] as number | null
      return x === null || y === null ? null : x - y
    }
  if (b !== undefined)
    return (row) => {
      const x = l(row) as number | null
      return x === null ? null : x - b
    }
  return (row) => {
    const x = l(row) as number | null
    const y = r(row) as number | null
    return x === null || y === null ? null : x - y
  }
}

const multiplyDoubles: Build = (args) => markProduct(product(args), argAt(args, 0), argAt(args, 1))

function product(args: readonly Arg[]): Evaluate {
  const { i, j, l, r, b } = operands(args)
  if (i >= 0 && j >= 0)
    return (row) => {
      const x = row[i] as number | null
      const y = row[j] as number | null
      return x === null || y === null ? null : x * y
    }
  if (i >= 0 && b !== undefined)
    return (row) => {
      const x = row[i] as number | null
      return x === null ? null : x * b
    }
  return (row) => {
    const x = l(row) as number | null
    const y = r(row) as number | null
    return x === null || y === null ? null : x * y
  }
}

function operands(args: readonly Arg[]) {
  const [left, right] = [argAt(args, 0), argAt(args, 1)]
  const b = typeof right.literal === 'number' ? right.literal : undefined
  return { i: left.column, j: right.column, l: left.evaluate, r: right.evaluate, b }
}

/** Three-valued, with every part evaluated: what is an error in one part is an error of the whole, as in DuckDB. */
function conjunction(decides: boolean): Build {
  return (args) => {
    const parts = args.map((arg) => arg.evaluate)
    const [first, second] = parts
    if (first && second && parts.length === 2)
      return (row) => {
        const a = first(row)
        const b = second(row)
        return a === decides || b === decides ? decides : a === null || b === null ? null : !decides
      }
    return (row) => {
      let result: boolean | null = !decides
      for (let at = 0; at < parts.length; at++) {
        const value = parts[at]?.(row) ?? null
        if (value === decides) result = decides
        else if (value === null && result !== decides) result = null
      }
      return result
    }
  }
}

const coalesce: Build = (args) => {
  const parts = args.map((arg) => arg.evaluate)
  return (row) => {
    for (let at = 0; at < parts.length; at++) {
      const value = parts[at]?.(row) ?? null
      if (value !== null) return value
    }
    return null
  }
}

function isNull(answer: boolean): Build {
  return (args) => {
    const { evaluate } = argAt(args, 0)
    return (row) => (evaluate(row) === null) === answer
  }
}

function negate64(a: Int64): Int64 {
  return subtract64(0, a)
}

function abs64(a: Int64): Int64 {
  return a < 0 ? negate64(a) : a
}

/** Half away from zero, as the C library's round. */
function roundHalfAway(x: number): number {
  const whole = Math.trunc(x)
  const rounded = Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded
}

/** As DuckDB does it: scaled by a power of ten, rounded, scaled back; what overflows on the way stays as it is. */
function roundTo(x: number, digits: number): number {
  if (digits < 0) {
    const scale = POWERS[-digits] ?? Number.NaN
    const rounded = roundHalfAway(x / scale) * scale
    return Number.isFinite(rounded) ? rounded : 0
  }
  const scale = POWERS[digits] ?? Number.NaN
  const rounded = roundHalfAway(x * scale) / scale
  return Number.isFinite(rounded) ? rounded : x
}

/** Those that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

const sign = (x: number) => (x > 0 ? 1 : x < 0 ? -1 : 0)

function sqrt(x: number): number {
  return x < 0 ? noValue() : Math.sqrt(x)
}

const doubles = (compute: (x: number, y: number) => RuntimeValue) => binary<number, number>(compute)
const floats = (compute: (x: number, y: number) => number) => binary<number, number>((x, y) => fround(compute(x, y)))
const integers = (compute: (x: number, y: number) => number) => binary<number, number>((x, y) => int32(compute(x, y)))
const longs = (compute: (x: Int64, y: Int64) => RuntimeValue) => binary<Int64, Int64>(compute)

const OPERATORS: Pack = {
  add: byType({
    int32: integers((x, y) => x + y),
    int64: longs(add64),
    float32: floats((x, y) => x + y),
    float64: addDoubles,
  }),
  subtract: byType({
    int32: integers((x, y) => x - y),
    int64: longs(subtract64),
    float32: floats((x, y) => x - y),
    float64: subtractDoubles,
  }),
  multiply: byType({
    int32: integers((x, y) => x * y + 0),
    int64: longs(multiply64),
    float32: floats((x, y) => x * y),
    float64: multiplyDoubles,
  }),
  divide: byType({ float32: floats((x, y) => x / y), float64: doubles((x, y) => x / y) }),
  quotient: byType({
    int32: binary<number, number>((x, y) => (y === 0 ? null : int32(Math.trunc(x / y) + 0))),
    int64: longs((x, y) => (y === 0 ? null : divide64(x, y))),
  }),
  remainder: byType({
    int32: binary<number, number>((x, y) => (y === 0 ? null : y === -1 ? int32(0 - x) * 0 + 0 : (x % y) + 0)),
    int64: longs((x, y) => (y === 0 ? null : y === -1 ? remainder64(negate64(x), 1) : remainder64(x, y))),
    float32: floats((x, y) => x % y),
    float64: doubles((x, y) => x % y),
  }),
  negate: byType({
    int32: unary<number>((x) => int32(0 - x)),
    int64: unary<Int64>(negate64),
    float32: unary<number>((x) => -x),
    float64: unary<number>((x) => -x),
  }),
  abs: byType({
    int32: unary<number>((x) => int32(Math.abs(x))),
    int64: unary<Int64>(abs64),
    float32: unary<number>(Math.abs),
    float64: unary<number>(Math.abs),
  }),
  sign: byType({
    int32: unary<number>(sign),
    int64: unary<Int64>((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
    float32: unary<number>(sign),
    float64: unary<number>(sign),
  }),
  floor: unary<number>(Math.floor),
  ceil: unary<number>(Math.ceil),
  trunc: unary<number>(Math.trunc),
  round: unary<number>(roundHalfAway),
  round_to: binary<number, number>(roundTo),
  sqrt: unary<number>(sqrt),
  pi: () => () => Math.PI,
  is_nan: unary<number>(Number.isNaN),
  is_finite: unary<number>(Number.isFinite),
  is_infinite: unary<number>((x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY),
}

const LOGIC: Pack = {
  and: conjunction(false),
  or: conjunction(true),
  not: unary<boolean>((x) => !x),
  is_null: isNull(true),
  is_not_null: isNull(false),
  coalesce,
}

export const ARITHMETIC: Pack = { ...OPERATORS, ...LOGIC, ...COMPARISONS, ...CASTS }
