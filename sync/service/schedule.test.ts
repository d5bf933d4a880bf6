/** When views run: cron as the definitions accept it, against an oracle that tries every minute. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronProblem } from '../../registry/definitions/cron.ts'
import { jitterOf, nextRun, nextScheduled } from './schedule.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const NAMES = [
  [],
  [],
  [],
  'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
  'sun mon tue wed thu fri sat'.split(' '),
]
const BOUNDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

/** Whether one field names a value, read part by part. */
function names(field: string, at: number, value: number): boolean {
  const [min, max] = BOUNDS[at] ?? [0, 0]
  const read = (text: string): number => {
    const named = NAMES[at]?.indexOf(text) ?? -1
    return named >= 0 ? named + min : Number(text)
  }
  return field.split(',').some((part) => {
    const [range = '', step] = part.split('/')
    const [from, to] = range === '*' ? [min, max] : (range.split('-').map(read) as [number, number?])
    const last = to ?? (step === undefined ? from : max)
    // Sunday has two numbers.
    const values = at === 4 && value === 0 ? [0, 7] : [value]
    return values.some((one) => one >= from && one <= last && (one - from) % Number(step ?? 1) === 0)
  })
}

function isDay(text: string, time: number): boolean {
  const [, , day = '', month = '', weekday = ''] = text.split(' ')
  const at = new Date(time)
  const isThat = names(day, 2, at.getUTCDate())
  const isWeekday = names(weekday, 4, at.getUTCDay())
  // Both said: either will do. A star leaves it to the other.
  return (
    names(month, 3, at.getUTCMonth() + 1) &&
    (day === '*' || weekday === '*' ? isThat && isWeekday : isThat || isWeekday)
  )
}

function isMinute(text: string, time: number): boolean {
  const [minute = '', hour = ''] = text.split(' ')
  const at = new Date(time)
  return names(hour, 1, at.getUTCHours()) && names(minute, 0, at.getUTCMinutes())
}

/** @returns null when there is none within the days */
function oracle(text: string, after: number, days: number): number | null {
  for (let day = Math.floor(after / DAY) * DAY; day <= after + days * DAY; day += DAY)
    if (isDay(text, day))
      for (let time = day; time < day + DAY; time += MINUTE) if (time > after && isMinute(text, time)) return time
  return null
}

function field(at: number): fc.Arbitrary<string> {
  const [min, max] = BOUNDS[at] ?? [0, 0]
  const value = fc.integer({ min, max })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const step = fc.integer({ min: 2, max: 99 })
  const part = fc.oneof(
    value.map(String),
    range,
    fc.tuple(fc.oneof(fc.constant('*'), range, value.map(String)), step).map(([of, by]) => `${of}/${by}`),
    ...(NAMES[at]?.length ? [fc.constantFrom(...(NAMES[at] ?? []))] : []),
  )
  const list = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','))
  return fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 3, arbitrary: list })
}

const schedule = fc.tuple(field(0), field(1), field(2), field(3), field(4)).map((fields) => fields.join(' '))
const instant = fc.integer({ min: Date.UTC(2023, 0), max: Date.UTC(2029, 0) })

describe('the next instant of a schedule', () => {
  it('is the one that trying every minute finds', () => {
    fc.assert(
      fc.property(schedule, instant, (text, after) => {
        expect(cronProblem(text)).toBeNull()
        const expected = oracle(text, after, 40)
        const next = nextScheduled(text, after)
        if (expected !== null) expect(next).toBe(expected)
        else if (next !== null) {
          expect(next).toBeGreaterThan(after + 39 * DAY)
          expect(isDay(text, next) && isMinute(text, next)).toBe(true)
        }
      }),
      { seed: 47, numRuns: 800 },
    )
  })

  it.each([
    ['0 3 * * *', '2026-03-28T03:00:00Z', '2026-03-29T03:00:00.000Z'], // clocks change in Europe: UTC does not
    ['30 2 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T02:30:00.000Z'],
    ['0 0 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['5/20 * * * *', '2026-01-01T00:26:00Z', '2026-01-01T00:45:00.000Z'],
    ['*/90 * * * *', '2026-01-01T00:00:30Z', '2026-01-01T01:00:00.000Z'],
    ['0 0 1 * */1', '2026-01-02T00:00:00Z', '2026-02-01T00:00:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
  ])('%s after %s is %s', (text, after, next) => {
    expect(new Date(nextScheduled(text, Date.parse(after)) ?? 0).toISOString()).toBe(next)
  })

  it('is none where no day has it', () => expect(nextScheduled('0 0 31 2 *', 0)).toBeNull())
})

describe('jitter', () => {
  const views = Array.from({ length: 1000 }, (_, i) => `view_${i}`)

  it('is the same for a view, within its bound, and spread over it', () => {
    const found = views.map((view) => jitterOf(view, 30_000))
    expect(views.map((view) => jitterOf(view, 30_000))).toEqual(found)
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...found)).toBeLessThan(30_000)
    for (let tenth = 0; tenth < 10; tenth++)
      expect(found.filter((ms) => Math.floor(ms / 3000) === tenth).length).toBeGreaterThan(60)
    expect(jitterOf('view', 0)).toBe(0)
  })

  it('moves every run, and loses none, even where it is longer than the time between two', () => {
    const start = Date.UTC(2026, 0, 1)
    let ran = start + 5.5 * MINUTE
    for (let run = 1; run < 100; run++) {
      const next = nextRun('* * * * *', ran, 5.5 * MINUTE)
      expect(next).toBe(start + (5.5 + run) * MINUTE)
      ran = next ?? 0
    }
  })

  it('a schedule that was missed for days is due once', () => {
    const due = nextRun('0 * * * *', Date.UTC(2026, 0, 1, 3, 0, 10), 10_000)
    expect(due).toBe(Date.UTC(2026, 0, 1, 4, 0, 10))
    expect(nextRun('0 * * * *', Date.UTC(2026, 0, 5, 12, 30), 10_000)).toBe(Date.UTC(2026, 0, 5, 13, 0, 10))
  })
})
