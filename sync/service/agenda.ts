/**
 * What the service is to run, and when: views by their schedules, views that are not online yet, and what it was asked for.
 * A view is never run twice at once; what failed and may pass is tried again, ever more rarely.
 */
import { canonicalJson } from '../../registry/hash.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { jitterOf, nextRun } from './schedule.ts'

export interface Bounds {
  /** Of event timestamps, microseconds since the epoch. */
  readonly from?: number
  readonly to?: number
}

export interface Job {
  readonly view: ViewObject
  /** `new`: nothing of it is online. `resume`: a run of it was left open. */
  readonly why: 'schedule' | 'new' | 'resume' | 'retry' | 'request'
  readonly bounds: Bounds
  /** The number of the request that it belongs to. */
  readonly request: number | null
  /** How often the request failed with this view before. */
  readonly tries: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** `busy`: somebody else materializes the view now. */
export type Ending = 'done' | 'busy' | 'failed' | 'failed for good'

/** What is known of a view's last run when the service begins. */
export interface Before {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** It was left open: killed, or under way. */
  readonly open: boolean
}

const BUSY_MS = 60_000
const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 3_600_000
/** Until then a request may outlive an outage of hours. */
const REQUEST_TRIES = 8

interface Entry {
  readonly view: ViewObject
  /** What the definition says, to know when it changes. */
  readonly text: string
  /** When its last run began; null when there was none that counts. */
  readonly ranAt: number | null
  readonly again: { readonly at: number; readonly why: 'resume' | 'retry' } | null
  readonly failures: number
  /** When its schedule has it run next, found once: with a thousand views it is asked for too often. */
  readonly scheduledAt: number | null
}

interface Asked {
  readonly view: ViewObject
  readonly bounds: Bounds
  readonly request: number
  readonly at: number
  readonly tries: number
}

export class Agenda {
  readonly #jitterMs: number
  #entries = new Map<string, Entry>()
  #online: ReadonlySet<string> = new Set()
  #asked: readonly Asked[] = []
  /** Requests that were taken, and those among them that are done and not yet known to be. */
  readonly #taken = new Set<number>()
  readonly #done = new Set<number>()
  readonly #running = new Map<string, Job>()

  constructor(jitterMs: number) {
    this.#jitterMs = jitterMs
  }

