/** Formats of strftime, of the codes that have no locale and no zone. */
import {
  civilOf,
  DAYS,
  dayOfYear,
  hourOf,
  isoWeek,
  MONTHS,
  type Moment,
  minuteOf,
  secondOf,
  weekday,
} from './calendar.ts'

const pad = (value: number, size: number) => String(value).padStart(size, '0')

const CODES: Readonly<Record<string, (moment: Moment) => string>> = {
  Y: ({ days }) => pad(civilOf(days).year, 4),
  y: ({ days }) => pad(civilOf(days).year % 100, 2),
  m: ({ days }) => pad(civilOf(days).month, 2),
  d: ({ days }) => pad(civilOf(days).day, 2),
  H: (moment) => pad(hourOf(moment), 2),
  I: (moment) => pad(hourOf(moment) % 12 || 12, 2),
  p: (moment) => (hourOf(moment) < 12 ? 'AM' : 'PM'),
  M: (moment) => pad(minuteOf(moment), 2),
  S: (moment) => pad(secondOf(moment), 2),
  f: ({ time }) => pad(time % 1_000_000, 6),
  g: ({ time }) => pad(Math.floor((time % 1_000_000) / 1000), 3),
  j: ({ days }) => pad(dayOfYear(days), 3),
  a: ({ days }) => (DAYS[weekday(days)] ?? '').slice(0, 3),
  A: ({ days }) => DAYS[weekday(days)] ?? '',
  b: ({ days }) => (MONTHS[civilOf(days).month - 1] ?? '').slice(0, 3),
  B: ({ days }) => MONTHS[civilOf(days).month - 1] ?? '',
  w: ({ days }) => String(weekday(days)),
  u: ({ days }) => String(weekday(days) || 7),
  G: ({ days }) => pad(isoWeek(days).year, 4),
  V: ({ days }) => pad(isoWeek(days).week, 2),
  '%': () => '%',
}

export const FORMAT_CODES: readonly string[] = Object.keys(CODES).map((code) => `%${code}`)

/** The first code that is not taken; undefined where all are. */
export function unknownCode(format: string): string | undefined {
  return (format.match(/%[\s\S]?/g) ?? []).find((code) => CODES[code.slice(1)] === undefined)
}

export function formatOf(format: string): (moment: Moment) => string {
  const parts = format.match(/%[\s\S]?|[^%]+/g) ?? []
  const writers = parts.map((part) => (part.startsWith('%') ? (CODES[part.slice(1)] ?? (() => part)) : () => part))
  return (moment) => {
    let text = ''
    for (const write of writers) text += write(moment)
    return text
  }
}
