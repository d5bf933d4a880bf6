/**
 * Runs actors one storage operation at a time, in an order that is chosen, not met. `explore` re-executes a model once for
 * every order, depth first; `replay` runs one order given as numbers, for random walks.
 *
 * Orders that differ only in steps which touch nothing in common cannot be told apart: of those, sleep sets (Godefroid,
 * "Partial-Order Methods for the Verification of Concurrent Systems", 1996, §5) let one through. `everyOrder` runs them all.
 */

/** One storage operation of an actor, or anything else whose moment matters. */
export interface Step<T> {
  readonly actor: string
  readonly label: string
  /** What the step and the code up to the actor's next step read or write, besides the actor itself. */
  readonly reads?: readonly string[]
  readonly writes?: readonly string[]
  readonly enabled?: () => boolean
  /** In how many ways it can go, decided when it is about to; 1 when not given. */
  readonly ways?: () => number
  readonly run: (way: number) => T | Promise<T>
  /** It may stay undone at the end: an alarm, a late put, a crash that does not happen. */
  readonly optional?: boolean
}

interface Pending {
  readonly id: string
  readonly actor: string
  readonly label: string
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly optional: boolean
  readonly enabled: () => boolean
  readonly ways: () => number
  readonly go: (way: number) => Promise<void>
}

interface Transition {
  readonly step: Pending
  readonly way: number
}

export class Schedule {
  readonly trace: string[] = []
  #pending: Pending[] = []
  readonly #dead = new Set<string>()
  readonly #served = new Set<string>()
  #count = 0
  #failure: { readonly thrown: unknown } | undefined
  #required = 0

  /** Resolves when the step has been chosen and has run. */
  gate<T>(step: Step<T>): Promise<T> {
    const self = `actor ${step.actor}`
    return new Promise((resolve, reject) => {
      if (this.#dead.has(step.actor)) return
      this.#pending.push({
        id: `${step.actor}#${this.#count++}`,
        actor: step.actor,
        label: step.label,
        reads: [...(step.reads ?? []), self],
        writes: this.#served.has(step.actor) ? (step.writes ?? []) : [...(step.writes ?? []), self],
        optional: step.optional ?? false,
        enabled: step.enabled ?? (() => true),
        ways: step.ways ?? (() => 1),
        go: async (way) => {
          try {
            resolve(await step.run(way))
          } catch (thrown) {
            reject(thrown)
          }
        },
      })
    })
  }

  /** The actor serves several callers at once: its steps name all that they touch in common. */
  serves(actor: string): void {
    this.#served.add(actor)
  }

  /** The run ends when all of these have; what they throw fails it. */
  actor(work: () => Promise<void>): void {
    this.#required++
    work()
      .catch((thrown: unknown) => this.fail(thrown))
      .finally(() => {
        this.#required--
      })
  }

  /** Runs beside the actors and need not end. */
  daemon(work: () => Promise<void>): void {
    work().catch((thrown: unknown) => this.fail(thrown))
  }

  fail(thrown: unknown): void {
    this.#failure ??= { thrown }
  }

  /** The actor does nothing any more, whatever it is still told. */
  kill(actor: string): void {
    this.drop(actor)
    this.#dead.add(actor)
  }

  /** What an actor was about to do, taken out of the schedule; it may start anew. */
  drop(actor: string): void {
    this.#pending = this.#pending.filter((step) => step.actor !== actor)
  }

  get over(): boolean {
    return this.#required === 0
  }

  /** Lets everything that does not wait for a step go on. @returns what can happen next */
  async options(): Promise<readonly Transition[]> {
    // Between two steps the code under test only resolves promises: one turn of the event loop drains it.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#failure) throw this.#failure.thrown
    const options: Transition[] = []
    for (const optional of [true, false])
      for (const step of this.#pending)
        if (step.optional === optional && step.enabled())
          for (let way = 0; way < step.ways(); way++) options.push({ step, way })
    return options
  }

  async take({ step, way }: Transition): Promise<void> {
    this.#pending = this.#pending.filter((one) => one !== step)
    this.trace.push(`${step.actor}: ${step.label}${way > 0 ? ` (way ${way})` : ''}`)
    await step.go(way)
  }

  /** Goes on in order of arrival, each step in its plain way, until nothing can happen. @param also optional actors */
  async settle(...also: readonly string[]): Promise<void> {
    for (;;) {
      const options = await this.options()
      const next = options.find(({ step }) => !step.optional || also.includes(step.actor))
      if (!next) return
      await this.take(next)
    }
  }
}

