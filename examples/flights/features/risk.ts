import { onDemandView, request, t } from 'shoreline'
import { airportDelays } from './airports.ts'
import { routeDelays } from './routes.ts'

const origin = airportDelays.as('origin_delays', { airport: 'origin' })
const destination = airportDelays.as('destination_delays', { airport: 'destination' })

/** In SQL, which trains as it is written and runs in the Worker as a tree. */
export const delayRisk = onDemandView('delay_risk', {
  description: 'How likely the flight is late, from both airports and the time of departure',
  owner: 'flights@example.com',
  tags: { domain: 'delays' },
  inputs: [
    origin.pick('late_share_7d'),
    destination.pick('late_share_7d').rename({ late_share_7d: 'destination_late_share_7d' }),
    routeDelays.pick('distance'),
    request({ scheduled_at: t.timestamp() }),
  ],
  features: {
    risk: {
      type: t.float64(),
      description: 'From 0 to 1: greater in the evening, smaller on long flights',
    },
    evening: { type: t.bool(), description: 'Scheduled from 17 to 22 o’clock, UTC' },
  },
  sql: {
    risk: `
      pow(
        0.75 * late_share_7d + 0.25 * coalesce(destination_late_share_7d, late_share_7d),
        case when hour(scheduled_at) between 17 and 21 then 0.8 else 1 end + 0.1 * sqrt(distance / 1000)
      )`,
    evening: 'hour(scheduled_at) between 17 and 21',
  },
})

/** Minutes from which a delay is called that. */
const LATE = [
  [60, 'very late'],
  [15, 'late'],
] as const

/** In TypeScript, for what SQL says badly. */
export const delayText = onDemandView('delay_text', {
  description: 'What a departures board says about the airport’s day',
  owner: 'flights@example.com',
  inputs: [origin.pick('flights_1d', 'p90_delay_1d')],
  features: { outlook: { type: t.string(), description: 'One in ten flights, in words' } },
  compute: ({ flights_1d, p90_delay_1d }) => {
    if (flights_1d === null || p90_delay_1d === null) return { outlook: null }
    const word = LATE.find(([minutes]) => p90_delay_1d >= minutes)?.[1]
    return { outlook: word ? `${flights_1d / 10n} of ${flights_1d} flights were ${word}` : 'nearly all were on time' }
  },
})

/** In WebAssembly: `wasm/README.md` says how it is built. */
export const connection = onDemandView('connection', {
  description: 'Whether a connection at the destination is missed',
  owner: 'flights@example.com',
  inputs: [origin.pick('avg_delay_7d', 'p90_delay_7d'), request({ connection_minutes: t.float64() })],
  features: {
    missed: { type: t.float64(), description: 'The probability that the delay is greater than the connection' },
  },
  wasm: {
    module: new URL('../wasm/missed.wasm', import.meta.url),
    export: 'missed',
    args: ['avg_delay_7d', 'p90_delay_7d', 'connection_minutes'],
    returns: ['missed'],
  },
})
