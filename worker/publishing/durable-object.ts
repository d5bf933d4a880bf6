/** The one writer of `head`: a thin shell around `SingleWriter`. */
import { DurableObject } from 'cloudflare:workers'
import { Repository } from '../../registry/repository.ts'
import type { Env } from '../env.ts'
import { kvWriter } from '../stores.ts'
import type { Written } from './settle.ts'
import { SingleWriter } from './single-writer.ts'

const WRITTEN = 'written'
const ARMED = 'armed'

export class HeadWriter extends DurableObject<Env> {
  readonly #writer: SingleWriter

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { storage } = ctx
    this.#writer = new SingleWriter({
      truth: new Repository(env.DB),
      kv: kvWriter(env.KV),
      now: () => Date.now(),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      load: () => storage.get<Written>(WRITTEN),
      save: (written) => storage.put(WRITTEN, written),
      loadArmed: async () => (await storage.get<number>(ARMED)) ?? 0,
      arm: async (until, alarm) => {
        // Writes without an await between them are one transaction.
        await Promise.all([storage.put(ARMED, until), storage.setAlarm(alarm)])
      },
      setAlarm: (at) => storage.setAlarm(at),
    })
  }

  arm(): Promise<void> {
    return this.#writer.arm()
  }

  publish(revision: number): Promise<number> {
    return this.#writer.publish(revision)
  }

  /** Plans are immutable and named by their hash: written before a commit that may fail, they harm nobody. */
  prepare(plans: readonly (readonly [hash: string, text: string])[]): Promise<void> {
    return this.#writer.prepare(plans)
  }

  override alarm(): Promise<void> {
    return this.#writer.alarm()
  }
}

/** There is one per deployment. */
export function headWriter(env: Env): DurableObjectStub<HeadWriter> {
  return env.HEAD_WRITER.get(env.HEAD_WRITER.idFromName('head'))
}
