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
import { float32Text, type StoredValue, storedVector, vectorItems } from '../values.ts'
import { type Int64, int64Of } from './integers.ts'

export interface Interval {
  readonly months: number
  readonly days: number
  readonly micros: Int64
}

export type RuntimeValue = null | boolean | number | bigint | string | Interval | Float32Array | readonly RuntimeValue[]

/** Reads one place of a row; the same function serves every row of a plan. */
export type Evaluate = (row: readonly RuntimeValue[]) => RuntimeValue

type Reader = (stored: StoredValue) => RuntimeValue

/** Of one column, from what a block holds to what expressions read: called once per stored value. */
export function runtimeReader(type: ValueType): Reader {
  const read = readerOf(type)
  return (stored) => (stored === null ? null : read(stored))
}

function readerOf(type: ValueType): Reader {
  if (type.kind === 'vector') return (stored) => Float32Array.from(vectorItems(stored))
  if (type.kind === 'list') {
    const item = runtimeReader(type.of)
    return (stored) => (Array.isArray(stored) ? stored.map(item) : null)
  }
  if (type.kind === 'int64') return (stored) => int64Of(String(stored))
  // A number already, but for the few that are no safe integer. `+ 0` makes no difference but to -0.
  if (type.kind === 'timestamp')
    return (stored) => (Number.isSafeInteger(stored) ? (stored as number) + 0 : int64Of(String(stored)))
  // A float that is not finite is stored as text that Number reads.
  if (type.kind === 'float64') return (stored) => (typeof stored === 'number' ? stored : Number(stored))
  if (type.kind === 'float32') return (stored) => Math.fround(Number(stored))
  if (type.kind === 'date') return (stored) => daysOf(String(stored))
  return (stored) => (typeof stored === 'object' ? null : stored)
}

type Writer = (value: RuntimeValue) => StoredValue

/** The inverse: from what an expression answers to what a block would hold, and the value writers of a plan write. */
export function storedWriter(type: ValueType): Writer {
  const write = writerOf(type)
  return (value) => (value === null ? null : write(value))
}

function writerOf(type: ValueType): Writer {
  if (type.kind === 'vector') return (value) => (value instanceof Float32Array ? storedVector(value) : null)
  if (type.kind === 'list') {
    const item = storedWriter(type.of)
    return (value) => (Array.isArray(value) ? value.map(item) : null)
  }
  if (type.kind === 'int64') return String
  if (type.kind === 'float64') return writeFloat
  if (type.kind === 'float32') return writeFloat32
  if (type.kind === 'date') return (value) => dateText(Number(value))
  if (type.kind === 'timestamp') return Number
  return (value) => (typeof value === 'object' || typeof value === 'bigint' ? String(value) : value)
}

function writeFloat(value: RuntimeValue): StoredValue {
  const float = Number(value)
  return Number.isFinite(float) ? float : String(float)
}

/** The shortest number that is read as the same float32, as a block has it. */
function writeFloat32(value: RuntimeValue): StoredValue {
  const float = Number(value)
  if (!Number.isFinite(float)) return String(float)
  return Object.is(float, -0) ? -0 : Number(float32Text(float))
}

const DAY_MS = 86_400_000

/** Of ISO text in the years that it writes with four digits. */
export function daysOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS
}

export function dateText(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}
