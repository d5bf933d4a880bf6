/** A deployment whose time is ours, for histories of months: what publishes and reclaims is the product's, over real stores. */
import { type Head, parseHead } from '../../core/head.ts'
import { blockKey, snapshotPrefix } from '../../core/storage.ts'
import { Quarantine } from '../../registry/history/quarantine.ts'
import { Reclaiming } from '../../registry/history/reclaiming.ts'
import { RunHistory } from '../../registry/history/run-history.ts'
import { Leases } from '../../registry/leases.ts'
import type { Definitions } from '../../registry/objects.ts'
import { Repository, type Run } from '../../registry/repository.ts'
import type { ComputedRequest, StartRunAnswer } from '../../registry/wire/control.ts'
import { d1Blocks, d1BlockWriter } from '../../worker/online/d1-blocks.ts'
import { kvBlocks, kvBlockWriter } from '../../worker/online/kv-blocks.ts'
import { apply, retire } from '../../worker/publishing/apply.ts'
import { cancelRun } from '../../worker/publishing/cancel.ts'
import { type Collected, collect, type GcOptions } from '../../worker/publishing/gc.ts'
import { hold, resume } from '../../worker/publishing/hold.ts'
import { publish } from '../../worker/publishing/publish.ts'
import type { Places } from '../../worker/publishing/reclaim.ts'
import { rollback } from '../../worker/publishing/rollback.ts'
import { recordComputed, uploadBlocks } from '../../worker/publishing/runs.ts'
import { startRun } from '../../worker/publishing/start.ts'
import { kvReader, kvWriter } from '../../worker/stores.ts'
import { bindings } from './guarded.fixture.ts'
import { baseTexts, overlayTexts, type Values, writerAtOnce } from './history.fixture.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** `kept` has the default retention, `brief` two days, `rows` is online in D1. */
export const DEFINITIONS: Definitions = {
  entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'string' }] }],
  sources: [{ name: 'events', format: 'parquet', path: 'file:///events.parquet', timestamp: 'at' }],
  views: (['kept', 'brief', 'rows'] as const).map((name) => ({
    name,
    entity: 'user',
    sources: ['events'],
    timestamp: 'at',
    online: name === 'rows' ? 'd1' : 'kv',
    features: [{ name: 'clicks', type: 'int64', visibility: 'server' }],
    ...(name === 'brief' ? { retention: '2d' } : {}),
  })),
  services: [],
}

const BASE_BLOCKS = 3
const VALUES: Values = { ada: '1', bob: '2' }

export interface Stored {
  /** `b/<view>/<run>/<n>` of either store. */
  readonly blocks: ReadonlySet<string>
  readonly parts: ReadonlySet<string>
  readonly revisions: ReadonlySet<number>
}

export class Months {
  readonly repository = new Repository(bindings.DB)
  readonly history = new RunHistory(bindings.DB)
  readonly quarantine = new Quarantine(bindings.DB)
  readonly #writer = writerAtOnce()
  /** Milliseconds since the epoch. */
  now = Date.UTC(2026, 0, 1)
  /** Deletions from KV until it fails; null: it does not. */
  failsAfter: number | null = null

