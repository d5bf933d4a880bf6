/**
 * Join keys to the canonical key string that partitions and blocks are indexed by. The same string is built in SQL by
 * `sync/sql/key.ts`; `docs/storage.md` has the rule and test vectors that both are held to.
 */
import { ShorelineError } from './errors.ts'
import { MAX_KEY_BYTES } from './limits.ts'
import type { KeyKind } from './types.ts'
import { parseTimestamp } from './values.ts'

export interface KeyColumn {
  readonly name: string
  readonly kind: KeyKind
}

/** Reads one join key of a request to its canonical text, or throws INVALID naming the field. */
export type KeyReader = (value: unknown) => string

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** One reader per key column, chosen when a plan is compiled. */
export function keyReader({ name, kind }: KeyColumn): KeyReader {
  switch (kind) {
    case 'string':
      return (value) => (typeof value === 'string' ? checkText(name, value) : refuse(name, 'a string', value))
    case 'int32':
      return (value) => integerText(name, value, INT32)
    case 'int64':
      return (value) => integerText(name, value, INT64)
    case 'bool':
      return (value) => (typeof value === 'boolean' ? String(value) : refuse(name, 'true or false', value))
    case 'uuid':
      return (value) => {
        const lower = typeof value === 'string' ? value.toLowerCase() : ''
        return UUID.test(lower) ? lower : refuse(name, 'a UUID such as "0b8e…-…"', value)
      }
    case 'date':
      return (value) => (isDate(value) ? value : refuse(name, 'a date such as "2001-07-01"', value))
    case 'timestamp':
      return (value) => {
        const micros = typeof value === 'string' ? parseTimestamp(value) : null
        return micros === null
          ? refuse(name, 'an RFC 3339 timestamp with at most six digits of a second', value)
          : String(micros)
      }
  }
}

/** Joins the canonical parts of a composite key; a single part stays as it is, and no part at all is the global entity. */
export function joinKeyParts(parts: readonly string[]): string {
  const [first = ''] = parts
  return parts.length <= 1 ? first : parts.map(escapePart).join('|')
}

/** @throws ShorelineError INVALID when the key is longer than a key may be */
export function checkKeyLength(names: readonly string[], key: string): void {
  // A UTF-16 unit is at most three bytes: only long keys are measured.
  if (key.length * 3 <= MAX_KEY_BYTES) return
  const bytes = new TextEncoder().encode(key).length
  if (bytes > MAX_KEY_BYTES)
    throw new ShorelineError(
      'INVALID',
      `${names.join(', ')}: the key is ${bytes} bytes long; at most ${MAX_KEY_BYTES} are allowed.`,
      {
        field: names.join(','),
      },
    )
}

function escapePart(part: string): string {
  return part.includes('\\') || part.includes('|') ? part.replaceAll('\\', '\\\\').replaceAll('|', '\\|') : part
}

function checkText(name: string, value: string): string {
  if (value.includes('\0')) return refuse(name, 'a string without NUL characters', value)
  return value.isWellFormed() ? value : refuse(name, 'well-formed Unicode, without lone surrogates', value)
}

function integerText(name: string, value: unknown, range: { readonly min: bigint; readonly max: bigint }): string {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return refuse(name, 'a decimal string for integers beyond 2^53, which JSON numbers lose', value)
  const isInteger =
    typeof value === 'number'
      ? Number.isSafeInteger(value)
      : typeof value === 'bigint' || (typeof value === 'string' && /^-?(0|[1-9][0-9]{0,18})$/.test(value))
  if (!isInteger) return refuse(name, 'an integer', value)
  const integer = BigInt(value as number | bigint | string)
  if (integer < range.min || integer > range.max)
    return refuse(name, `an integer from ${range.min} to ${range.max}`, value)
  return String(integer)
}

function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return false
  const time = Date.parse(`${value}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(value)
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  return (
    JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) ?? String(value)
  )
}

/** How much of a refused value an error repeats. */
const SHOWN = 60

function refuse(name: string, right: string, value: unknown): never {
  const shown = textOf(value)
  throw new ShorelineError(
    'INVALID',
    `${name}: ${shown.length > SHOWN ? `${shown.slice(0, SHOWN)}… (${shown.length} characters)` : shown} is not right; send ${right}.`,
    { field: name },
  )
}
