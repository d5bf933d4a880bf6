/** What a client throws: typed values with the server's code. */
import type { ErrorCode } from '../core/errors.ts'

/** The server's codes, and those of what is between it and the caller. */
export type ClientCode =
  | ErrorCode
  | 'UNREACHABLE' // no answer
  | 'UNREADABLE' // an answer that is not ours
  | 'DEADLINE' // no answer in time
  | 'EXPIRED' // values were past their ttl before they arrived
  | 'NO_TOKEN' // the token function failed
  | 'NOT_LOCAL' // it cannot be computed on this device

interface Details {
  /** `row` is the position among the rows of the call. */
  readonly INVALID: { readonly field?: string; readonly row?: number }
  readonly MALFORMED: { readonly field?: string }
  readonly TOO_LARGE: { readonly field?: string }
  readonly FORBIDDEN: { readonly field?: string; readonly row?: number; readonly scopes?: readonly string[] }
  readonly UNKNOWN_NAME: { readonly service?: string }
  readonly NOT_MATERIALIZED: { readonly service?: string; readonly views?: readonly string[] }
}

export type DetailsOf<C> = C extends keyof Details ? Details[C] : Readonly<Record<string, unknown>>

export interface ClientErrorOptions<C extends ClientCode = ClientCode> {
  readonly code: C
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** What the server logged the request under. */
  readonly requestId?: string | undefined
  readonly details?: DetailsOf<C> | undefined
  /** Milliseconds after which asking again makes sense, where the server said so. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/** Everything that a client throws, but for an aborted request, which throws the signal's reason. */
export class ClientError<C extends ClientCode = ClientCode> extends Error {
  override readonly name = 'ClientError'
  declare readonly code: C
  declare readonly status: number
  declare readonly requestId: string | undefined
  declare readonly details: DetailsOf<C>
  declare readonly retryAfter: number | undefined

  constructor(message: string, { cause, ...said }: ClientErrorOptions<C>) {
    super(message, cause === undefined ? undefined : { cause })
    Object.assign(this, said, { details: said.details ?? {} })
  }
}

/** One of them, told apart by `code`: `switch (error.code) { case 'INVALID': error.details.row … }`. */
export type AnyClientError<C extends ClientCode = ClientCode> = { [K in C]: ClientError<K> }[C]

/**
 * Whether a client threw it, with one of these codes where some are given. A server that is newer than the client may say a
 * code that is not in the type: have a `default`.
 */
export function isClientError<C extends ClientCode = ClientCode>(
  error: unknown,
  ...codes: readonly C[]
): error is AnyClientError<C> {
  return error instanceof ClientError && (codes.length === 0 || codes.includes(error.code as C))
}

/** An answer of status 200 that cannot be what it should be. */
export function unreadable(message: string, requestId?: string): ClientError {
  return new ClientError(message, { code: 'UNREADABLE', status: 200, requestId })
}

export function unreachable(what: string, cause: unknown): ClientError {
  return new ClientError(`${what} cannot be reached.`, { code: 'UNREACHABLE', status: 0, cause })
}
