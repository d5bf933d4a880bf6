/** Functions of dates and timestamps, all in UTC. */
import {
  civilOf,
  DAY_MICROS,
  DAYS,
  dayOfYear,
  daysOfCivil,
  HOUR_MICROS as HOUR,
  hourOf,
  isoWeek,
  join,
  MINUTE_MICROS as MINUTE,
  MONTHS,
  type Moment,
  minuteOf,
  mondayOf,
  monthLength,
  SECOND_MICROS as SECOND,
  secondOf,
  split,
  weekday,
} from '../calendar.ts'
import { add64, divide64, type Int64, int32, multiply64, subtract64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import { argAt, type Build, binary, byType, type Pack, unary } from '../pack.ts'
import { formatOf } from '../strftime.ts'
import type { Interval, RuntimeValue } from '../values.ts'
import { floatToInt64 } from './casts.ts'
import { TIME_CASTS } from './time-casts.ts'

type Part = (moment: Moment) => number

const PARTS: Readonly<Record<string, Part>> = {
  year: ({ days }) => civilOf(days).year,
  quarter: ({ days }) => Math.floor((civilOf(days).month + 2) / 3),
  month: ({ days }) => civilOf(days).month,
  day: ({ days }) => civilOf(days).day,
  week: ({ days }) => isoWeek(days).week,
  isoyear: ({ days }) => isoWeek(days).year,
  dayofweek: ({ days }) => weekday(days),
  isodow: ({ days }) => weekday(days) || 7,
  dayofyear: ({ days }) => dayOfYear(days),
  hour: hourOf,
  minute: minuteOf,
  second: secondOf,
  millisecond: ({ time }) => Math.floor((time % MINUTE) / 1000),
  microsecond: ({ time }) => time % MINUTE,
}
const OTHER_NAMES: Readonly<Record<string, string>> = { dow: 'dayofweek', doy: 'dayofyear' }

function momentOf(type: string): (value: RuntimeValue) => Moment {
  return type === 'date' ? (value) => ({ days: Number(value), time: 0 }) : (value) => split(value as Int64)
}

function part(name: string): Build {
  const compute = PARTS[OTHER_NAMES[name] ?? name]
  if (!compute) throw new RangeError(`There is no part ${name}`)
  return (args, type) => {
    const moment = momentOf(argAt(args, 0).type)
    return unary((value) => compute(moment(value)))(args, type)
  }
}

/** The first argument is a literal. */
function named(build: (name: string) => Build): Build {
  return (args, type) => build(String(argAt(args, 0).literal))(args.slice(1), type)
}

const STARTS: Readonly<Record<string, (moment: Moment) => Int64>> = {
  year: ({ days }) => join(daysOfCivil(civilOf(days).year, 1, 1), 0),
  quarter: ({ days }) => {
    const { year, month } = civilOf(days)
    return join(daysOfCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1), 0)
  },
  month: ({ days }) => {
    const { year, month } = civilOf(days)
    return join(daysOfCivil(year, month, 1), 0)
  },
  week: ({ days }) => join(mondayOf(days), 0),
  day: ({ days }) => join(days, 0),
  hour: ({ days, time }) => join(days, time - (time % HOUR)),
  minute: ({ days, time }) => join(days, time - (time % MINUTE)),
  second: ({ days, time }) => join(days, time - (time % SECOND)),
  millisecond: ({ days, time }) => join(days, time - (time % 1000)),
  microsecond: ({ days, time }) => join(days, time),
}

function truncate(name: string): Build {
  const start = STARTS[name]
  if (!start) throw new RangeError(`There is no date_trunc of ${name}`)
  return (args, type) => {
    const moment = momentOf(argAt(args, 0).type)
    return unary((value) => start(moment(value)))(args, type)
  }
}

const monthsOf = ({ days }: Moment) => {
  const { year, month } = civilOf(days)
  return year * 12 + month - 1
}

/** How many boundaries of the part lie between two moments. */
function difference(name: string): Build {
  return (args, type) => {
    const moment = momentOf(argAt(args, 0).type)
    const count = counts(name)
    return binary((from, to) => subtract64(count(moment(to)), count(moment(from))))(args, type)
  }
}

const UNITS: Readonly<Record<string, number>> = {
  hour: HOUR,
  minute: MINUTE,
  second: SECOND,
  millisecond: 1000,
  microsecond: 1,
}

/** Boundaries of the part before a moment, from any one on. */
function counts(name: string): (moment: Moment) => Int64 {
  if (name === 'year') return ({ days }) => civilOf(days).year
  if (name === 'quarter') return (moment) => Math.floor(monthsOf(moment) / 3)
  if (name === 'month') return monthsOf
  if (name === 'day') return ({ days }) => days
  const unit = UNITS[name]
  if (unit === undefined) throw new RangeError(`There is no date_diff of ${name}`)
  return ({ days, time }) => add64(multiply64(days, DAY_MICROS / unit), Math.floor(time / unit))
}

