/**
 * How a stored value is written on the wire. A stored value is what a block holds, after `JSON.parse`:
 *
 * | type | in a block | on the wire |
 * |---|---|---|
 * | bool, string, int32 | as is | as is |
 * | float64, float32 | number, or "NaN", "Infinity", "-Infinity" | the same |
 * | int64 | decimal string | exact JSON integer |
 * | timestamp | microseconds since the epoch | RFC 3339 with Z |
 * | date, uuid | text | the same |
 * | bytes | base64 | base64 |
 * | json | its text | the value |
 * | list(T) | array | array |
 * | vector(n) | base64 of little-endian float32 | array of numbers |
 */
import { fromBase64, toBase64 } from './base64.ts'
import type { Json, ValueType } from './types.ts'

export type StoredValue = Json

/** Writes one stored value that is not null as JSON text. */
export type ValueWriter = (value: StoredValue) => string

const text: ValueWriter = (value) => JSON.stringify(value)
const asIs: ValueWriter = (value) => String(value)

const WRITERS: Readonly<Record<Exclude<ValueType['kind'], 'list' | 'vector'>, ValueWriter>> = {
  bool: asIs,
  int32: asIs,
  int64: asIs, // the digits themselves: a JSON integer of any size
  float64: writeFloat,
  float32: writeFloat,
  string: text,
  timestamp: (value) => `"${timestampText(Number(value))}"`,
  date: text,
  uuid: text,
  bytes: text,
  json: asIs, // its text is JSON already
}

/** Chosen once per column when a plan is compiled, so that a request never looks at a type. */
export function valueWriter(type: ValueType): ValueWriter {
  if (type.kind === 'vector') return writeVector
  if (type.kind !== 'list') return WRITERS[type.kind]
  const item = valueWriter(type.of)
  return (value) =>
    Array.isArray(value) ? `[${value.map((one) => (one === null ? 'null' : item(one))).join(',')}]` : 'null'
}

function writeFloat(value: StoredValue): string {
  if (typeof value === 'string') return `"${value}"`
  return Object.is(value, -0) ? '-0.0' : String(value)
}

/**
 * Microseconds since the epoch as RFC 3339, with 0, 3 or 6 digits of a second.
 * Exact for every integer in the years 0001 to 9999 that a double holds.
 */
export function timestampText(micros: number): string {
  const fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000
  const iso = new Date((micros - fraction) / 1000).toISOString()
  if (fraction === 0) return `${iso.slice(0, 19)}Z`
  const digits = String(fraction).padStart(6, '0')
  return `${iso.slice(0, 19)}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}

/**
 * RFC 3339 (or the ISO forms without a zone, read as UTC) to microseconds since the epoch; null for anything else,
 * including dates that do not exist, instants outside the years 0001 to 9999, and more than six digits of a second, which
 * would be lost.
 */
export function parseTimestamp(input: string): number | null {
  const match = TIMESTAMP.exec(input)
  if (!match) return null
  const [, date = '', time = '00:00:00', fraction = '', zone = 'Z'] = match
  const seconds = Date.parse(`${date}T${time}Z`)
  if (!Number.isFinite(seconds)) return null
  // Days that a month may lack, and the hour 24, are read as another day. The others are what they say.
  if ((date.slice(8) > '28' || time > '24') && new Date(seconds).toISOString().slice(0, 10) !== date) return null
  const micros = seconds * 1000 + Number(fraction.padEnd(6, '0')) - zoneMinutes(zone) * 60_000_000
  if (micros < YEAR_1 || micros >= YEAR_10000) return null
  if (Math.abs(micros) < SURELY_EXACT) return micros
  // A double that cannot hold the microseconds would silently name another instant.
  return BigInt(seconds) * 1000n + BigInt(fraction.padEnd(6, '0')) - BigInt(zoneMinutes(zone)) * 60_000_000n ===
    BigInt(micros)
    ? micros
    : null
}

/** What four digits of a year can write, in microseconds. */
const YEAR_1 = -62_135_596_800_000_000
const YEAR_10000 = 253_402_300_800_000_000
/** Below 2^53, with room for the zone. */
const SURELY_EXACT = 9e15

const TIMESTAMP =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?$/

function zoneMinutes(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return zone.startsWith('-') ? -minutes : minutes
}

const SMALLEST_NORMAL = 2 ** -126

/** The shortest decimal that `Math.fround` reads back as the same float32. */
export function float32Text(value: number): string {
  // Six digits survive float32, so no shorter text is missed; below its smallest normal number fewer may do.
  for (let digits = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6; digits < 9; digits++) {
    const short = value.toPrecision(digits)
    if (Math.fround(Number(short)) === value) return String(Number(short))
  }
  return String(Number(value.toPrecision(9)))
}

function writeVector(value: StoredValue): string {
  const items = vectorItems(value).map((item) => {
    if (Number.isNaN(item)) return '"NaN"'
    if (!Number.isFinite(item)) return item > 0 ? '"Infinity"' : '"-Infinity"'
    return Object.is(item, -0) ? '-0.0' : float32Text(item)
  })
  return `[${items.join(',')}]`
}

/** The float32 items of a stored vector, each as the double that it is. */
export function vectorItems(value: StoredValue): readonly number[] {
  const bytes = fromBase64(String(value))
  const view = new DataView(bytes.buffer)
  const items: number[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) items.push(view.getFloat32(at, true))
  return items
}

/** The inverse: little-endian, whatever the machine. */
export function storedVector(items: Float32Array): StoredValue {
  const bytes = new DataView(new ArrayBuffer(items.length * 4))
  for (let at = 0; at < items.length; at++) bytes.setFloat32(at * 4, items[at] ?? 0, true)
  return toBase64(new Uint8Array(bytes.buffer))
}
