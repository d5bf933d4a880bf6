/**
 * A second try for what a store did not do the first time, for reads and for writes that change nothing when done twice.
 * Both KV and D1 ask for it: most of their failures are of one connection. Never for a push, whose rows would wait for the
 * lake twice, nor for `head`, of which a put that seemed to fail may land later (docs/decisions/0005-one-writer-of-head.md).
 */
import { messageOf, ShorelineError } from '../core/errors.ts'
import type { Counters } from './metrics/counters.ts'

/** Does the work once or more. */
export type Attempt = <T>(work: () => Promise<T>) => Promise<T>

export const ONCE: Attempt = (work) => work()

export interface Trying {
  /** What errors call the store. */
  readonly store: string
  readonly wait: (ms: number) => Promise<void>
  /** From 0 up to 1. */
  readonly random: () => number
  /** Before a second one. */
  readonly again?: () => void
}

/** Long enough for a connection to be replaced, and apart, so that what failed together does not come back together. */
const MIN_WAIT_MS = 20
const MAX_WAIT_MS = 80

/** The attempts throw UNAVAILABLE when the store fails twice. What we say ourselves is no failure of it, and thrown at once. */
export function twice({ store, wait, random, again }: Trying): Attempt {
  return async (work) => {
    try {
      return await work()
    } catch (thrown) {
      if (thrown instanceof ShorelineError) throw thrown
      console.warn(JSON.stringify({ level: 'warn', message: `${store} is tried again`, cause: messageOf(thrown) }))
    }
    again?.()
    await wait(MIN_WAIT_MS + random() * (MAX_WAIT_MS - MIN_WAIT_MS))
    try {
      return await work()
    } catch (thrown) {
      if (thrown instanceof ShorelineError) throw thrown
      throw new ShorelineError('UNAVAILABLE', `${store} does not answer. Try again in a moment.`, {}, thrown)
    }
  }
}

/** For each store, second tries counted. */
export interface Attempts {
  readonly kv: Attempt
  readonly d1: Attempt
  /** The same as `d1`, counted as a read at every try. */
  readonly d1Read: Attempt
}

export function attemptsOf(
  counters: Counters,
  wait: Trying['wait'] = sleep,
  random: Trying['random'] = Math.random,
): Attempts {
  const d1 = twice({ store: 'D1', wait, random, again: () => counters.d1Retries++ })
  return {
    kv: twice({ store: 'Workers KV', wait, random, again: () => counters.kvRetries++ }),
    d1,
    d1Read: (work) =>
      d1(() => {
        counters.d1Reads++
        return work()
      }),
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
