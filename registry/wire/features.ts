/** `POST /v1/features` and the plan that a client needs. */
import * as z from 'zod'

export const featuresRequest = z.strictObject({
  service: z.string(),
  rows: z.array(z.record(z.string(), z.unknown())).min(1),
  full_names: z.boolean().optional(),
  metadata: z.enum(['none', 'issues', 'full']).optional(),
  strict: z.boolean().optional(),
  max_age: z.string().optional(),
})
export type FeaturesRequest = z.infer<typeof featuresRequest>

export type FeatureStatus = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'INVALID'

/** One per status and view, or per feature where a view's features differ. */
export interface Issue {
  readonly view?: string
  readonly feature?: string
  readonly status: Exclude<FeatureStatus, 'PRESENT'>
  readonly rows: readonly number[]
}

export interface ViewUsed {
  /** `view@version` */
  readonly view: string
  readonly as: string
  readonly store: 'kv' | 'd1'
  readonly snapshot: number
  /** One per row, null where the view has no row; for requests of one row, or with `metadata: "full"`. */
  readonly event_timestamps?: readonly (string | null)[]
}

export interface FeaturesAnswer {
  /** `service@version` */
  readonly service: string
  readonly revision: number
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** With `metadata: "full"`: a status per feature and row. */
  readonly statuses?: readonly Readonly<Record<string, FeatureStatus>>[]
  readonly issues?: readonly Issue[]
  readonly views?: readonly ViewUsed[]
  readonly degraded: boolean
}

export interface PlanAnswer {
  readonly service: string
  readonly version: number
  readonly keys: readonly { readonly name: string; readonly type: string }[]
  readonly features: readonly {
    readonly name: string
    readonly type: string
    readonly view: string
    readonly visibility: 'server' | 'public'
  }[]
}
