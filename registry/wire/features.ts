/** `POST /v1/features` and the plan that a client needs. */
import * as z from 'zod'
import { MAX_FEATURES } from '../../core/limits.ts'

const values = z.record(z.string(), z.unknown())

export const featuresRequest = z.strictObject({
  service: z.string().optional().describe('service or service@version; or features.'),
  features: z
    .array(z.string())
    .min(1)
    .max(MAX_FEATURES)
    .optional()
    .describe('view:feature or view@version:feature, instead of a service.'),
  rows: z
    .array(values)
    .min(1)
    .describe('Join keys of each row; at most 1,000 rows, and rows times views at most 5,000 (else 413).'),
  shared: values.optional().describe('Keys common to every row. Features that follow from them alone come back once.'),
  format: z.enum(['rows', 'columns']).optional().describe('rows without it.'),
  compute: z
    .enum(['edge', 'client'])
    .optional()
    .describe('client: the stored inputs of on-demand features instead of their values. edge without it.'),
  full_names: z.boolean().optional().describe('Features as role__feature.'),
  metadata: z
    .enum(['none', 'issues', 'full'])
    .optional()
    .describe(
      'none: values only; full: a status per feature and row, event timestamps for every row. issues without it.',
    ),
  strict: z.boolean().optional().describe('503 rather than an answer from an old head or an earlier revision.'),
  max_age: z.string().optional().describe("Tighter than the views' ttl, as 1h."),
})

export type FeaturesRequest = z.infer<typeof featuresRequest>

export type { FeatureStatus, FeaturesAnswer, Issue, PlanAnswer, ViewUsed } from './answers/features.ts'
