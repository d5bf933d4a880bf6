/** Simulated time: it passes only when the schedule says so. */
import type { Schedule } from './schedule.ts'

export class Clock {
  #now = Date.UTC(2026, 0, 1)

  /** Milliseconds since the epoch. */
  readonly now = (): number => this.#now

  pass(ms: number): void {
    this.#now += ms
  }

  /** Never back. */
  passUntil(time: number): void {
    this.#now = Math.max(this.#now, time)
  }
}

/** An actor that lets time pass by these steps, in this order. */
export function passingTime(schedule: Schedule, clock: Clock, steps: readonly number[]): () => Promise<void> {
  return async () => {
    for (const ms of steps)
      await schedule.gate({
        actor: 'time',
        label: `${ms / 1000} s pass`,
        writes: ['clock'],
        run: () => clock.pass(ms),
      })
  }
}

/** A wait of an actor: time passes by it at some moment, and then the actor goes on. */
export function waiting(schedule: Schedule, clock: Clock, actor: string): (ms: number) => Promise<void> {
  return (ms) => {
    const until = clock.now() + ms
    return schedule.gate({
      actor,
      label: `waited ${ms} ms`,
      writes: ['clock'],
      run: () => clock.passUntil(until),
    })
  }
}
