/** What is printed of the model: numbers that can be worked out by hand. */
import { expect, test } from 'vitest'
import { calibration, judge } from './judge.ts'

const labels = Uint8Array.of(0, 0, 1, 0, 1, 1)

test('the AUC is the share of pairs in the right order, and half of those with equal scores', () => {
  expect(judge(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), labels).auc).toBeCloseTo(8 / 9, 12)
  expect(judge(Float64Array.of(0.1, 0.2, 0.4, 0.4, 0.5, 0.6), labels).auc).toBeCloseTo(8.5 / 9, 12)
  expect(judge(new Float64Array(6).fill(0.3), labels).auc).toBe(0.5)
  expect(judge(Float64Array.of(0.9, 0.9, 0.1, 0.9, 0.1, 0.1), labels).auc).toBe(0)
})

test('the log loss is the mean of the logs of what was said of what came true', () => {
  const scores = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
  const logs = [0.9, 0.8, 0.3, 0.6, 0.5, 0.6].map(Math.log)
  expect(judge(scores, labels).logLoss).toBeCloseTo(-logs.reduce((sum, log) => sum + log, 0) / 6, 12)
  expect(judge(Float64Array.of(1, 0, 1, 0, 1, 1), labels).logLoss).toBeLessThan(7)
})

test('every row is in one bin, in the order of the scores', () => {
  expect(calibration(Float64Array.of(0.6, 0.5, 0.4, 0.3, 0.2, 0.1), labels, 2)).toEqual([
    { rows: 3, said: expect.closeTo(0.2, 12), came: expect.closeTo(2 / 3, 12) },
    { rows: 3, said: expect.closeTo(0.5, 12), came: expect.closeTo(1 / 3, 12) },
  ])
  expect(calibration(new Float64Array(7), new Uint8Array(7), 3).map(({ rows }) => rows)).toEqual([2, 3, 2])
})
