/**
 * Logistic regression by Newton's method: a dozen weights need no library. It starts at zero and takes no chances, so the same
 * rows give the same weights to the bit.
 */
import { ShorelineError } from '../../../core/errors.ts'

export interface Examples {
  /** One array for each term, a number for each row; about as large as 1. */
  readonly terms: readonly Float64Array[]
  /** 1 for a row that is so, 0 for one that is not. */
  readonly labels: Uint8Array
}

export interface Fitted {
  readonly bias: number
  /** In the order of the terms. */
  readonly weights: readonly number[]
  /** How many steps it took. */
  readonly steps: number
}

export interface FitOptions {
  /** How much weights cost: half of this times their squares, beside the sum of the rows' log losses. The bias is free. */
  readonly l2: number
}

const MOST_STEPS = 50
/** Of the greatest change that a step makes to a weight. */
const SETTLED = 1e-9
/** Of a loss, which is a sum of many: where a step gains less, it is no loss either. */
const ROUNDING = 1e-12

/** @throws ShorelineError INVALID where there is nothing to learn, or no end to it */
export function fitLogistic(examples: Examples, { l2 }: FitOptions): Fitted {
  const rows = examples.labels.length
  const positive = examples.labels.reduce((sum, label) => sum + label, 0)
  if (positive === 0 || positive === rows)
    throw new ShorelineError('INVALID', `All ${rows} rows have one label: there is nothing to learn. Take more rows.`)
  let weights = new Float64Array(examples.terms.length + 1)
  for (let steps = 1; steps <= MOST_STEPS; steps++) {
    const { gradient, curvature } = slopes(examples, weights, l2)
    const whole = solve(curvature, gradient)
    weights = downhill(examples, weights, whole, l2)
    if (whole.every((change) => Math.abs(change) < SETTLED)) {
      const [bias = 0, ...rest] = weights
      return { bias, weights: rest, steps }
    }
  }
  throw new ShorelineError('INVALID', `The weights did not settle in ${MOST_STEPS} steps. Give a greater l2.`)
}

/** The step, or as much of it as does not make the loss greater: far from the end a whole one may lead past it. */
function downhill(examples: Examples, from: Float64Array, step: Float64Array, l2: number): Float64Array<ArrayBuffer> {
  const most = lossOf(examples, from, l2) * (1 + ROUNDING)
  for (let share = 1; share > SETTLED; share /= 2) {
    const to = Float64Array.from(from, (weight, at) => weight - share * (step[at] ?? 0))
    if (lossOf(examples, to, l2) <= most) return to
  }
  return Float64Array.from(from)
}

/** `log(1 + e^z) - label * z` of every row, in the form that does not overflow. */
function lossOf({ terms, labels }: Examples, weights: Float64Array, l2: number): number {
  let loss = 0
  const sums = linear(terms, weights, labels.length)
  for (let row = 0; row < labels.length; row++) {
    const z = sums[row] ?? 0
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (labels[row] ?? 0) * z
  }
  return weights.slice(1).reduce((sum, weight) => sum + (l2 / 2) * weight * weight, loss)
}

/** First the bias, then a weight for each term. */
function linear(terms: readonly Float64Array[], weights: Float64Array, rows: number): Float64Array {
  const sums = new Float64Array(rows).fill(weights[0] ?? 0)
  for (const [at, term] of terms.entries()) {
    const weight = weights[at + 1] ?? 0
    for (let row = 0; row < rows; row++) sums[row] = (sums[row] ?? 0) + weight * (term[row] ?? 0)
  }
  return sums
}

interface Slopes {
  readonly gradient: Float64Array
  /** The matrix of second derivatives, row by row. */
  readonly curvature: Float64Array
}

function slopes({ terms, labels }: Examples, weights: Float64Array, l2: number): Slopes {
  const size = weights.length
  const gradient = new Float64Array(size)
  const curvature = new Float64Array(size * size)
  const sums = linear(terms, weights, labels.length)
  const x = new Float64Array(size).fill(1)
  for (let row = 0; row < labels.length; row++) {
    const p = 1 / (1 + Math.exp(-(sums[row] ?? 0)))
    const error = p - (labels[row] ?? 0)
    const spread = p * (1 - p)
    for (let at = 1; at < size; at++) x[at] = terms[at - 1]?.[row] ?? 0
    for (let i = 0; i < size; i++) {
      const xi = x[i] ?? 0
      gradient[i] = (gradient[i] ?? 0) + error * xi
      for (let j = 0; j <= i; j++) curvature[i * size + j] = (curvature[i * size + j] ?? 0) + spread * xi * (x[j] ?? 0)
    }
  }
  for (let i = 1; i < size; i++) {
    gradient[i] = (gradient[i] ?? 0) + l2 * (weights[i] ?? 0)
    curvature[i * size + i] = (curvature[i * size + i] ?? 0) + l2
  }
  return { gradient, curvature }
}

/** By Cholesky's decomposition, of which only the lower triangle is read. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  const at = (values: Float64Array, i: number, j: number): number => values[i * size + j] ?? 0
  const lower = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let rest = at(matrix, i, j)
      for (let k = 0; k < j; k++) rest -= at(lower, i, k) * at(lower, j, k)
      if (i === j && !(rest > 0))
        throw new ShorelineError(
          'INVALID',
          'A term says what others say, or nothing. Leave it out, or give a greater l2.',
        )
      lower[i * size + j] = i === j ? Math.sqrt(rest) : rest / at(lower, j, j)
    }
  const solved = Float64Array.from(right)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) solved[i] = (solved[i] ?? 0) - at(lower, i, k) * (solved[k] ?? 0)
    solved[i] = (solved[i] ?? 0) / at(lower, i, i)
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) solved[i] = (solved[i] ?? 0) - at(lower, k, i) * (solved[k] ?? 0)
    solved[i] = (solved[i] ?? 0) / at(lower, i, i)
  }
  return solved
}
