/** What an answer that is none of status 200 says. Loaded where one is not. */
import type { Parsed } from '../core/json.ts'
import { type ClientCode, ClientError, type DetailsOf, unreadable } from './error.ts'
import { isObject } from './json.ts'

/** @param wall milliseconds since the epoch */
export function refusalOf(response: Response, body: Parsed | undefined, wall: number): ClientError {
  const { status, headers, ok } = response
  const header = headers.get('x-request-id') ?? undefined
  if (ok) return unreadable('The answer is not a JSON object. Check the url of the client.', header)
  const error = isObject(body) ? body['error'] : undefined
  const id = isObject(body) ? body['request_id'] : undefined
  const requestId = typeof id === 'string' ? id : header
  const retryAfter = retryAfterOf(headers.get('retry-after'), wall)
  if (!isObject(error))
    return new ClientError(`The server answered ${status} without an error of Shoreline.`, {
      code: 'UNREADABLE',
      status,
      requestId,
      retryAfter,
    })
  const code = String(error['code']) as ClientCode
  const details = error['details'] as DetailsOf<ClientCode> | undefined
  return new ClientError(String(error['message']), { code, status, requestId, details, retryAfter })
}

/** `Retry-After`, in seconds or as a date, as milliseconds from now. */
function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
