/** Dates and timestamps: DuckDB's own, within the years that can be written. */
import { FORMAT_CODES, unknownCode } from '../../core/expressions/strftime.ts'
import { oneOf } from './refusal.ts'
import { infix, type LiteralArgument, type SqlFunction, sqlFunctions } from './sql-function.ts'

const pack = 'time'

/** Part -> what it is called in `core`. */
const PARTS = [
  'year',
  'quarter',
  'month',
  'day',
  'week',
  'isoyear',
  'dayofweek',
  'isodow',
  'dayofyear',
  'hour',
  'minute',
  'second',
  'millisecond',
  'microsecond',
]
const TRUNCATED = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond']
const COUNTED = ['year', 'quarter', 'month', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond']

function among(parts: readonly string[]): Readonly<Record<number, LiteralArgument>> {
  const refuse = (value: unknown) =>
    parts.includes(String(value)) ? undefined : `one of the literals ${parts.join(', ')}`
  return { 0: { refuse, examples: parts } }
}

const FORMAT: LiteralArgument = {
  refuse: (value) => {
    if (typeof value !== 'string' || value === '') return 'a literal format'
    const code = unknownCode(value)
    return code === undefined ? undefined : `a format of ${oneOf(FORMAT_CODES)}, which ${code} is not`
  },
  examples: ['%Y-%m-%d', '%H:%M:%S.%f', '%a %A %b %B', '%j %y %I %p %g', '%w %u', '%G-%V', '100%%', 'é %d'],
}

const time = (name: string, call: string, types: readonly string[], shape = {}) =>
  sqlFunctions(name, call, types, { pack, ...shape })
const either = (returns: string) => [`timestamp -> ${returns}`, `date -> ${returns}`]

const [INTERVAL_UNITS, LONG_UNITS] = [
  ['to_years', 'to_months', 'to_weeks', 'to_days'],
  ['to_hours', 'to_minutes'],
]

export const TIME_FUNCTIONS: readonly SqlFunction[] = [
  ...PARTS.flatMap((part) =>
    time(
      part,
      `part_${part}`,
      part === 'hour' || /second|minute/.test(part) ? ['timestamp -> int64'] : either('int64'),
    ),
  ),
  ...time('date_part', 'date_part', ['string, timestamp -> int64'], { literals: among([...PARTS, 'dow', 'doy']) }),
  ...time('date_part', 'date_part', ['string, date -> int64'], {
    literals: among([...PARTS.slice(0, 9), 'dow', 'doy']),
  }),
  ...time('date_trunc', 'date_trunc', ['string, timestamp -> timestamp', 'string, date -> timestamp'], {
    literals: among(TRUNCATED),
  }),
  ...time('date_diff', 'date_diff', ['string, timestamp, timestamp -> int64'], { literals: among(COUNTED) }),
  ...time('date_diff', 'date_diff', ['string, date, date -> int64'], { literals: among(COUNTED.slice(0, 4)) }),
  ...time('+', 'add_interval', ['timestamp, interval -> timestamp', 'date, interval -> timestamp'], {
    sql: infix('+'),
  }),
  ...time('-', 'subtract_interval', ['timestamp, interval -> timestamp', 'date, interval -> timestamp'], {
    sql: infix('-'),
  }),
  ...time('+', 'add_days', ['date, int32 -> date'], { sql: infix('+') }),
  ...time('-', 'subtract_days', ['date, int32 -> date'], { sql: infix('-') }),
  ...INTERVAL_UNITS.flatMap((name) => time(name, name, ['int32 -> interval'])),
  ...LONG_UNITS.flatMap((name) => time(name, name, ['int64 -> interval'])),
  ...time('to_seconds', 'to_seconds', ['float64 -> interval']),
  ...time('epoch_ms', 'from_epoch_ms', ['int64 -> timestamp']),
  ...time('make_timestamp', 'from_epoch_us', ['int64 -> timestamp']),
  // What is written of a moment is of years with four digits; our own names are in no expression of a user's.
  ...time('shoreline_within_years', 'within_years', ['timestamp -> timestamp'], { sql: within('timestamp') }),
  ...time('shoreline_within_years', 'within_years', ['date -> date'], { sql: within('date') }),
  ...time('shoreline_storable_timestamp', 'storable', ['timestamp -> timestamp'], { sql: storableTimestamp }),
  ...time('shoreline_storable_date', 'storable', ['date -> date'], { sql: within('date') }),
  ...time('-', 'days_between', ['date, date -> int64'], { sql: infix('-') }),
  ...time('epoch_ms', 'epoch_ms', ['timestamp -> int64']),
  ...time('epoch_us', 'epoch_us', ['timestamp -> int64']),
  ...time('epoch', 'epoch', ['timestamp -> float64']),
  ...time('dayname', 'dayname', either('string')),
  ...time('monthname', 'monthname', either('string')),
  ...time('last_day', 'last_day', either('date')),
  ...time('strftime', 'strftime', ['timestamp, string -> string', 'date, string -> string'], {
    literals: { 1: FORMAT },
  }),
]

export const TIME_NAMES: Readonly<Record<string, string>> = {
  ...{
    datediff: 'date_diff',
    datetrunc: 'date_trunc',
    datepart: 'date_part',
    weekofyear: 'week',
    dayofmonth: 'day',
    weekday: 'dayofweek',
  },
}

function last(type: string): string {
  return type === 'date' ? "'9999-12-31'::date" : "'9999-12-31 23:59:59.999999'::timestamp"
}

/** An error of what lies outside the years that can be written; the text says so where it fails. */
function within(type: string): (args: readonly string[]) => string {
  return ([value]) =>
    `case when ${value} between '0001-01-01'::${type} and ${last(type)} then ${value} when ${value} is null then null else cast('outside the years 0001 to 9999' as ${type}) end`
}

/** The years 1684 to 2255, whose microseconds a double holds: one comparison settles almost every row. */
const EXACT = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER].map((micros) => `make_timestamp(${micros}::bigint)`)

/** And of what a double does not hold. */
function storableTimestamp([value]: readonly string[]): string {
  const micros = `epoch_us(${value})`
  const written = `${value} >= '0001-01-01'::timestamp and ${value} < '10000-01-01'::timestamp`
  return `case when ${value} between ${EXACT.join(' and ')} then ${value} when ${value} is null then null when ${written} and ${micros}::double::hugeint = ${micros} then ${value} else cast('no timestamp that can be stored' as timestamp) end`
}
