/**
 * What may be done with a kept answer: a function of what was written down when it came, and of what the clocks and later
 * answers say now. Everything here errs on the side of too old.
 */
import { elapsed, type Instant } from '../runtime.ts'

/** What is written down with an answer. */
export interface Kept extends Instant {
  /** The run of the program that asked, whose `mono` it is. */
  readonly session: string
  /** The deployment's clock when it answered, milliseconds since the epoch. */
  readonly now: number
  /** By that clock: the first of its values is past its ttl, or past the call's `maxAge`. */
  readonly expires: number
  readonly degraded: boolean
}

/** What the clocks say. */
export interface Moment extends Instant {
  readonly session: string
  /** When this run first looked. What its clock is set to later does not matter. */
  readonly opened: Instant
  /** The latest that the device's clock had been seen at until then. */
  readonly latest: number
  /** The deployment's clock, as the last answer of this run had it. */
  readonly anchor: (Instant & { readonly now: number }) | null
}

/** Milliseconds since the answer. */
export interface Windows {
  readonly maxAge: number
  readonly staleWhileRevalidate: number
  readonly offline: number
}

/** What later answers say of it. */
export type Standing =
  | 'current'
  | 'older' // a newer snapshot is online
  | 'gone' // of an earlier version of the service, or of a snapshot that was rolled back

export type Verdict =
  | 'fresh' // an answer
  | 'stale' // an answer, while a newer one is asked for
  | 'offline' // an answer where the network fails
  | 'expired' // none, ever again

/** What an earlier revision answered because a store failed is good for bridging a moment. */
const DEGRADED_MS = 5000

/**
 * Milliseconds since it was answered, by every clock that can tell, and of those the most. Setting the device's clock hides no
 * time that passes within a run. Of what an earlier run kept that clock alone tells, until the deployment has answered once;
 * infinite where it was set back and so cannot.
 */
export function ageOf(kept: Kept, moment: Moment): number {
  const { anchor } = moment
  const byServer = anchor ? anchor.now + elapsed(anchor, moment) - kept.now : 0
  if (kept.session === moment.session) return Math.max(byServer, elapsed(kept, moment))
  const { opened, latest } = moment
  /** What the device's clock would say if nobody had set it back since. */
  const wall = opened.wall + elapsed(opened, moment)
  if (opened.wall >= latest && wall >= kept.wall) return Math.max(byServer, wall - kept.wall)
  return anchor ? Math.max(byServer, 0) : Number.POSITIVE_INFINITY
}

export function verdictOf(kept: Kept, age: number, windows: Windows, standing: Standing): Verdict {
  if (standing === 'gone' || kept.now + age > kept.expires) return 'expired'
  if (kept.degraded) return standing === 'current' && age <= Math.min(windows.maxAge, DEGRADED_MS) ? 'fresh' : 'expired'
  if (windows.maxAge > 0 && age <= windows.maxAge && standing === 'current') return 'fresh'
  if (windows.staleWhileRevalidate > 0 && age <= windows.maxAge + windows.staleWhileRevalidate) return 'stale'
  const longest = Math.max(windows.offline, windows.maxAge)
  return longest > 0 && age <= longest ? 'offline' : 'expired'
}
