/** One view straight from its source: four features of the four common types, keyed by an integer. */
import { entity, featureView, parquetSource, t } from '../../registry/index.ts'

/** Where the lake's files are in the bucket. */
export const LAKE_FOLDER = 'purchases'

const user = entity('user', { joinKeys: { user_id: t.int64() } })

const purchases = parquetSource('purchases', {
  path: `r2://offline/${LAKE_FOLDER}/*.parquet`,
  timestamp: 'event_timestamp',
  created: 'created',
})

export const userPurchases = featureView('user_purchases', {
  entity: user,
  source: purchases,
  features: {
    purchases_30d: t.int64(),
    spend_30d: t.float64(),
    return_share_90d: t.float32(),
    top_category: t.string(),
  },
})
