/**
 * Feast's requests, as far as they are read: fields that nobody here knows are ignored, as they are there. An option that is
 * null is one that was left out.
 */
import * as z from 'zod'
import { MAX_FEATURES } from '../../core/limits.ts'

const names = z.array(z.string()).max(MAX_FEATURES)

/** `POST /get-online-features` */
export const feastFeaturesRequest = z.object({
  /** Column by column: join key -> one value per row. */
  entities: z.record(z.string(), z.array(z.unknown())),
  /** `service` or `service@version`; it wins over `features`. */
  feature_service: z.string().nullish(),
  /** `view:feature`, `view@2:feature` or `view@v2:feature`. */
  features: names.nullish(),
  full_feature_names: z.boolean().nullish(),
})

export type FeastFeaturesRequest = z.infer<typeof feastFeaturesRequest>

/** Column by column. */
const df = z.record(z.string(), z.array(z.unknown()))

/** `POST /push` */
export const feastPushRequest = z.object({
  push_source_name: z.string(),
  df,
  to: z.enum(['online', 'offline', 'online_and_offline']).nullish(),
})

/** `POST /write-to-online-store` */
export const feastWriteRequest = z.object({ feature_view_name: z.string(), df })

/** `POST /materialize` */
export const feastMaterializeRequest = z.object({
  start_ts: z.string().nullish(),
  end_ts: z.string().nullish(),
  feature_views: z.array(z.string()).max(MAX_FEATURES).nullish().describe('All when left out.'),
  disable_event_timestamp: z.boolean().nullish(),
  /** `v2`, of the one view that is named. */
  version: z.string().nullish(),
})

export type FeastMaterializeRequest = z.infer<typeof feastMaterializeRequest>

/** Of both; what else is in the query is passed over. */
export const feastMaterializeQuery = z.object({
  async: z.enum(['true', 'false']).optional().describe('true: answered with 202. Neither waits until it is done.'),
})

/** `POST /materialize-incremental` */
export const feastMaterializeIncrementalRequest = z.object({
  end_ts: z.string(),
  feature_views: z.array(z.string()).max(MAX_FEATURES).nullish().describe('All when left out.'),
  version: z.string().nullish(),
})

export type FeastMaterializeIncrementalRequest = z.infer<typeof feastMaterializeIncrementalRequest>

/** `POST /search` and `POST /retrieve-online-documents` */
export const feastSearchRequest = z.object({
  features: names.nullish(),
  feature_service: z.string().nullish(),
  top_k: z.number().nullish(),
  query: z.array(z.number()).nullish(),
  query_string: z.string().nullish(),
})

export type FeastStatus = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE'

/** One column: as many values, statuses and instants as rows were asked for, in their order. */
export interface FeastColumn {
  readonly values: readonly unknown[]
  readonly statuses: readonly FeastStatus[]
  /** RFC 3339; the epoch for a join key and for what is not there. */
  readonly event_timestamps: readonly string[]
}

export interface FeastFeaturesAnswer {
  readonly metadata: { readonly feature_names: readonly string[] }
  readonly results: readonly FeastColumn[]
}
