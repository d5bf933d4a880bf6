/**
 * 64-bit integers as numbers where they are safe integers, else as bigint, never both ways: so two of them are equal when
 * they are `===`, and `<` orders any two. Arithmetic runs on doubles until a result is not safe.
 */
import { noValue } from './no-value.ts'

export type Int64 = number | bigint

const SAFE = Number.MAX_SAFE_INTEGER
const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

/** In its one form; @throws NO_VALUE beyond 64 bits */
export function int64(value: bigint): Int64 {
  if (value < MIN || value > MAX) return noValue()
  return value >= -SAFE && value <= SAFE ? Number(value) : value
}

/** Decimal text of an integer of 64 bits, as blocks hold it. */
export function int64Of(text: string): Int64 {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : int64(BigInt(text))
}

// Where a result of doubles is safe, it is exact: one that was rounded is 2^53 at least. `+ 0` makes no difference but to -0.

export function add64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (sum >= -SAFE && sum <= SAFE) return sum
  }
  return int64(BigInt(a) + BigInt(b))
}

export function subtract64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (difference >= -SAFE && difference <= SAFE) return difference
  }
  return int64(BigInt(a) - BigInt(b))
}

export function multiply64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (product >= -SAFE && product <= SAFE) return product + 0
  }
  return int64(BigInt(a) * BigInt(b))
}

/** Toward zero; the divisor is not zero. */
export function divide64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') return (a - (a % b)) / b + 0
  return int64(BigInt(a) / BigInt(b))
}

/** With the sign of the dividend; the divisor is not zero. */
export function remainder64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0
  return int64(BigInt(a) % BigInt(b))
}

export function int32(value: number): number {
  return value >= -2147483648 && value <= 2147483647 ? value : noValue()
}
