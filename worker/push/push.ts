/** One push: checked whole, merged and kept for the lake in one transaction. */
import { ShorelineError } from '../../core/errors.ts'
import { exactJson } from '../../core/json.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import type { PushedPayload, PushedRow, PushedRows } from '../../registry/pushed-rows.ts'
import type { PushAnswer } from '../../registry/wire/push.ts'
import type { Counters } from '../metrics/counters.ts'
import type { KeptRows } from './messages.ts'
import { type CheckedRow, checkRows, type SentRow } from './rows.ts'
import { type PushSchema, pushSchema } from './schema.ts'

/** Of the registry that an isolate answers from: made once per source. */
const SCHEMAS = new WeakMap<RegistrySnapshot, Map<string, PushSchema>>()

/** @throws ShorelineError UNKNOWN_NAME */
export function schemaFor(registry: RegistrySnapshot, source: string): PushSchema {
  const known = SCHEMAS.get(registry) ?? new Map<string, PushSchema>()
  SCHEMAS.set(registry, known)
  const schema = known.get(source) ?? pushSchema(registry, source)
  known.set(source, schema)
  return schema
}

export interface PushOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Only kept for the lake, and not served. */
  readonly offline?: boolean
  readonly counters?: Counters
}

/**
 * @throws ShorelineError INVALID naming the row and the field: then nothing is written; UNAVAILABLE when D1 fails
 */
export async function push(
  pushed: PushedRows,
  schema: PushSchema,
  rows: readonly SentRow[],
  options: PushOptions,
): Promise<{ readonly answer: PushAnswer; readonly bookmark: string | null }> {
  return writeRows(pushed, schema, checkRows(schema, rows), options)
}

/** In one transaction, whatever their number. @throws ShorelineError UNAVAILABLE */
export async function writeRows(
  pushed: PushedRows,
  schema: PushSchema,
  rows: readonly CheckedRow[],
  { now, offline = false, counters }: PushOptions,
): Promise<{ readonly answer: PushAnswer; readonly bookmark: string | null }> {
  const checked = offline ? rows.map((row) => ({ ...row, served: [] })) : rows
  const served = checked.flatMap((row) => row.served)
  const rowsKept: KeptRows = { schema: schema.source.schema, rows: checked.map((row) => row.kept) }
  const { stored, bookmark } = await pushed
    .push(served, schema.source.name, exactJson(rowsKept), now)
    .catch((thrown: unknown) => {
      throw new ShorelineError(
        'UNAVAILABLE',
        'The rows could not be written. Send them again: the same rows twice are the same as once.',
        {},
        thrown,
      )
    })
  let at = 0
  let superseded = 0
  for (const row of checked) {
    const places = row.served.map((one, index) => ({ one, stored: stored.get(at + index) }))
    at += row.served.length
    if (places.length > 0 && places.every((place) => isSuperseded(place.one, place.stored))) superseded++
  }
  counters?.pushed(schema.source.name, checked.length, superseded)
  return { answer: { accepted: checked.length - superseded, superseded }, bookmark }
}

/** Nothing of it is what is stored. */
function isSuperseded({ payload }: PushedRow, stored: PushedPayload | undefined): boolean {
  return Object.entries(payload).every(([feature, cell]) => JSON.stringify(stored?.[feature]) !== JSON.stringify(cell))
}
