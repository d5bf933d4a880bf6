/** What one isolate keeps between requests, and how it gets what it lacks. */
import { messageOf } from '../../core/errors.ts'
import { BLOCK_CACHE_BYTES, PREFETCH_BLOCKS, PREFETCH_MS } from '../../core/limits.ts'
import type { Code } from '../../core/on-demand/entry.ts'
import { overlapping } from '../../core/partition.ts'
import { codeHere } from '../code/held.ts'
import { Counters } from '../metrics/counters.ts'
import { kvBlocks } from '../online/kv-blocks.ts'
import { type BlockReader, type BlockReaders, NO_BLOCKS, type StoreName } from '../online/store.ts'
import type { KvReader, Truth } from '../stores.ts'
import { addMissing, BlockCache, type CachedBlock, type CachedRun, type MissingBlocks } from './blocks.ts'
import { type BoundPlan, bindPlan } from './bound.ts'
import { FeatureLists } from './feature-list.ts'
import { type HeadClock, Heads, type LoadedHead } from './heads.ts'
import type { PushedReader } from './live.ts'
import { Plans, type ReadyPlan } from './plans.ts'

/** What of views is in D1: the blocks of those that are online there, and what was pushed. */
export interface Databases {
  readonly blocks: BlockReader
  readonly pushed: PushedReader
}

export const NO_D1: Databases = {
  blocks: NO_BLOCKS,
  pushed: { read: async () => ({ stored: new Map(), bookmark: null }) },
}

export class Isolate {
  readonly heads: Heads
  readonly plans: Plans
  readonly lists: FeatureLists
  readonly pushed: PushedReader
  readonly blocks: BlockCache
  readonly counters: Counters
  readonly #stores: BlockReaders
  readonly #clock: HeadClock
  /** Of the newest head that was bound, by plan: almost every request asks for one of these. */
  readonly #bound = new Map<ReadyPlan, BoundPlan>()
  /** The same by `service` and `service@version`. */
  readonly #asked = new Map<string, BoundPlan>()

