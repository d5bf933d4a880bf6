/** Scalars as they are sent, checked: what join keys and pushed values have in common. Each refusal names the field. */
import { ShorelineError } from './errors.ts'
import { parseTimestamp } from './values.ts'

export const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
export const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** @throws ShorelineError INVALID */
export function readText(field: string, value: unknown): string {
  if (typeof value !== 'string') return refuse(field, 'a string', value)
  if (value.includes('\0')) return refuse(field, 'a string without NUL characters', value)
  return value.isWellFormed() ? value : refuse(field, 'well-formed Unicode, without lone surrogates', value)
}

/** @throws ShorelineError INVALID */
export function readBoolean(field: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(field, 'true or false', value)
}

/** From a JSON integer of any size, or decimal text. @throws ShorelineError INVALID */
export function readInteger(field: string, value: unknown, { min, max }: typeof INT64): bigint {
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

/** Microseconds since the epoch. @throws ShorelineError INVALID */
export function readInstant(field: string, value: unknown): number {
  const micros = typeof value === 'string' ? parseTimestamp(value) : null
  return micros ?? refuse(field, 'an RFC 3339 timestamp with at most six digits of a second', value)
}

/** ISO text of a day that exists. @throws ShorelineError INVALID */
export function readDate(field: string, value: unknown): string {
  return isDate(value) ? value : refuse(field, 'a date such as "2001-07-01"', value)
}

/** Lower case. @throws ShorelineError INVALID */
export function readUuid(field: string, value: unknown): string {
  const lower = typeof value === 'string' ? value.toLowerCase() : ''
  return UUID.test(lower) ? lower : refuse(field, 'a UUID such as "0b8e…-…"', value)
}

function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return false
  const time = Date.parse(`${value}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(value)
}

/** How much of a refused value an error repeats. */
const SHOWN = 60

/** @param right what would be right: "send …" */
export function refuse(field: string, right: string, value: unknown): never {
  const shown = textOf(value)
  throw new ShorelineError(
    'INVALID',
    `${field}: ${shown.length > SHOWN ? `${shown.slice(0, SHOWN)}… (${shown.length} characters)` : shown} is not right; send ${right}.`,
    { field },
  )
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  // Only to be looked at: a rounded integer inside a list does no harm there.
  return (
    JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) ?? String(value)
  )
}
