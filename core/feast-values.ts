/**
 * How a stored value is written on Feast's surface, where it differs from ours (`values.ts`):
 *
 * | type | on Feast's surface |
 * |---|---|
 * | float64 | with a point or an exponent always: a client tells floats from integers by it |
 * | float32, and the items of a vector | the double that the float32 is: 0.1 is 0.10000000149011612 |
 * | NaN, Infinity, -Infinity | null |
 * | timestamp | whole seconds since the epoch |
 * | json | its text, as a string |
 */
import type { KeyKind, ValueType } from './types.ts'
import { type StoredValue, type ValueWriter, vectorItems } from './values.ts'

/** What stands for a value that this surface cannot say. No other value is written so: strings are quoted. */
export const NULL_TEXT = 'null'

const quoted: ValueWriter = (value) => JSON.stringify(value)
const asIs: ValueWriter = (value) => String(value)

const WRITERS: Readonly<Record<Exclude<ValueType['kind'], 'list' | 'vector'>, ValueWriter>> = {
  bool: asIs,
  int32: asIs,
  int64: asIs, // the digits themselves: a JSON integer of any size
  float64: (value) => (typeof value === 'number' ? feastFloatText(value) : NULL_TEXT),
  float32: (value) => (typeof value === 'number' ? feastFloatText(Math.fround(value)) : NULL_TEXT),
  string: quoted,
  timestamp: (value) => secondsText(Number(value)),
  date: quoted,
  uuid: quoted,
  bytes: quoted,
  json: quoted, // its text, whatever it says
}

/** Chosen once per column. Writes a stored value that is not null as JSON text; `NULL_TEXT` where it cannot be said. */
export function feastValueWriter(type: ValueType): ValueWriter {
  if (type.kind === 'vector') return writeVector
  if (type.kind !== 'list') return WRITERS[type.kind]
  const item = feastValueWriter(type.of)
  return (value) =>
    Array.isArray(value) ? `[${value.map((one) => (one === null ? NULL_TEXT : item(one))).join(',')}]` : NULL_TEXT
}

/** Writes the canonical text of a join key (`keys.ts`) as the JSON value that Feast echoes. */
export type KeyEcho = (canonical: string) => string

const same: KeyEcho = (canonical) => canonical
const text: KeyEcho = (canonical) => JSON.stringify(canonical)

export const KEY_ECHOES: Readonly<Record<KeyKind, KeyEcho>> = {
  string: text,
  int32: same,
  int64: same,
  uuid: text,
  bool: same,
  date: text,
  timestamp: (canonical) => secondsText(Number(canonical)),
}

/** The shortest text that reads back as the same double, with a point or an exponent; null when it is not finite. */
export function feastFloatText(value: number): string {
  if (!Number.isFinite(value)) return NULL_TEXT
  if (Object.is(value, -0)) return '-0.0'
  const shortest = String(value)
  // Whole numbers are printed with digits alone below 1e21, and with an exponent from there on.
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${shortest}.0` : shortest
}

/** Microseconds since the epoch to whole seconds, cut towards zero as Python's `int` does. */
function secondsText(micros: number): string {
  return String(Math.trunc(micros / 1_000_000))
}

function writeVector(value: StoredValue): string {
  return `[${vectorItems(value).map(feastFloatText).join(',')}]`
}
