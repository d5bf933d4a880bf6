/** What a sync finds out about a snapshot before it is served: statistics of its features, and what each check found. */
import type { Severity } from './checks.ts'

export interface SnapshotStatistics {
  readonly format: 1
  readonly rows: number
  /** Null without rows. */
  readonly event_timestamp: {
    readonly min: string
    readonly max: string
    readonly quantiles: QuantileValues
  } | null
  /** Feature -> what its values are like. */
  readonly features: Readonly<Record<string, FeatureStatistics>>
}

/** With more features than this, less is kept of each, so that a view's statistics stay below 1 MB. */
const MANY_FEATURES = 100

/** How many characters of a text statistics of so many features keep. */
export function keptCharacters(features: number): number {
  return features > MANY_FEATURES ? 32 : 100
}

/** And how many frequent values. */
export function keptValues(features: number): number {
  return features > MANY_FEATURES ? 5 : 10
}

/** `"0.5"` -> value; approximate. */
export type QuantileValues = Readonly<Record<string, number | string>>

/** What a type does not have, and what cannot be said without values, is left out. */
export interface FeatureStatistics {
  readonly type: string
  /** Rows with a value. */
  readonly count: number
  readonly nulls: number
  /** 0 without rows. */
  readonly null_share: number
  /** Exact up to 16 thousand, else within a percent or two. */
  readonly approx_distinct: number
  /** Values that are NaN; like the infinite ones they are in no other number but count and distinct. */
  readonly nan?: number
  /** Values that are infinite, of either sign. */
  readonly infinite?: number
  /** int64 as digits, timestamps as RFC 3339, texts cut. */
  readonly min?: number | string
  readonly max?: number | string
  /** Of a bool: the share that is true. */
  readonly mean?: number
  /** Of the values as they are, divided by their number. */
  readonly stddev?: number
  readonly quantiles?: QuantileValues
  readonly histogram?: Histogram
  /** Characters of a text or of JSON, bytes, elements of a list. */
  readonly lengths?: { readonly min: number; readonly max: number; readonly mean: number }
  /** The most frequent values, most frequent first; texts cut. */
  readonly top?: readonly { readonly value: string | number | boolean; readonly count: number }[]
  /** The feature is tagged as sensitive: no value of a single entity is kept. */
  readonly sensitive?: true
}

/**
 * Bins of equal width from the 1 % to the 99 % quantile, so that a few values far out do not put all others into one. The
 * first count is of values up to `from`, the last of values beyond `to`; each bin is without its lower and with its upper
 * edge.
 */
export interface Histogram {
  readonly from: number
  readonly to: number
  readonly counts: readonly number[]
}

export interface CheckResult {
  /** The check as a sentence that holds when it is passed. */
  readonly check: string
  readonly severity: Severity
  readonly passed: boolean
  /** What was found. */
  readonly observed: string
  /** What passes. */
  readonly expected: string
  /** Canonical keys of some rows that violate it. */
  readonly examples?: readonly string[]
}
