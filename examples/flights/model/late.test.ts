/** The model as a view: what it computes at the edge and in training, with the weights that are committed. */
import { testView } from 'shoreline/testing'
import { expect, test } from 'vitest'
import { lateModel } from './features/late.ts'
import { weights } from './weights.ts'

const column = { type: 'float64', mean: 10, stddev: 4 }
const statistics = {
  flight_delay_2001: {
    late_share_1d: { ...column, type: 'float32', mean: 0.25, stddev: 0.125 },
    late_share_7d: { ...column, type: 'float32', mean: 0.25, stddev: 0.125 },
    avg_delay_7d: column,
    destination_late_share_7d: { ...column, type: 'float32', mean: 0.25, stddev: 0.125 },
    avg_delay_30d: column,
    distance: { ...column, type: 'int32', mean: 700, stddev: 500 },
  },
}

/** An average flight at noon on a Wednesday. */
const average = {
  ...{ origin: 'SFO', destination: 'JFK' },
  ...{ late_share_1d: 0.25, late_share_7d: 0.25, destination_late_share_7d: 0.25, avg_delay_7d: 10, avg_delay_30d: 10 },
  ...{ distance: 700, scheduled_at: '2001-06-27T12:30:00Z' },
}

function odds(sum: number): unknown {
  return expect.closeTo(1 / (1 + Math.exp(-sum)), 12)
}

test('features count by how far they are from the mean of the training set', async () => {
  const { bias, terms } = weights
  const rows = [
    average,
    { ...average, late_share_1d: 0.5 },
    { ...average, distance: 200, avg_delay_30d: 12 },
    { ...average, scheduled_at: '2001-06-27T18:59:59Z' },
    { ...average, scheduled_at: '2001-06-28T12:00:00Z' },
    { ...average, scheduled_at: '2001-06-30T12:00:00Z' },
  ]
  expect((await testView(lateModel, rows, { statistics })).map((row) => row.late_probability)).toEqual([
    odds(bias),
    odds(bias + 2 * terms.late_share_1d),
    odds(bias - terms.distance + 0.5 * terms.avg_delay_30d),
    odds(bias + terms.time_of_day + terms.time_of_day_squared),
    odds(bias + terms.thursday_or_friday),
    odds(bias + terms.saturday),
  ])
})

test('what is missing is taken to be average; without a time there is no answer', async () => {
  const missing = { late_share_1d: null, late_share_7d: null, destination_late_share_7d: null, avg_delay_7d: null }
  const rows = [
    { ...average, ...missing, avg_delay_30d: null, distance: null },
    { ...average, scheduled_at: null },
  ]
  const [first, second] = await testView(lateModel, rows, { statistics })
  expect(first).toEqual({ late_probability: odds(weights.bias) })
  expect(second).toEqual({ late_probability: null })
})
