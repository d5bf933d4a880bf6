/**
 * Workers KV as it behaves in production, around Miniflare's KV, which is consistent and forgets `cacheTtl`:
 *
 * - a write lands in the central store; a location sees it there after a delay, and until the delay's bound has passed it
 *   may show an older value even after a newer one (which one is the schedule's decision);
 * - a location that has read a key, or its absence, answers from its cache until the `cacheTtl` of that read is over.
 *   A later read with a smaller `cacheTtl` shortens it: "The effective cacheTtl of an already cached item can be reduced
 *   by getting it again with a lower cacheTtl" (https://developers.cloudflare.com/kv/api/read-key-value-pairs/);
 * - a key takes one write a second;
 * - keys are independent: what was written first may be seen last;
 * - a bulk get takes at most 100 keys and leaves out keys that look like integers (workers-sdk, platform.md).
 */
import { KV_BULK_GET_KEYS } from '../../core/limits.ts'
import type { KvReader, KvWriter } from '../../worker/stores.ts'
import type { CentralStore } from './central-store.ts'
import type { Clock } from './clock.ts'
import type { LateArrivals } from './late-arrivals.ts'
import type { Schedule } from './schedule.ts'

/**
 * How long after a write a location may still be shown an older value by the central store: what the stated bound, until
 * which everyone has seen a flip, leaves over after the cache of a location and the memory of an isolate.
 */
export const VISIBLE_WITHIN_MS = 30_000

export interface KvOptions {
  readonly schedule: Schedule
  readonly clock: Clock
  readonly central: CentralStore
  readonly late: LateArrivals
  /** The keys whose writes are seen late; all others are seen at once. */
  readonly isLate?: ((key: string) => boolean) | undefined
  readonly visibleWithinMs?: number | undefined
  /** The keys whose values take their time to come, once they have been read. */
  readonly isSlow?: ((key: string) => boolean) | undefined
  /** Whether a location keeps to the `cacheTtl` of the read that filled its cache, whatever a later read asks for. */
  readonly stubborn?: boolean | undefined
  /** Called with everything that lands. */
  readonly onLand?: (key: string, value: string | null) => void
  /** The bound on how late a put that is begun now can land. */
  readonly lateUntil: () => number
  /** How many puts may fail; of those, some land all the same, some time. */
  readonly failingPuts?: number | undefined
  /** The keys whose reads are steps of their own; reads of others cannot meet a write in this model. */
  readonly isStep?: (key: string) => boolean
}

/** One value of a key over time; null is its absence. */
interface Version {
  readonly value: string | null
  readonly landed: number
}

interface Cached {
  readonly value: string | null
  readonly at: number
  ttl: number
}

export class EventualKv {
  readonly #options: KvOptions
  readonly #versions = new Map<string, Version[]>()
  readonly #down = new Set<string>()
  #failingPuts: number

  constructor(options: KvOptions) {
    this.#options = options
    this.#failingPuts = options.failingPuts ?? 0
  }

