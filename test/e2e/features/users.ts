/** Definitions of the suites: a single key, a composite one and the global entity, over a folder that each suite fills. */
import { entity, featureService, featureView, parquetSource, t } from '../../../registry/index.ts'

const folder = process.env['LAKE_FOLDER'] ?? '/nonexistent'

const user = entity('user', { joinKeys: { user_id: t.string() } })
const pair = entity('pair', { joinKeys: { payer: t.string(), payee: t.int64() } })
const everyone = entity('everyone', { joinKeys: {} })

const users = parquetSource('users', {
  path: `file://${folder}/users/*.parquet`,
  timestamp: 'at',
  created: 'created',
  columnTags: { city: { pii: 'address' } },
})
const pairs = parquetSource('pairs', {
  path: `file://${folder}/pairs/*.parquet`,
  timestamp: 'at',
  columns: { paid: 'PAID_CENTS' },
})

export const userStats = featureView('user_stats', {
  entity: user,
  source: users,
  ttl: '30d',
  freshness: '7d',
  features: { visits: t.int64(), score: t.float64(), city: t.string(), seen: t.timestamp() },
})

export const pairStats = featureView('pair_stats', { entity: pair, source: pairs, features: { paid: t.int64() } })

export const totals = featureView('totals', {
  entity: everyone,
  source: users,
  sql: 'select max("at") as event_timestamp, count(*) as rows_seen, sum(visits) as visits_total from users where "at" <= $as_of',
  features: { rows_seen: t.int64(), visits_total: t.int64() },
})

export const profile = featureService('profile', { features: [userStats] })
export const payment = featureService('payment', {
  features: [userStats.as('payer_stats', { user_id: 'payer' }).pick('visits', 'city'), pairStats, totals],
})
