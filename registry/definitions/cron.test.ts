import { describe, expect, it } from 'vitest'
import { cronProblem, runsPerMonth } from './cron.ts'

describe('cron', () => {
  it.each(['* * * * *', '0 3 * * *', '*/15 0-6,22 1,15 jan-MAR mon-fri', '5/10 0 31 12 7', ' 0  3 * * * '])(
    'allows %s',
    (text) => {
      expect(cronProblem(text)).toBeNull()
    },
  )

  it.each([
    ['', 'it has 0 fields instead of 5'],
    ['0 3 * *', 'it has 4 fields instead of 5'],
    ['0 0 3 * * *', 'it has 6 fields instead of 5'],
    ['@daily', 'it has 1 field instead of 5'],
    ['60 * * * *', 'the minute "60" is not within 0-59'],
    ['* 5-3 * * *', 'the hour "5-3" is not within 0-23'],
    ['* * 0 * *', 'the day of month "0" is not within 1-31'],
    ['* * * foo *', 'the month "foo" is not within 1-12'],
    ['* * * * 8', 'the day of week "8" is not within 0-7'],
    ['*/0 * * * *', 'the minute "*/0" is not within 0-59'],
    ['1,,2 * * * *', 'the minute "1,,2" is not within 0-59'],
    ['1-2-3 * * * *', 'the minute "1-2-3" is not within 0-59'],
  ])('refuses %j', (text, problem) => {
    expect(cronProblem(text)).toBe(problem)
  })
})

describe('runs a month', () => {
  it.each([
    ['* * * * *', 43_200],
    ['0 * * * *', 720],
    ['*/15 * * * *', 2880],
    ['0 3 * * *', 30],
    ['0 0,12 * * mon-fri', (30 * 2 * 5) / 7],
    ['0 0 * * 0,7', 30 / 7],
    ['30 6 1 * *', 30 / 31],
    ['0 0 1 jan *', 30 / 31 / 12],
    ['5/20 * * * *', 2160],
    ['0 0 1 * mon', 30 * (1 / 31 + 1 / 7 - 1 / 217)],
    ['0 0 1 * */1', 30 / 31],
    ['0 0 1 * 0-7', 30],
  ])('of %s', (text, runs) => {
    expect(runsPerMonth(text)).toBeCloseTo(runs, 6)
  })
})
