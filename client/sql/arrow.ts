/**
 * Columns of plain values as an Arrow stream, which is how rows come into DuckDB, and what DuckDB answers as columns again. Every
 * value goes through as it is: 64-bit integers and instants are bigint, the sign of zero and the bits of a float stay.
 */
import {
  Binary,
  Bool,
  type Data,
  DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  TimestampNanosecond,
  tableFromIPC,
  tableToIPC,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  type Vector,
} from 'apache-arrow'

/** What a column holds, named as DuckDB names it. `instant` is a TIMESTAMP WITH TIME ZONE. */
export type ArrowKind =
  | keyof typeof KINDS
  | { readonly list: ArrowKind }
  | { readonly decimal: readonly [precision: number, scale: number] }

/** What is not null is a bigint for 64 bits, instants (microseconds, or nanoseconds of `timestamp_ns`) and the digits of decimals, else a number; days since the epoch of a date. */
export type ArrowValue = boolean | number | bigint | string | Uint8Array | null | readonly ArrowValue[]

export interface ArrowColumn {
  readonly name: string
  readonly kind: ArrowKind
  readonly values: readonly ArrowValue[]
}

type Numbers =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array
type Longs = BigInt64Array | BigUint64Array

interface Kind {
  readonly type: () => DataType
  readonly numbers?: (length: number) => Numbers
  readonly longs?: (length: number) => Longs
  readonly pieces?: true
}

const longs = (length: number): Longs => new BigInt64Array(length)

const KINDS = {
  bool: { type: () => new Bool() },
  int8: { type: () => new Int8(), numbers: (length) => new Int8Array(length) },
  int16: { type: () => new Int16(), numbers: (length) => new Int16Array(length) },
  int32: { type: () => new Int32(), numbers: (length) => new Int32Array(length) },
  int64: { type: () => new Int64(), longs },
  uint8: { type: () => new Uint8(), numbers: (length) => new Uint8Array(length) },
  uint16: { type: () => new Uint16(), numbers: (length) => new Uint16Array(length) },
  uint32: { type: () => new Uint32(), numbers: (length) => new Uint32Array(length) },
  uint64: { type: () => new Uint64(), longs: (length) => new BigUint64Array(length) },
  float32: { type: () => new Float32(), numbers: (length) => new Float32Array(length) },
  float64: { type: () => new Float64(), numbers: (length) => new Float64Array(length) },
  text: { type: () => new Utf8(), pieces: true },
  blob: { type: () => new Binary(), pieces: true },
  date: { type: () => new DateDay(), numbers: (length) => new Int32Array(length) },
  timestamp: { type: () => new TimestampMicrosecond(), longs },
  timestamp_ns: { type: () => new TimestampNanosecond(), longs },
  instant: { type: () => new TimestampMicrosecond('UTC'), longs },
} as const satisfies Record<string, Kind>

/** @param rows their number: a table may have no column */
export function arrowStream(columns: readonly ArrowColumn[], rows: number): Uint8Array {
  const fields = columns.map(({ name, kind }) => new Field(name, typeOf(kind), true))
  const schema = new Schema(fields)
  const data = makeData({
    type: new Struct(fields),
    length: rows,
    nullCount: 0,
    children: columns.map(({ kind, values }) => dataOf(kind, values)),
  })
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream')
}

function typeOf(kind: ArrowKind): DataType {
  if (typeof kind === 'string') return KINDS[kind].type()
  return 'decimal' in kind
    ? new Decimal(kind.decimal[1], kind.decimal[0])
    : new List(new Field('item', typeOf(kind.list), true))
}

