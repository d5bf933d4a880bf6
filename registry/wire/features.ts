/** `POST /v1/features` and the plan that a client needs. */
import * as z from 'zod'
import { MAX_FEATURES } from '../../core/limits.ts'

const values = z.record(z.string(), z.unknown())

export const featuresRequest = z.strictObject({
  /** `service` or `service@version`; or `features`. */
  service: z.string().optional(),
  /** `view:feature` or `view@version:feature`. */
  features: z.array(z.string()).min(1).max(MAX_FEATURES).optional(),
  rows: z.array(values).min(1),
  /** Keys common to every row. */
  shared: values.optional(),
  format: z.enum(['rows', 'columns']).optional(),
  compute: z.enum(['edge', 'client']).optional(),
  full_names: z.boolean().optional(),
  metadata: z.enum(['none', 'issues', 'full']).optional(),
  strict: z.boolean().optional(),
  max_age: z.string().optional(),
})

export type FeaturesRequest = z.infer<typeof featuresRequest>

export type { FeatureStatus, FeaturesAnswer, Issue, PlanAnswer, ViewUsed } from './answers/features.ts'
