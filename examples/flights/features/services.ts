import { featureService } from 'shoreline'
import { airportDelays } from './airports.ts'
import { connection, delayRisk, delayText } from './risk.ts'
import { routeDelays } from './routes.ts'

/** What a departures board shows of one airport. */
export const airportBoard = featureService('airport_board', {
  description: 'Delays of one airport',
  owner: 'flights@example.com',
  features: [airportDelays],
})

/** One view in two roles, and the route between them. */
export const flightDelay = featureService('flight_delay', {
  description: 'What is known before departure about how late a flight will be',
  owner: 'flights@example.com',
  features: [
    airportDelays.as('origin_delays', { airport: 'origin' }),
    airportDelays
      .as('destination_delays', { airport: 'destination' })
      .pick('flights_1d', 'avg_delay_7d', 'late_share_7d')
      .rename({
        flights_1d: 'destination_flights_1d',
        avg_delay_7d: 'destination_avg_delay_7d',
        late_share_7d: 'destination_late_share_7d',
      }),
    routeDelays,
  ],
})

/** What is computed when it is asked for, from the same views and from what only the request knows. */
export const flightRisk = featureService('flight_risk', {
  description: 'How likely a flight is late, and what that means for a connection',
  owner: 'flights@example.com',
  features: [delayRisk, delayText, connection],
})