  constructor(
    kv: KvReader,
    truth: Truth,
    clock: HeadClock,
    d1 = NO_D1,
    blockBytes = BLOCK_CACHE_BYTES,
    counters = new Counters(),
    code: () => Code = codeHere,
  ) {
    this.counters = counters
    this.#stores = { kv: kvBlocks(kv), d1: d1.blocks }
    this.pushed = d1.pushed
    this.#clock = clock
    this.blocks = new BlockCache(blockBytes)
    this.plans = new Plans(kv, truth, code)
    this.lists = new FeatureLists(kv, truth, code)
    this.heads = new Heads(kv, truth, clock, (from, to) => this.#prefetch(from, to))
  }

  /** What a service reference meant when it was last asked for in this head: to find out again is slower than to answer. */
  recall(reference: string, head: LoadedHead): BoundPlan | undefined {
    const known = this.#asked.get(reference)
    return known?.head === head ? known : undefined
  }

  /** @param reference one that the head knows: callers must not be able to fill the memory */
  remember(reference: string, bound: BoundPlan): void {
    this.#asked.set(reference, bound)
  }

  /** Null when a view of the plan is not online in this head. */
  bind(plan: ReadyPlan, head: LoadedHead): BoundPlan | null {
    if (!plan.lasting) return bindPlan(plan, head, this.blocks, this.counters)
    const known = this.#bound.get(plan)
    if (known?.head === head) return known
    const bound = bindPlan(plan, head, this.blocks, this.counters)
    if (bound && (!known || known.head.revision < head.revision)) {
      this.#bound.set(plan, bound)
      this.blocks.retain((view, run) => {
        const online = head.views.get(view)
        return online?.base.run === run || online?.overlay?.run === run
      })
    }
    return bound
  }

  /**
   * One round of parallel reads. What a store does not return, or returns damaged, stays missing.
   * @param fresh past caches and replicas, for what was missing there
   * @returns the blocks that came, held in memory until the caller releases them (`blocks.release`)
   */
  async fetch(missing: ReadonlyMap<CachedRun, ReadonlySet<number>>, fresh: boolean): Promise<readonly CachedBlock[]> {
    const wanted = [...missing].flatMap(([run, numbers]) => [...numbers].map((number) => ({ run, number })))
    const stores = Map.groupBy(wanted, ({ run }) => run.pointer.store)
    const came = await Promise.all([...stores].map(([store, blocks]) => this.#fetchFrom(store, blocks, fresh)))
    return came.flat()
  }

  async #fetchFrom(
    store: StoreName,
    wanted: readonly { readonly run: CachedRun; readonly number: number }[],
    fresh: boolean,
  ): Promise<readonly CachedBlock[]> {
    const places = wanted.map(({ run, number }) => ({ view: run.view, run: run.pointer.run, block: number }))
    const texts = await this.#stores[store].read(places, fresh)
    return wanted.flatMap(({ run, number }, at) => {
      const text = texts.get(at)
      return text === undefined ? [] : this.#hold(run, number, text)
    })
  }

  #hold(run: CachedRun, number: number, text: string): readonly CachedBlock[] {
    try {
      return [this.blocks.hold(run, number, text)]
    } catch (thrown) {
      logProblem('block refused', thrown)
      return []
    }
  }

  /** The replacements of the blocks in memory, before the isolate switches to the new head. */
  async #prefetch(from: LoadedHead, to: LoadedHead): Promise<void> {
    const changed = [...from.views].flatMap(([view, old]) => {
      const next = to.views.get(view)
      const same = !next || (next.base.run === old.base.run && next.overlay?.run === old.overlay?.run)
      return same ? [] : [{ was: this.blocks.open(view, old), is: this.blocks.open(view, next) }]
    })
    // A read that hangs must not keep the isolate on the old head: what came by then is enough.
    await Promise.race([this.#fetchReplacements(changed), this.#clock.wait(PREFETCH_MS)])
  }

  async #fetchReplacements(changed: readonly Replacement[]): Promise<void> {
    const blocks: MissingBlocks = new Map()
    for (const one of changed) addReplacements(blocks, one)
    const held = [...(await this.fetch(firstOf(blocks, PREFETCH_BLOCKS), false))]
    // Now that the filters are here: of the rows that were asked for, those that the overlay may have.
    const rows: MissingBlocks = new Map()
    for (const { was, is } of changed) if (is.over) for (const key of was.rows.keys()) addMissing(rows, is, key)
    held.push(...(await this.fetch(firstOf(rows, PREFETCH_BLOCKS - held.length), false)))
    this.blocks.release(held)
  }
}

interface Replacement {
  readonly was: CachedRun
  readonly is: CachedRun
}

/** What holds the keys of the blocks in memory: the base's blocks, where that is new, and an overlay's filter. */
function addReplacements(missing: MissingBlocks, { was, is }: Replacement): void {
  const [oldBase, base] = [was.over?.base ?? was, is.over?.base ?? is]
  if (oldBase.blocks.size === 0) return
  if (is.over && is !== was)
    addAll(
      missing,
      is,
      Array.from({ length: is.over.filters }, (_, filter) => is.pointer.blocks + filter),
    )
  if (base !== oldBase)
    addAll(
      missing,
      base,
      [...oldBase.blocks.keys()].flatMap((block) => overlapping(block, oldBase.pointer.blocks, base.pointer.blocks)),
    )
}

function addAll(missing: MissingBlocks, run: CachedRun, numbers: readonly number[]): void {
  const wanted = numbers.filter((number) => !run.blocks.has(number))
  if (wanted.length > 0) missing.set(run, new Set([...(missing.get(run) ?? []), ...wanted]))
}

function firstOf(missing: MissingBlocks, limit: number): MissingBlocks {
  const first: MissingBlocks = new Map()
  let left = limit
  for (const [run, numbers] of missing) {
    const some = [...numbers].slice(0, Math.max(0, left))
    left -= some.length
    if (some.length > 0) first.set(run, new Set(some))
  }
  return first
}

function logProblem(what: string, thrown: unknown): void {
  console.warn(JSON.stringify({ level: 'warn', message: what, cause: messageOf(thrown) }))
}
