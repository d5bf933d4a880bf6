/** Statistics of snapshots and results of checks as JSON: `registry/quality.ts` says the same to the compiler. */
import * as z from 'zod'
import type { CheckResult, FeatureStatistics, SnapshotStatistics } from '../../quality.ts'
import { answer, count, instant, list, record, shapeOf, texts } from './shape.ts'

const value = z.union([z.number(), z.string()])
const quantiles = record(value).describe('"0.5" -> value; approximate.')

export const featureStatistics = shapeOf<FeatureStatistics>()(
  answer({
    type: z.string(),
    count: count.describe('Rows with a value.'),
    nulls: count,
    null_share: z.number().min(0).max(1),
    approx_distinct: count.describe('Exact up to 16 thousand, else within a percent or two.'),
    nan: count.exactOptional(),
    infinite: count.exactOptional(),
    min: value.exactOptional().describe('int64 as digits, timestamps as RFC 3339, texts cut.'),
    max: value.exactOptional(),
    mean: z.number().exactOptional().describe('Of a bool: the share that is true.'),
    stddev: z.number().exactOptional(),
    quantiles: quantiles.exactOptional(),
    histogram: answer({ from: z.number(), to: z.number(), counts: list(count) })
      .exactOptional()
      .describe('Values up to from, in bins of equal width from there to the other end, and beyond it.'),
    lengths: answer({ min: count, max: count, mean: z.number() })
      .exactOptional()
      .describe('Characters, bytes or elements.'),
    top: list(answer({ value: z.union([z.string(), z.number(), z.boolean()]), count }))
      .exactOptional()
      .describe('The most frequent values.'),
    sensitive: z.literal(true).exactOptional().describe('Tagged so: no value of a single entity is kept.'),
  }),
)

export const snapshotStatistics = shapeOf<SnapshotStatistics>()(
  answer({
    format: z.literal(1),
    rows: count,
    event_timestamp: answer({ min: instant, max: instant, quantiles }).nullable().describe('Null without rows.'),
    features: record(featureStatistics),
  }),
)

export const checkResult = shapeOf<CheckResult>()(
  answer({
    check: z.string().describe('A sentence that holds when it is passed.'),
    severity: z.enum(['error', 'warn']),
    passed: z.boolean(),
    observed: z.string(),
    expected: z.string(),
    examples: texts.exactOptional().describe('Canonical keys of some rows that violate it.'),
  }),
)
export const checkResults = list(checkResult)
