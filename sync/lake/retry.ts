/** Bounded retries with exponential backoff and full jitter. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ShorelineError } from '../../core/errors.ts'

/** One request and four more: with the waits below, an outage of a few seconds is survived and a longer one reported. */
export const TRIES = 5
/** The wait before the second try is at most this, and doubles from there. */
export const FIRST_WAIT_MS = 200
const MAX_WAIT_MS = 10_000

/** Thrown by an attempt that another try may mend; `error` is what the caller gets when none does. */
export class Transient extends Error {
  readonly error: ShorelineError
  /** What the store asked for in `Retry-After`, milliseconds. */
  readonly askedWaitMs: number

  constructor(error: ShorelineError, askedWaitMs = 0) {
    super(error.message)
    this.error = error
    this.askedWaitMs = askedWaitMs
  }
}

/**
 * Runs the attempt until it returns or throws something else than `Transient`, at most `TRIES` times.
 * @throws the attempt's own error, or the last `Transient`'s
 */
export async function withRetries<T>(attempt: () => Promise<T>, firstWaitMs = FIRST_WAIT_MS): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (thrown) {
      if (!(thrown instanceof Transient)) throw thrown
      if (tries === TRIES) throw thrown.error
      // Full jitter: workers that failed together do not come back together.
      const backoff = Math.random() * firstWaitMs * 2 ** (tries - 1)
      await sleep(Math.min(MAX_WAIT_MS, Math.max(backoff, thrown.askedWaitMs)))
    }
  }
}