  readonly #at = {
    repository: this.repository,
    publisher: this.#writer,
    held: new Set<string>(),
    now: () => this.now,
  }

  /** Empty stores, the three views. */
  static async begin(): Promise<Months> {
    for (const table of [
      'revisions',
      'registry_revisions',
      'registry_objects',
      'registry_facts',
      'plans',
      'runs',
      'uploads',
      'snapshots',
      'online_blocks',
      'quarantine',
      'leases',
    ])
      await bindings.DB.prepare(`delete from ${table}`).run()
    for (const { name } of await keysOf('')) await bindings.KV.delete(name)
    for (const { key } of (await bindings.LAKE.list()).objects) await bindings.LAKE.delete(key)
    const months = new Months()
    await apply(months.#at, DEFINITIONS)
    return months
  }

  async head(): Promise<Head> {
    return parseHead((await this.repository.latestRevision())?.head ?? '')
  }

  async #start(view: string): Promise<Extract<StartRunAnswer, { run: string }>> {
    const starting = { repository: this.repository, leases: new Leases(bindings.DB), now: this.now * 1000 }
    const started = await startRun(starting, { view, sources: [], full: true })
    if (started.outcome === 'unchanged') throw new Error('a full run was asked for')
    return started
  }

  /** @param parts of the lake that it names; one of its own when left out */
  async #finish(
    started: Extract<StartRunAnswer, { run: string }>,
    what: Omit<ComputedRequest, 'rows' | 'watermark' | 'next_event' | 'parts'>,
    texts: readonly string[],
    parts?: readonly string[],
  ): Promise<string> {
    const { run, view, snapshot } = started
    const part = `${snapshotPrefix(view, snapshot)}part-0.parquet`
    if (!parts) await bindings.LAKE.put(part, 'rows')
    const writers = { kv: kvBlockWriter(kvWriter(bindings.KV)), d1: d1BlockWriter(bindings.DB) }
    const computed = { ...what, rows: 2, watermark: 0, next_event: null, parts: [...(parts ?? [part])] }
    await recordComputed(this.repository, run, computed)
    if (texts.length > 0) await uploadBlocks(this.repository, writers, run, 0, texts.join('\n'))
    return run
  }

  async base(view: string): Promise<string> {
    const started = await this.#start(view)
    return this.#finish(
      started,
      { kind: 'base', blocks: BASE_BLOCKS, filters: 0 },
      baseTexts(started, BASE_BLOCKS, VALUES),
    )
  }

  /** @param same nothing differs from what is online; null when nothing is */
  async overlay(view: string, same: boolean): Promise<string | null> {
    const started = await this.#start(view)
    const online = started.online
    if (!online) return null
    const on = { kind: 'overlay' as const, base_snapshot: online.base.snapshot }
    if (same) {
      // It writes nothing, and names the Parquet of the overlay that it repeats.
      const what = { ...on, blocks: 0, filters: 0, overlay_snapshot: online.snapshot }
      return this.#finish(started, what, [], online.overlay?.parts ?? [])
    }
    return this.#finish(started, { ...on, blocks: 1, filters: 1 }, overlayTexts(started, { ada: '3' }))
  }

  /** Some blocks of a base, and then nothing more is heard of it. */
  async half(view: string): Promise<void> {
    const started = await this.#start(view)
    const texts = baseTexts(started, BASE_BLOCKS, VALUES).slice(0, 2)
    await this.#finish(started, { kind: 'base', blocks: BASE_BLOCKS, filters: 0 }, texts)
    // Written, and its Worker died before it was noted.
    if (started.store === 'kv') await bindings.KV.put(blockKey(started.view, started.run, 2), 'orphan')
  }

  async open(view: string): Promise<Run | null> {
    return this.repository.openRun(view)
  }

  publish(run: string) {
    return publish(this.#at, [run])
  }

  rollback(view: string, to: number) {
    return rollback(this.#at, [view], { targets: { [view]: to } })
  }

  hold(view: string) {
    return hold(this.#at, [view])
  }

  resume(view: string) {
    return resume(this.#at, [view])
  }

  cancel(run: string) {
    return cancelRun(this.repository, this.history, run, this.now)
  }

  fail(run: string) {
    return this.repository.failRun(run, 'it does not fit', this.now)
  }

  async retire(name: string): Promise<void> {
    const left = { ...DEFINITIONS, views: DEFINITIONS.views.filter((view) => view.name !== name) }
    await apply(this.#at, left, { yes: true })
    await retire(this.#at, [`${name}@1`])
  }

  gc(options: GcOptions = {}): Promise<Collected> {
    const deleting = {
      list: (options: KVNamespaceListOptions) => bindings.KV.list(options),
      delete: async (key: string) => {
        if (this.failsAfter === 0) throw new Error('KV is away')
        if (this.failsAfter !== null) this.failsAfter--
        await bindings.KV.delete(key)
      },
    }
    const places: Places = {
      kv: deleting as Places['kv'],
      lake: bindings.LAKE,
      blocks: { kv: kvBlocks(kvReader(bindings.KV)), d1: d1Blocks(bindings.DB) },
    }
    return collect({ ...this.#at, reclaiming: new Reclaiming(bindings.DB), places }, options)
  }

  /** As often as it says that there is more. */
  async gcAll(): Promise<void> {
    while ((await this.gc()).more);
  }

  async stored(): Promise<Stored> {
    const { results } = await bindings.DB.prepare('select view, run, block from online_blocks').all<{
      view: string
      run: string
      block: number
    }>()
    const keys = (await keysOf('')).map(({ name }) => name)
    const parts = await bindings.LAKE.list({ prefix: '_shoreline/snapshots/' })
    return {
      blocks: new Set([
        ...keys.filter((key) => key.startsWith('b/')),
        ...results.map(({ view, run, block }) => blockKey(view, run, block)),
      ]),
      parts: new Set(parts.objects.map(({ key }) => key)),
      revisions: new Set(keys.flatMap((key) => (key.startsWith('revision/') ? [Number(key.slice(9))] : []))),
    }
  }
}

async function keysOf(prefix: string): Promise<readonly { readonly name: string }[]> {
  const keys: { readonly name: string }[] = []
  for (let cursor: string | undefined; ; ) {
    const listed = await bindings.KV.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
    keys.push(...listed.keys)
    if (listed.list_complete) return keys
    cursor = listed.cursor
  }
}
