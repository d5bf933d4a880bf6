/** What somebody who is dead by now has sent: it lands at any moment until its bound, at the last one, or never. */
import type { Clock } from './clock.ts'
import type { Schedule } from './schedule.ts'

interface Arrival {
  readonly what: string
  /** It lands before, milliseconds. */
  readonly until: number
  readonly land: () => void | Promise<void>
}

export class LateArrivals {
  readonly #schedule: Schedule
  readonly #clock: Clock
  readonly #waiting = new Set<Arrival>()

  constructor(schedule: Schedule, clock: Clock) {
    this.#schedule = schedule
    this.#clock = clock
  }

  /** The last moment of the one that has to land next. */
  get next(): number | undefined {
    return this.#waiting.size === 0 ? undefined : Math.min(...[...this.#waiting].map(({ until }) => until - 1))
  }

  add(arrival: Arrival, writes: readonly string[]): void {
    this.#waiting.add(arrival)
    this.#schedule.daemon(() =>
      this.#schedule.gate({
        actor: 'late arrival',
        label: arrival.what,
        optional: true,
        enabled: () => this.#waiting.has(arrival) && this.#clock.now() < arrival.until,
        reads: ['clock'],
        writes,
        run: () => this.#land(arrival),
      }),
    )
  }

  /** Lands what can wait no longer. */
  async landDue(): Promise<void> {
    for (const arrival of this.#waiting)
      if (this.#clock.now() === arrival.until - 1) {
        this.#schedule.trace.push(`late arrival, at the last moment: ${arrival.what}`)
        await this.#land(arrival)
      } else if (this.#clock.now() >= arrival.until) this.#waiting.delete(arrival)
  }

  async #land(arrival: Arrival): Promise<void> {
    this.#waiting.delete(arrival)
    await arrival.land()
  }
}
