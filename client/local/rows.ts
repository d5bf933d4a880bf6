/**
 * Rows of a caller: the join keys, which are all that is sent, and the values that stay here. They are checked and read as the
 * Worker would, so that the same row is right or wrong in the same words wherever it is computed.
 */
import { type Parsed, parseExact } from '../../core/json.ts'
import { valueReader } from '../../core/read-values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { ClientError } from '../error.ts'
import { writeJson } from '../json.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Field {
  readonly name: string
  readonly type: string
}

export interface Fields {
  /** `flight_risk@1` */
  readonly service: string
  readonly keys: readonly Field[]
  /** What the request brings beside them. */
  readonly given: readonly Field[]
}

/** Join keys alone. @throws ClientError INVALID, where the rows are not of these fields */
export function keyRows(fields: Fields, rows: readonly Row[]): readonly Row[] {
  return rows.map((row, at) => {
    for (const { name, type } of fields.keys) if (!isSent(row, name)) throw lacks(fields, at, 'join key', name, type)
    for (const { name, type } of fields.given)
      if (!isSent(row, name)) throw lacks(fields, at, 'request-time value', name, type)
    const known = [...fields.keys, ...fields.given]
    const unknown = Object.keys(row).find((name) => isSent(row, name) && !known.some((one) => one.name === name))
    if (unknown !== undefined)
      throw invalid(
        `rows[${at}]: ${shorten(unknown)} is not a field of ${fields.service}, which takes ${wanted(fields)}.`,
        {
          field: shorten(unknown),
          row: at,
        },
      )
    return Object.fromEntries(fields.keys.map(({ name }) => [name, row[name]]))
  })
}

/** What JSON leaves out is not sent. */
function isSent(row: Row, name: string): boolean {
  return Object.hasOwn(row, name) && !['undefined', 'function', 'symbol'].includes(typeof row[name])
}

function lacks(fields: Fields, row: number, what: string, name: string, type: string): ClientError {
  const message = `rows[${row}]: the ${what} ${name} (${type}) is missing. ${fields.service} needs ${wanted(fields)}.`
  return invalid(message, { field: name, row })
}

function wanted({ keys, given }: Fields): string {
  return [...keys, ...given].map(({ name }) => name).join(', ') || 'no field'
}

function shorten(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): ClientError {
  return new ClientError(message, { code: 'INVALID', status: 422, details })
}

/** Of one field, from every row: values as a block would store them. @throws ClientError INVALID naming the row and the field */
export type FieldReader = (rows: readonly Row[]) => readonly StoredValue[]

export function fieldReader({ name, type }: Field): FieldReader {
  const read = valueReader(parseType(type))
  return (rows) =>
    rows.map((row, at) => {
      const value = asSent(row[name])
      if (value === null) return null
      try {
        return read(name, value)
      } catch (thrown) {
        throw invalid(`rows[${at}].${(thrown as Error).message}`, {
          ...(thrown as { readonly details?: object }).details,
          row: at,
        })
      }
    })
}

/** What the Worker would read of it: minus zero goes through JSON as zero, and so it is zero here. */
function asSent(value: unknown): Parsed {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Number.isSafeInteger(value) || (typeof value === 'number' && Number.isFinite(value) && value % 1 !== 0))
    return (value as number) + 0
  return parseExact(writeJson(value) ?? 'null')
}
