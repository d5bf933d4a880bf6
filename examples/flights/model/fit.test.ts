/** The fit of the example: it finds weights that are known, the same ones each time, and refuses what cannot be learned. */
import { describe, expect, test } from 'vitest'
import { type Examples, fitLogistic } from './fit.ts'

/** From 0 to 1, the same sequence for a seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Rows whose labels come true as often as the weights say. */
function drawn(rows: number, bias: number, weights: readonly number[], seed: number): Examples {
  const next = chance(seed)
  const terms = weights.map(() => Float64Array.from({ length: rows }, () => next() * 4 - 2))
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const sum = weights.reduce((all, weight, at) => all + weight * (terms[at]?.[row] ?? 0), bias)
    return next() < 1 / (1 + Math.exp(-sum)) ? 1 : 0
  })
  return { terms, labels }
}

const KNOWN = [0.8, -0.5, 0, 1.5]

describe('a logistic regression', () => {
  test('finds the weights that rows were drawn with', () => {
    const { bias, weights } = fitLogistic(drawn(50_000, -1.25, KNOWN, 7), { l2: 1 })
    expect(bias).toBeCloseTo(-1.25, 1)
    for (const [at, weight] of KNOWN.entries()) expect(Math.abs((weights[at] ?? 9) - weight)).toBeLessThan(0.04)
  })

  test('ends where no row pulls at a weight more than l2 does', () => {
    const examples = drawn(500, 0.3, KNOWN, 11)
    const { bias, weights } = fitLogistic(examples, { l2: 2 })
    const errors = Array.from(examples.labels, (label, row) => {
      const sum = weights.reduce((all, weight, at) => all + weight * (examples.terms[at]?.[row] ?? 0), bias)
      return 1 / (1 + Math.exp(-sum)) - label
    })
    expect(errors.reduce((all, error) => all + error, 0)).toBeCloseTo(0, 6)
    for (const [at, weight] of weights.entries()) {
      const pull = errors.reduce((all, error, row) => all + error * (examples.terms[at]?.[row] ?? 0), 0)
      expect(pull + 2 * weight).toBeCloseTo(0, 6)
    }
  })

  test('says the log of the odds where there are no terms', () => {
    const labels = Uint8Array.from({ length: 100 }, (_, row) => (row < 20 ? 1 : 0))
    expect(fitLogistic({ terms: [], labels }, { l2: 1 }).bias).toBeCloseTo(Math.log(20 / 80), 12)
  })

  test('gives the same weights to the bit for the same rows', () => {
    const once = fitLogistic(drawn(5000, -1, KNOWN, 3), { l2: 1 })
    expect(fitLogistic(drawn(5000, -1, KNOWN, 3), { l2: 1 })).toEqual(once)
    expect(fitLogistic(drawn(5000, -1, KNOWN, 4), { l2: 1 })).not.toEqual(once)
  })

  test('has an end for labels that one term tells apart, because weights cost', () => {
    const term = Float64Array.from({ length: 100 }, (_, row) => row / 50 - 1)
    const labels = Uint8Array.from(term, (value) => (value < 0 ? 0 : 1))
    const { weights } = fitLogistic({ terms: [term], labels }, { l2: 0.1 })
    expect(weights[0]).toBeGreaterThan(5)
    expect(weights[0]).toBeLessThan(100)
  })

  test('refuses rows of one label, and terms that say the same', () => {
    const { terms, labels } = drawn(200, 0, [1], 5)
    expect(() => fitLogistic({ terms, labels: new Uint8Array(200) }, { l2: 1 })).toThrow(
      'All 200 rows have one label: there is nothing to learn. Take more rows.',
    )
    expect(() => fitLogistic({ terms: [...terms, new Float64Array(200)], labels }, { l2: 0 })).toThrow(
      'A term says what others say, or nothing. Leave it out, or give a greater l2.',
    )
  })
})
