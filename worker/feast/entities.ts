/**
 * The columns of `entities`, read as the join keys that they are. Feast's clients are not typed as ours are: a value is made
 * the declared type where it says without a doubt which one it is, and refused where it does not.
 */
import { ShorelineError } from '../../core/errors.ts'
import { KEY_ECHOES, NULL_TEXT } from '../../core/feast-values.ts'
import { keyReader } from '../../core/keys.ts'
import type { PlanKey } from '../../core/plan.ts'
import { isKeyKind, type KeyKind } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { GivenField } from '../serving/given.ts'

/** Join key -> one value per row. */
export type Entities = Readonly<Record<string, readonly unknown[]>>

export interface KeyColumn {
  /** The canonical text of each row's key part, as stores and blocks know it; null where the request says null. */
  readonly parts: readonly (string | null)[]
  /** The same as the answer's JSON array, values typed as declared. */
  readonly echo: string
}

/** @throws ShorelineError INVALID naming the column and the row */
export type ColumnReader = (values: readonly unknown[]) => KeyColumn

/** @param column what the request calls it, for errors */
export function columnReader({ name, type }: PlanKey, column = name): ColumnReader {
  const read = keyReader({ name, kind: type })
  const loosen = LOOSENED[type]
  const echo = KEY_ECHOES[type]
  return (values) => {
    const parts: (string | null)[] = []
    let text = ''
    let at = 0
    try {
      for (; at < values.length; at++) {
        const value = values[at]
        const part = value === null ? null : read(loosen(value))
        parts.push(part)
        text += `${at === 0 ? '' : ','}${part === null ? NULL_TEXT : echo(part)}`
      }
    } catch (thrown) {
      throw placed(thrown, name, column, at)
    }
    return { parts, echo: `[${text}]` }
  }
}

const INTEGER = /^ *([+-]?[0-9]{1,30}) *$/

/** @throws ShorelineError INVALID naming the column and the row */
export type GivenReader = (values: readonly unknown[]) => readonly StoredValue[]

/** A column of request-time values, or of a join key that is computed from. */
export function givenReader({ name, type, read }: GivenField): GivenReader {
  const loosen = isKeyKind(type) ? LOOSENED[type] : (value: unknown) => value
  return (values) => {
    let at = 0
    try {
      const stored: StoredValue[] = []
      for (; at < values.length; at++) {
        const value = values[at] ?? null
        stored.push(value === null ? null : read(name, loosen(value)))
      }
      return stored
    } catch (thrown) {
      throw placed(thrown, name, name, at)
    }
  }
}

/** What is not taken for this type stays as it is: the reader of our own surface says what would be right. */
const LOOSENED: Readonly<Record<KeyKind, (value: unknown) => unknown>> = {
  string: (value) => (typeof value === 'number' || typeof value === 'bigint' ? String(value) : value),
  int32: integer,
  int64: integer,
  bool: (value) => {
    if (value === 0 || value === 1) return value === 1
    const lower = typeof value === 'string' ? value.toLowerCase() : ''
    return lower === 'true' || lower === 'false' ? lower === 'true' : value
  },
  uuid: (value) => value,
  date: (value) => value,
  timestamp: (value) => {
    // Seconds since the epoch, which is how this surface writes one.
    const seconds = integer(value)
    if (typeof seconds === 'bigint') return instantText(seconds) ?? value
    return typeof seconds === 'number' && Number.isSafeInteger(seconds)
      ? (instantText(BigInt(seconds)) ?? value)
      : value
  },
}

function integer(value: unknown): unknown {
  const digits = typeof value === 'string' ? INTEGER.exec(value)?.[1] : undefined
  return digits === undefined ? value : BigInt(digits)
}

/** The largest number of milliseconds that is a date: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LAST_SECOND = 8_640_000_000_000n

function instantText(seconds: bigint): string | null {
  if (seconds > LAST_SECOND || seconds < -LAST_SECOND) return null
  return new Date(Number(seconds) * 1000).toISOString()
}

/** The reader knows its field only. */
function placed(thrown: unknown, name: string, column: string, row: number): unknown {
  if (!(thrown instanceof ShorelineError)) return thrown
  const rest = thrown.message.startsWith(`${name}: `) ? thrown.message.slice(name.length + 2) : thrown.message
  return new ShorelineError(thrown.code, `entities.${column}[${row}]: ${rest}`, { field: column, row })
}
