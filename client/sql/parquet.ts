/**
 * Parquet as Arrow columns, each value as it is in the file. hyparquet's own conversions make dates and numbers of what has
 * more digits; here instants stay 64-bit integers. What has no such column is refused by name.
 */
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import type { ArrowColumn, ArrowKind, ArrowValue } from './arrow.ts'

export interface ParquetColumn {
  readonly name: string
  readonly kind: ArrowKind
  /** The texts of a column that is UUID in DuckDB. */
  readonly uuid: boolean
}

export interface ParquetFile {
  readonly columns: readonly ParquetColumn[]
  readonly rows: number
  read(columns: readonly ParquetColumn[]): Promise<readonly ArrowColumn[]>
}

/**
 * @param what how errors name the file
 * @param wanted lower-case names of the columns that are needed; null for all
 * @throws ShorelineError INVALID naming a column that cannot be read exactly
 */
export async function openParquet(
  file: AsyncBuffer,
  what: string,
  wanted: ReadonlySet<string> | null,
  compressors: Compressors | undefined,
): Promise<ParquetFile> {
  const metadata = await parquetMetadataAsync(file, { geoparquet: false }).catch(unreadable(what))
  const columns = parquetSchema(metadata)
    .children.filter(({ element }) => wanted === null || wanted.has(element.name.toLowerCase()))
    .map((node) => columnOf(node, what))
  return {
    columns,
    rows: Number(metadata.num_rows),
    read: (taken) => readColumns(file, what, metadata, taken, compressors).catch(unreadable(what)),
  }
}

function unreadable(what: string): (thrown: unknown) => never {
  return (thrown) => {
    if (thrown instanceof ShorelineError || (thrown instanceof Error && thrown.name === 'AbortError')) throw thrown
    const codec = /unsupported compression codec: (\w+)/.exec(messageOf(thrown))?.[1]
    throw new ShorelineError(
      'INVALID',
      codec === undefined
        ? `${what} cannot be read: ${messageOf(thrown)}`
        : `${what} is compressed with ${codec}. Give createSql({ compressors }) a reader of it, such as those of the package hyparquet-compressors.`,
      {},
      thrown,
    )
  }
}

async function readColumns(
  file: AsyncBuffer,
  what: string,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
  compressors: Compressors | undefined,
): Promise<readonly ArrowColumn[]> {
  const rows = Number(metadata.num_rows)
  const found = new Map(columns.map(({ name }) => [name, new Array<ArrowValue>(rows).fill(null)]))
  const listed = new Map(
    columns.flatMap(({ name, kind }) => (typeof kind === 'string' ? [] : [[name, 0] as [string, number]])),
  )
  if (columns.length > 0 && rows > 0)
    await parquetRead({
      file,
      metadata: { ...metadata, schema: metadata.schema.map(undecorated) },
      columns: columns.map(({ name }) => name),
      utf8: false,
      geoparquet: false,
      parsers: EXACT,
      ...(compressors && { compressors }),
      onPage: ({ pathInSchema: [name = ''], columnData }) => {
        const before = listed.get(name)
        if (before !== undefined) listed.set(name, before + columnData.length)
      },
      onChunk: ({ columnName, columnData, rowStart }) => {
        const values = found.get(columnName)
        for (let at = 0; values && at < columnData.length; at++)
          values[rowStart + at] = (columnData[at] as ArrowValue | undefined) ?? null
      },
    })
  for (const [name, count] of listed)
    if (count !== rows)
      throw new ShorelineError(
        'INVALID',
        `${what}: column ${name} has ${count} lists in ${rows} rows. DuckDB writes FLOAT[n] so where a vector among them is null, and rows cannot be told apart then: write it as FLOAT[].`,
        { column: name },
      )
  return columns.map(({ name, kind }) => ({ name, kind, values: exactly(found.get(name) ?? [], kind) }))
}

/** Decimals are read as the integers that they are: as numbers they would be rounded. */
function undecorated(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element
  const { converted_type: _, logical_type: __, ...plain } = element
  return plain
}

