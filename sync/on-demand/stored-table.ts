/** Stored values into a table of DuckDB and out of a query, exactly: what a block holds is what comes back. */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBTimestampValue,
  type DuckDBValue,
  uuidValue,
} from '@duckdb/node-api'
import { fromBase64 } from '../../core/base64.ts'
import { daysOf } from '../../core/expressions/values.ts'
import type { Values } from '../../core/on-demand/entry.ts'
import { duckdbType, parseType, type ValueType } from '../../core/types.ts'
import { type StoredValue, vectorItems } from '../../core/values.ts'
import { storedRow } from '../sql/stored.ts'
import { identifier } from '../sql/text.ts'

export interface StoredField {
  readonly name: string
  /** As `int64`. */
  readonly type: string
}

/** In every table here: numbers the rows from 0. No feature and no join key has such a name. */
export const ROW = '_row'

export async function createStoredTable(
  db: DuckDBConnection,
  table: string,
  fields: readonly StoredField[],
): Promise<void> {
  const columns = fields.map(({ name, type }) => `${identifier(name)} ${duckdbType(parseType(type))}`)
  await db.run(`create or replace temp table ${identifier(table)} (${[`${ROW} bigint`, ...columns].join(', ')})`)
}

/** DuckDB's vectors are as long. */
const CHUNK = 2048

/** @param columns one for each of the table's fields. @param first the number of the first row */
export async function appendStored(
  db: DuckDBConnection,
  table: string,
  fields: readonly StoredField[],
  columns: readonly Values[],
  { first, rows }: { readonly first: number; readonly rows: number },
): Promise<void> {
  const appender = await db.createAppender(table)
  try {
    const types = Array.from({ length: fields.length + 1 }, (_, at) => appender.columnType(at))
    const writers = fields.map(({ type }) => duckdbValue(parseType(type)))
    for (let from = 0; from < rows; from += CHUNK) {
      const count = Math.min(CHUNK, rows - from)
      const chunk = DuckDBDataChunk.create(types, count)
      const numbers = Array.from({ length: count }, (_, at) => BigInt(first + from + at))
      const values = writers.map((write, column) =>
        Array.from({ length: count }, (_, at) => {
          const stored = columns[column]?.[from + at] ?? null
          return stored === null ? null : write(stored)
        }),
      )
      chunk.setColumns([numbers, ...values])
      appender.appendDataChunk(chunk)
    }
  } finally {
    appender.closeSync()
  }
}

/**
 * One column for each field, in the order of `_row`.
 * @param from SQL of a table with `_row` and the fields
 */
export async function readStored(
  db: DuckDBConnection,
  from: string,
  fields: readonly StoredField[],
  where = 'true',
): Promise<readonly StoredValue[][]> {
  const columns = fields.map(({ name, type }) => ({ column: identifier(name), type: parseType(type) }))
  const found = fields.map((): StoredValue[] => [])
  const result = await db.stream(`select ${storedRow([], columns)} from ${from} where ${where} order by ${ROW}`)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return found
    for (const text of chunk.getColumnValues(0)) {
      const row = JSON.parse(String(text)) as readonly StoredValue[]
      for (const [at, column] of found.entries()) column.push(row[at] ?? null)
    }
  }
}

/** Of a stored value that is not null. */
function duckdbValue(type: ValueType): (value: StoredValue) => DuckDBValue {
  switch (type.kind) {
    case 'bool':
      return (value) => value === true
    case 'int32':
    case 'float64':
    case 'float32':
      return Number // "NaN" and the infinities are texts in a block
    case 'int64':
      return (value) => BigInt(String(value))
    case 'timestamp':
      return (value) => new DuckDBTimestampValue(BigInt(String(value)))
    case 'date':
      return (value) => new DuckDBDateValue(daysOf(String(value)))
    case 'uuid':
      return (value) => uuidValue(BigInt(`0x${String(value).replaceAll('-', '')}`))
    case 'bytes':
      return (value) => new DuckDBBlobValue(fromBase64(String(value)))
    case 'vector':
      return (value) => new DuckDBArrayValue([...vectorItems(value)])
    case 'list': {
      const item = duckdbValue(type.of)
      return (value) =>
        new DuckDBListValue((Array.isArray(value) ? value : []).map((one) => (one === null ? null : item(one))))
    }
    default:
      return String
  }
}
