/** Three views of one entity, each with two windows, as their sources hold them; and the service that takes all six features. */
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot } from '../../registry/objects.ts'

export const VIEWS = ['clicks', 'orders', 'visits'] as const
export const TTL_DAYS = 60

/** @param lake the folder of the sources' files */
export async function registered(lake: string): Promise<RegistrySnapshot> {
  const user = entity('user', { joinKeys: { user_id: t.int64() } })
  const source = (name: string, columns: Readonly<Record<string, string>>) =>
    parquetSource(`${name}_rows`, {
      path: `file://${lake}/${name}.parquet`,
      timestamp: 'event_timestamp',
      created: 'created',
      columns,
    })
  const ttl = `${TTL_DAYS}d` as const
  const clicks = featureView('clicks', {
    ...{ entity: user, ttl },
    source: source('clicks', { clicks_mean_7d: 'mean_7d', clicks_count_30d: 'count_30d' }),
    features: { clicks_mean_7d: t.float64(), clicks_count_30d: t.int64() },
  })
  const orders = featureView('orders', {
    ...{ entity: user, ttl },
    source: source('orders', { orders_mean_7d: 'mean_7d', orders_count_30d: 'count_30d' }),
    features: { orders_mean_7d: t.float64(), orders_count_30d: t.int64() },
  })
  const visits = featureView('visits', {
    ...{ entity: user, ttl },
    source: source('visits', { visits_mean_7d: 'mean_7d', visits_count_30d: 'count_30d' }),
    features: { visits_mean_7d: t.float64(), visits_count_30d: t.int64() },
  })
  const activity = featureService('activity', { features: [clicks, orders, visits] })
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, collect({ clicks, orders, visits, activity }))
  return snapshot
}
