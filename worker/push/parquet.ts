/**
 * Pushed rows as Parquet: the columns of the source's schema in their own types, and what training needs to know beside them.
 * Plain files in hive partitions by the day of the event; anything that reads Parquet reads them.
 */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { parseType, type ValueType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { PushSourceObject } from '../../registry/objects.ts'
import type { KeptRow } from './rows.ts'

/** A row with what names it, for readers that leave out what came twice. */
export interface NamedRow {
  readonly id: string
  readonly row: KeptRow
}

type Element = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number]

interface Column {
  readonly elements: readonly Element[]
  readonly data: unknown[]
}

const TIMESTAMP = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
} as const satisfies Partial<Element>
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const satisfies Partial<Element>

/**
 * Beside the schema's columns: `event_timestamp`, `created_timestamp`, `deleted`, `named` (the columns that the row named,
 * separated by commas: one that it did not name is null here and was not pushed as null) and `pushed` (equal for the same row).
 */
export function pushedParquet(schema: PushSourceObject['schema'], rows: readonly NamedRow[]): ArrayBuffer {
  const columns: Column[] = [
    ...schema.map(({ name, type }): Column => {
      const value = parseType(type)
      return {
        elements: elementsOf(name, value),
        data: rows.map(({ row }) => writable(value, row.values[name] ?? null)),
      }
    }),
    { elements: [optional('event_timestamp', TIMESTAMP)], data: rows.map(({ row }) => BigInt(row.event)) },
    {
      elements: [optional('created_timestamp', TIMESTAMP)],
      data: rows.map(({ row }) => (row.created === null ? null : BigInt(row.created))),
    },
    { elements: [optional('deleted', { type: 'BOOLEAN' })], data: rows.map(({ row }) => row.deleted ?? false) },
    { elements: [optional('named', TEXT)], data: rows.map(({ row }) => Object.keys(row.values).join(',')) },
    { elements: [optional('pushed', TEXT)], data: rows.map(({ id }) => id) },
  ]
  return parquetWriteBuffer({
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ elements }) => elements)],
    columnData: columns.map(({ elements, data }) => ({
      name: elements[0]?.name ?? '',
      data,
      ...(elements.some(isFloat) ? { encoding: 'PLAIN' } : {}),
    })),
  })
}

/** The writer's dictionaries take zero and minus zero for the same. */
function isFloat({ type }: Element): boolean {
  return type === 'FLOAT' || type === 'DOUBLE'
}

function optional(name: string, element: Partial<Element>): Element {
  return { name, repetition_type: 'OPTIONAL', ...element }
}

function elementsOf(name: string, type: ValueType): readonly Element[] {
  switch (type.kind) {
    case 'bool':
      return [optional(name, { type: 'BOOLEAN' })]
    case 'int32':
      return [optional(name, { type: 'INT32' })]
    case 'int64':
      return [optional(name, { type: 'INT64' })]
    case 'float32':
      return [optional(name, { type: 'FLOAT' })]
    case 'float64':
      return [optional(name, { type: 'DOUBLE' })]
    case 'timestamp':
      return [optional(name, TIMESTAMP)]
    case 'date':
      return [optional(name, { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } })]
    case 'uuid':
      return [optional(name, { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } })]
    case 'bytes':
      return [optional(name, { type: 'BYTE_ARRAY' })]
    case 'string':
    case 'json': // its text, which is exact
      return [optional(name, TEXT)]
    case 'list':
      return listOf(name, type.of)
    case 'vector':
      return listOf(name, { kind: 'float32' })
  }
}

function listOf(name: string, of: ValueType): readonly Element[] {
  return [
    optional(name, { converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 }),
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elementsOf('element', of),
  ]
}

/** A stored value as the writer takes it. */
function writable(type: ValueType, value: StoredValue): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return BigInt(String(value))
    case 'timestamp':
      return BigInt(Number(value))
    case 'float32':
    case 'float64':
      return Number(value) // NaN and the infinities are texts
    case 'date':
      return Math.floor(Date.parse(`${String(value)}T00:00:00Z`) / DAY_MS)
    case 'bytes':
      return bytesOf(String(value))
    case 'list':
      return Array.isArray(value) ? value.map((one: StoredValue) => writable(type.of, one)) : null
    case 'vector': {
      const bytes = bytesOf(String(value))
      const view = new DataView(bytes.buffer)
      return Array.from({ length: type.size }, (_, at) => view.getFloat32(at * 4, true))
    }
    default:
      return value
  }
}

const DAY_MS = 86_400_000

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}
