/** Casts among booleans and numbers: a number that does not fit is an error, a fraction rounds half to even. */
import { type Int64, int32, int64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import { argAt, type Build, type Pack, unary } from '../pack.ts'
import type { RuntimeValue } from '../values.ts'

type Cast = (value: never) => RuntimeValue

/** Half to even, as the processor does it. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest < 0.5) return floor
  if (rest > 0.5) return floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

function floatToInt32(x: number): number {
  return int32(roundHalfEven(x) + 0)
}

export function floatToInt64(x: number): Int64 {
  if (!(x >= -(2 ** 63) && x < 2 ** 63)) return noValue()
  const whole = roundHalfEven(x) + 0
  return Number.isSafeInteger(whole) ? whole : int64(BigInt(whole))
}

/** Rounded once: a bigint made a double first would be rounded twice. */
function int64ToFloat32(x: Int64): number {
  if (typeof x === 'number') return floatOf(x)
  return Math.fround(Number(x))
}

/** A double that lies beyond what float32 holds is an error, unless it is infinite. */
export function floatOf(x: number): number {
  const float = Math.fround(x)
  return Number.isFinite(float) || !Number.isFinite(x) ? float : noValue()
}

function bounded(least: number, most: number): Cast {
  return (x: Int64) => (x >= least && x <= most ? Number(x) : noValue())
}

const asIs: Cast = (x: RuntimeValue) => x
const toNumber: Cast = (x: Int64 | boolean) => Number(x)
const toBool: Cast = (x: number) => x !== 0
const toInt32 = bounded(-2147483648, 2147483647)

const FROM_INTEGER: Readonly<Record<string, Cast>> = {
  int32: asIs,
  int64: asIs,
  float32: (x: number) => Math.fround(x),
  float64: asIs,
  bool: toBool,
}

/** From -> to. */
const NUMERIC: Readonly<Record<string, Readonly<Record<string, Cast>>>> = {
  bool: { int32: toNumber, int64: toNumber, float32: toNumber, float64: toNumber, bool: asIs },
  int8: FROM_INTEGER,
  int32: FROM_INTEGER,
  int128: { int32: toInt32, int64: (x: Int64) => int64(BigInt(x)) },
  int64: { int32: toInt32, int64: asIs, float32: int64ToFloat32, float64: toNumber, bool: (x: Int64) => x !== 0 },
  float32: { int32: floatToInt32, int64: floatToInt64, float32: asIs, float64: asIs, bool: toBool },
  float64: { int32: floatToInt32, int64: floatToInt64, float32: floatOf, float64: asIs, bool: toBool },
}

/** A cast or a try_cast by a table of what is cast to what. */
export function castBy(table: Readonly<Record<string, Readonly<Record<string, Cast>>>>): {
  cast: Build
  try_cast: Build
} {
  const build =
    (attempt: boolean): Build =>
    (args, type) => {
      const { type: from } = argAt(args, 0)
      const convert = table[from]?.[type] as ((value: RuntimeValue) => RuntimeValue) | undefined
      if (!convert) throw new RangeError(`No cast from ${from} to ${type}`)
      return attempt
        ? unary(orNull(convert))(args, type)
        : convert === asIs
          ? argAt(args, 0).evaluate
          : unary(convert)(args, type)
    }
  return { cast: build(false), try_cast: build(true) }
}

function orNull(convert: (value: RuntimeValue) => RuntimeValue): (value: RuntimeValue) => RuntimeValue {
  return (value) => {
    try {
      return convert(value)
    } catch {
      return null
    }
  }
}

export const CASTS: Pack = { ...castBy(NUMERIC) }
