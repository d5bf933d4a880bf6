/** The Gregorian calendar, in both directions without end: days since 1970-01-01 and microseconds since its midnight, UTC. */
import { type Int64, int64 } from './integers.ts'

export const SECOND_MICROS = 1_000_000
export const MINUTE_MICROS = 60 * SECOND_MICROS
export const HOUR_MICROS = 60 * MINUTE_MICROS
export const DAY_MICROS = 24 * HOUR_MICROS
const ERA_DAYS = 146_097

/** An instant. */
export interface Moment {
  /** Since 1970-01-01. */
  readonly days: number
  /** Microseconds of the day. */
  readonly time: number
}

/** From Sunday, as `weekday` counts. */
export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

export interface Civil {
  readonly year: number
  /** 1 to 12 */
  readonly month: number
  readonly day: number
}

/** Years begin in March here, so that the leap day is their last. */
export function civilOf(days: number): Civil {
  const shifted = days + 719_468
  const era = Math.floor(shifted / ERA_DAYS)
  const ofEra = shifted - era * ERA_DAYS
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

export function daysOfCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * ERA_DAYS + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

export function monthLength(year: number, month: number): number {
  const next = month === 12 ? daysOfCivil(year + 1, 1, 1) : daysOfCivil(year, month + 1, 1)
  return next - daysOfCivil(year, month, 1)
}

/** From 1 on. */
export function dayOfYear(days: number): number {
  return days - daysOfCivil(civilOf(days).year, 1, 1) + 1
}

/** 0 is Sunday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/** The Monday on or before a day. */
export function mondayOf(days: number): number {
  return days - ((weekday(days) + 6) % 7)
}

/** The year and the week of ISO 8601: a week belongs to the year of its Thursday. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = mondayOf(days) + 3
  const { year } = civilOf(thursday)
  return { year, week: Math.floor((thursday - daysOfCivil(year, 1, 1)) / 7) + 1 }
}

/** A timestamp as days and the microseconds of the day. */
export function split(micros: Int64): Moment {
  if (typeof micros === 'number') {
    const time = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS
    return { days: (micros - time) / DAY_MICROS, time }
  }
  const day = BigInt(DAY_MICROS)
  const time = ((micros % day) + day) % day
  return { days: Number((micros - time) / day), time: Number(time) }
}

export function hourOf({ time }: Moment): number {
  return Math.floor(time / HOUR_MICROS)
}

export function minuteOf({ time }: Moment): number {
  return Math.floor(time / MINUTE_MICROS) % 60
}

export function secondOf({ time }: Moment): number {
  return Math.floor(time / SECOND_MICROS) % 60
}

/** @throws NO_VALUE beyond what DuckDB's timestamps hold */
export function join(days: number, time: number): Int64 {
  const micros = days * DAY_MICROS + time
  return Number.isSafeInteger(micros) ? micros : int64(BigInt(days) * BigInt(DAY_MICROS) + BigInt(time))
}
