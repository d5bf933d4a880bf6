/** A large feature repository: views of twenty features each, in SQL over one of ten sources, and a service for every five. */
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'

const { BENCH_LAKE: lake = '', BENCH_VIEWS: views = '1000', BENCH_VERSION: version = '1' } = process.env
export const FEATURES = 20
const PER_SERVICE = 5

const user = entity('user', { joinKeys: { user_id: t.string() }, owner: 'bench@example.com' })

const sources = Array.from({ length: 10 }, (_, source) =>
  parquetSource(`events_${source}`, { path: `file://${lake}/events_${source}.parquet`, timestamp: 'at' }),
)

/** Names made by a program have no types of their own. */
const stored = Array.from({ length: Number(views) }, (_, view) => {
  const source = sources[view % sources.length]
  if (!source) throw new Error('there is no source')
  const prefix = `v${view}_`
  const names = Array.from({ length: FEATURES }, (_, feature) => `${prefix}f${feature}`)
  const selected = names.map(
    (name, feature) => `avg(f${feature}) filter (where f${(feature + 7) % FEATURES} > ${version}) as ${name}`,
  )
  return featureView(`view_${view}`, {
    description: `Feature view number ${view} of a large repository`,
    owner: 'bench@example.com',
    entity: user,
    source,
    ttl: '30d',
    sql: `select user_id, max("at") as event_timestamp, ${selected.join(', ')} from ${source.name} group by user_id`,
    features: Object.fromEntries(names.map((name) => [name, t.float64()])) as never,
  })
})

export const services = Array.from({ length: Math.ceil(stored.length / PER_SERVICE) }, (_, index) =>
  featureService(`service_${index}`, {
    features: stored.slice(index * PER_SERVICE, (index + 1) * PER_SERVICE) as never,
  }),
)
