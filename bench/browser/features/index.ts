/** What the benchmark serves: a score of places that are ranked anew with every frame, as a page with a slider does. */
import {
  entity,
  featureService,
  featureView,
  onDemandView,
  parquetSource,
  request,
  t,
} from '../../../registry/index.ts'

const folder = process.env['LAKE_FOLDER'] ?? '/nonexistent'

const place = entity('place', { joinKeys: { place: t.string() } })
const places = parquetSource('places', { path: `file://${folder}/places/*.parquet`, timestamp: 'at' })

const stats = featureView('stats', {
  entity: place,
  source: places,
  features: {
    late_share: { type: t.float64(), visibility: 'public' },
    distance: { type: t.float64(), visibility: 'public' },
    flights: { type: t.int64(), visibility: 'public' },
    opens_at: { type: t.timestamp(), visibility: 'public' },
  },
})

const score = onDemandView('score', {
  inputs: [stats, request({ leaves_at: t.timestamp(), patience: t.float64() })],
  features: { score: { type: t.float64(), visibility: 'public' }, evening: { type: t.bool(), visibility: 'public' } },
  sql: {
    score: `
      (1 - late_share * case when hour(leaves_at) between 17 and 21 then 1.5 else 1 end)
        * least(1, flights / 40.0) - sqrt(distance / 1000) * (1 - patience)`,
    evening: 'hour(leaves_at) between 17 and 21 and leaves_at > opens_at',
  },
})

export const ranking = featureService('ranking', { features: [stats.pick('distance'), score] })