function dataOf(kind: ArrowKind, values: readonly ArrowValue[]): Data {
  const { length } = values
  const validity = validityOf(values)
  const common = { length, nullCount: validity.nulls, ...(validity.bits && { nullBitmap: validity.bits }) }
  if (typeof kind !== 'string' && 'decimal' in kind)
    return makeData({ type: typeOf(kind) as Decimal, ...common, data: decimalsOf(values) })
  if (typeof kind !== 'string') {
    const lists = values.map((value) => (Array.isArray(value) ? (value as readonly ArrowValue[]) : []))
    const valueOffsets = offsetsOf(lists)
    return makeData({ type: typeOf(kind) as List, ...common, valueOffsets, child: dataOf(kind.list, lists.flat()) })
  }
  const found: Kind = KINDS[kind]
  if (found.pieces) {
    const pieces = values.map((value) =>
      typeof value === 'string' ? ENCODER.encode(value) : value instanceof Uint8Array ? value : NOTHING,
    )
    const valueOffsets = offsetsOf(pieces)
    return makeData({ type: found.type() as Binary, ...common, valueOffsets, data: joined(pieces) })
  }
  if (found.longs) {
    const data = found.longs(length)
    for (let at = 0; at < length; at++) data[at] = (values[at] as bigint | null) ?? 0n
    return makeData({ type: found.type() as Int64, ...common, data: data as BigInt64Array })
  }
  if (found.numbers) {
    const data = found.numbers(length)
    for (let at = 0; at < length; at++) data[at] = (values[at] as number | null) ?? 0
    return makeData({ type: found.type() as Int32, ...common, data: data as Int32Array })
  }
  return makeData({ type: new Bool(), ...common, data: bitsOf(values, (value) => value === true) })
}

/** 128 bits each, little-endian. */
function decimalsOf(values: readonly ArrowValue[]): Uint32Array {
  const words = new BigInt64Array(values.length * 2)
  for (let at = 0; at < values.length; at++) {
    const value = (values[at] as bigint | null) ?? 0n
    words[2 * at] = BigInt.asIntN(64, value)
    words[2 * at + 1] = value >> 64n
  }
  return new Uint32Array(words.buffer)
}

const ENCODER = new TextEncoder()
const NOTHING = new Uint8Array(0)

function validityOf(values: readonly ArrowValue[]): { readonly nulls: number; readonly bits?: Uint8Array } {
  let nulls = 0
  for (const value of values) if (value === null) nulls++
  return nulls === 0 ? { nulls } : { nulls, bits: bitsOf(values, (value) => value !== null) }
}

function bitsOf(values: readonly ArrowValue[], isSet: (value: ArrowValue) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 64) * 8)
  for (let at = 0; at < values.length; at++)
    if (isSet(values[at] ?? null)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
  return bits
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1)
  let end = 0
  for (let at = 0; at < parts.length; at++) {
    end += parts[at]?.length ?? 0
    offsets[at + 1] = end
  }
  return offsets
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export interface ReadColumn {
  readonly name: string
  readonly values: readonly ArrowValue[]
}

/** @param stream of columns whose values arrive whole: no instants, which Arrow's own reader makes milliseconds */
export function readColumns(stream: Uint8Array): readonly ReadColumn[] {
  const table = tableFromIPC(stream)
  return table.schema.fields.map(({ name }, at) => ({ name, values: valuesOf(table.getChildAt(at)) }))
}

function valuesOf(vector: Vector | null): readonly ArrowValue[] {
  if (vector && DataType.isUtf8(vector.type)) return vector.data.flatMap((data) => textsOf(data as Data<Utf8>))
  const values: ArrowValue[] = []
  for (const value of vector ?? []) values.push(arrowValue(value))
  return values
}

/** Arrow's own reader drops a byte order mark that a text begins with. */
function textsOf(data: Data<Utf8>): readonly ArrowValue[] {
  const { length, values, valueOffsets } = data
  return Array.from({ length }, (_, at) =>
    data.getValid(at) ? DECODER.decode(values.subarray(valueOffsets[at], valueOffsets[at + 1])) : null,
  )
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

function arrowValue(value: unknown): ArrowValue {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value.slice()
  if (typeof value === 'object') return valuesOf(value as Vector)
  return value as ArrowValue
}
