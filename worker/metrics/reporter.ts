/**
 * Hands what an isolate has counted to where the isolates are summed up: off the way of requests, and rarely. What could not
 * be handed over stays, under the same id, so that it counts once however often it is sent.
 */
import { messageOf } from '../../core/errors.ts'
import type { Background } from '../serving/heads.ts'
import type { Counters } from './counters.ts'
import type { Cell } from './definitions.ts'
import type { Door } from './doors.ts'

/** Where numbers are added to those of other isolates. */
export interface Summing {
  add(batch: string, cells: readonly Cell[]): Promise<void>
  /** All that was ever added, whatever has ended since. */
  cells(): Promise<readonly Cell[]>
}

/** A thousand isolates are then a hundred calls a second, a tenth of what one Durable Object takes. */
export const REPORT_EVERY_MS = 10_000

interface Batch {
  readonly id: string
  readonly cells: readonly Cell[]
}

export class Reporter {
  readonly counters: Counters
  readonly #now: () => number
  #sentAt = Number.NEGATIVE_INFINITY
  /** Sent, and not known to have come. */
  #pending: Batch | undefined

  /** @param now milliseconds since the epoch */
  constructor(counters: Counters, now: () => number) {
    this.counters = counters
    this.#now = now
  }

  /**
   * Counts a whole request, and reports when it is time.
   * @param started when it came, by the same clock
   * @param summing null where nobody sums up
   */
  answered(door: Door, status: number, started: number, summing: () => Summing | null, background: Background): void {
    const now = this.#now()
    this.counters.answered(door, status, now - started)
    if (now - this.#sentAt < REPORT_EVERY_MS) return
    this.#sentAt = now
    const to = summing()
    if (to) this.#report(to, background)
  }

  /** Never throws: what does not come now comes later. */
  #report(summing: Summing, background: Background): void {
    background(
      this.#send(summing).catch((thrown: unknown) => {
        console.warn(
          JSON.stringify({ level: 'warn', message: 'metrics were not handed over', cause: messageOf(thrown) }),
        )
      }),
    )
  }

  /** What was ever reported, this isolate's last included. @throws what the Durable Object throws */
  async cells(summing: Summing): Promise<readonly Cell[]> {
    // What another request has sent and not heard of comes first; then what was counted since.
    if (this.#pending) await this.#send(summing)
    await this.#send(summing)
    return summing.cells()
  }

  async #send(summing: Summing): Promise<void> {
    this.#pending ??= this.#take()
    const batch = this.#pending
    if (batch === undefined) return
    await summing.add(batch.id, batch.cells)
    if (this.#pending === batch) this.#pending = undefined
  }

  #take(): Batch | undefined {
    const cells = this.counters.take()
    return cells.length === 0 ? undefined : { id: crypto.randomUUID(), cells }
  }
}
