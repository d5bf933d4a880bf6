/**
 * Values as they are sent, to how they are stored: the inverse of what `values.ts` writes. Whatever would have to be rounded,
 * cut or guessed is refused.
 */
import { ShorelineError } from './errors.ts'
import type { ValueType } from './types.ts'
import { float32Text, parseTimestamp, type StoredValue } from './values.ts'

/** Reads one value that is not null. @throws ShorelineError INVALID naming the field and what to send */
export type ValueReader = (field: string, value: unknown) => StoredValue

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity']

/** Chosen once per column. */
export function valueReader(type: ValueType): ValueReader {
  switch (type.kind) {
    case 'bool':
      return (field, value) => (typeof value === 'boolean' ? value : refuse(field, 'true or false', value))
    case 'string':
      return readString
    case 'int32':
      return (field, value) => Number(readInteger(field, value, INT32))
    case 'int64':
      return (field, value) => String(readInteger(field, value, INT64))
    case 'float64':
      return readFloat64
    case 'float32':
      return readFloat32
    case 'timestamp':
      return (field, value) =>
        (typeof value === 'string' ? parseTimestamp(value) : null) ??
        refuse(field, 'an RFC 3339 timestamp with at most six digits of a second', value)
    case 'date':
      return (field, value) => (isDate(value) ? value : refuse(field, 'a date such as "2001-07-01"', value))
    case 'uuid':
      return (field, value) => {
        const lower = typeof value === 'string' ? value.toLowerCase() : ''
        return UUID.test(lower) ? lower : refuse(field, 'a UUID such as "0b8e…-…"', value)
      }
    case 'bytes':
      return (field, value) =>
        typeof value === 'string' && BASE64.test(value) ? value : refuse(field, 'bytes as base64', value)
    case 'json':
      return (_field, value) => jsonText(value)
    case 'list':
      return listReader(type.of)
    case 'vector':
      return vectorReader(type.size)
  }
}

function readString(field: string, value: unknown): string {
  if (typeof value !== 'string') return refuse(field, 'a string', value)
  if (value.includes('\0')) return refuse(field, 'a string without NUL characters', value)
  return value.isWellFormed() ? value : refuse(field, 'well-formed Unicode, without lone surrogates', value)
}

function readInteger(field: string, value: unknown, { min, max }: typeof INT64): bigint {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return refuse(field, 'the digits of an integer beyond 2^53, without an exponent', value)
  const isInteger =
    typeof value === 'number'
      ? Number.isSafeInteger(value)
      : typeof value === 'bigint' || (typeof value === 'string' && /^-?(0|[1-9][0-9]{0,18})$/.test(value))
  if (!isInteger) return refuse(field, 'an integer', value)
  const integer = BigInt(value as number | bigint | string)
  return integer < min || integer > max ? refuse(field, `an integer from ${min} to ${max}`, value) : integer
}

function readFloat64(field: string, value: unknown): StoredValue {
  if (NOT_FINITE.includes(value)) return value as string
  // An integer beyond 2^53 came exactly; the nearest double is what every reader of JSON would have made of it.
  if (typeof value === 'bigint') return Number(value)
  // Digits like 1e999 are read as Infinity: who means that says it.
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return refuse(field, 'a number, or "NaN", "Infinity" or "-Infinity"', value)
}

function readFloat32(field: string, value: unknown): StoredValue {
  const wide = readFloat64(field, value)
  if (typeof wide !== 'number') return wide
  const narrow = Math.fround(wide)
  if (!Number.isFinite(narrow)) return refuse(field, 'a number that a float32 can hold', value)
  return Object.is(narrow, -0) ? -0 : Number(float32Text(narrow))
}

function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) || value < '0001') return false
  const time = Date.parse(`${value}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(value)
}

/** The text of any JSON value, integers of any size exactly. */
function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}:${jsonText(one)}`)
      .join(',')}}`
  return JSON.stringify(value)
}

function listReader(of: ValueType): ValueReader {
  const read = valueReader(of)
  return (field, value) =>
    Array.isArray(value)
      ? value.map((one: unknown, at) => (one === null ? null : read(`${field}[${at}]`, one)))
      : refuse(field, 'a list', value)
}

function vectorReader(size: number): ValueReader {
  return (field, value) => {
    if (!Array.isArray(value) || value.length !== size) return refuse(field, `a list of ${size} numbers`, value)
    const bytes = new Uint8Array(size * 4)
    const view = new DataView(bytes.buffer)
    for (const [at, one] of value.entries()) {
      if (one === null) return refuse(`${field}[${at}]`, 'a number', one)
      view.setFloat32(at * 4, Number(readFloat32(`${field}[${at}]`, one)), true)
    }
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return btoa(binary)
  }
}

/** How much of a refused value an error repeats. */
const SHOWN = 60

function refuse(field: string, right: string, value: unknown): never {
  const text = value === undefined ? 'nothing' : jsonText(value)
  throw new ShorelineError(
    'INVALID',
    `${field}: ${text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text} is not right; send ${right}.`,
    { field },
  )
}