  writer(actor: string): KvWriter {
    return { put: (key, value) => this.#put(actor, key, value) }
  }

  /** A location's reads on behalf of an isolate there; isolates of one location share its cache. */
  location(name: string): (actor: string) => KvReader {
    const cache = new Map<string, Cached>()
    return (actor) => ({
      get: (key, ttl) => this.#read(actor, name, cache, [key], ttl).then((values) => values.get(key) ?? null),
      getMany: (keys, ttl) => this.#readMany(actor, name, cache, keys, ttl),
    })
  }

  /** Lands without being a step: what was there before the model starts, or a put that the schedule kept back. */
  async land(key: string, value: string | null): Promise<void> {
    const { central, clock, onLand } = this.#options
    const stored = await central.store(key, value)
    this.#versions.set(key, [...this.#versionsOf(key), { value: stored, landed: clock.now() }])
    onLand?.(key, stored)
  }

  /** Whether the key has ever held anything. */
  hasLanded(key: string): boolean {
    return this.#versionsOf(key).some(({ value }) => value !== null)
  }

  /** What the central store holds now. */
  newest(key: string): string | null {
    return this.#versionsOf(key).at(-1)?.value ?? null
  }

  /** Reads of the key fail from now on, everywhere. */
  breakDown(key: string): void {
    this.#down.add(key)
  }

  mend(key: string): void {
    this.#down.delete(key)
  }

  #put(actor: string, key: string, value: string): Promise<void> {
    const { schedule, clock, late, lateUntil } = this.#options
    const until = lateUntil()
    return schedule.gate({
      actor,
      label: `put ${key}${describe(value)}`,
      reads: ['clock'],
      writes: [`kv ${key}`, ...(this.#failingPuts > 0 ? ['puts'] : [])],
      ways: () => (this.#failingPuts > 0 ? 3 : 1),
      run: (way) => {
        const land = () => this.land(key, value)
        const last = this.#versions.get(key)?.at(-1)
        // https://developers.cloudflare.com/kv/platform/limits/: one write a second to the same key.
        if (last && clock.now() - last.landed < 1000) throw new Error(`KV PUT failed: 429 Too Many Requests (${key})`)
        if (way === 0) return land()
        this.#failingPuts--
        if (way === 2) late.add({ what: `the put of ${key} that failed`, until, land }, [`kv ${key}`])
        throw new Error(`KV PUT failed: 500 (${key})`)
      },
    })
  }

  async #readMany(
    actor: string,
    location: string,
    cache: Map<string, Cached>,
    keys: readonly string[],
    ttl: number,
  ): Promise<ReadonlyMap<string, string | null>> {
    if (keys.length > KV_BULK_GET_KEYS) throw new Error('KV GET_BULK failed: 400 You can request a maximum of 100 keys')
    const values = await this.#read(actor, location, cache, keys, ttl)
    for (const key of keys) if (/^[0-9]+$/.test(key)) values.delete(key)
    return values
  }

  async #read(
    actor: string,
    location: string,
    cache: Map<string, Cached>,
    keys: readonly string[],
    ttl: number,
  ): Promise<Map<string, string | null>> {
    const { schedule, isStep = () => true, isSlow = () => false } = this.#options
    const choices = () => keys.map((key) => this.#answers(cache, key, ttl))
    const run = (way: number) => {
      const values = new Map<string, string | null>()
      let rest = way
      for (const [index, answers] of choices().entries()) {
        const key = keys[index] ?? ''
        if (this.#down.has(key)) throw new Error(`KV GET failed: 500 (${key})`)
        const value = answers[rest % answers.length] ?? null
        rest = Math.floor(rest / answers.length)
        this.#remember(cache, key, value, ttl)
        values.set(key, value)
      }
      return values
    }
    if (!keys.some(isStep)) return run(0)
    const values = await schedule.gate({
      actor,
      label: `get ${keys.join(' ')} at ${location}`,
      reads: ['clock', ...keys.map((key) => `kv ${key}`)],
      writes: keys.map((key) => `cache ${location} ${key}`),
      ways: () => choices().reduce((product, answers) => product * answers.length, 1),
      run,
    })
    if (keys.some(isSlow))
      await schedule.gate({ actor, label: `gets ${keys.join(' ')}, late`, reads: ['clock'], run: () => {} })
    return values
  }

  /** Everything that this read may be answered, the newest first. */
  #answers(cache: ReadonlyMap<string, Cached>, key: string, ttl: number): readonly (string | null)[] {
    const { clock, isLate = () => false, visibleWithinMs = VISIBLE_WITHIN_MS } = this.#options
    const cached = this.#fresh(cache, key, ttl)
    if (cached) return [cached.value]
    const versions = this.#versionsOf(key)
    if (!isLate(key)) return [versions.at(-1)?.value ?? null]
    const seen = versions.findLastIndex(({ landed }) => landed + visibleWithinMs <= clock.now())
    return [...new Set(versions.slice(Math.max(0, seen)).map(({ value }) => value))].reverse()
  }

  /** What the location answers without asking the central store. */
  #fresh(cache: ReadonlyMap<string, Cached>, key: string, ttl: number): Cached | undefined {
    const { clock, stubborn } = this.#options
    const cached = cache.get(key)
    const kept = cached && (stubborn ? cached.ttl : Math.min(cached.ttl, ttl))
    return kept !== undefined && clock.now() - (cached?.at ?? 0) < kept * 1000 ? cached : undefined
  }

  #remember(cache: Map<string, Cached>, key: string, value: string | null, ttl: number): void {
    const cached = this.#fresh(cache, key, ttl)
    if (!cached) cache.set(key, { value, at: this.#options.clock.now(), ttl })
    else if (!this.#options.stubborn) cached.ttl = Math.min(cached.ttl, ttl)
  }

  #versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [{ value: null, landed: Number.NEGATIVE_INFINITY }]
  }
}

/** The revision of a head, to make a trace readable. */
function describe(value: string): string {
  const revision = /"revision":(\d+)/.exec(value)?.[1]
  return revision === undefined ? '' : ` = revision ${revision}`
}
