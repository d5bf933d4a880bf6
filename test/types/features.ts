/** A features module as a user writes it; its texts are what the bundle test looks for. */
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'

export const airport = entity('airport', {
  joinKeys: { airport: t.string() },
  description: 'An airport by its IATA code',
})
export const route = entity('route', { joinKeys: { origin: t.string(), destination: t.string() } })
export const flight = entity('flight', { joinKeys: { number: t.int64() } })
export const everything = entity('everything', { joinKeys: {} })

export const flights = parquetSource('flights', {
  path: 'r2://offline/flights/**/*.parquet',
  timestamp: 'date',
  owner: 'flight-data@example.com',
})
export const weather = parquetSource('weather', { path: 'file://weather/*.parquet', timestamp: 'observed_at' })

export const airportDelays = featureView('airport_delays', {
  entity: airport,
  source: [flights, weather],
  owner: 'delays@example.com',
  description: 'How late an airport is',
  tags: { team: 'punctuality' },
  ttl: '14d',
  sql: `select origin as airport, date as event_timestamp, count(*) as flights_1d, avg(delay) as avg_delay_7d
    from flights group by all`,
  features: {
    flights_1d: t.int64(),
    avg_delay_7d: { type: t.float64(), description: 'Mean arrival delay in minutes', visibility: 'public' },
  },
})

export const routeFacts = featureView('route_facts', {
  entity: route,
  source: weather,
  features: {
    distance: t.float32(),
    carriers: t.list(t.string()),
    embedding: t.vector(3),
    about: t.json(),
    first_flight: { type: t.date() },
    active: t.bool(),
  },
})

export const flightState = featureView('flight_state', {
  entity: flight,
  source: weather,
  features: { signature: t.bytes(), gate: { type: t.list(t.int64()), tags: { pii: 'no' } } },
})

export const totals = featureView('totals', { entity: everything, source: weather, features: { airports: t.int32() } })

export const flightDelay = featureService('flight_delay', {
  features: [
    airportDelays.as('origin_delays', { airport: 'origin' }),
    airportDelays
      .as('destination_delays', { airport: 'destination' })
      .pick('avg_delay_7d')
      .rename({ avg_delay_7d: 'destination_delay_7d' }),
    routeFacts,
  ],
})

export const flightNow = featureService('flight_now', { features: [flightState, totals.pick('airports')] })
export const world = featureService('world', { features: [totals] })
