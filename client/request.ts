/** The one place that talks HTTP: an exchange that is tried again while it makes sense, and that ends at its deadline. */

import { type Parsed, parseExact } from '../core/json.ts'
import { ClientError, unreachable } from './error.ts'
import { isObject, writeJson } from './json.ts'
import { delayOf } from './retry.ts'
import { type Instant, instantOf, type Runtime } from './runtime.ts'
import type { Tokens } from './token.ts'

export interface Answer {
  readonly body: { readonly [key: string]: Parsed }
  readonly requestId: string | undefined
  /** The deployment's now, in milliseconds since the epoch; null where it does not say. */
  readonly now: number | null
  /** When it was asked for: the deployment's now is no earlier. */
  readonly sent: Instant
  /** The token that it was asked with. */
  readonly bearer: string | undefined
}

export interface Sending {
  readonly body?: object | undefined
  readonly signal?: AbortSignal | undefined
  /** By the runtime's `mono`. */
  readonly deadline: number
  /** The token, where it was asked for already. */
  readonly bearer?: string | undefined
}

/** Sends `body` as JSON, or asks with GET without one. @throws ClientError, or the reason of the signal */
export type Send = (path: string, sending: Sending) => Promise<Answer>

export interface Sender {
  readonly base: string
  readonly retries: number
  readonly fetch: typeof fetch | undefined
}

export function sender({ base, retries, fetch: given }: Sender, tokens: Tokens, runtime: Runtime): Send {
  async function once(
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    bearer: string | undefined,
  ): Promise<Answer> {
    const init: RequestInit = {
      method: body ? 'POST' : 'GET',
      headers: {
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      signal,
      ...(body && { body: writeJson(body) }),
    }
    const sent = instantOf(runtime)
    let response: Response
    let text: string
    try {
      // Looked up for each request: tests and service workers replace the global one.
      response = await (given ?? fetch)(base + path, init)
      text = await response.text()
    } catch (cause) {
      throw unreachable(base, cause)
    }
    const { ok, headers } = response
    const said = parsed(text)
    if (!ok || !isObject(said)) throw (await import('./refusal.ts')).refusalOf(response, said, runtime.wall())
    const now = Date.parse(headers.get('x-shoreline-now') ?? '') || null
    const requestId = headers.get('x-request-id') ?? undefined
    return { body: said, requestId, sent, now, bearer }
  }

  /** Ends when the caller says so or at the deadline, whatever `fetch` and the token function do. */
  function bounded<T>({ signal, deadline }: Sending, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cut = new AbortController()
      const end = (reason: unknown): void => {
        reject(reason)
        cut.abort(reason)
      }
      const aborted = (): void => end(signal?.reason)
      if (signal?.aborted) return aborted()
      const cancel = runtime.after(Math.max(0, deadline - runtime.mono()), () =>
        end(new ClientError(`${base} did not answer in time.`, { code: 'DEADLINE', status: 0 })),
      )
      signal?.addEventListener('abort', aborted)
      work(cut.signal)
        .then(resolve, reject)
        .finally(() => {
          cancel()
          signal?.removeEventListener('abort', aborted)
        })
    })
  }

  return async (path, sending) => {
    let refused: { readonly error: unknown; readonly bearer: string } | undefined
    for (let attempt = 0; ; attempt++) {
      let used: string | undefined
      try {
        return await bounded(sending, async (signal) => {
          used = (attempt === 0 && !refused && sending.bearer) || (await tokens.get(refused?.bearer))
          if (refused && used === refused.bearer) throw refused.error
          return once(path, sending.body, signal, used)
        })
      } catch (error) {
        if (sending.signal?.aborted) throw error
        if (
          error instanceof ClientError &&
          error.status === 401 &&
          tokens.renewable &&
          !refused &&
          used !== undefined
        ) {
          refused = { error, bearer: used }
          attempt--
          continue
        }
        const wait = attempt < retries ? delayOf(error, attempt, runtime.random) : null
        if (wait === null || runtime.mono() + wait >= sending.deadline) throw error
        await bounded(sending, () => new Promise<void>((resolve) => runtime.after(wait, resolve)))
      }
    }
  }
}

function parsed(text: string): Parsed | undefined {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}
