/** For doors that do not write JSON: an answer whose values are kept as they were picked. */
import type { BoundPlan, Options, RowKeys } from './bound.ts'
import { type Picked, pick } from './picked.ts'
import type { ReadyPlan } from './plans.ts'
import { type Asked, type ReadRows, readRows, type Surface } from './serve.ts'

/** Reads keys as the JSON answer does, with the same refusals, and keeps the values instead of writing them. */
export class PickedAnswer implements Surface {
  readonly #asked: Asked
  #picked: Picked | undefined

  constructor(asked: Asked) {
    this.#asked = asked
  }

  async readRows(plan: ReadyPlan): Promise<ReadRows> {
    return readRows(plan, this.#asked)
  }

  /** @returns no text: what was picked is in `picked` */
  write(bound: BoundPlan, keys: RowKeys, options: Options): string | undefined {
    this.#picked = pick(bound, keys, this.#asked.rows.length, options)
    return this.#picked && ''
  }

  /** Once the request is served. */
  get picked(): Picked {
    if (this.#picked) return this.#picked
    throw new Error('nothing was picked: the request was not served')
  }
}
