/** An isolate at a location: the product's `Isolate` and `serve`, with the oracle looking at every answer. */
import { ShorelineError } from '../../core/errors.ts'
import { Isolate } from '../../worker/serving/isolate.ts'
import { USUAL } from '../../worker/serving/request.ts'
import { type Asked, serve } from '../../worker/serving/serve.ts'
import type { KvReader } from '../../worker/stores.ts'
import type { Clock } from './clock.ts'
import { AIRPORT, SERVICE } from './definitions.ts'
import type { ModelD1 } from './model-d1.ts'
import type { Answer, Oracle, Values } from './oracle.ts'
import type { Schedule } from './schedule.ts'

export interface Question {
  readonly strict?: boolean
  readonly minRevision?: number
  readonly revision?: number
  /** A block may be missing, or the head unreadable: the answer may be degraded. */
  readonly mayDegrade?: boolean
}

interface Surroundings {
  readonly schedule: Schedule
  readonly clock: Clock
  readonly oracle: Oracle
  readonly d1: ModelD1
}

export class EdgeIsolate {
  readonly #surroundings: Surroundings
  readonly #name: string
  readonly #isolate: Isolate
  /** The newest revision it has answered from, undegraded. */
  #answered = 0

  constructor(surroundings: Surroundings, name: string, kv: KvReader) {
    const { clock, d1 } = surroundings
    this.#surroundings = surroundings
    this.#name = name
    // A fetch of hot blocks that hangs is not modelled, so the wait for it never ends first.
    this.#isolate = new Isolate(kv, d1.truth(name), { now: clock.now, wait: () => new Promise(() => {}) })
  }

  /** Like `ask`; null when it is refused as UNAVAILABLE. */
  async askIfAvailable(question: Question): Promise<Answer | null> {
    try {
      return await this.ask(question)
    } catch (thrown) {
      if (thrown instanceof ShorelineError && thrown.code === 'UNAVAILABLE') return null
      throw thrown
    }
  }

  /** Asks at any moment that the schedule likes. */
  async ask(question: Question = {}): Promise<Answer> {
    await this.#surroundings.schedule.gate({ actor: this.#name, label: 'is asked', reads: ['clock'], run: () => {} })
    return this.answerNow(question)
  }

  async answerNow({ mayDegrade = false, ...asked }: Question = {}): Promise<Answer> {
    const { clock, oracle, schedule } = this.#surroundings
    const expected = {
      noLowerThan: this.#answered,
      promised: oracle.promisedAt(clock.now()),
      least: asked.minRevision ?? 0,
      pinned: asked.revision,
      mayDegrade,
    }
    const served = await serve(
      { isolate: this.#isolate, now: clock.now() * 1000, background: (work) => void work.catch(() => {}) },
      { ...REQUEST, ...asked },
    )
    const answer = read(served.body)
    schedule.trace.push(`${this.#name}: answers ${JSON.stringify(answer)}`)
    oracle.check(this.#name, answer, expected)
    if (!answer.degraded && asked.revision === undefined) this.#answered = Math.max(this.#answered, answer.revision)
    return answer
  }
}

const REQUEST: Asked = { ...USUAL, service: SERVICE, rows: [{ airport: AIRPORT }], metadata: 'none' }

function read(body: string): Answer {
  const { revision, degraded, rows } = JSON.parse(body) as Pick<Answer, 'revision' | 'degraded'> & { rows: [Values] }
  return { revision, degraded, values: rows[0] }
}