function addInterval(moment: Moment, { months, days, micros }: Interval): Int64 {
  let day = moment.days
  if (months !== 0) {
    const civil = civilOf(day)
    const total = civil.year * 12 + civil.month - 1 + months
    const [year, month] = [Math.floor(total / 12), (((total % 12) + 12) % 12) + 1]
    day = daysOfCivil(year, month, Math.min(civil.day, monthLength(year, month)))
  }
  return finite(add64(join(day + days, moment.time), micros))
}

const negated = ({ months, days, micros }: Interval): Interval => ({
  months: -months,
  days: -days,
  micros: subtract64(0, micros),
})

function withInterval(sign: 1 | -1): Build {
  return (args, type) => {
    const moment = momentOf(argAt(args, 0).type)
    return binary((value, interval: Interval) => addInterval(moment(value), sign === 1 ? interval : negated(interval)))(
      args,
      type,
    )
  }
}

/** 0001-01-01 and the end of 9999. */
const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896]
const [FIRST, LAST] = [FIRST_DAY * DAY_MICROS, (LAST_DAY + 1) * DAY_MICROS]

function inYears(micros: Int64): Int64 {
  return micros >= FIRST && micros < LAST ? micros : noValue()
}

function dayInYears(days: number): number {
  return days >= FIRST_DAY && days <= LAST_DAY ? days : noValue()
}

/** What a block can hold: the microseconds are exact as a double. */
function storable(micros: Int64): Int64 {
  return typeof micros === 'number' || BigInt(Number(micros)) === micros ? micros : noValue()
}

/** The greatest are DuckDB's infinities. */
function finiteDay(days: number): number {
  return Math.abs(days) === 2147483647 ? noValue() : int32(days)
}

function finite(micros: Int64): Int64 {
  return micros === INFINITE || micros === -INFINITE ? noValue() : micros
}
const INFINITE = 2n ** 63n - 1n

const interval = (value: Partial<Interval>): Interval => ({ months: 0, days: 0, micros: 0, ...value })

function micros(unit: number) {
  return (count: Int64): Interval => interval({ micros: multiply64(count, unit) })
}

const name =
  (names: readonly string[], of: (days: number) => number): Build =>
  (args, type) => {
    const moment = momentOf(argAt(args, 0).type)
    return unary((value) => names[of(moment(value).days)] ?? null)(args, type)
  }

const strftime: Build = (args, type) => {
  const moment = momentOf(argAt(args, 0).type)
  const format = formatOf(String(argAt(args, 1).literal))
  return unary((value) => format(moment(value)))(args.slice(0, 1), type)
}

const lastDay: Build = (args, type) => {
  const moment = momentOf(argAt(args, 0).type)
  return unary((value) => {
    const { year, month } = civilOf(moment(value).days)
    return daysOfCivil(year, month, monthLength(year, month))
  })(args, type)
}

export const TIME: Pack = {
  ...Object.fromEntries(Object.keys(PARTS).map((one) => [`part_${one}`, part(one)])),
  date_part: named(part),
  date_trunc: named(truncate),
  date_diff: named(difference),
  add_interval: withInterval(1),
  subtract_interval: withInterval(-1),
  add_days: binary<number, number>((a, b) => finiteDay(a + b)),
  subtract_days: binary<number, number>((a, b) => finiteDay(a - b)),
  days_between: binary<number, number>((a, b) => a - b),
  to_years: unary<number>((count) => interval({ months: int32(count * 12) })),
  to_months: unary<number>((count) => interval({ months: count })),
  to_weeks: unary<number>((count) => interval({ days: int32(count * 7) })),
  to_days: unary<number>((count) => interval({ days: count })),
  to_hours: unary(micros(HOUR)),
  to_minutes: unary(micros(MINUTE)),
  to_seconds: unary<number>((count) => interval({ micros: floatToInt64(count * SECOND) })),
  epoch_ms: unary<Int64>((value) => divide64(value, 1000)),
  epoch_us: unary<Int64>((value) => value),
  epoch: unary<Int64>((value) => Number(value) / SECOND),
  from_epoch_ms: unary<Int64>((value) => finite(multiply64(value, 1000))),
  from_epoch_us: unary<Int64>(finite),
  storable: byType({
    date: unary<number>(dayInYears),
    timestamp: unary<Int64>((value) => storable(inYears(value))),
  }),
  within_years: byType({ date: unary<number>(dayInYears), timestamp: unary<Int64>(inYears) }),
  dayname: name(DAYS, weekday),
  monthname: name(MONTHS, (value) => civilOf(value).month - 1),
  last_day: lastDay,
  strftime,
  ...TIME_CASTS,
}