  get running(): readonly Job[] {
    return [...this.#running.values()]
  }

  /** `view@version` of what is kept. */
  get views(): readonly string[] {
    return [...this.#entries.keys()]
  }

  get waiting(): number {
    return this.#asked.length
  }

  /** Requests that need not be kept any more. */
  get done(): readonly number[] {
    return [...this.#done]
  }

  /** Those of which it has to know when they ran last: online, with a schedule, and not seen yet. */
  unseen(views: readonly ViewObject[]): readonly ViewObject[] {
    return views.filter((view) => {
      const id = viewId(view)
      return view.schedule !== undefined && this.#online.has(id) && !this.#entries.has(id)
    })
  }

  /**
   * What is to be kept materialized from now on.
   * @param before of the views that it had not seen yet, by `view@version`
   */
  keep(views: readonly ViewObject[], before: ReadonlyMap<string, Before>, now: number): void {
    const entries = new Map<string, Entry>()
    for (const view of views) {
      const id = viewId(view)
      const text = canonicalJson(view)
      const known = this.#entries.get(id)
      if (known?.text === text) entries.set(id, known)
      else if (known) entries.set(id, this.#scheduled({ ...known, view, text, failures: 0, again: mended(known, now) }))
      else entries.set(id, this.#scheduled({ view, text, failures: 0, ...firstSeen(before.get(id), now) }))
    }
    this.#entries = entries
  }

  /** @param online `view@version` of what is online */
  see(online: ReadonlySet<string>): void {
    this.#online = online
  }

  /** @param request that is not taken yet. @param views that it names; without any it is done */
  ask(request: number, views: readonly ViewObject[], bounds: Bounds, now: number): void {
    this.#taken.add(request)
    this.#asked = [...this.#asked, ...views.map((view) => ({ view, bounds, request, at: now, tries: 0 }))]
    this.#settle(request)
  }

  isTaken(request: number): boolean {
    return this.#taken.has(request)
  }

  /** The deployment knows that these are done. */
  forget(requests: readonly number[]): void {
    for (const request of requests) {
      this.#done.delete(request)
      this.#taken.delete(request)
    }
  }

  /** The job that is due longest, which is running from now on; null when none is. */
  take(now: number): Job | null {
    const [first] = this.#due().filter(({ at }) => at <= now)
    if (!first) return null
    const { view, why, asked } = first
    const { bounds = {}, request = null, tries = 0 } = asked ?? {}
    const job: Job = { view, why, bounds, request, tries, startedAt: now }
    this.#running.set(viewId(view), job)
    if (asked) this.#asked = this.#asked.filter((one) => one !== asked)
    return job
  }

  /** When something is due that could be run then; null when nothing is. */
  nextAt(): number | null {
    return this.#due()[0]?.at ?? null
  }

  /** When a view is run next; null when only somebody's asking would run it. */
  nextOf(view: string): number | null {
    const entry = this.#entries.get(view)
    return entry ? (this.#dueOf(entry)?.at ?? null) : null
  }

  ended(job: Job, ending: Ending, now: number): void {
    this.#running.delete(viewId(job.view))
    if (job.request !== null) this.#endedAsked(job, job.request, ending, now)
    const whole = job.bounds.from === undefined && job.bounds.to === undefined
    const entry = this.#entries.get(viewId(job.view))
    if (entry && (job.request === null || (whole && ending === 'done')))
      this.#entries.set(viewId(job.view), this.#scheduled(afterwards(entry, job, ending, now)))
  }

  #scheduled(entry: Omit<Entry, 'scheduledAt'>): Entry {
    const { view, ranAt } = entry
    if (ranAt === null || view.schedule === undefined) return { ...entry, scheduledAt: null }
    return { ...entry, scheduledAt: nextRun(view.schedule, ranAt, jitterOf(view.name, this.#jitterMs)) }
  }

  #endedAsked(job: Job, request: number, ending: Ending, now: number): void {
    const tries = job.tries + (ending === 'busy' ? 0 : 1)
    if (ending === 'busy' || (ending === 'failed' && tries < REQUEST_TRIES)) {
      const at = now + (ending === 'busy' ? BUSY_MS : retryMs(tries))
      this.#asked = [...this.#asked, { view: job.view, bounds: job.bounds, request, at, tries }]
    }
    this.#settle(request)
  }

  #settle(request: number): void {
    const open = this.#asked.some((one) => one.request === request)
    if (!open && !this.running.some((one) => one.request === request)) this.#done.add(request)
  }

  /** What is not running, soonest first; of the same instant what was asked for goes first. */
  #due(): readonly Due[] {
    const asked = this.#asked.map((one): Due => ({ at: one.at, view: one.view, why: 'request', asked: one }))
    const kept = [...this.#entries.values()].flatMap((entry) => this.#dueOf(entry) ?? [])
    return [...asked, ...kept].filter(({ view }) => !this.#running.has(viewId(view))).sort((a, b) => a.at - b.at)
  }

  #dueOf({ view, ranAt, again, failures, scheduledAt }: Entry): Due | null {
    const due: Due[] = again ? [{ ...again, view }] : []
    const isOnline = this.#online.has(viewId(view))
    if (ranAt === null && !isOnline) due.push({ at: 0, view, why: 'new' })
    if (scheduledAt !== null) due.push({ at: scheduledAt, view, why: 'schedule' })
    // Nothing of it is online, and no schedule will see to it.
    if (ranAt !== null && view.schedule === undefined && failures > 0 && !again && !isOnline)
      due.push({ at: ranAt + LAST_RETRY_MS, view, why: 'retry' })
    return due.sort((a, b) => a.at - b.at)[0] ?? null
  }
}

interface Due {
  readonly at: number
  readonly view: ViewObject
  readonly why: Job['why']
  readonly asked?: Asked
}

/** A definition that changed may be what was wrong. */
function mended({ failures, again }: Entry, now: number): Entry['again'] {
  return failures > 0 ? { at: now, why: 'retry' } : again
}

function firstSeen(before: Before | undefined, now: number): Pick<Entry, 'ranAt' | 'again'> {
  return {
    ranAt: before?.startedAt ?? null,
    again: before?.open ? { at: now, why: 'resume' } : null,
  }
}

function afterwards(entry: Entry, job: Job, ending: Ending, now: number): Omit<Entry, 'scheduledAt'> {
  const ran = { ...entry, ranAt: job.startedAt }
  if (ending === 'busy') return { ...ran, again: { at: now + BUSY_MS, why: 'retry' } }
  if (ending === 'done') return { ...ran, again: null, failures: 0 }
  const failures = entry.failures + 1
  // The same data and definition would fail the same way.
  if (ending === 'failed for good') return { ...ran, again: null, failures }
  return { ...ran, failures, again: { at: now + retryMs(failures), why: 'retry' } }
}

function retryMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)
}
