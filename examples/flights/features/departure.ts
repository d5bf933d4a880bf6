import { featureService, onDemandView, request, t } from 'shoreline'
import { airportDelays } from './airports.ts'
import { RISK } from './departure-sql.ts'
import { routeDelays } from './routes.ts'

const origin = airportDelays.as('origin_delays', { airport: 'origin' }).pick('late_share_7d', 'avg_delay_7d')
const destination = airportDelays
  .as('destination_delays', { airport: 'destination' })
  .pick('late_share_7d', 'avg_delay_7d')
  .rename({ late_share_7d: 'destination_late_share_7d', avg_delay_7d: 'destination_avg_delay_7d' })
const route = routeDelays.pick('distance', 'flights_30d')

/** By the minute, and computed on the device of whoever asks: all that it reads is public. */
export const departureRisk = onDemandView('departure_risk', {
  description: 'How likely a departure is late, by the minute',
  owner: 'flights@example.com',
  tags: { domain: 'delays' },
  inputs: [
    origin.pick('late_share_7d'),
    destination.pick('destination_late_share_7d'),
    route.pick('distance'),
    request({ scheduled_at: t.timestamp() }),
  ],
  features: {
    risk: {
      type: t.float64(),
      description: 'From 0 to 1: greatest around six in the evening, at either end',
      visibility: 'public',
    },
  },
  sql: { risk: RISK },
})

/** What the page of `examples/browser` shows, and computes. */
export const departure = featureService('departure', {
  description: 'What a page may know of a departure',
  owner: 'flights@example.com',
  features: [origin, destination, route, departureRisk],
})