function isDecimal({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return converted === 'DECIMAL' || logical?.type === 'DECIMAL'
}

function exactly(values: readonly ArrowValue[], kind: ArrowKind): readonly ArrowValue[] {
  if (typeof kind === 'string') return values
  if ('decimal' in kind) return values.map((value) => (value === null ? null : digitsOf(value)))
  return values.map((value) => (value === null ? null : exactly(value as readonly ArrowValue[], kind.list)))
}

/** Of 4 or 8 bytes an integer; else its bytes, the highest first. */
function digitsOf(value: ArrowValue): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  const digits = value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return BigInt.asIntN(8 * value.length, digits)
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** Called for nulls as well. */
const text = (bytes: Uint8Array | undefined): string | null => (bytes ? DECODER.decode(bytes) : null)
const scaled = (factor: bigint) => (value: bigint | null | undefined) =>
  typeof value === 'bigint' ? value * factor : null

const EXACT = {
  timestampFromMilliseconds: scaled(1000n),
  timestampFromMicroseconds: scaled(1n),
  timestampFromNanoseconds: scaled(1n),
  dateFromDays: (days: number | null | undefined) => days ?? null,
  stringFromBytes: text,
}

function columnOf(node: SchemaTree, what: string): ParquetColumn {
  const { name } = node.element
  const kind = kindOf(node)
  if (kind !== null) return { name, ...kind }
  const { type, converted_type: converted, logical_type: logical } = node.element
  throw new ShorelineError(
    'INVALID',
    `${what}: column ${name} is ${logical?.type ?? converted ?? type ?? 'nested'}, which a page cannot read exactly. Take another column in the view, or "shoreline train".`,
    { column: name },
  )
}

interface Kind {
  readonly kind: ArrowKind
  readonly uuid: boolean
}

function kindOf({ element, children }: SchemaTree): Kind | null {
  if (element.repetition_type === 'REPEATED') return null
  if (children.length === 0) return leafKind(element)
  const [list] = children
  const [item] = list?.children ?? []
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
  if (!isList || children.length !== 1 || list?.element.repetition_type !== 'REPEATED') return null
  if (!item || list.children.length !== 1) return null
  const of = kindOf(item)
  return of && !of.uuid ? { kind: { list: of.kind }, uuid: false } : null
}

/** As DuckDB reads it. Times of day, intervals and json have no exact way here. */
function leafKind(element: SchemaElement): Kind | null {
  const { type, converted_type: converted, logical_type: logical } = element
  const is = (kind: ArrowKind): Kind => ({ kind, uuid: false })
  const said = logical?.type ?? converted
  if (said === 'DECIMAL') return decimal(element)
  switch (type) {
    case 'BOOLEAN':
      return is('bool')
    case 'FLOAT':
      return is('float32')
    case 'DOUBLE':
      return is('float64')
    case 'INT32':
      if (said === undefined) return is('int32')
      return said === 'DATE' ? is('date') : integer(logical, converted)
    case 'INT64':
      if (said === undefined) return is('int64')
      if (logical?.type === 'TIMESTAMP') return instant(logical)
      return said === 'TIMESTAMP_MILLIS' || said === 'TIMESTAMP_MICROS' ? is('timestamp') : integer(logical, converted)
    case 'BYTE_ARRAY':
      if (said === undefined) return is('blob')
      return said === 'STRING' || said === 'UTF8' ? is('text') : null
    case 'FIXED_LEN_BYTE_ARRAY':
      if (said === undefined) return is('blob')
      return said === 'UUID' ? { kind: 'text', uuid: true } : null
    default:
      return null
  }
}

/** Of more digits DuckDB makes a DOUBLE. */
const MAX_DIGITS = 38

function decimal({ precision = 0, scale = 0, logical_type: logical }: SchemaElement): Kind | null {
  const [digits, after] = logical?.type === 'DECIMAL' ? [logical.precision, logical.scale] : [precision, scale]
  return digits < 1 || digits > MAX_DIGITS ? null : { kind: { decimal: [digits, after] }, uuid: false }
}

const INTEGERS: Readonly<Record<string, ArrowKind>> = {
  INT_8: 'int8',
  INT_16: 'int16',
  INT_32: 'int32',
  INT_64: 'int64',
  UINT_8: 'uint8',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
  UINT_64: 'uint64',
}

function integer(logical: SchemaElement['logical_type'], converted: string | undefined): Kind | null {
  const name =
    logical?.type === 'INTEGER' ? `${logical.isSigned ? 'INT' : 'UINT'}_${logical.bitWidth}` : (converted ?? '')
  const kind = INTEGERS[name]
  return kind === undefined ? null : { kind, uuid: false }
}

function instant({ unit, isAdjustedToUTC }: { readonly unit: string; readonly isAdjustedToUTC: boolean }): Kind | null {
  if (unit === 'NANOS') return isAdjustedToUTC ? null : { kind: 'timestamp_ns', uuid: false }
  return { kind: isAdjustedToUTC ? 'instant' : 'timestamp', uuid: false }
}
