/** The time, and waiting for it, so that a test need not wait. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Until the time has passed or the signal says so, whichever is first. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Timers of Node take 32 bits. */
const LONGEST_MS = 2 ** 31 - 1

export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) => sleep(Math.min(Math.max(ms, 0), LONGEST_MS), undefined, { signal }).catch(() => {}),
}
