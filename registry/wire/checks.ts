/** Quality checks as JSON, the same in definitions and in answers: `registry/checks.ts` says the same to the compiler. */
import * as z from 'zod'
import { parseDuration } from '../../core/duration.ts'
import { type CheckObject, QUANTILES } from '../checks.ts'
import { shapeOf } from './answers/shape.ts'

const severity = z.enum(['error', 'warn']).describe('error keeps the snapshot from being served, warn is recorded.')
const column = z.string().min(1)
const share = z.number().min(0).max(1)
const change = z.number().min(0).describe('Relative to the snapshot being served.')
const bound = z.union([z.number(), z.string()])

export const checkObject = shapeOf<CheckObject>()(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('not_null'), column, share, severity }),
    z.strictObject({
      kind: z.literal('range'),
      column,
      min: bound.exactOptional(),
      max: bound.exactOptional(),
      severity,
    }),
    z.strictObject({
      kind: z.literal('one_of'),
      column,
      values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
      severity,
    }),
    z.strictObject({ kind: z.literal('unique'), columns: z.array(column).min(1), severity }),
    z.strictObject({
      kind: z.literal('row_count'),
      min: z.int().exactOptional(),
      max: z.int().exactOptional(),
      severity,
    }),
    z.strictObject({ kind: z.literal('fresh'), within: z.string().refine(isDuration, 'is no duration'), severity }),
    z.strictObject({ kind: z.literal('sql'), name: z.string().min(1), sql: z.string().min(1), severity }),
    z.strictObject({ kind: z.literal('row_count_change'), max: change, severity }),
    z.strictObject({ kind: z.literal('changed_share'), max: share, severity }),
    z.strictObject({ kind: z.literal('mean_change'), column, max: change, severity }),
    z.strictObject({
      kind: z.literal('quantile_change'),
      column,
      q: z.literal(QUANTILES),
      max: change,
      severity,
    }),
    z.strictObject({ kind: z.literal('null_share_change'), column, max: change, severity }),
    z.strictObject({ kind: z.literal('distinct_change'), column, max: change, severity }),
  ]),
)

function isDuration(text: string): boolean {
  try {
    parseDuration('within', text)
    return true
  } catch {
    return false
  }
}
