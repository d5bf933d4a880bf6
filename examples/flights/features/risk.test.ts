/** The on-demand features of the example, each computed as the Worker does and as training does. */

import { testView } from 'shoreline/testing'
import { expect, test } from 'vitest'
import { connection, delayRisk, delayText } from './risk.ts'

test('the risk is greater in the evening and smaller on long flights', async () => {
  const row = {
    origin: 'SFO',
    destination: 'JFK',
    late_share_7d: 0.5,
    destination_late_share_7d: 0.25,
    distance: 1000,
    scheduled_at: '2001-07-01T08:00:00Z',
  }
  const rows = [
    row,
    { ...row, scheduled_at: '2001-07-01T21:59:59Z' },
    { ...row, distance: 4000 },
    { ...row, destination_late_share_7d: null },
    { ...row, late_share_7d: 1, destination_late_share_7d: 1, scheduled_at: '2001-07-01T17:00:00Z' },
    { ...row, late_share_7d: null },
    { ...row, scheduled_at: null },
  ]
  const answers = await testView(delayRisk, rows)
  expect(answers.map(({ risk }) => risk)).toEqual([
    expect.closeTo(0.4375 ** 1.1, 12),
    expect.closeTo(0.4375 ** 0.9, 12),
    expect.closeTo(0.4375 ** 1.2, 12),
    expect.closeTo(0.5 ** 1.1, 12),
    1,
    null,
    expect.closeTo(0.4375 ** 1.1, 12),
  ])
  expect(answers.map(({ evening }) => evening)).toEqual([false, true, false, false, true, false, null])
})

test('the outlook is of one flight in ten', async () => {
  const row = { origin: 'SFO', flights_1d: 343n, p90_delay_1d: 15 }
  const rows = [row, { ...row, p90_delay_1d: 60 }, { ...row, p90_delay_1d: 14.9 }, { ...row, flights_1d: null }]
  expect(await testView(delayText, rows)).toEqual([
    { outlook: '34 of 343 flights were late' },
    { outlook: '34 of 343 flights were very late' },
    { outlook: 'nearly all were on time' },
    { outlook: null },
  ])
})

test('a connection is missed when the delay is greater', async () => {
  const row = { origin: 'SFO', avg_delay_7d: 10, p90_delay_7d: 40, connection_minutes: 40 }
  const rows = [
    row,
    { ...row, connection_minutes: 10 },
    { ...row, connection_minutes: 0 },
    { ...row, p90_delay_7d: 10, connection_minutes: 9 },
    { ...row, p90_delay_7d: 5, connection_minutes: 11 },
    { ...row, connection_minutes: null },
  ]
  const answers = await testView(connection, rows)
  expect(answers.map(({ missed }) => missed)).toEqual([
    expect.closeTo(0.1, 12), // which is what the 90th percentile says
    0.5,
    expect.closeTo(1 / (1 + 9 ** (-1 / 3)), 12),
    1,
    0,
    null,
  ])
})
