/** From the types of a features module to the types of its client. */
import type { FeatureService } from '../registry/definitions/feature-service.ts'
import type { CacheOptions, ClientCache } from './cache/options.ts'
import type { ClientModule } from './local.ts'
import type { Lock } from './lock.ts'
import type { Meta } from './meta.ts'
import type { Token } from './token.ts'
import type { FeatureWatch, WatchOptions } from './watch.ts'

/** The row a caller sends: join keys and request-time values. A service of the global entity alone takes `{}`. */
export type InputOf<S> =
  S extends FeatureService<string, infer I> ? (keyof I extends never ? Record<string, never> : I) : never

/** The row that comes back. */
export type OutputOf<S> = S extends FeatureService<string, unknown, infer O> ? O : never

/** The services among a module's exports, by the name they were defined with. */
export type Services<M> = { readonly [P in keyof M as M[P] extends FeatureService<infer N> ? N : never]: M[P] }

export type Compute = 'edge' | 'local' | 'prefer-local'

export interface ClientOptions {
  /** Where the Worker is: `https://features.example.com`. */
  readonly url: string
  /**
   * An API key or a browser token. A function is asked for each request, once for those of the same tick; after a 401 it is
   * asked again with the token that was refused.
   */
  readonly token?: Token
  /**
   * What `shoreline.lock.json` holds: requests then name the versions of it, so that a new version of a service changes
   * nothing for this caller until the lock file does. Without it a service means its newest version online.
   */
  readonly lock?: Lock
  /** The runtime's own unless given. */
  readonly fetch?: typeof fetch
  /** Where on-demand features are computed; `edge` without it. */
  readonly compute?: Compute
  /** TypeScript and WASM of on-demand views, bundled with the page, for computing on the device. */
  readonly code?: readonly ClientModule[]
  /** Off without it. */
  readonly cache?: CacheOptions
  /** Milliseconds that a call may take, attempts and the waits between them included; 10,000 without it. */
  readonly timeout?: number
  /** How often a request is tried again after 429, 503 and a network that fails; 2 without it. */
  readonly retries?: number
}

export interface RequestOptions {
  readonly signal?: AbortSignal
  /** No value older than that, where it is tighter than the view's ttl: `'1h'`. */
  readonly maxAge?: string
  /** Another place than the client's. */
  readonly compute?: Compute
  /** A status for every feature and row, in `meta.statuses`. */
  readonly statuses?: boolean
  /** `reload`: what is cached is no answer, unless the network fails. */
  readonly cache?: 'reload'
}

export interface Client<S> {
  /**
   * One feature vector.
   * @throws ClientError with the code of the server, or one of what is in between
   */
  get<N extends keyof S & string>(
    service: N,
    row: InputOf<S[N]>,
    options?: RequestOptions,
  ): Promise<{ readonly row: OutputOf<S[N]>; readonly meta: Meta }>

  /** One feature vector for each of 1 to 1000 rows, in their order, of one revision. Throws like `get`. */
  getMany<N extends keyof S & string>(
    service: N,
    rows: readonly InputOf<S[N]>[],
    options?: RequestOptions,
  ): Promise<{ readonly rows: readonly OutputOf<S[N]>[]; readonly meta: Meta }>

  /** One feature vector, and the next ones when the head moves. */
  watch<N extends keyof S & string>(
    service: N,
    row: InputOf<S[N]>,
    options?: WatchOptions,
  ): FeatureWatch<OutputOf<S[N]>>

  readonly cache: ClientCache
}
