/**
 * What is served: the flights of the example, one view in two roles and the route between them; and customers, of whom
 * every view has ten features. A service takes five views, or all 25 of a deck. Deck 0 is served from memory, the others
 * are there to be read.
 */
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { copyName, DECK_VIEWS } from './handlers/copies.ts'

export * from '../../examples/flights/features/index.ts'

/** For requests whose blocks are not in memory. */
export const COLD_DECKS = 12
/** Views of a service of 50 features. */
export const FIFTY = 5

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

/** Features of one service have names of their own. */
function activityOf(view: number): Record<`v${number}_${string}`, (typeof activity)[keyof typeof activity]> {
  return Object.fromEntries(Object.entries(activity).map(([name, type]) => [`v${view}_${name}`, type]))
}

const customer = entity('customer', { joinKeys: { customer: t.string() } })

const decks = Array.from({ length: 1 + COLD_DECKS }, (_, deck) =>
  Array.from({ length: DECK_VIEWS }, (_, view) =>
    featureView(copyName(deck, view), { entity: customer, source: events, ttl: '30d', features: activityOf(view) }),
  ),
)

export const services = decks.flatMap((views, deck) => [
  featureService(tenName(deck), { features: views.slice(0, 1) }),
  featureService(wholeName(deck), { features: views }),
  ...Array.from({ length: DECK_VIEWS / FIFTY }, (_, part) =>
    featureService(fiftyName(deck, part), { features: views.slice(part * FIFTY, (part + 1) * FIFTY) }),
  ),
])

export function tenName(deck: number): string {
  return `customer_10_deck_${deck}`
}

export function wholeName(deck: number): string {
  return `customer_250_deck_${deck}`
}

export function fiftyName(deck: number, part: number): string {
  return `customer_50_deck_${deck}_part_${part}`
}
