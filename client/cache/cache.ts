/** Answers that are kept, row by row: which of them may be given again, and what later ones say of them. */
import { parseDuration } from '../../core/duration.ts'
import type { Served } from '../answer.ts'
import { expiryOf } from '../expiry.ts'
import { writeJson } from '../json.ts'
import type { PlanStore } from '../plan.ts'
import type { Raw } from '../raw.ts'
import type { Answer } from '../request.ts'
import { type Instant, instantOf, type Runtime } from '../runtime.ts'
import { slice } from '../slice.ts'
import { combine } from './combine.ts'
import { mergeNews, type News, NO_NEWS, newsOf, standingOf } from './news.ts'
import type { CacheOptions, CacheStatus } from './options.ts'
import { isOutage } from './outage.ts'
import { partitionOf } from './partition.ts'
import { ageOf, type Kept, type Moment, type Verdict, verdictOf, type Windows } from './policy.ts'
import { type CacheStore, memoryStore, type Stored } from './store.ts'

/** What was asked, but for the rows. */
export interface Asked {
  /** As it is sent: `flight_delay`, or `flight_delay@1`. */
  readonly service: string
  readonly compute: 'edge' | 'client'
  readonly maxAge: string | undefined
}

/** Whose answers these are. */
export interface Owner {
  readonly partition: string | undefined
  readonly bearer: string | undefined
  /** Changes when all is forgotten: what was asked before is then not kept. */
  readonly epoch: number
}

export type AskedRow = Readonly<Record<string, unknown>>

export interface Found {
  readonly raw: Raw
  readonly verdict: Exclude<Verdict, 'expired'>
  /** Milliseconds since the server answered. */
  readonly age: number
  /** The deployment's clock now, milliseconds since the epoch. */
  readonly now: number
  /** When by that clock the first of the values ends. */
  readonly expires: number
}

export interface Cache extends PlanStore {
  /** Who it belongs to now, where the application says so. */
  /** Who asks: what is under way stays theirs. */
  readonly epoch: number
  partition(): string | undefined
  /** One for each of the calls: undefined unless all of its rows are kept, and of one revision. */
  look(asked: Asked, calls: readonly (readonly AskedRow[])[], owner: Owner): Promise<readonly (Found | undefined)[]>
  /** @param owner at the time that it was asked for */
  keep(asked: Asked, rows: readonly AskedRow[], served: Served, answer: Answer, owner: Owner): Promise<void>
  /** The server refused these rows. */
  drop(asked: Asked, rows: readonly AskedRow[], owner: Owner): Promise<void>
  status(): CacheStatus
  clear(): Promise<void>
}

interface Entry {
  /** Of one row. */
  readonly raw: Raw
  readonly kept: Kept
}

/** How long a browser that does not answer at all is waited for. */
const OPEN_MS = 3000
/** A clock that was set back by more is taken to be right from then on. */
const SET_BACK_MS = 60_000
/** How far the clock goes before that is written down without anything else to write. */
const WRITTEN_MS = 10_000

