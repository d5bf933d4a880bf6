/**
 * Which instants an object's rows can lie at, from what is known without reading it: its hive partition, or the statistics
 * in its Parquet footer.
 */
import { type FileMetaData, type MetadataOptions, parquetSchema, type RowGroup, type SchemaElement } from 'hyparquet'
import { hivePartitions } from '../../core/hive.ts'
import { parseTimestamp } from '../../core/values.ts'

/** Microseconds since the epoch, both ends included. An object without rows has a range that ends before it begins. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** Nothing is known. */
export const ALWAYS: TimeRange = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
export const NO_ROWS: TimeRange = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }

/**
 * The range of an object in a folder `column=2001-07-01` (or an instant): the partition is the column, so that all rows have
 * this very value. Null when the object is in no such folder, or the value is no time.
 */
export function hiveRange(key: string, column: string): TimeRange | null {
  const partition = hivePartitions(key).findLast(([name]) => name.toLowerCase() === column.toLowerCase())
  if (!partition) return null
  const [, value] = partition
  const at = /^\d{4}-\d\d-\d\d$/.test(value)
    ? parseTimestamp(`${value}T00:00:00Z`)
    : parseTimestamp(`${value.replace(' ', 'T')}Z`)
  return at === null ? null : { from: at, to: at }
}

/** Statistics of times as the integers that they are stored as. */
export const STORED: MetadataOptions = {
  geoparquet: false,
  parsers: {
    timestampFromMilliseconds: (millis) => millis,
    timestampFromMicroseconds: (micros) => micros,
    timestampFromNanoseconds: (nanos) => nanos,
    dateFromDays: (days) => BigInt(days),
  },
}

/**
 * The range of a time column over all row groups. Null where a row group has no statistics or may hold nulls, and where the
 * column is no time of Parquet: text, or a number that means one.
 * @param metadata read with `STORED`
 */
export function footerRange(metadata: FileMetaData, column: string): TimeRange | null {
  const top = parquetSchema(metadata).children.map((child) => child.element)
  const element = top.find(({ name }) => name.toLowerCase() === column.toLowerCase())
  const unit = element && microsIn(element)
  if (!element || !unit) return null
  let range = NO_ROWS
  for (const group of metadata.row_groups) {
    if (group.num_rows === 0n) continue
    const found = groupRange(group, element, unit)
    if (!found) return null
    range = { from: Math.min(range.from, found.from), to: Math.max(range.to, found.to) }
  }
  return range
}

function groupRange(
  { columns }: RowGroup,
  { name, repetition_type }: SchemaElement,
  { of, over }: Unit,
): TimeRange | null {
  const chunk = columns.find(
    ({ meta_data }) => meta_data?.path_in_schema.length === 1 && meta_data.path_in_schema[0] === name,
  )
  const { min_value, min = min_value, max_value, max = max_value, null_count } = chunk?.meta_data?.statistics ?? {}
  // A row without a time may come out of a view's SQL at any.
  const full = repetition_type === 'REQUIRED' || null_count === 0n
  if (!full || typeof min !== 'bigint' || typeof max !== 'bigint' || min > max) return null
  return { from: outwards(min * of, over, -1), to: outwards(max * of, over, 1) }
}

/** Division rounds towards zero: a microsecond wider holds it all. Beyond what a number holds exactly the range is open. */
function outwards(scaled: bigint, over: bigint, by: 1 | -1): number {
  const micros = Number(scaled / over + (scaled % over === 0n ? 0n : BigInt(by)))
  return Number.isSafeInteger(micros) ? micros : by * Number.POSITIVE_INFINITY
}

/** A stored integer times `of` over `over` is microseconds. */
interface Unit {
  readonly of: bigint
  readonly over: bigint
}

const DAYS: Unit = { of: 86_400_000_000n, over: 1n }
const TIMESTAMPS: Readonly<Record<'MILLIS' | 'MICROS' | 'NANOS', Unit>> = {
  MILLIS: { of: 1000n, over: 1n },
  MICROS: { of: 1n, over: 1n },
  NANOS: { of: 1n, over: 1000n },
}

function microsIn({ type, converted_type, logical_type }: SchemaElement): Unit | null {
  if (type === 'INT32') return converted_type === 'DATE' ? DAYS : null
  if (type !== 'INT64') return null
  if (logical_type?.type === 'TIMESTAMP') return TIMESTAMPS[logical_type.unit]
  if (converted_type === 'TIMESTAMP_MILLIS') return TIMESTAMPS.MILLIS
  return converted_type === 'TIMESTAMP_MICROS' ? TIMESTAMPS.MICROS : null
}
