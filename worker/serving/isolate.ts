/** What one isolate keeps between requests, and how it gets what it lacks. */
import { messageOf } from '../../core/errors.ts'
import {
  BLOCK_CACHE_BYTES,
  KV_BULK_GET_KEYS,
  KV_IMMUTABLE_CACHE_TTL_S,
  PREFETCH_BLOCKS,
  PREFETCH_MS,
} from '../../core/limits.ts'
import { overlapping } from '../../core/partition.ts'
import { blockKey } from '../../core/storage.ts'
import type { KvReader, Truth } from '../stores.ts'
import { type BoundPlan, bindPlan } from './answer.ts'
import { BlockCache, type CachedBlock, type CachedRun } from './blocks.ts'
import { type HeadClock, Heads, type LoadedHead } from './heads.ts'
import { Plans, type ReadyPlan } from './plans.ts'

export type MissingBlocks = ReadonlyMap<CachedRun, ReadonlySet<number>>

export class Isolate {
  readonly heads: Heads
  readonly plans: Plans
  readonly blocks: BlockCache
  readonly #kv: KvReader
  readonly #clock: HeadClock
  /** Of the newest head that was bound, by plan: almost every request asks for one of these. */
  readonly #bound = new Map<ReadyPlan, BoundPlan>()
  /** The same by `service` and `service@version`. */
  readonly #asked = new Map<string, BoundPlan>()

  constructor(kv: KvReader, truth: Truth, clock: HeadClock, blockBytes = BLOCK_CACHE_BYTES) {
    this.#kv = kv
    this.#clock = clock
    this.blocks = new BlockCache(blockBytes)
    this.plans = new Plans(kv, truth)
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
    const known = this.#bound.get(plan)
    if (known?.head === head) return known
    const bound = bindPlan(plan, head, this.blocks)
    if (bound && (!known || known.head.revision < head.revision)) {
      this.#bound.set(plan, bound)
      this.blocks.retain((view, run) => head.views.get(view)?.base.run === run)
    }
    return bound
  }

  /**
   * One round of parallel bulk gets. What KV does not return, or returns damaged, stays missing.
   * @returns the blocks that came, held in memory until the caller releases them (`blocks.release`)
   */
  async fetch(missing: MissingBlocks, cacheTtl: number): Promise<readonly CachedBlock[]> {
    const wanted = [...missing].flatMap(([run, numbers]) =>
      [...numbers].map((number) => ({ run, number, key: blockKey(run.view, run.pointer.run, number) })),
    )
    const chunks: (typeof wanted)[] = []
    for (let at = 0; at < wanted.length; at += KV_BULK_GET_KEYS) chunks.push(wanted.slice(at, at + KV_BULK_GET_KEYS))
    return (await Promise.all(chunks.map((chunk) => this.#fetchChunk(chunk, cacheTtl)))).flat()
  }

  async #fetchChunk(
    chunk: readonly { readonly run: CachedRun; readonly number: number; readonly key: string }[],
    cacheTtl: number,
  ): Promise<readonly CachedBlock[]> {
    try {
      const texts = await this.#kv.getMany(
        chunk.map((one) => one.key),
        cacheTtl,
      )
      return chunk.flatMap(({ run, number, key }) => {
        const text = texts.get(key)
        return text === null || text === undefined ? [] : this.#hold(run, number, text)
      })
    } catch (thrown) {
      logProblem('kv read failed', thrown)
      return []
    }
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
    const missing = new Map<CachedRun, Set<number>>()
    let count = 0
    for (const [view, { base }] of from.views) {
      const next = to.views.get(view)?.base
      if (!next || next.run === base.run) continue
      const run = this.blocks.open(view, next)
      const numbers = [...this.blocks.open(view, base).blocks.keys()].flatMap((block) =>
        overlapping(block, base.blocks, next.blocks),
      )
      const wanted = new Set(numbers.filter((number) => !run.blocks.has(number)).slice(0, PREFETCH_BLOCKS - count))
      if (wanted.size > 0) missing.set(run, wanted)
      count += wanted.size
    }
    if (count === 0) return
    // A read that hangs must not keep the isolate on the old head: what came by then is enough.
    const fetching = this.fetch(missing, KV_IMMUTABLE_CACHE_TTL_S).then((blocks) => this.blocks.release(blocks))
    await Promise.race([fetching, this.#clock.wait(PREFETCH_MS)])
  }
}

function logProblem(what: string, thrown: unknown): void {
  console.warn(JSON.stringify({ level: 'warn', message: what, cause: messageOf(thrown) }))
}
