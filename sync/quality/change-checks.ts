/** Checks that statistics answer: how much there is, how new it is, and how it differs from the snapshot being served. */
import { parseDuration } from '../../core/duration.ts'
import { parseTimestamp } from '../../core/values.ts'
import { boundsText, type CheckObject, numberText, percent, points } from '../../registry/checks.ts'
import type { FeatureStatistics } from '../../registry/quality.ts'
import type { Checked, Finding } from './finding.ts'
import type { RowCheck } from './row-checks.ts'

export type StatisticsCheck = Exclude<CheckObject, RowCheck | { readonly kind: 'unique' | 'sql' }>

export function findInStatistics(checked: Checked, check: StatisticsCheck): Finding {
  const { statistics, previousRows } = checked
  switch (check.kind) {
    case 'row_count':
      return {
        passed: statistics.rows >= (check.min ?? 0) && statistics.rows <= (check.max ?? Number.POSITIVE_INFINITY),
        observed: `${statistics.rows} rows`,
        expected: boundsText(check.min, check.max),
      }
    case 'fresh':
      return fresh(checked, check.within)
    case 'row_count_change':
      // From nothing to something is no change that could be too great.
      return previousRows === 0
        ? { passed: true, observed: 'the snapshot being served is empty', expected: atMost(check.max) }
        : compared(check.max, previousRows ?? undefined, statistics.rows, previousRows === null ? NOTHING_SERVED : null)
    case 'changed_share':
      return changedShare(checked, check.max)
    default:
      return ofFeature(checked, check)
  }
}

const NOTHING_SERVED = 'nothing is served yet'
const MICROS_PER_HOUR = 3_600_000_000

function fresh({ statistics, asOf }: Checked, within: string): Finding {
  const newest = statistics.event_timestamp && parseTimestamp(statistics.event_timestamp.max)
  const expected = `at most ${within}`
  if (newest === null) return { passed: false, observed: 'there is no event', expected }
  const hours = numberText((asOf - newest) / MICROS_PER_HOUR)
  return {
    passed: asOf - newest <= parseDuration('within', within),
    observed: `it is ${hours} hours old, of ${statistics.event_timestamp?.max}`,
    expected,
  }
}

function changedShare({ statistics, previousRows, changed }: Checked, max: number): Finding {
  const expected = atMost(max)
  if (changed === null || previousRows === null) return { passed: true, observed: NOTHING_SERVED, expected }
  const rows = Math.max(statistics.rows, previousRows)
  // New and removed rows count, so that there may be more changes than there are rows.
  const share = rows === 0 ? 0 : Math.min(1, changed / rows)
  return { passed: share <= max, observed: `${changed} rows changed, ${percent(share)} of ${rows}`, expected }
}

type FeatureChange = Extract<
  CheckObject,
  { readonly kind: 'mean_change' | 'quantile_change' | 'null_share_change' | 'distinct_change' }
>

function ofFeature({ statistics, previous, previousRows }: Checked, check: FeatureChange): Finding {
  const now = statistics.features[check.column]
  const before = previous?.features[check.column]
  const unknown =
    previousRows === null ? NOTHING_SERVED : before ? null : 'the snapshot being served has no statistics of it'
  if (check.kind === 'null_share_change') return nullShare(check.max, before, now, unknown)
  const value = (of: FeatureStatistics | undefined): number | undefined => {
    if (check.kind === 'mean_change') return of?.mean
    if (check.kind === 'distinct_change') return of?.approx_distinct
    const quantile = of?.quantiles?.[String(check.q)]
    return typeof quantile === 'number' ? quantile : undefined
  }
  const known = unknown ?? (now?.sensitive && value(now) === undefined ? 'too few values to be told' : null)
  return compared(check.max, value(before), value(now), known)
}

function nullShare(
  max: number,
  before: FeatureStatistics | undefined,
  now: FeatureStatistics | undefined,
  unknown: string | null,
): Finding {
  const expected = `at most ${points(max)}`
  if (unknown !== null || !before || !now) return { passed: true, observed: unknown ?? '', expected }
  if (before.count + before.nulls === 0)
    return { passed: true, observed: 'the snapshot being served is empty', expected }
  const difference = Math.abs(now.null_share - before.null_share)
  return {
    passed: difference <= max,
    observed: `changed by ${points(difference)}, from ${percent(before.null_share)} to ${percent(now.null_share)}`,
    expected,
  }
}

/** @param unknown why there is nothing to compare; null when there is */
function compared(max: number, before: number | undefined, now: number | undefined, unknown: string | null): Finding {
  const expected = atMost(max)
  if (unknown !== null) return { passed: true, observed: unknown, expected }
  if (before === undefined) return { passed: true, observed: 'the snapshot being served has no value for it', expected }
  if (now === undefined) return { passed: false, observed: `there is none, and was ${numberText(before)}`, expected }
  const change = now === before ? 0 : Math.abs(now - before) / Math.abs(before)
  const by = Number.isFinite(change) ? `changed by ${percent(change)}` : 'changed'
  return {
    passed: change <= max,
    observed: `${by}, from ${numberText(before)} to ${numberText(now)}`,
    expected,
  }
}

function atMost(max: number): string {
  return `at most ${percent(max)}`
}
