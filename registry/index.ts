/**
 * `shoreline`: features defined as code.
 *
 * @example
 * import { entity, featureService, featureView, parquetSource, t } from 'shoreline'
 *
 * const airport = entity('airport', { joinKeys: { airport: t.string() } })
 * const flights = parquetSource('flights', { path: 'r2://offline/flights/**\/*.parquet', timestamp: 'date' })
 *
 * const airportDelays = featureView('airport_delays', {
 *   entity: airport,
 *   source: flights,
 *   ttl: '14d',
 *   sql: 'select origin as airport, date as event_timestamp, avg(delay) as avg_delay from flights group by all',
 *   features: { avg_delay: t.float64() },
 * })
 *
 * export const flightDelay = featureService('flight_delay', { features: [airportDelays.as('origin', { airport: 'origin' })] })
 */
export { type Json, type Type, t } from '../core/types.ts'
export { type Check, type CheckOptions, check } from './definitions/checks.ts'
export { collect } from './definitions/collect.ts'
export { type CsvSourceOptions, csvSource } from './definitions/csv-source.ts'
export { type Entity, type EntityOptions, entity } from './definitions/entity.ts'
export type { FeatureInput, FeatureOptions, Visibility } from './definitions/feature.ts'
export { type FeatureService, type FeatureServiceOptions, featureService } from './definitions/feature-service.ts'
export { type FeatureViewOptions, featureView } from './definitions/feature-view.ts'
export type { Source } from './definitions/file-source.ts'
export { type NdjsonSourceOptions, ndjsonSource } from './definitions/ndjson-source.ts'
export { type ComputedView, type OnDemandViewOptions, onDemandView } from './definitions/on-demand-view.ts'
export type { Duration, MetadataOptions, Tags } from './definitions/options.ts'
export { type ParquetSourceOptions, parquetSource } from './definitions/parquet-source.ts'
export { type PushSource, type PushSourceOptions, pushSource } from './definitions/push-source.ts'
export { type Request, request } from './definitions/request.ts'
export { type Percentile, type Statistic, type Statistics, stat, statistics } from './definitions/statistics.ts'
export type { FeatureView } from './definitions/view.ts'
export type { Definitions } from './objects.ts'
