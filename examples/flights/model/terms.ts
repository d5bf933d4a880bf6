/**
 * What the model reads, written once as on-demand SQL: it is fitted on these expressions over the training set, and `late_model`
 * computes with the same ones at the edge.
 */

/** The training set whose statistics are the scale, so that a fit and an answer never scale differently. */
export const TRAINING_SET = 'flight_delay_2001'

/** Features that are scaled to mean 0 and deviation 1; one that is missing is taken to be average. */
const SCALED = [
  'late_share_1d',
  'late_share_7d',
  'avg_delay_7d',
  'destination_late_share_7d',
  'avg_delay_30d',
  'distance',
] as const

export type ScaledFeature = (typeof SCALED)[number]

/** Hours from noon, in quarters of a day: of the size of the scaled ones. */
const TIME_OF_DAY = '((hour(scheduled_at) - 12) / 6.0)'

export type Term = ScaledFeature | 'time_of_day' | 'time_of_day_squared' | 'thursday_or_friday' | 'saturday'

/** @param statistic SQL of a statistic of the training set, by its column: `stat(…)`, or its value */
export function termsIn(statistic: (column: ScaledFeature, of: 'mean' | 'stddev') => string): Record<Term, string> {
  const scaled = Object.fromEntries(
    SCALED.map((column) => {
      const mean = statistic(column, 'mean')
      return [column, `((coalesce(${column}, ${mean}) - ${mean}) / ${statistic(column, 'stddev')})`]
    }),
  ) as Record<ScaledFeature, string>
  return {
    ...scaled,
    time_of_day: TIME_OF_DAY,
    time_of_day_squared: `(${TIME_OF_DAY} * ${TIME_OF_DAY})`,
    thursday_or_friday: 'case when dayofweek(scheduled_at) in (4, 5) then 1.0 else 0.0 end',
    saturday: 'case when dayofweek(scheduled_at) = 6 then 1.0 else 0.0 end',
  }
}

export interface Weights {
  readonly bias: number
  readonly terms: Readonly<Record<Term, number>>
}
