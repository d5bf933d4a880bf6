/** The one place that talks HTTP. */

import { type Parsed, parseExact } from '../core/json.ts'
import { ClientError, unreadable } from './error.ts'
import { isObject, writeJson } from './json.ts'
import type { Lock } from './lock.ts'

export interface ClientOptions {
  /** Where the Worker is: `https://features.example.com`. */
  readonly url: string
  /** An API key or a browser token; a function is asked before every request, so that it can renew a token. */
  readonly token?: string | (() => string | Promise<string>)
  /**
   * What `shoreline.lock.json` holds: requests then name the versions of it, so that a new version of a service changes
   * nothing for this caller until the lock file does. Without it a service means its newest version online.
   */
  readonly lock?: Lock
  /** The runtime's own unless given. */
  readonly fetch?: typeof fetch
}

export interface Answer {
  readonly body: { readonly [key: string]: Parsed }
  readonly requestId: string | undefined
}

/** Sends `body` as JSON, or asks with GET without one. */
export type Send = (
  path: string,
  options: { readonly body?: unknown; readonly signal?: AbortSignal | undefined },
) => Promise<Answer>

export function sender({ url, token, fetch: given }: ClientOptions): Send {
  const base = url.replace(/\/+$/, '')
  return async (path, { body, signal }) => {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const bearer = typeof token === 'function' ? await token() : token
    if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`
    const init: RequestInit = { method: body === undefined ? 'GET' : 'POST', headers }
    if (body !== undefined) init.body = writeJson(body)
    if (signal) init.signal = signal
    let response: Response
    let text: string
    try {
      // Looked up for each request: tests and service workers replace the global one.
      response = await (given ?? fetch)(base + path, init)
      text = await response.text()
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new ClientError(`${base} cannot be reached.`, { code: 'UNREACHABLE', status: 0, cause })
    }
    return read(response, text)
  }
}

function read(response: Response, text: string): Answer {
  const header = response.headers.get('x-request-id') ?? undefined
  const body = parsed(text)
  if (response.ok) {
    if (isObject(body)) return { body, requestId: header }
    throw unreadable('The answer is not a JSON object. Check the url of the client.', header)
  }
  const error = isObject(body) ? body['error'] : undefined
  const id = isObject(body) ? body['request_id'] : undefined
  const requestId = typeof id === 'string' ? id : header
  const { status } = response
  if (!isObject(error))
    throw new ClientError(`The server answered ${status} without an error of Shoreline.`, {
      code: 'UNREADABLE',
      status,
      requestId,
    })
  throw new ClientError(String(error['message']), {
    code: String(error['code']),
    status,
    requestId,
    details: error['details'],
  })
}

function parsed(text: string): Parsed | undefined {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}
