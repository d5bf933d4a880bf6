/**
 * A deployment and a device with clocks of their own, for tests that go through many hours of both. Time passes only when the
 * test says so, or while a request is under way.
 */
import type { Runtime } from './runtime.ts'

/** Chance with a seed: mulberry32. */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** The true time, which nobody on the device can see. */
export class World {
  now = Date.UTC(2026, 10, 25, 12)
  readonly random: () => number
  readonly #timers = new Set<Timer>()
  /** What the device's clock is wrong by. */
  offset = 0

  constructor(seed: number) {
    this.random = chance(seed)
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** A run of a program on the device, whose second clock begins at nothing. */
  runtime(): Runtime {
    const began = this.now
    return {
      wall: () => this.now + this.offset,
      mono: () => this.now - began,
      random: this.random,
      after: (ms, run) => this.after(ms, run),
    }
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      await settle()
      const next = this.#next()
      if (!next || next.at > end) break
      this.#fire(next)
    }
    this.now = end
    await settle()
  }

  /** Lets time pass until it is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false
    const end = promise.then(
      () => {
        done = true
      },
      () => {
        done = true
      },
    )
    for (let idle = 0; !done; ) {
      await settle()
      const next = done ? undefined : this.#next()
      if (next) this.#fire(next)
      // Code that is loaded takes its time, which is none of this world's.
      else if (!done && idle++ > 1000) throw new Error('it waits for nothing that comes')
    }
    await end
    return promise
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (!first || timer.at < first.at) first = timer
    return first
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer)
    this.now = Math.max(this.now, timer.at)
    timer.run()
  }
}

/** Everything that can run without time passing has run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
