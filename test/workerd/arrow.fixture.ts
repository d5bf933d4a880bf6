/** An Arrow IPC stream as the values that its features have in TypeScript, read with Arrow's own library. */
import { type Data, type Table, tableFromIPC, type Vector } from 'apache-arrow'
import type { Json, ValueType } from '../../core/types.ts'
import { timestampText } from '../../core/values.ts'

export const ARROW = 'application/vnd.apache.arrow.stream'

export interface ReadTable {
  readonly names: readonly string[]
  readonly rows: number
  readonly metadata: ReadonlyMap<string, string>
  /** Every value of a column. */
  values(name: string, type: ValueType): readonly unknown[]
  /** Of a column that says the statuses of another. */
  statuses(name: string): readonly string[]
  /** The Arrow type as Arrow's library calls it. */
  typeOf(name: string): string
}

export function readArrow(bytes: Uint8Array): ReadTable {
  const table: Table = tableFromIPC(bytes)
  const columnOf = (name: string): Vector => {
    const column = table.getChild(name)
    if (!column) throw new Error(`no column ${name}`)
    return column
  }
  return {
    names: table.schema.fields.map((field) => field.name),
    rows: table.numRows,
    metadata: table.schema.metadata,
    values: (name, type) => itemsOf(columnOf(name), type),
    statuses: (name) => [...columnOf(name)].map(String),
    typeOf: (name) => String(columnOf(name).type),
  }
}

function itemsOf(column: Vector, type: ValueType): readonly unknown[] {
  return Array.from({ length: column.length }, (_, at) => (column.isValid(at) ? itemOf(column, at, type) : null))
}

function itemOf(column: Vector, at: number, type: ValueType): unknown {
  const value: unknown = column.get(at)
  switch (type.kind) {
    case 'list':
      return itemsOf(value as Vector, type.of)
    case 'vector':
      return Float32Array.from(value as Vector)
    case 'timestamp':
      return timestampText(Number(microsOf(column, at)))
    case 'date':
      return new Date(Number(value)).toISOString().slice(0, 10)
    case 'json':
      return JSON.parse(String(value)) as Json
    default:
      return value
  }
}

/** The library makes milliseconds of them, and loses some. */
function microsOf(column: Vector, at: number): bigint {
  const [data] = column.data as readonly Data[]
  const micros = data?.values as BigInt64Array
  return micros[at] ?? 0n
}
