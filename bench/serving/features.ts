/**
 * What is served: the flights of the example, one view in two roles and the route between them; and one view of ten
 * features over two entities, customers, all of whose blocks fit in an isolate, and cards, whose blocks do not.
 */
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { CARD_VIEWS, cardView } from './handlers/copies.ts'

export * from '../../examples/flights/features/index.ts'

const events = parquetSource('events', { path: 'file:///events/*.parquet', timestamp: 'at' })

const activity = {
  orders_30d: t.int64(),
  spend_30d: t.float64(),
  avg_basket_30d: t.float64(),
  return_share_90d: t.float32(),
  sessions_7d: t.int64(),
  avg_session_seconds_7d: t.float64(),
  bounce_share_7d: t.float32(),
  last_channel: t.string(),
  segment: t.string(),
  days_since_signup: t.int64(),
}

const customer = entity('customer', { joinKeys: { customer: t.string() } })
const card = entity('card', { joinKeys: { card: t.string() } })
const customerActivity = featureView('customer_activity', {
  entity: customer,
  source: events,
  ttl: '30d',
  features: activity,
})

export const customerProfile = featureService('customer_profile', { features: [customerActivity] })
export const cardProfiles = Array.from({ length: CARD_VIEWS }, (_, copy) =>
  featureService(`card_profile_${copy}`, {
    features: [featureView(cardView(copy), { entity: card, source: events, ttl: '30d', features: activity })],
  }),
)
