import { describe, expect, it } from 'vitest'
import { parseDuration } from './duration.ts'

describe('a duration', () => {
  it.each([
    ['1s', 1_000_000],
    ['90s', 90_000_000],
    ['1m', 60_000_000],
    ['1h', 3_600_000_000],
    ['14d', 1_209_600_000_000],
    ['2w', 1_209_600_000_000],
    ['999d', 86_313_600_000_000],
  ])('%s is %i microseconds', (text, micros) => {
    expect(parseDuration('ttl', text)).toBe(micros)
  })

  it.each(['', '14', 'd', '0d', '-1d', '1.5d', '1 d', '1D', '1y', '1d2h', '01d', '9999999999s', 14, null, undefined])(
    'is not %j',
    (text) => {
      expect(() => parseDuration('view airport_delays: ttl', text)).toThrow(
        expect.objectContaining({
          code: 'INVALID',
          message: `view airport_delays: ttl: ${JSON.stringify(text)} is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".`,
        }),
      )
    },
  )
})