/** Builds a fresh world on the schedule. @returns what is to be done and checked when its actors have ended */
export type Model = (schedule: Schedule) => Promise<() => Promise<void>>

export interface Explored {
  readonly interleavings: number
  /** False when the bound was reached first. */
  readonly complete: boolean
}

interface Node {
  readonly choices: readonly Transition[]
  readonly asleep: readonly Transition[]
  at: number
}

/** @throws what an interleaving threw, with its steps in the message */
export async function explore(
  model: Model,
  { bound = 100_000, everyOrder = false }: { readonly bound?: number; readonly everyOrder?: boolean } = {},
): Promise<Explored> {
  const path: Node[] = []
  for (let interleavings = 0; ; ) {
    if (await runOnce(model, (options, depth) => chooseAt(path, depth, options, everyOrder))) interleavings++
    while (path.length > 0 && isSpent(path.at(-1))) path.pop()
    const last = path.at(-1)
    if (!last) return { interleavings, complete: true }
    if (interleavings >= bound) return { interleavings, complete: false }
    last.at++
  }
}

function isSpent(node: Node | undefined): boolean {
  return node !== undefined && node.at + 1 >= node.choices.length
}

function chooseAt(path: Node[], depth: number, options: readonly Transition[], everyOrder: boolean): Transition | null {
  const known = path[depth]
  if (known) {
    const again = options.find((one) => isSame(one, known.choices[known.at]))
    if (!again) throw new Error(`the model is not deterministic: step ${depth} cannot be taken again.`)
    return again
  }
  const asleep = everyOrder ? [] : sleepAfter(path.at(-1))
  const choices = options.filter((one) => !asleep.some((other) => isSame(one, other)))
  const [first] = choices
  // Everything possible is asleep: the same run has been seen in another order.
  if (!first) return null
  path.push({ choices, asleep, at: 0 })
  return first
}

function sleepAfter(parent: Node | undefined): readonly Transition[] {
  const taken = parent?.choices[parent.at]
  if (!parent || !taken) return []
  const before = [...parent.asleep, ...parent.choices.slice(0, parent.at)]
  return before.filter((one) => isIndependent(one.step, taken.step))
}

function isSame(a: Transition, b: Transition | undefined): boolean {
  return a.step.id === b?.step.id && a.way === b.way
}

function isIndependent(a: Pending, b: Pending): boolean {
  return isDisjoint(a.writes, b.writes) && isDisjoint(a.writes, b.reads) && isDisjoint(a.reads, b.writes)
}

function isDisjoint(a: readonly string[], b: readonly string[]): boolean {
  return !a.some((one) => b.includes(one))
}

/** One run whose choices are these numbers, each modulo what is possible; when they run out, in order of arrival. */
export async function replay(model: Model, numbers: readonly number[]): Promise<void> {
  await runOnce(model, (options, depth) => {
    const number = numbers[depth]
    if (number !== undefined) return options[number % options.length] ?? null
    return options.find(({ step }) => !step.optional) ?? options[0] ?? null
  })
}

async function runOnce(
  model: Model,
  choose: (options: readonly Transition[], depth: number) => Transition | null,
): Promise<boolean> {
  const schedule = new Schedule()
  try {
    const finish = await model(schedule)
    for (let depth = 0; ; depth++) {
      const options = await schedule.options()
      if (schedule.over) break
      if (options.length === 0) throw new Error('nothing can happen, but not all actors have ended.')
      const next = choose(options, depth)
      if (!next) return false
      await schedule.take(next)
    }
    schedule.trace.push('-- quiet')
    await finish()
    return true
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new Error(`${why}\nafter\n  ${schedule.trace.join('\n  ')}`, { cause: thrown })
  }
}
