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
export { createClient } from './client.ts'
export { ClientError } from './error.ts'
export type { Issue, Meta, UsedView, ValueStatus } from './meta.ts'
export type { ClientOptions } from './request.ts'
export type { Client, InputOf, OutputOf, RequestOptions, Services } from './types.ts'
