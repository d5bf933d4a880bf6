/**
 * The discipline of the one writer of `head`, apart from the Durable Object that runs it, so that its interleavings,
 * crashes and late puts can be tested (test/protocol).
 */
import { ShorelineError } from '../../core/errors.ts'
import { COMMIT_LANDS_WITHIN_MS } from '../../core/limits.ts'
import { planKey } from '../../core/storage.ts'
import { NOTHING_WRITTEN, type Settling, settle, type Written } from './settle.ts'

/** How soon after a commit its publisher is taken for dead. */
export const REPAIR_AFTER_MS = 5000

/** The Durable Object's storage and alarm, which outlive an instance of it. */
export interface WriterHost extends Omit<Settling, 'load' | 'save' | 'isWritten'> {
  readonly load: () => Promise<Written | undefined>
  readonly save: (written: Written) => Promise<void>
  /** Until when a commit that was announced may still come, milliseconds since the epoch; 0 at first. */
  readonly loadArmed: () => Promise<number>
  /** Sets it and the alarm, both or neither. */
  readonly arm: (until: number, alarm: number) => Promise<void>
  readonly setAlarm: (at: number) => Promise<void>
}

export class SingleWriter {
  readonly #host: WriterHost
  #settling: Promise<Written> | undefined
  /** Plans that this instance has written: the settling need not write them again. */
  readonly #prepared = new Set<string>()

  constructor(host: WriterHost) {
    this.#host = host
  }

  /** Called before the commit in D1: if the caller dies after it, the alarm publishes in its place. */
  async arm(): Promise<void> {
    const now = this.#host.now()
    await this.#host.arm(now + COMMIT_LANDS_WITHIN_MS, now + REPAIR_AFTER_MS)
  }

  /** Called before the commit: plans that it will name, in calls of a few hundred. */
  async prepare(plans: readonly (readonly [hash: string, text: string])[]): Promise<void> {
    await Promise.all(plans.map(([hash, text]) => this.#host.kv.put(planKey(hash), text)))
    for (const [hash] of plans) this.#prepared.add(hash)
  }

  /** Called after the commit: returns when KV holds this revision or a later one. */
  async publish(revision: number): Promise<number> {
    let written = await this.#load()
    for (let settled = 0; written.revision < revision; settled++) {
      // The first settling may have been under way before the commit; a later one must have seen it.
      if (settled > 2)
        throw new ShorelineError('UNAVAILABLE', `revision ${revision} is not in D1, so it cannot be published.`)
      // The caller may be too late for the alarm it armed, and this instance may die too.
      await this.#host.setAlarm(this.#host.now() + REPAIR_AFTER_MS)
      written = await this.#settle()
    }
    return written.revision
  }

  /** Goes off until no announced commit can come any more and no put of a writer that died can land. */
  async alarm(): Promise<void> {
    try {
      const written = await this.#settle()
      if (written.doubtUntil === undefined && this.#host.now() >= (await this.#host.loadArmed())) return
    } catch (thrown) {
      // The runtime gives up on an alarm that keeps failing; a store that is down for long must not leave the head behind.
      await this.#host.setAlarm(this.#host.now() + REPAIR_AFTER_MS)
      throw thrown
    }
    await this.#host.setAlarm(this.#host.now() + REPAIR_AFTER_MS)
  }

  /** One at a time: two loops could put their heads in the wrong order. */
  #settle(): Promise<Written> {
    this.#settling ??= settle({
      ...this.#host,
      load: () => this.#load(),
      isWritten: (plan) => this.#prepared.has(plan),
    }).finally(() => {
      this.#settling = undefined
    })
    return this.#settling
  }

  async #load(): Promise<Written> {
    return (await this.#host.load()) ?? NOTHING_WRITTEN
  }
}
