/** The one place where a tagged error becomes HTTP. */
import { type ErrorCode, messageOf, ShorelineError } from '../../core/errors.ts'

export const STATUS: Readonly<Record<ErrorCode, number>> = {
  MALFORMED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNKNOWN_NAME: 404,
  CONFLICT: 409,
  NOT_MATERIALIZED: 409,
  TOO_LARGE: 413,
  INVALID: 422,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
}

/** Seconds after which asking again makes sense: the head may have moved by then, and a limit's shortest period is over. */
const RETRY_AFTER: Readonly<Record<number, string>> = { 503: '5', 429: '10' }

export const JSON_TYPE = 'application/json; charset=utf-8'

/** An error as every surface says it, each in its own body. */
export interface Problem {
  readonly error: ShorelineError
  readonly status: number
  readonly headers: Headers
}

export function errorResponse(thrown: unknown, requestId: string): Response {
  const { error, status, headers } = problemOf(thrown, requestId)
  const body = { error: { code: error.code, message: error.message, details: error.details }, request_id: requestId }
  return new Response(JSON.stringify(body), { status, headers })
}

/** What only we should read goes to the log, with the request id; the caller gets the code and a sentence. */
export function problemOf(thrown: unknown, requestId: string): Problem {
  const error =
    thrown instanceof ShorelineError
      ? thrown
      : new ShorelineError('INTERNAL', 'Something failed on our side. The request id finds it in the log.')
  const status = STATUS[error.code]
  if (status >= 500)
    console.error(
      JSON.stringify({
        level: 'error',
        request_id: requestId,
        code: error.code,
        message: messageOf(thrown),
        stack: thrown instanceof Error ? thrown.stack : undefined,
      }),
    )
  const headers = new Headers({ 'content-type': JSON_TYPE, 'x-request-id': requestId })
  const retryAfter = RETRY_AFTER[status]
  if (retryAfter !== undefined) headers.set('retry-after', retryAfter)
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  return { error, status, headers }
}

let isolate = '' // made at the first request: random values are not to be had while a Worker starts
let served = 0
const ACCEPTED = /^[\w.:-]{1,128}$/

/** The caller's `x-request-id` when it is one, else one of ours. */
export function requestId(request: Request): string {
  const given = request.headers.get('x-request-id')
  if (given !== null && ACCEPTED.test(given)) return given
  isolate ||= crypto.randomUUID().slice(0, 8)
  return `${isolate}-${(served++).toString(36)}`
}
