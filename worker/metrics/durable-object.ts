/** The one place where the isolates' numbers are summed up: a thin shell around `Sums`. */
import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../env.ts'
import type { Cell } from './definitions.ts'
import type { Summing } from './reporter.ts'
import { Sums } from './sums.ts'

const CELLS = 'cells'
/** Every write is billed: all sums are one value, written rarely. */
const WRITE_AFTER_MS = 30_000

export class Metrics extends DurableObject<Env> {
  #sums = new Sums()
  /** Whether there is something that is not stored. */
  #dirty = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      this.#sums = new Sums(await ctx.storage.get<readonly Cell[]>(CELLS))
    })
  }

  async add(batch: string, cells: readonly Cell[]): Promise<void> {
    if (!this.#sums.add(batch, cells) || this.#dirty) return
    this.#dirty = true
    await this.ctx.storage.setAlarm(Date.now() + WRITE_AFTER_MS)
  }

  /**
   * Only what is stored is shown: were this object to end between, a counter would go back, which Prometheus takes for a
   * restart from zero, and counts all of it again.
   * @returns the cells as JSON
   */
  async cells(): Promise<string> {
    await this.#store()
    return JSON.stringify(this.#sums.cells())
  }

  override async alarm(): Promise<void> {
    await this.#store()
  }

  async #store(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    try {
      await this.ctx.storage.put(CELLS, this.#sums.cells())
    } catch (thrown) {
      this.#dirty = true
      throw thrown
    }
  }
}

/** There is one per deployment; null where wrangler.toml does not bind it. */
export function metricsOf({ METRICS }: Pick<Env, 'METRICS'>): Summing | null {
  if (!METRICS) return null
  const stub = METRICS.get(METRICS.idFromName('metrics'))
  return {
    add: (batch, cells) => stub.add(batch, cells),
    cells: async () => JSON.parse(await stub.cells()) as readonly Cell[],
  }
}
