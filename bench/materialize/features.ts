/** The two views: rows as they are in the source, and an aggregate of them. Keys are integers. */
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureView, parquetSource, t } from '../../registry/index.ts'
import { EMPTY_REGISTRY, type ViewObject } from '../../registry/objects.ts'

/** Where the lake's files are in the bucket. */
export const LAKE_FOLDER = 'purchases'

const user = entity('user', { joinKeys: { user_id: t.int64() } })

const purchases = parquetSource('purchases', {
  path: `r2://offline/${LAKE_FOLDER}/*.parquet`,
  timestamp: 'event_timestamp',
  created: 'created',
})

/** Straight from its source: four features of the four common types. */
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

/** Sums are of integers: those of floats depend on the order of the rows, and a second run would differ from the first. */
export const userTotals = featureView('user_totals', {
  entity: user,
  source: purchases,
  sql: `
    select
      user_id,
      max(event_timestamp) as event_timestamp,
      sum(purchases_30d)::bigint as purchases,
      max(spend_30d) as most_spent,
      count(*) filter (where return_share_90d > 0.5) / count(*) as returning_share,
      max(top_category) as last_category
    from purchases
    group by user_id`,
  features: {
    purchases: t.int64(),
    most_spent: t.float64(),
    returning_share: t.float32(),
    last_category: t.string(),
  },
})

export type ViewName = 'user_purchases' | 'user_totals'

/** Both as a registry keeps them, their source's files in a folder of this machine. */
export async function registeredViews(): Promise<ReadonlyMap<ViewName, ViewObject>> {
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, collect({ userPurchases, userTotals }))
  return new Map(snapshot.views.map((view) => [view.name as ViewName, view]))
}

export function readFrom(view: ViewObject, folder: string): ViewObject {
  return { ...view, reads: view.reads.map((source) => ({ ...source, path: `file://${folder}/*.parquet` })) }
}
