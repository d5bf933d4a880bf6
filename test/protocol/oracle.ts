/**
 * What is right, kept in plain objects and decided without the product's code: which text every view has in every
 * revision, which views are held, and from when on everyone has to see a revision.
 */

export type ViewName = 'delays' | 'traffic'
/** View -> the text its only feature has. */
export type Values = Readonly<Record<ViewName, string>>

/** What a publisher wants of the revision it commits. */
export interface Intent {
  readonly kind: 'publish' | 'rollback' | 'resume'
  readonly values: Partial<Values>
}

export interface Answer {
  readonly revision: number
  readonly degraded: boolean
  readonly values: Values
}

/** What has to hold of an answer, noted when its question was asked. */
export interface Expectation {
  /** What the same isolate has answered before, undegraded. */
  readonly noLowerThan: number
  /** The newest revision that was promised to be seen by then. */
  readonly promised: number
  readonly least: number
  readonly pinned: number | undefined
  readonly mayDegrade: boolean
}

export class Oracle {
  readonly #revisions = new Map<number, Values>()
  readonly #held = new Set<ViewName>()
  readonly #promises: { readonly revision: number; readonly from: number }[] = []
  #newest = 0

  constructor(first: Values) {
    this.#newest = 1
    this.#revisions.set(1, first)
  }

  get newest(): number {
    return this.#newest
  }

  /** The next revision is in D1. */
  committed(revision: number, { kind, values }: Intent): void {
    if (revision !== this.#newest + 1) throw new Error(`revision ${revision} was committed after ${this.#newest}.`)
    const next = { ...this.valuesAt(this.#newest) }
    for (const view of ['delays', 'traffic'] as const) {
      const value = values[view]
      if (value === undefined || (kind === 'publish' && this.#held.has(view))) continue
      next[view] = value
      if (kind === 'rollback') this.#held.add(view)
      if (kind === 'resume') this.#held.delete(view)
    }
    this.#newest = revision
    this.#revisions.set(revision, next)
  }

  /** A publisher was told that everyone sees this revision from then on, milliseconds. */
  promised(revision: number, from: number): void {
    this.#promises.push({ revision, from })
  }

  promisedAt(now: number): number {
    return Math.max(0, ...this.#promises.filter((one) => one.from <= now).map((one) => one.revision))
  }

  valuesAt(revision: number): Values {
    const values = this.#revisions.get(revision)
    if (!values) throw new Error(`there is no revision ${revision}; the newest is ${this.#newest}.`)
    return values
  }

  check(who: string, answer: Answer, expected: Expectation): void {
    const { revision, degraded, values } = answer
    const right = this.valuesAt(revision)
    for (const view of ['delays', 'traffic'] as const)
      if (values[view] !== right[view])
        throw new Error(
          `${who}: a wrong value in revision ${revision}: ${view} is ${values[view]}, not ${right[view]}.`,
        )
    if (degraded && !expected.mayDegrade) throw new Error(`${who}: degraded for no reason, revision ${revision}.`)
    if (expected.pinned !== undefined) {
      if (revision !== expected.pinned) throw new Error(`${who}: revision ${revision}, pinned to ${expected.pinned}.`)
      return
    }
    if (revision < expected.least)
      throw new Error(`${who}: revision ${revision}, asked for at least ${expected.least}.`)
    if (degraded) return
    if (revision < expected.noLowerThan)
      throw new Error(`${who}: went back from revision ${expected.noLowerThan} to ${revision}.`)
    if (revision < expected.promised)
      throw new Error(`${who}: revision ${revision}, when ${expected.promised} was to be seen everywhere.`)
  }
}
