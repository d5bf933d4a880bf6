/** What a client needs of where it runs. Browsers, Workers, Node, Bun and Deno all have it; a test brings its own. */
export interface Runtime {
  /** Milliseconds since the epoch, by a clock that somebody may set. */
  readonly wall: () => number
  /** Milliseconds by a clock that nobody sets, and that may stand still while the device sleeps. */
  readonly mono: () => number
  /** From 0 to 1. */
  readonly random: () => number
  /** @returns what cancels it */
  readonly after: (ms: number, run: () => void) => () => void
}

export const RUNTIME: Runtime = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export const NEVER = Number.POSITIVE_INFINITY

/** By both clocks of one run of a program: each corrects the other. */
export interface Instant {
  readonly wall: number
  readonly mono: number
}

export function instantOf({ wall, mono }: Runtime): Instant {
  return { wall: wall(), mono: mono() }
}

/** Milliseconds, rather too many than too few: whichever of the clocks has gone further. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(0, now.mono - since.mono, now.wall - since.wall)
}
