/** Values of the declared types on their way into DuckDB and out of it. In between all are as a block stores them (`core/values.ts`). */
import { fromBase64, toBase64 } from '../../core/base64.ts'
import { ShorelineError } from '../../core/errors.ts'
import { type PlainValue, toPlain } from '../../core/on-demand/to-plain.ts'
import { valueReader } from '../../core/read-values.ts'
import { identifier, literal, timestampLiteral } from '../../core/sql/text.ts'
import { duckdbType, parseType, type Type, type ValueType } from '../../core/types.ts'
import { float32Text, type StoredValue, storedVector, vectorItems } from '../../core/values.ts'
import type { ArrowKind, ArrowValue } from './arrow.ts'

/** Of a schema, what a row of it is in TypeScript. */
export type RowOf<S> = { readonly [K in keyof S]: (S[K] extends Type<infer T> ? T : never) | null }

/** The same as it may be given: a Date stands for its instant, an integer for an int64, and items of lists may be null. */
export type GivenRow<S> = { readonly [K in keyof S]?: Given<RowOf<S>[K]> | Shorthand<S[K]> }
type Given<V> = V extends readonly (infer Item)[] ? readonly (Given<Item> | null)[] : V
type Shorthand<T> = T extends { readonly kind: 'timestamp' }
  ? Date
  : T extends { readonly kind: 'int64' }
    ? number
    : never

export interface TypedColumn {
  readonly name: string
  readonly type: ValueType
}

export function columnsOf(schema: Readonly<Record<string, ValueType>>): readonly TypedColumn[] {
  return Object.entries(schema).map(([name, type]) => ({ name, type }))
}

/** Types that take DuckDB's `json` extension, which is not in its browser build. */
export function refuseJson(what: string, type: ValueType): void {
  if (type.kind === 'json' || (type.kind === 'list' && holdsJson(type.of)))
    throw new ShorelineError(
      'INVALID',
      `${what} is json, which DuckDB has no type for in a page. Take it as a string, or from the Worker.`,
    )
}

function holdsJson(type: ValueType): boolean {
  return type.kind === 'json' || (type.kind === 'list' && holdsJson(type.of))
}

/** @param value undefined counts as null @throws ShorelineError INVALID naming the field and what to give */
export function storedOf(field: string, value: unknown, type: ValueType): StoredValue {
  return value === null || value === undefined ? null : valueReader(type)(field, asSent(value))
}

/** As it would be sent: what JSON has no way to write is written as the wire writes it. */
function asSent(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Float32Array) return Array.from(value, asSent)
  if (value instanceof Uint8Array) return toBase64(value)
  return Array.isArray(value) ? value.map(asSent) : value
}

export function kindOf(type: ValueType): ArrowKind {
  switch (type.kind) {
    case 'list':
      return { list: kindOf(type.of) }
    case 'vector':
      return { list: 'float32' }
    case 'string':
    case 'json':
    case 'uuid':
      return 'text'
    case 'bytes':
      return 'blob'
    default:
      return type.kind
  }
}

export function arrowOf(value: StoredValue, type: ValueType): ArrowValue {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return BigInt(value as string)
    case 'timestamp':
      return BigInt(value as number)
    case 'date':
      return Date.parse(`${value}T00:00:00Z`) / MS_PER_DAY
    case 'float32':
    case 'float64':
      return Number(value)
    case 'bytes':
      return fromBase64(value as string)
    case 'vector':
      return vectorItems(value)
    case 'list':
      return (value as readonly StoredValue[]).map((item) => arrowOf(item, type.of))
    default:
      return value as ArrowValue
  }
}

const MS_PER_DAY = 86_400_000

/** SQL of a column that came in by `kindOf`, in its type. */
export function typedColumn(column: string, type: ValueType): string {
  return holdsUuid(type) || type.kind === 'vector' ? `${column}::${duckdbType(type)}` : column
}

function holdsUuid(type: ValueType): boolean {
  return type.kind === 'uuid' || (type.kind === 'list' && holdsUuid(type.of))
}

/** SQL of a typed column as `readColumns` brings it whole: instants as microseconds, days and uuids as text. */
export function readable(column: string, type: ValueType, depth = 0): string {
  switch (type.kind) {
    case 'timestamp':
      return `epoch_us(${column})`
    case 'date':
    case 'uuid':
      return `${column}::varchar`
    case 'vector':
      return `${column}::float[]`
    case 'list': {
      const item = `x${depth}`
      const read = readable(item, type.of, depth + 1)
      return read === item ? column : `list_transform(${column}, lambda ${item}: ${read})`
    }
    default:
      return column
  }
}

export function storedFrom(value: ArrowValue, type: ValueType): StoredValue {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return String(value)
    case 'timestamp':
      return Number(value)
    case 'float64':
      return Number.isFinite(value) ? (value as number) : String(value)
    case 'float32':
      return storedFloat32(value as number)
    case 'bytes':
      return toBase64(value as Uint8Array)
    case 'vector':
      return storedVector(Float32Array.from(value as readonly number[]))
    case 'list':
      return (value as readonly ArrowValue[]).map((item) => storedFrom(item, type.of))
    default:
      return value as StoredValue
  }
}

function storedFloat32(value: number): StoredValue {
  if (!Number.isFinite(value)) return String(value)
  return Object.is(value, -0) ? -0 : Number(float32Text(value))
}

/** Stored values as the values of TypeScript. */
export function plainColumn(values: readonly StoredValue[], type: ValueType): readonly PlainValue[] {
  const read = toPlain(type)
  return values.map((value) => (value === null ? null : read(value)))
}

/** Rows of columns of one length. */
export function rowsOf(
  columns: readonly { readonly name: string; readonly values: readonly PlainValue[] }[],
  rows: number,
): readonly Readonly<Record<string, PlainValue>>[] {
  return Array.from({ length: rows }, (_, at) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[at] ?? null])),
  )
}

/** SQL of one value. */
export function valueLiteral(value: StoredValue, type: ValueType): string {
  const duckdb = duckdbType(type)
  if (value === null) return `null::${duckdb}`
  switch (type.kind) {
    case 'timestamp':
      return timestampLiteral(Number(value))
    case 'list':
      return `[${(value as readonly StoredValue[]).map((item) => valueLiteral(item, type.of)).join(', ')}]::${duckdb}`
    case 'vector':
      return `[${vectorItems(value)
        .map((item) => `${literal(String(item))}::float`)
        .join(', ')}]::${duckdb}`
    case 'bytes':
      return `from_base64(${literal(String(value))})`
    default:
      return `${literal(Object.is(value, -0) ? '-0' : String(value))}::${duckdb}`
  }
}

/** SQL that selects all columns of a query so that `readColumns` can read them. */
export function readableQuery(
  columns: readonly { readonly sql: string; readonly type: string }[],
  from: string,
): string {
  const selected = columns.map(({ sql, type }, at) => `${readable(sql, parseType(type))} as ${identifier(`c${at}`)}`)
  return `select ${selected.join(', ')} from ${from}`
}
