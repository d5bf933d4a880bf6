/**
 * Rows of a data frame as ours. Feast's clients write timestamps with and without a zone, and those of features as seconds
 * since the epoch; integers may be floats, JSON may be its text. Columns that the source does not have are passed over, and a
 * column that is not there was not named.
 */
import { ShorelineError } from '../../core/errors.ts'
import { parseType, type ValueType } from '../../core/types.ts'
import { timestampText } from '../../core/values.ts'
import type { SentRow } from '../push/rows.ts'
import type { PushSchema } from '../push/schema.ts'

/** Column -> one value per row. */
export type DataFrame = Readonly<Record<string, readonly unknown[]>>

/** What Feast's client calls a row's timestamps, whatever the source calls them; and what we do. */
const EVENT = ['event_timestamp']
const CREATED = ['created', 'created_timestamp']

/** @throws ShorelineError MALFORMED when the columns are not of one length */
export function dataFrameRows({ source }: PushSchema, df: DataFrame): readonly SentRow[] {
  const length = lengthOf(df)
  const columns = source.schema
    .filter(({ name }) => Object.hasOwn(df, name))
    .map(({ name, type }) => ({ name, loosen: loosener(parseType(type)), values: df[name] ?? [] }))
  const event = pick(df, EVENT)
  const created = pick(df, CREATED)
  return Array.from({ length }, (_, at): SentRow => {
    const row = columns.map(({ name, loosen, values }): [string, unknown] => [name, loosened(loosen, values[at])])
    if (event) row.push(['event_timestamp', loosened(instant, event[at])])
    if (created) row.push(['created_timestamp', loosened(instant, created[at])])
    return Object.fromEntries(row)
  })
}

function lengthOf(df: DataFrame): number {
  const [first, ...others] = Object.entries(df)
  if (!first) return 0
  const uneven = others.find(([, values]) => values.length !== first[1].length)
  if (!uneven) return first[1].length
  throw new ShorelineError(
    'MALFORMED',
    `All arrays must be of the same length: df.${first[0].slice(0, 80)} has ${first[1].length} values and df.${uneven[0].slice(0, 80)} ${uneven[1].length}.`,
    { field: 'df' },
  )
}

function pick(df: DataFrame, names: readonly string[]): readonly unknown[] | undefined {
  const name = names.find((one) => Object.hasOwn(df, one))
  return name === undefined ? undefined : df[name]
}

function loosened(loosen: (value: unknown) => unknown, value: unknown): unknown {
  return value === null || value === undefined ? null : loosen(value)
}

/** What is not taken for the type stays as it is: our own reader then says what would be right. */
function loosener(type: ValueType): (value: unknown) => unknown {
  switch (type.kind) {
    case 'int32':
    case 'int64':
      return (value) => (typeof value === 'string' ? value.trim() : value)
    case 'bool':
      return (value) => (value === 0 || value === 1 ? value === 1 : value)
    case 'string':
      return (value) => (typeof value === 'number' || typeof value === 'bigint' ? String(value) : value)
    case 'float32':
    case 'float64':
      return (value) => (typeof value === 'string' && NUMBER.test(value) ? Number(value) : value)
    case 'timestamp':
      return instant
    case 'json':
      return (value) => (typeof value === 'string' ? (parsed(value) ?? value) : value)
    case 'list': {
      const item = loosener(type.of)
      return (value) => (Array.isArray(value) ? value.map((one: unknown) => loosened(item, one)) : value)
    }
    default:
      return (value) => value
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Seconds since the epoch, or text; more than six digits of a second are cut, as pandas' nanoseconds are elsewhere. */
function instant(value: unknown): unknown {
  if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 253_402_300_800)
    return timestampText(Math.round(value * 1_000_000))
  return typeof value === 'string' ? value.replace(/(\.\d{6})\d+/, '$1') : value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
