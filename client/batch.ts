/**
 * Calls for rows of one service as few requests, of which each call gets what is its own: rows, issues, error. Loaded where a
 * tick has more than one.
 */
import { MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../core/limits.ts'
import { ClientError } from './error.ts'
import { askFor, type Exchange, type Raw } from './raw.ts'
import type { Answer, Send } from './request.ts'
import { slice } from './slice.ts'

export interface Call {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly signal?: AbortSignal | undefined
  done(raw: Raw, answer: Answer): unknown
  fail(error: unknown): void
}

/** Every call is done or has failed when it returns. @param views of the service's plan; 1 while that is not known */
export async function exchange(calls: readonly Call[], views: number, asked: Exchange, send: Send): Promise<void> {
  await Promise.all(pack(calls, views).map((part) => sendTogether(part, asked, send)))
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
    const [raw, answer] = await askFor(rows, asked, cut.signal, send)
    let at = 0
    for (const call of calls) {
      call.done(slice(raw, at, call.rows.length), answer)
      at += call.rows.length
    }
  } catch (error) {
    if (calls.length > 1 && error instanceof ClientError && error.status >= 400)
      await (await import('./apart.ts')).sendApart(calls, error, (others) => sendTogether(others, asked, send))
    else for (const call of calls) call.fail(error)
  } finally {
    for (const { signal } of calls) signal?.removeEventListener('abort', aborted)
  }
}
