/** What the tables say of a measurement. */
import { median } from '../serving/statistics.ts'
import type { Measurement } from './job.ts'
import type { Contender, MeasuredView } from './rounds.ts'

/** What a `COPY` has nothing like: it finds no fault with a row, and knows nothing of what is in it. */
const CHECKING: readonly string[] = ['check']

export function total({ seconds }: Measurement): number {
  return Object.values(seconds).reduce((sum, one) => sum + one, 0)
}

/** Rows, comparison, the snapshot's Parquet and blocks. */
export function withoutChecks({ seconds }: Measurement): number {
  return Object.entries(seconds).reduce((sum, [phase, one]) => (CHECKING.includes(phase) ? sum : sum + one), 0)
}

export function roundsOf({ rounds }: MeasuredView, contender: Contender): readonly Measurement[] {
  return rounds.get(contender) ?? []
}

export function medianOf(rounds: readonly Measurement[], of: (measurement: Measurement) => number): number {
  return median(rounds.map(of))
}

export function phase(name: string): (measurement: Measurement) => number {
  return ({ seconds }) => seconds[name] ?? Number.NaN
}

export function peak(rounds: readonly Measurement[]): number {
  return Math.max(...rounds.map(({ peakBytes }) => peakBytes))
}

/** Round by round: neighbours in time share what else the machine was doing. */
export function ratios(
  view: MeasuredView,
  contender: Contender,
  of: (measurement: Measurement) => number,
): readonly number[] {
  const floor = roundsOf(view, view.floor)
  return roundsOf(view, contender).flatMap((measurement, round) => {
    const other = floor[round]
    return other ? [of(measurement) / total(other)] : []
  })
}

export function cpuRatio(view: MeasuredView, contender: Contender): number {
  const floor = roundsOf(view, view.floor)
  return median(
    roundsOf(view, contender).map(({ cpuSeconds }, at) => cpuSeconds / (floor[at]?.cpuSeconds ?? Number.NaN)),
  )
}
