/** From the types of a features module to the types of its client. */
import type { FeatureService } from '../registry/definitions/feature-service.ts'
import type { Meta } from './meta.ts'

/** The row a caller sends: join keys and request-time values. A service of the global entity alone takes `{}`. */
export type InputOf<S> =
  S extends FeatureService<string, infer I> ? (keyof I extends never ? Record<string, never> : I) : never

/** The row that comes back. */
export type OutputOf<S> = S extends FeatureService<string, unknown, infer O> ? O : never

/** The services among a module's exports, by the name they were defined with. */
export type Services<M> = { readonly [P in keyof M as M[P] extends FeatureService<infer N> ? N : never]: M[P] }

export interface RequestOptions {
  readonly signal?: AbortSignal
}

export interface Client<S> {
  /**
   * One feature vector.
   * @throws ClientError with the code of the server, or `UNREACHABLE` and `UNREADABLE` for what is in between
   */
  get<N extends keyof S & string>(
    service: N,
    row: InputOf<S[N]>,
    options?: RequestOptions,
  ): Promise<{ readonly row: OutputOf<S[N]>; readonly meta: Meta }>

  /** One feature vector for each of 1 to 1000 rows, in their order. Throws like `get`. */
  getMany<N extends keyof S & string>(
    service: N,
    rows: readonly InputOf<S[N]>[],
    options?: RequestOptions,
  ): Promise<{ readonly rows: readonly OutputOf<S[N]>[]; readonly meta: Meta }>
}