export async function openCache(options: CacheOptions, base: string, runtime: Runtime): Promise<Cache> {
  const windows = windowsOf(options)
  const maxBytes = (options.megabytes ?? 4) * 1_000_000
  const session = String(runtime.random()) + runtime.wall()
  let { store, status } = await openStore(options, maxBytes, runtime)
  let news: News = NO_NEWS
  let written = 0
  let anchor: (Instant & { readonly now: number }) | null = null
  let first: Pick<Moment, 'opened' | 'latest'> | undefined
  /** Plans that were kept since all was forgotten last. */
  const planned = new Set<string>()
  let epoch = 0
  let lastScope: string | null = null

  /** What a store cannot do any more is done in memory: the answers go on. */
  async function use<T>(work: (store: CacheStore) => Promise<T>): Promise<T> {
    const used = store
    try {
      return await work(used)
    } catch (error) {
      if (store === used) {
        status = { store: 'memory', reason: `The store failed: ${error instanceof Error ? error.message : error}` }
        store = memoryStore(maxBytes)
      }
      return work(store)
    }
  }

  function partition(): string | undefined {
    return typeof options.partition === 'function' ? options.partition() : options.partition
  }

  /** Null where nobody can say whose it is: then nothing is kept. */
  async function scopeOf(owner: Pick<Owner, 'partition' | 'bearer'>): Promise<string | null> {
    const partition = await partitionOf(owner.partition, owner.bearer)
    if (partition === null)
      status = { ...status, reason: 'Nothing is kept: there is no crypto.subtle here, so give the cache a partition.' }
    lastScope = partition === null ? null : JSON.stringify([base, partition])
    return lastScope
  }

  function momentOf(): Moment {
    const at = instantOf(runtime)
    first ??= { opened: at, latest: news.latest }
    if (at.wall > news.latest) news = { ...news, latest: at.wall }
    return { ...at, session, anchor, ...first }
  }

  async function writeNews(scope: string): Promise<void> {
    const key = newsKey(scope)
    const merged = (told: unknown): Stored => {
      if (told !== undefined) news = mergeNews(news, told as News)
      return { key, value: news, size: sizeOf(news) }
    }
    written = news.latest
    await use(async (to) => (to.update ? to.update(key, merged) : to.set([merged((await to.get([key]))[0])])))
  }

  return {
    partition,

    get epoch() {
      return epoch
    },

    async look(asked, calls, owner) {
      const scope = await scopeOf(owner)
      if (scope === null) return calls.map(() => undefined)
      const keys = calls.map((rows) => rows.map((row) => keyOf(scope, asked, row)))
      const [told, ...values] = await use((from) => from.get([newsKey(scope), ...keys.flat()]))
      if (told !== undefined) news = mergeNews(news, told as News)
      const moment = momentOf()
      const over: string[] = []
      let at = 0
      const found = keys.map((own): Found | undefined => {
        const entries = values.slice(at, at + own.length) as readonly (Entry | undefined)[]
        at += own.length
        const judged = entries.map((entry, row) => {
          if (!entry) return undefined
          const one = judge(entry, asked.service, moment, windows, news)
          if (!one) over.push(own[row] ?? '')
          return one
        })
        return together(judged)
      })
      if (over.length > 0) await use((from) => from.delete(over))
      if (news.latest > written + WRITTEN_MS) await writeNews(scope)
      return found
    },

    async keep(asked, rows, { raw, plan }, { now, sent, bearer }, owner) {
      const isOver = (): boolean => owner.epoch !== epoch || owner.partition !== partition()
      if (now === null || isOver()) return
      // The token may have been renewed on the way, for whoever it is for then.
      const scope = await scopeOf({ ...owner, bearer })
      if (scope === null) return
      if (!anchor || now >= anchor.now) anchor = { ...sent, now }
      const wall = runtime.wall()
      if (wall < news.latest - SET_BACK_MS) {
        // What earlier runs kept would be younger than it is.
        planned.clear()
        await use((from) => from.clear())
        news = { ...news, latest: wall }
      }
      news = mergeNews(news, newsOf(asked.service, raw, wall))
      await writeNews(scope)
      const entries = rows.flatMap((row, index): readonly Stored[] => {
        const own = slice(raw, index, 1)
        const expires = expiryOf(own, plan.ttls, asked.maxAge, now)
        if (expires === null) return []
        const kept = { ...sent, session, now, expires, degraded: raw.degraded }
        if (verdictOf(kept, 0, windows, standingOf(asked.service, own, news)) === 'expired') return []
        return [{ key: keyOf(scope, asked, row), value: { raw: own, kept } satisfies Entry, size: sizeOf(own) }]
      })
      if (isOver()) return
      const key = planKey(scope, plan.id)
      // What is kept for somebody can be read by them later, without the network.
      const plans = planned.has(key) ? [] : [{ key, value: plan.body, size: sizeOf(plan.body) }]
      planned.add(key)
      await use((to) => to.set([...plans, ...entries]))
    },

    async drop(asked, rows, owner) {
      const scope = await scopeOf(owner)
      if (scope !== null) await use((from) => from.delete(rows.map((row) => keyOf(scope, asked, row))))
    },

    async planThrough(service, again, ask) {
      const known = async (): Promise<Answer['body'] | undefined> => {
        // Whose it is, is known from the last look, or without a token: a page that opens offline has none yet.
        const owner = partition()
        const scope = lastScope ?? (owner === undefined ? null : await scopeOf({ partition: owner, bearer: undefined }))
        if (scope === null) return undefined
        const [body] = await use((from) => from.get([planKey(scope, service)]))
        return body as Answer['body'] | undefined
      }
      // One that is named without its version may be another by now.
      const kept = service.includes('@') && !again ? await known() : undefined
      if (kept) return { body: kept, requestId: undefined }
      try {
        const { body, requestId, bearer } = await ask()
        const scope = await scopeOf({ partition: partition(), bearer })
        const names = [...new Set([service, `${body['service']}@${body['version']}`])]
        const size = sizeOf(body)
        if (scope !== null)
          await use((to) => to.set(names.map((name) => ({ key: planKey(scope, name), value: body, size }))))
        return { body, requestId }
      } catch (error) {
        const last = isOutage(error) ? await known() : undefined
        if (!last) throw error
        return { body: last, requestId: undefined }
      }
    },

    status: () => status,

    async clear() {
      epoch++
      planned.clear()
      news = { ...NO_NEWS, latest: news.latest }
      await use((from) => from.clear())
    },
  }
}

