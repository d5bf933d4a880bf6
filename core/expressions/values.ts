/**
 * Values while an expression is evaluated. Chosen to be exact and fast:
 *
 * | type | value |
 * |---|---|
 * | bool, string, uuid | as stored |
 * | int32, float64, float32 | number |
 * | int64, timestamp (microseconds) | number where it is a safe integer, else bigint: so `===` and `<` hold between any two |
 * | date | days since the epoch |
 * | bytes, json | their stored text |
 * | list(T) | array of values |
 * | vector(n) | Float32Array |
 */
import type { ValueType } from '../types.ts'
import type { StoredValue } from '../values.ts'

export interface Interval {
  readonly months: number
  readonly days: number
  readonly micros: number | bigint
}

export type RuntimeValue = null | boolean | number | bigint | string | Interval | Float32Array | readonly RuntimeValue[]

/** Reads one place of a row; the same function serves every row of a plan. */
export type Evaluate = (row: readonly RuntimeValue[]) => RuntimeValue

/** Of one column, from what a block holds to what expressions read: called once per stored value. */
export declare function runtimeReader(type: ValueType): (stored: StoredValue) => RuntimeValue

/** The inverse: from what an expression answers to what a block would hold, and the value writers of a plan write. */
export declare function storedWriter(type: ValueType): (value: RuntimeValue) => StoredValue
