/** Tells somebody when the runs of a view begin to fail, and when they succeed again: once each, however often it is tried. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { FIRST_WAIT_MS, Transient, withRetries } from '../lake/retry.ts'

/** The body of the POST. `text` is what Slack, and what takes the same, shows. */
export interface Message {
  readonly text: string
  readonly event: 'run_failed' | 'run_recovered'
  /** `view@version` */
  readonly view: string
  readonly error: string | null
  /** Of the deployment. */
  readonly deployment: string
  /** Of the sync service. */
  readonly service: string
  /** RFC 3339. */
  readonly time: string
}

/** @throws ShorelineError UNAVAILABLE when nobody took it */
export type Send = (message: Message) => Promise<void>

const TIMEOUT_MS = 10_000

/** @param url is never told: whoever has it may write there */
export function webhookTo(url: string, firstWaitMs = FIRST_WAIT_MS): Send {
  return (message) => withRetries(() => post(url, JSON.stringify(message)), firstWaitMs)
}

async function post(url: string, body: string): Promise<void> {
  let status: number
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    await response.body?.cancel()
    status = response.status
  } catch (thrown) {
    const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
    throw new Transient(new ShorelineError('UNAVAILABLE', `The webhook cannot be reached: ${messageOf(cause)}.`))
  }
  if (status >= 200 && status < 300) return
  const error = new ShorelineError('UNAVAILABLE', `The webhook answered ${status}.`)
  throw status === 408 || status === 429 || status >= 500 ? new Transient(error) : error
}

/** A view that still fails is told again after a day: the first message may have been lost in the many. */
const AGAIN_MS = 86_400_000

/** Which views fail, and what was said about it. */
export class Alarm {
  readonly #told = new Map<string, number>()

  /** Whether the failure is to be told now. */
  failed(view: string, now: number): boolean {
    const told = this.#told.get(view)
    if (told !== undefined && now - told < AGAIN_MS) return false
    this.#told.set(view, now)
    return true
  }

  /** Whether it is to be told that the view is well again. */
  recovered(view: string): boolean {
    return this.#told.delete(view)
  }

  /** The message did not arrive: the next failing run tells it. */
  unsaid(view: string): void {
    this.#told.delete(view)
  }
}
