/** The rows of a push, checked one by one against the source's schema: all of them, before any is written. */
import { ShorelineError } from '../../core/errors.ts'
import { readInstant, refuse } from '../../core/read-scalars.ts'
import type { StoredValue } from '../../core/values.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import { type PushedCell, type PushedRow, REMOVED } from '../../registry/pushed-rows.ts'
import { byteLength } from './messages.ts'
import type { PushSchema } from './schema.ts'

export type SentRow = Readonly<Record<string, unknown>>

/** A row as it is kept for the lake. Values are as blocks store them. */
export interface KeptRow {
  /** Microseconds since the epoch. */
  readonly event: number
  readonly created: number | null
  readonly deleted?: true
  /** What the row named; a column that is not here was not named. */
  readonly values: Readonly<Record<string, StoredValue>>
}

export interface CheckedRow {
  readonly kept: KeptRow
  /** What becomes of it online; none for events. */
  readonly served: readonly PushedRow[]
}

/** Of a row as it is kept: it has to fit into a message with its schema. */
const ROW_BYTES = 64_000

const EVENT = 'event_timestamp'
const CREATED = 'created_timestamp'
const DELETED = 'deleted'

/** @throws ShorelineError INVALID naming the row and the field */
export function checkRows(schema: PushSchema, rows: readonly SentRow[]): readonly CheckedRow[] {
  return rows.map((row, at) => {
    try {
      return checkRow(schema, row)
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError) || thrown.code !== 'INVALID') throw thrown
      const joint = /^[a-z_]/.test(thrown.message) && thrown.details['field'] !== undefined ? '.' : ': '
      throw new ShorelineError('INVALID', `rows[${at}]${joint}${thrown.message}`, { ...thrown.details, row: at })
    }
  })
}

function checkRow(schema: PushSchema, row: SentRow): CheckedRow {
  const { source, columns, keys, targets } = schema
  for (const name of Object.keys(row))
    if (!columns.has(name) && ![EVENT, CREATED, DELETED].includes(name)) throw unknown(schema, name)
  const event = readTime(EVENT, row[EVENT])
  if (event === null) throw invalid(EVENT, 'it is missing. Say when it became true, as an RFC 3339 timestamp.')
  const created = readTime(CREATED, row[CREATED])
  const deleted = readDeleted(row[DELETED])
  for (const key of keys) if (!Object.hasOwn(row, key)) throw invalid(key, `the join key is missing.`)
  const values = new Map<string, StoredValue>()
  for (const [name, read] of columns)
    if (Object.hasOwn(row, name)) values.set(name, row[name] === null && !keys.has(name) ? null : read(name, row[name]))
  const named = [...values.keys()].filter((name) => !keys.has(name))
  if (deleted && source.kind === 'events') throw invalid(DELETED, 'rows of events are never removed.')
  if (deleted && named.length > 0)
    throw invalid(DELETED, `the row is removed and names ${named.join(', ')}. Leave these out, or deleted.`)
  if (!deleted && source.kind === 'features' && named.length === 0)
    throw invalid(
      'features',
      `none is named. There are ${[...columns.keys()].filter((name) => !keys.has(name)).join(', ')}.`,
    )
  const kept: KeptRow = { event, created, ...(deleted ? { deleted } : {}), values: Object.fromEntries(values) }
  const bytes = byteLength(JSON.stringify(kept))
  if (bytes > ROW_BYTES)
    throw new ShorelineError('INVALID', `the row is ${bytes} bytes long; at most ${ROW_BYTES} are kept.`)
  const cell = (value: StoredValue): PushedCell => [value, event, created]
  const served = targets.flatMap(({ view, features, readKey }): PushedRow[] => {
    const cells = deleted
      ? [[REMOVED, cell(null)] as const]
      : named.filter((name) => features.has(name)).map((name) => [name, cell(values.get(name) ?? null)] as const)
    // `readKey` reads what was sent: a key is canonical in its own way.
    return cells.length === 0 ? [] : [{ view, key: readKey(row), payload: Object.fromEntries(cells) }]
  })
  return { kept, served }
}

function readTime(name: string, value: unknown): number | null {
  return value === undefined || value === null ? null : readInstant(name, value)
}

function readDeleted(value: unknown): true | undefined {
  if (value === undefined || value === false) return undefined
  if (value === true) return true
  return refuse(DELETED, 'true, or leave it out', value)
}

function invalid(field: string, sentence: string): ShorelineError {
  return new ShorelineError('INVALID', `${field}: ${sentence}`, { field })
}

function unknown({ source, columns }: PushSchema, name: string): ShorelineError {
  const known = [...columns.keys(), EVENT, CREATED, DELETED]
  const meant = nearest(name, known)
  const shown = name.slice(0, 80)
  return new ShorelineError(
    'INVALID',
    `${shown}: pushSource ${source.name} has no such column. ${meant ? `Did you mean ${meant}?` : `It has ${known.join(', ')}.`}`,
    { field: shown },
  )
}