function judge({ raw, kept }: Entry, asked: string, moment: Moment, windows: Windows, news: News): Found | undefined {
  const age = ageOf(kept, moment)
  const verdict = verdictOf(kept, age, windows, standingOf(asked, raw, news))
  return verdict === 'expired' ? undefined : { raw, verdict, age, now: kept.now + age, expires: kept.expires }
}

/** Rows of several answers are one only where those are of one revision: nobody could tell which is from which. */
function together(rows: readonly (Found | undefined)[]): Found | undefined {
  const all = rows.filter((row) => row !== undefined)
  const [first] = all
  if (!first || all.length < rows.length) return undefined
  if (all.length === 1) return first
  const { service, revision } = first.raw
  if (all.some(({ raw }) => raw.service !== service || raw.revision !== revision)) return undefined
  const oldest = all.reduce((one, other) => (other.age > one.age ? other : one))
  const verdict = (['offline', 'stale'] as const).find((worst) => all.some((row) => row.verdict === worst)) ?? 'fresh'
  // By the clock of the oldest, which all of them share.
  const expires = Math.min(...all.map((row) => row.expires))
  return { ...oldest, verdict, expires, raw: combine(all.map(({ raw }) => raw)) }
}

function windowsOf({ maxAge, staleWhileRevalidate, offline }: CacheOptions): Windows {
  const read = (name: string, text: string | undefined): number => (text === undefined ? 0 : milliseconds(name, text))
  return {
    maxAge: read('cache.maxAge', maxAge),
    staleWhileRevalidate: read('cache.staleWhileRevalidate', staleWhileRevalidate),
    offline: read('cache.offline', offline),
  }
}

function milliseconds(name: string, text: string): number {
  return parseDuration(name, text) / 1000
}

async function openStore(
  { store = 'memory' }: CacheOptions,
  maxBytes: number,
  runtime: Runtime,
): Promise<{ store: CacheStore; status: CacheStatus }> {
  if (typeof store === 'object') return { store, status: { store: 'custom' } }
  if (store === 'memory') return { store: memoryStore(maxBytes), status: { store } }
  let cancel = (): void => {}
  try {
    const { indexedDbStore } = await import('./indexeddb.ts')
    const late = new Promise<never>((_, reject) => {
      cancel = runtime.after(OPEN_MS, () => reject(new Error('it does not open')))
    })
    return { store: await Promise.race([indexedDbStore(maxBytes, runtime.wall), late]), status: { store } }
  } catch (error) {
    const reason = `IndexedDB cannot be used: ${error instanceof Error ? error.message : error}`
    return { store: memoryStore(maxBytes), status: { store: 'memory', reason } }
  } finally {
    cancel()
  }
}

function keyOf(scope: string, { service, compute, maxAge = '' }: Asked, row: AskedRow): string {
  const fields = Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))
  return `${scope}row${writeJson([service, compute, maxAge, fields])}`
}

function planKey(scope: string, service: string): string {
  return `${scope}plan${service}`
}

function newsKey(scope: string): string {
  return `${scope}news`
}

function sizeOf(value: unknown): number {
  return 200 + 2 * writeJson(value).length
}
