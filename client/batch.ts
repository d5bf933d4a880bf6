/** Calls for rows of one service as few requests, of which each call gets what is its own: rows, issues, error. */
import { MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../core/limits.ts'
import { ClientError } from './error.ts'
import { type Raw, readRaw, slice } from './raw.ts'
import type { Answer, Send } from './request.ts'

export interface Call {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly signal?: AbortSignal | undefined
  done(raw: Raw, answer: Answer): unknown
  fail(error: unknown): void
}

export interface Exchange {
  /** Of the request, beside its rows. */
  readonly body: object
  readonly deadline: number
  readonly bearer: string | undefined
  /** Of the service's plan; 1 while that is not known. */
  readonly views: number
}

/** Every call is done or has failed when it returns. */
export async function exchange(calls: readonly Call[], asked: Exchange, send: Send): Promise<void> {
  await Promise.all(pack(calls, asked.views).map((part) => sendTogether(part, asked, send)))
}

/** A call is not divided: its rows are of one revision. One that is too large is for the server to refuse. */
function pack(calls: readonly Call[], views: number): readonly (readonly Call[])[] {
  const most = Math.min(MAX_ROWS, Math.floor(MAX_ROWS_TIMES_VIEWS / views))
  const packs: Call[][] = []
  let free = 0
  for (const call of calls) {
    free -= call.rows.length
    if (free >= 0) packs.at(-1)?.push(call)
    else {
      packs.push([call])
      free = most - call.rows.length
    }
  }
  return packs
}

async function sendTogether(all: readonly Call[], asked: Exchange, send: Send): Promise<void> {
  const calls = all.filter(({ signal }) => !signal?.aborted)
  if (calls.length === 0) return
  // The request ends when the last of the calls is aborted. Without a signal nobody can.
  const cut = new AbortController()
  const aborted = (): void => {
    if (calls.every(({ signal }) => signal?.aborted)) cut.abort(calls[0]?.signal?.reason)
  }
  for (const { signal } of calls) signal?.addEventListener('abort', aborted)
  try {
    const rows = calls.flatMap((call) => call.rows)
    const answer = await send('/v1/features', { ...asked, body: { ...asked.body, rows }, signal: cut.signal })
    const raw = readRaw(answer.body, rows.length)
    if (!raw) throw (await import('./unreadable.ts')).wrongAnswer(answer, rows.length)
    let at = 0
    for (const call of calls) {
      call.done(calls.length > 1 ? slice(raw, at, call.rows.length) : raw, answer)
      at += call.rows.length
    }
  } catch (error) {
    if (calls.length > 1 && error instanceof ClientError && error.status > 400)
      await (await import('./apart.ts')).sendApart(calls, error, (others) => sendTogether(others, asked, send))
    else for (const call of calls) call.fail(error)
  } finally {
    for (const { signal } of calls) signal?.removeEventListener('abort', aborted)
  }
}
