/**
 * `shoreline/client`: features from the edge, typed by the definitions. These come as a type-only import, so nothing of
 * them reaches the bundle.
 *
 * @example
 * import { createClient } from 'shoreline/client'
 *
 * const client = createClient<typeof import('./features')>({ url: 'https://features.example.com', token })
 * const { row } = await client.get('flight_delay', { origin: 'SFO', destination: 'JFK' })
 */
export type { CacheOptions, CacheStatus, ClientCache } from './cache/options.ts'
export type { CacheStore, Stored } from './cache/store.ts'
export { createClient } from './client.ts'
export { type AnyClientError, type ClientCode, ClientError, isClientError } from './error.ts'
export type { ClientModule } from './local.ts'
export type { Issue, Meta, Statuses, UsedView, ValueStatus } from './meta.ts'
export type { Token } from './token.ts'
export type {
  Client,
  ClientOptions,
  Compute,
  InputOf,
  OutputOf,
  RequestOptions,
  Services,
} from './types.ts'
export type { FeatureWatch, Watched, WatchOptions } from './watch.ts'
