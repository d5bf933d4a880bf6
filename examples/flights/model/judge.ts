/** What a model's scores are worth on rows that it has not seen. */

export interface Judged {
  /** The probability that a row that is so scores above one that is not; a half is chance. */
  readonly auc: number
  /** The mean of `-log(what was said of what came true)`; zero is perfect. */
  readonly logLoss: number
}

export interface Bin {
  readonly rows: number
  /** The mean score. */
  readonly said: number
  /** The share that was so. */
  readonly came: number
}

/** @param scores from 0 to 1 @param labels 1 or 0 */
export function judge(scores: Float64Array, labels: Uint8Array): Judged {
  return { auc: auc(scores, labels), logLoss: logLoss(scores, labels) }
}

/** By the ranks of the rows that are so; equal scores share theirs. */
function auc(scores: Float64Array, labels: Uint8Array): number {
  const order = inOrder(scores)
  let positive = 0
  let ranks = 0
  for (let from = 0; from < order.length; ) {
    const score = scores[order[from] ?? 0]
    let to = from
    let among = 0
    for (; to < order.length && scores[order[to] ?? 0] === score; to++) among += labels[order[to] ?? 0] ?? 0
    positive += among
    ranks += among * ((from + to + 1) / 2)
    from = to
  }
  return (ranks - (positive * (positive + 1)) / 2) / (positive * (order.length - positive))
}

/** A score of exactly 0 or 1 that is wrong would cost without end. */
const SUREST = 1e-15

function logLoss(scores: Float64Array, labels: Uint8Array): number {
  let sum = 0
  for (const [row, label] of labels.entries()) {
    const score = Math.min(Math.max(scores[row] ?? 0, SUREST), 1 - SUREST)
    sum -= Math.log(label === 1 ? score : 1 - score)
  }
  return sum / labels.length
}

/** The rows in the order of their scores, in bins of equal size: what was said, and how often it came true. */
export function calibration(scores: Float64Array, labels: Uint8Array, bins: number): readonly Bin[] {
  const order = inOrder(scores)
  return Array.from({ length: bins }, (_, bin): Bin => {
    const rows = order.slice(Math.round((bin * order.length) / bins), Math.round(((bin + 1) * order.length) / bins))
    const mean = (values: Float64Array | Uint8Array): number =>
      rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / rows.length
    return { rows: rows.length, said: mean(scores), came: mean(labels) }
  })
}

function inOrder(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((one, other) => (scores[one] ?? 0) - (scores[other] ?? 0))
}
