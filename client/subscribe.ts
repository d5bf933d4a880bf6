/**
 * One row that stays up to date.
 *
 * A browser token cannot ask where the head is, and need not: every answer says its revision. So of each service that is watched
 * one row is asked for again every half minute, which is how often an edge location looks for a new head itself, and the other
 * rows only where its revision is another, or where rows are pushed. A page that is hidden asks nothing.
 */

import type { AnsweredRow } from './answer.ts'
import { writeJson } from './json.ts'
import { elapsed, type Instant, instantOf, type Runtime } from './runtime.ts'
import type { RequestOptions } from './types.ts'
import type { Watched, WatchOptions } from './watch.ts'

type Row = Readonly<Record<string, unknown>>
/** What stands behind a `FeatureWatch`. */
export interface Feed {
  readonly current: Watched<AnsweredRow> | null
  refresh(): Promise<void>
  close(): void
}

export type Get = (service: string, row: Row, options: RequestOptions) => Promise<Watched<AnsweredRow>>

const EVERY_MS = 30_000
const LONGEST_MS = 300_000
/** What a timer takes. */
const MOST_MS = 2 ** 31 - 1

export type Subscribe = (target: EventTarget, service: string, row: Row, options: WatchOptions) => Feed

/** All that one client watches, with one timer. */
export function subscriber(get: Get, runtime: Runtime): Subscribe {
  const open = new Set<Watch>()
  let cancel = (): void => {}
  let failures = 0
  let looked: Instant = instantOf(runtime)
  let looking = false

  const everyMs = (): number => Math.min(...[...open].map(({ options: { every = EVERY_MS } }) => every))

  function plan(): void {
    cancel()
    if (open.size === 0 || isHidden()) return
    // Not all pages of a deployment at once.
    const wait = Math.max(everyMs(), Math.min(LONGEST_MS, everyMs() * 2 ** failures)) * (0.9 + 0.2 * runtime.random())
    cancel = runtime.after(wait, look)
  }

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    looked = instantOf(runtime)
    const byService = Map.groupBy(open, ({ service }) => service)
    const went = await Promise.all([...byService.values()].map(lookAt))
    failures = went.every(Boolean) ? 0 : failures + 1
    looking = false
    plan()
  }

  async function lookAt([first, ...others]: readonly Watch[]): Promise<boolean> {
    if (!first || !(await first.load('reload'))) return first === undefined
    const now = first.current?.meta
    const moved = others.filter(
      ({ current }) => current?.meta.revision !== now?.revision || current?.meta.views.some(({ pushed }) => pushed),
    )
    return (await Promise.all(moved.map((one) => one.load('reload')))).every(Boolean)
  }

  /** Back in view, or online again: what was left out is done at once. */
  function wake(): void {
    for (const one of open) one.check()
    if (!isHidden() && elapsed(looked, instantOf(runtime)) >= everyMs()) look()
    else plan()
  }

  class Watch implements Feed {
    readonly target: EventTarget
    readonly service: string
    readonly row: Row
    readonly options: WatchOptions
    #current: Watched<AnsweredRow> | null = null
    /** Of what was last told of. */
    #text = ''
    #since: Instant = instantOf(runtime)
    #cancel = (): void => {}

    constructor(target: EventTarget, service: string, row: Row, options: WatchOptions) {
      this.target = target
      this.service = service
      this.row = row
      this.options = options
    }

    get current(): Watched<AnsweredRow> | null {
      return this.#left() < 0 ? null : this.#current
    }

    async refresh(): Promise<void> {
      await this.load('reload')
    }

    close(): void {
      open.delete(this)
      this.#cancel()
      if (open.size > 0) return
      cancel()
      listen('removeEventListener', wake)
    }

    /** @returns whether the server answered */
    async load(cache?: 'reload'): Promise<boolean> {
      const { every: _, ...options } = this.options
      const asked = instantOf(runtime)
      try {
        const answered = await get(this.service, this.row, { ...options, ...(cache && { cache }) })
        if (!open.has(this)) return true
        this.#take(answered, answered.meta.source === 'cache' ? instantOf(runtime) : asked)
        if (answered.meta.stale) return this.load('reload')
        return !answered.meta.offline
      } catch (error) {
        if (open.has(this)) this.target.dispatchEvent(new CustomEvent('error', { detail: error }))
        return false
      }
    }

    /** Lets go of what is past its ttl. */
    check(): void {
      this.#cancel()
      const left = this.#left()
      if (left >= 0) {
        if (left < MOST_MS) this.#cancel = runtime.after(left + 1, () => this.check())
        return
      }
      this.#current = null
      this.#text = ''
      this.target.dispatchEvent(new Event('expired'))
      if (!isHidden()) this.load('reload')
    }

    #take(answered: Watched<AnsweredRow>, since: Instant): void {
      const { revision, issues, degraded, offline } = answered.meta
      const text = writeJson([answered.row, revision, issues, degraded, offline])
      const other = text !== this.#text
      this.#current = answered
      this.#text = text
      this.#since = since
      this.check()
      if (other && this.#current) this.target.dispatchEvent(new CustomEvent('features', { detail: answered }))
    }

    /** Milliseconds until the first of the values is past its ttl. */
    #left(): number {
      const left = this.#current?.meta.expires_in ?? Number.POSITIVE_INFINITY
      return left - elapsed(this.#since, instantOf(runtime))
    }
  }

  return (target, service, row, options) => {
    const watch = new Watch(target, service, row, options)
    if (open.size === 0) listen('addEventListener', wake)
    open.add(watch)
    watch.load()
    plan()
    return watch
  }
}

/** Pages alone come and go; elsewhere the timer is all. */
const { document: page } = globalThis as { readonly document?: EventTarget & { readonly visibilityState: string } }

function isHidden(): boolean {
  return page?.visibilityState === 'hidden'
}

function listen(how: 'addEventListener' | 'removeEventListener', listener: () => void): void {
  if (!page) return
  page[how]('visibilitychange', listener)
  ;(globalThis as unknown as EventTarget)[how]('online', listener)
}
