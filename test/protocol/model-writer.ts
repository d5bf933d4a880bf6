/**
 * The Durable Object that writes `head`, as a place for `SingleWriter`: storage and one alarm that outlive an instance,
 * calls that fail when the instance dies, and a put on its way that may land long after.
 */
import { HEAD_PUT_LANDS_WITHIN_MS } from '../../core/limits.ts'
import { HEAD_KEY } from '../../core/storage.ts'
import type { Publisher } from '../../worker/publishing/publish.ts'
import type { Written } from '../../worker/publishing/settle.ts'
import { SingleWriter, type WriterHost } from '../../worker/publishing/single-writer.ts'
import type { KvWriter } from '../../worker/stores.ts'
import { type Clock, waiting } from './clock.ts'
import type { EventualKv } from './eventual-kv.ts'
import type { LateArrivals } from './late-arrivals.ts'
import type { ModelD1 } from './model-d1.ts'
import type { Schedule } from './schedule.ts'

const WRITER = 'writer'
/** What its steps touch. */
const WRITTEN = 'what was written'
const ARMED = 'until when it is armed'
const ALARM = 'the alarm'
const MEMORY = 'the memory of the writer'

class InstanceDied extends Error {
  override readonly message = 'the Durable Object was reset.'
}

interface Instance {
  readonly writer: SingleWriter
  readonly died: Promise<never>
  readonly die: () => void
}

export interface World {
  readonly schedule: Schedule
  readonly clock: Clock
  readonly kv: EventualKv
  readonly d1: ModelD1
  readonly late: LateArrivals
}

export class ModelWriter {
  readonly #world: World
  readonly #kv: KvWriter
  #written: Written | undefined = { revision: 1, registry: 1, at: 0 }
  #armed = 0
  #alarm: number | undefined
  /** Alarms go off; where nobody may die they have nothing to do, and are left out. */
  watchful = false
  #instance: Instance
  #put: { readonly key: string; readonly value: string; readonly until: number } | undefined

  constructor(world: World) {
    this.#world = world
    this.#kv = world.kv.writer(WRITER)
    this.#instance = this.#start()
    world.schedule.serves(WRITER)
    world.schedule.daemon(() => this.#keepAlarm())
  }

  /** When the alarm goes off, milliseconds. */
  get alarm(): number | undefined {
    return this.#alarm
  }

  /** The bound on how late a put of `head` that is begun now can land: counted from its announcement, if it had one. */
  get putLandsUntil(): number {
    return this.#written?.doubtUntil ?? this.#world.clock.now() + HEAD_PUT_LANDS_WITHIN_MS
  }

  /** After a publish of long ago there is nothing to watch. */
  rest(): void {
    this.#alarm = undefined
    this.#armed = 0
  }

  /** Until when a commit that was announced may land. */
  get armedUntil(): number {
    return this.#armed
  }

  /** Calls from a publisher; they fail when the instance that serves them dies. */
  publisher(): Publisher {
    return {
      arm: () => this.#call((writer) => writer.arm()),
      publish: (revision) => this.#call((writer) => writer.publish(revision)),
    }
  }

  /** Once, at any moment: the instance is gone, its put may be lost or may land at any moment of the next minute. */
  async mayDie(): Promise<void> {
    const { schedule, kv, late } = this.#world
    await schedule.gate({
      actor: 'fate',
      label: 'the writer dies',
      optional: true,
      reads: ['clock'],
      writes: [`actor ${WRITER}`, MEMORY, ALARM],
      ways: () => (this.#put?.key === HEAD_KEY ? 2 : 1),
      run: (way) => {
        const put = this.#put
        this.#put = undefined
        schedule.drop(WRITER)
        this.#instance.die()
        this.#instance = this.#start()
        if (!put || way === 0) return
        const land = () => kv.land(put.key, put.value)
        late.add({ what: 'the put of the dead writer', until: put.until, land }, [`kv ${put.key}`])
      },
    })
  }

  async #keepAlarm(): Promise<void> {
    const { schedule, clock } = this.#world
    for (;;) {
      await schedule.gate({
        actor: 'alarm',
        label: 'goes off',
        optional: true,
        enabled: () => this.watchful && this.#alarm !== undefined && clock.now() >= this.#alarm,
        reads: ['clock'],
        writes: [ALARM, MEMORY],
        run: () => {
          this.#alarm = undefined
        },
      })
      try {
        await this.#call((writer) => writer.alarm())
      } catch (thrown) {
        // An alarm is delivered at least once: a handler that died has not had it. What it throws is its own affair.
        if (thrown instanceof InstanceDied) this.#alarm ??= clock.now()
      }
    }
  }

  #call<T>(call: (writer: SingleWriter) => Promise<T>): Promise<T> {
    const { writer, died } = this.#instance
    return Promise.race([call(writer), died])
  }

  #start(): Instance {
    const { promise: died, reject } = Promise.withResolvers<never>()
    died.catch(() => {})
    return { writer: new SingleWriter(this.#host()), died, die: () => reject(new InstanceDied()) }
  }

  #host(): WriterHost {
    const { schedule, clock, d1 } = this.#world
    const step = <T>(label: string, run: () => T, reads: readonly string[], writes: readonly string[]) =>
      schedule.gate({ actor: WRITER, label, run, reads, writes })
    return {
      // Who has read the newest revision may be done: the instance's memory says so then.
      truth: d1.truth(WRITER, [MEMORY]),
      kv: { put: (key, value) => this.#putTracked(key, value) },
      now: clock.now,
      wait: waiting(schedule, clock, WRITER),
      // What is loaded is compared with the clock next, without another step between.
      load: () => step('load what was written', () => this.#written, [WRITTEN, 'clock'], []),
      save: (written) => {
        const run = () => {
          this.#written = written
        }
        // In doubt the put comes next, and it begins now.
        const doubt = written.doubtUntil !== undefined
        const label = `save what was written: ${written.revision}${doubt ? ', in doubt' : ''}`
        return step(label, run, doubt ? ['clock'] : [], [WRITTEN])
      },
      loadArmed: () => step('load until when it is armed', () => this.#armed, [ARMED, 'clock'], []),
      arm: (until, alarm) => {
        const run = () => {
          this.#armed = until
          this.#alarm = alarm
        }
        return step('arm', run, [], [ARMED, ALARM])
      },
      setAlarm: (at) => {
        const run = () => {
          this.#alarm = at
        }
        return step('set the alarm', run, [], [ALARM, MEMORY])
      },
    }
  }

  async #putTracked(key: string, value: string): Promise<void> {
    this.#put = { key, value, until: this.putLandsUntil }
    await this.#kv.put(key, value)
    this.#put = undefined
  }
}
