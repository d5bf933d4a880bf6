/** What the types refuse while definitions are written. Nothing here runs. */
import {
  check,
  csvSource,
  entity,
  featureService,
  featureView,
  ndjsonSource,
  parquetSource,
  t,
} from '../../registry/index.ts'
import { airport, airportDelays, flights, route, routeFacts, totals } from './features.ts'

// A role maps join keys that exist.
airportDelays.as('origin', { airport: 'origin' })
routeFacts.as('back', { origin: 'destination', destination: 'origin' })
// @ts-expect-error: the join key is called airport
airportDelays.as('origin', { airprt: 'origin' })
// @ts-expect-error: both join keys would be called destination
routeFacts.as('loop', { origin: 'destination' })
// @ts-expect-error: it was renamed to origin
airportDelays.as('origin', { airport: 'origin' }).as('again', { airport: 'other' })
airportDelays.as('origin', { airport: 'origin' }).as('again', { origin: 'other' })

// Features that exist are picked and renamed.
airportDelays.pick('flights_1d').rename({ flights_1d: 'flights' }).pick('flights')
// @ts-expect-error
airportDelays.pick('flights_7d')
// @ts-expect-error: not picked
airportDelays.pick('flights_1d').pick('avg_delay_7d')
// @ts-expect-error
airportDelays.rename({ flights_7d: 'flights' })
// @ts-expect-error: one right name does not excuse a wrong one
airportDelays.rename({ flights_1d: 'flights', flights_7d: 'more' })
// @ts-expect-error: the name stays in use
airportDelays.rename({ flights_1d: 'avg_delay_7d' })
airportDelays.rename({ flights_1d: 'avg_delay_7d', avg_delay_7d: 'flights_1d' })

// Two views may not bring one name.
// @ts-expect-error: defined twice
featureService('clash', { features: [airportDelays, airportDelays.as('origin', { airport: 'origin' })] })
featureService('fine', {
  features: [airportDelays.pick('flights_1d'), airportDelays.as('origin').pick('avg_delay_7d')],
})
featureService('renamed', {
  features: [
    airportDelays,
    airportDelays.as('origin').rename({ flights_1d: 'origin_flights', avg_delay_7d: 'origin_delay' }),
  ],
})
// @ts-expect-error: a join key of the service has the name of the feature
featureService('key', { features: [airportDelays.as('x', { airport: 'airports' }), totals] })
// @ts-expect-error: an entity is no view
featureService('entity', { features: [airport] })

// Wrong definitions.
// @ts-expect-error: floats have no canonical text
entity('place', { joinKeys: { latitude: t.float64() } })
// @ts-expect-error: ttl is misspelled
featureView('typo', { entity: airport, source: flights, tll: '14d', features: { a: t.bool() } })
// @ts-expect-error: not a duration
featureView('duration', { entity: airport, source: flights, ttl: '14 days', features: { a: t.bool() } })
// @ts-expect-error: a join key has the name
featureView('key', { entity: airport, source: flights, features: { airport: t.string() } })
// @ts-expect-error: int64 is not called
featureView('call', { entity: airport, source: flights, features: { a: t.int64 } })
featureView('checks', {
  entity: route,
  source: flights,
  checks: [check.notNull('a'), check.unique(['origin', 'a']), check.fresh('1d'), check.sql('none', 'select 1')],
  features: { a: t.bool() },
})
featureView('check', {
  entity: route,
  source: flights,
  // @ts-expect-error: neither a feature nor a join key
  checks: [check.notNull('b')],
  features: { a: t.bool() },
})
// @ts-expect-error: no such visibility
featureView('visible', { entity: route, source: flights, features: { a: { type: t.bool(), visibility: 'all' } } })
// @ts-expect-error: the event timestamp has no column
parquetSource('flights', { path: 'r2://offline/flights.parquet' })
csvSource('tables', { path: 'file://a.csv', timestamp: 'at', types: { 'Flown At': t.timestamp() }, delimiter: ';' })
// @ts-expect-error: a type by its name
csvSource('types', { path: 'file://a.csv', timestamp: 'at', types: { n: 'int64' } })
// @ts-expect-error: types is missing
ndjsonSource('lines', { path: 'file://a.ndjson', timestamp: 'at' })
// @ts-expect-error: no such way to cope
parquetSource('drift', { path: 'file://a.parquet', timestamp: 'at', schemaDrift: 'ignore' })
