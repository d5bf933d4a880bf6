/** Rows that are not plainly right, by the Worker's rules and in its words. */
import { type Parsed, parseExact } from '../../core/json.ts'
import { valueReader } from '../../core/read-values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { ClientError } from '../error.ts'
import { writeJson } from '../json.ts'
import type { Field, Fields, Row } from './rows.ts'

/** @throws ClientError INVALID naming the first row and field that is missing, or that is none */
export function checkFields(fields: Fields, rows: readonly Row[]): void {
  for (const [at, row] of rows.entries()) {
    for (const { name, type } of fields.keys) if (!isSent(row, name)) throw lacks(fields, at, 'join key', name, type)
    for (const { name, type } of fields.given)
      if (!isSent(row, name)) throw lacks(fields, at, 'request-time value', name, type)
    const known = [...fields.keys, ...fields.given]
    const unknown = Object.keys(row).find((name) => isSent(row, name) && !known.some((one) => one.name === name))
    if (unknown === undefined) continue
    const message = `rows[${at}]: ${shorten(unknown)} is not a field of ${fields.service}, which takes ${wanted(fields)}.`
    throw invalid(message, { field: shorten(unknown), row: at })
  }
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

/** @throws ClientError INVALID naming the row and the field */
export function readField({ name, type }: Field, rows: readonly Row[]): readonly StoredValue[] {
  const read = valueReader(parseType(type))
  return rows.map((row, at) => {
    const value = parseExact(writeJson(row[name]) ?? 'null') as Parsed
    if (value === null) return null
    try {
      return read(name, value)
    } catch (thrown) {
      const { message, details } = thrown as Error & { readonly details?: object }
      throw invalid(`rows[${at}].${message}`, { ...details, row: at })
    }
  })
}

function invalid(message: string, details: { readonly field?: string; readonly row?: number }): ClientError {
  return new ClientError(message, { code: 'INVALID', status: 422, details })
}
