/** The one writer of `head`: a thin shell around `settle`. */
import { DurableObject } from 'cloudflare:workers'
import { Repository } from '../../registry/repository.ts'
import type { Env } from '../env.ts'
import { kvWriter } from '../stores.ts'
import { NOTHING_WRITTEN, type Settling, settle, type Written } from './settle.ts'

const WRITTEN = 'written'
/** How soon after a commit its publisher is taken for dead. */
const REPAIR_AFTER_MS = 5000

export class HeadWriter extends DurableObject<Env> {
  #settling: Promise<Written> | undefined

  /** Called before the commit in D1: if the caller dies after it, the alarm publishes in its place. */
  async arm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + REPAIR_AFTER_MS)
  }

  /** Called after the commit: returns when KV holds this revision or a later one. */
  async publish(revision: number): Promise<number> {
    let written = await this.#load()
    // One at a time: two loops could put their heads in the wrong order.
    while (written.revision < revision) {
      this.#settling ??= settle(this.#steps()).finally(() => {
        this.#settling = undefined
      })
      written = await this.#settling
    }
    return written.revision
  }

  override async alarm(): Promise<void> {
    const latest = await new Repository(this.env.DB).latestRevision()
    if (latest) await this.publish(latest.revision)
  }

  async #load(): Promise<Written> {
    return (await this.ctx.storage.get<Written>(WRITTEN)) ?? NOTHING_WRITTEN
  }

  #steps(): Settling {
    return {
      truth: new Repository(this.env.DB),
      kv: kvWriter(this.env.KV),
      now: () => Date.now(),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      load: () => this.#load(),
      save: (written) => this.ctx.storage.put(WRITTEN, written),
    }
  }
}

/** There is one per deployment. */
export function headWriter(env: Env): DurableObjectStub<HeadWriter> {
  return env.HEAD_WRITER.get(env.HEAD_WRITER.idFromName('head'))
}
