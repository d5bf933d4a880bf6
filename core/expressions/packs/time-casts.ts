/** Casts between dates, timestamps and text. */
import { civilOf, join, split } from '../calendar.ts'
import type { Int64 } from '../integers.ts'
import { noValue } from '../no-value.ts'
import type { Pack } from '../pack.ts'
import { daysOf } from '../values.ts'
import { castBy } from './casts.ts'

function dateText(days: number): string {
  const { year, month, day } = civilOf(days)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** With as many digits of a second as it has. */
function timestampText(micros: Int64): string {
  const { days, time } = split(micros)
  const seconds = Math.floor(time / 1_000_000)
  const fraction = String(time % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '')
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${dateText(days)} ${clock}${fraction === '' ? '' : `.${fraction}`}`
}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/

/** `2001-07-01`: one that exists. */
function toDate(text: string): number {
  const days = DATE.test(text) && !text.startsWith('0000') ? daysOf(text) : Number.NaN
  return Number.isNaN(days) || dateText(days) !== text ? noValue() : days
}

const TIMESTAMP = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?)?$/

/** `2001-07-01 12:34:56.789`, with a T or a space, with or without the time of the day. */
function toTimestamp(text: string): Int64 {
  const [whole, date = '', hours = '0', minutes = '0', seconds = '0', fraction = ''] = TIMESTAMP.exec(text) ?? []
  if (whole === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return noValue()
  const time = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1_000_000
  return join(toDate(date), time + Number(fraction.padEnd(6, '0')))
}

const casts = castBy({
  date: { timestamp: (days: number) => join(days, 0), string: dateText },
  timestamp: { date: (micros: Int64) => split(micros).days, string: timestampText },
  string: { date: toDate, timestamp: toTimestamp },
})

export const TIME_CASTS: Pack = { cast_time: casts.cast, try_cast_time: casts.try_cast }
