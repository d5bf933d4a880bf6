/**
 * Answers from kept texts are the answers without them, and answers over overlays those of their rows in one base: across
 * publishes, expiry, other ages and eviction, made at random.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64 } from '../../core/base64.ts'
import { type StoredRow, type Tombstone, writeBlock } from '../../core/block.ts'
import { addToFilter, filterBlockOf } from '../../core/filter.ts'
import { EMPTY_HEAD } from '../../core/head.ts'
import { md5Words } from '../../core/md5.ts'
import { partitionOf } from '../../core/partition.ts'
import type { Plan, PlanView } from '../../core/plan.ts'
import { codeHere } from '../code/held.ts'
import { Counters } from '../metrics/counters.ts'
import { writeAnswer } from './answer.ts'
import { BlockCache, type CachedBlock } from './blocks.ts'
import { type BoundPlan, bindPlan, missingBlocks, type Options, type RowKeys, readKeys } from './bound.ts'
import { NOTHING_GIVEN } from './given.ts'
import { type LoadedHead, loadHead } from './heads.ts'
import { type ReadyPlan, readyPlan } from './plans.ts'

const BLOCKS = 3
const OVERLAY_BLOCKS = 2
const FILTERS = 2
const USERS = ['ada', 'bob', 'cyd', 'dan', 'eve']
const ITEMS = ['pen', 'ink']
const VIEWS = [
  { name: 'a', key: 'user', ttl: null },
  { name: 'b', key: 'user', ttl: 100_000_000 },
  { name: 'c', key: 'item', ttl: 250_000_000 },
  { name: 'd', key: 'user', ttl: 7 },
  { name: 'e', key: 'user', ttl: 130_000_000 },
] as const

type ViewName = (typeof VIEWS)[number]['name']
/** What was published of a view: the snapshot's number, its rows, and how they are stored. */
interface Published {
  readonly number: number
  readonly rows: readonly StoredRow[]
  readonly base: { readonly number: number; readonly rows: readonly StoredRow[] }
  readonly overlay: readonly (StoredRow | Tombstone)[] | null
}
type Runs = Readonly<Record<ViewName, Published>>

function asBase(number: number, rows: readonly StoredRow[]): Published {
  return { number, rows, base: { number, rows }, overlay: null }
}

/** What differs from the base, and tombstones. */
function asOverlay(number: number, rows: readonly StoredRow[], { base }: Published): Published {
  const texts = new Set(base.rows.map((row) => JSON.stringify(row)))
  const keys = new Set(rows.map(([key]) => key))
  const gone = base.rows.flatMap(([key]): Tombstone[] => (keys.has(key) ? [] : [[key]]))
  const overlay = [...rows.filter((row) => !texts.has(JSON.stringify(row))), ...gone]
  return { number, rows, base, overlay }
}

/** The same rows without overlays. */
function flat(runs: Runs): Runs {
  const views = VIEWS.map(({ name }) => [name, asBase(runs[name].number, runs[name].rows)])
  return Object.fromEntries(views) as unknown as Runs
}

function planOf(service: string, names: readonly ViewName[]): ReadyPlan {
  const views = VIEWS.filter(({ name }) => names.includes(name)).map(
    ({ name, key, ttl }): PlanView => ({
      view: `${name}@1`,
      as: name,
      keys: [{ name: key, type: 'string' }],
      ttl,
      columns: [
        { name: `${name}_text`, feature: 'text', index: 0, type: 'string', visibility: 'public' },
        { name: `${name}_count`, feature: 'count', index: 1, type: 'int64', visibility: 'public' },
      ],
    }),
  )
  const plan: Plan = { format: 1, service, version: 1, views }
  return readyPlan(plan, { fullNames: false, publicOnly: false, client: false }, codeHere())
}

const PLANS = [planOf('all', ['a', 'b', 'c', 'd', 'e']), planOf('some', ['b', 'd', 'e']), planOf('one', ['b'])]

function headOf(runs: Runs, revision: number): LoadedHead {
  const views = VIEWS.map(({ name }) => {
    const { number, base, overlay } = runs[name]
    const pointer = { store: 'kv', run: `${base.number}-abc`, blocks: BLOCKS } as const
    const over = { store: 'kv', run: `${number}-over`, blocks: OVERLAY_BLOCKS, filters: FILTERS } as const
    const online = { snapshot: number, base: pointer, ...(overlay ? { overlay: over } : {}), watermark: null }
    return [`${name}@1`, online] as const
  })
  return loadHead({ ...EMPTY_HEAD, revision, views: Object.fromEntries(views) })
}

/** Reads as a request does: what is missing is fetched, the answer is written, and what was fetched may go. */
class Reader {
  readonly #cache: BlockCache
  readonly #counters = new Counters()
  readonly #bound = new Map<string, BoundPlan>()

  constructor(limit: number) {
    this.#cache = new BlockCache(limit)
  }

  answer(plan: ReadyPlan, runs: Runs, revision: number, keys: RowKeys, rows: number, options: Options): string {
    const name = `${plan.id} ${revision}`
    const bound = this.#bound.get(name) ?? bindPlan(plan, headOf(runs, revision), this.#cache, this.#counters)
    if (!bound) throw new Error('not online')
    this.#bound.set(name, bound)
    const before = writeAnswer(bound, keys, rows, options)
    const missing = missingBlocks(bound, keys)
    // A text may outlive the filter that said of a key that the overlay has none: it is true for as long as there are its runs.
    if (before !== undefined) return before
    expect(missing.size, 'it answers when all blocks are in memory').toBeGreaterThan(0)
    const held: CachedBlock[] = []
    for (const [run, numbers] of missing) {
      const [name = ''] = run.view
      const rowsOf = VIEWS.find((view) => view.name === name)
      if (!rowsOf) throw new Error(`no view ${name}`)
      for (const number of numbers)
        held.push(this.#cache.hold(run, number, blockText(rowsOf.name, runs[rowsOf.name], run.over !== null, number)))
    }
    const text = writeAnswer(bound, keys, rows, options)
    this.#cache.release(held)
    for (const { run } of bound.views)
      for (const { texts } of run.blocks.values())
        for (const { blocks } of texts)
          for (const block of blocks)
            expect(block.run.blocks.get(block.number), 'a text goes with its blocks').toBe(block)
    if (text === undefined) throw new Error('all its blocks are in memory')
    return text
  }
}

function blockText(name: ViewName, { number, base, overlay }: Published, over: boolean, block: number): string {
  const [run, blocks, rows] = over
    ? [`${number}-over`, OVERLAY_BLOCKS, overlay ?? []]
    : [`${base.number}-abc`, BLOCKS, base.rows]
  const own =
    block >= blocks ? [[filterOf(rows, block - blocks)]] : rows.filter(([key]) => partitionOf(key, blocks) === block)
  return writeBlock({ view: `${name}@1`, run, block, blocks }, `[${own.map((row) => JSON.stringify(row)).join(',')}]`)
}

/** So small that it is often wrong, as it may be. */
function filterOf(rows: readonly (StoredRow | Tombstone)[], filter: number): string {
  const bits = new Uint8Array(3)
  for (const [key] of rows) {
    const [, b, c] = md5Words(key)
    if (filterBlockOf(key, FILTERS) === filter) addToFilter(bits, b, c)
  }
  return toBase64(bits)
}

const SECONDS = 1_000_000
/** Few, so that the same ones are met again. */
const instant = fc.integer({ min: 0, max: 6 }).map((halfMinutes) => halfMinutes * 30 * SECONDS)
const values = fc.tuple(
  fc.option(fc.constantFrom('x', 'a "quoted" one', 'ö'), { freq: 3 }),
  fc.option(fc.integer().map(String), { freq: 3 }),
)
const rowsOf = (keys: readonly string[]) =>
  fc
    .tuple(...keys.map(() => fc.option(fc.tuple(instant, values), { freq: 3 })))
    .map((all) => all.flatMap((row, at): StoredRow[] => (row ? [[keys[at] ?? '', row[0], ...row[1]]] : [])))
const rowsOfView = (name: ViewName) =>
  rowsOf(VIEWS.some((view) => view.name === name && view.key === 'user') ? USERS : ITEMS)
const viewName = fc.constantFrom(...VIEWS.map(({ name }) => name))

const publish = viewName.chain((view) =>
  fc.record({ view: fc.constant(view), rows: rowsOfView(view), over: fc.boolean() }),
)
const ask = fc.record({
  plan: fc.constantFrom(...PLANS),
  /** How many revisions back. */
  back: fc.constantFrom(0, 0, 0, 1),
  // Around the instants at which something expires.
  now: fc.tuple(instant, fc.constantFrom(-1, 0, 0, 1, 7, 8)).map(([at, more]) => at + 100 * SECONDS + more),
  maxAge: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 50 * SECONDS, 0),
  metadata: fc.constantFrom('none' as const, 'issues' as const, 'full' as const),
  rows: fc.array(fc.record({ user: fc.constantFrom(...USERS, 'nobody'), item: fc.constantFrom(...ITEMS, 'nothing') }), {
    minLength: 1,
    maxLength: 6,
  }),
})

const scenario = fc.record({
  /** From next to nothing to everything. */
  limit: fc.constantFrom(200, 700, 1000, 1300, 1600, 2000, 1e6),
  first: fc.tuple(...VIEWS.map(({ name }) => rowsOfView(name))),
  steps: fc.array(fc.oneof({ weight: 1, arbitrary: publish }, { weight: 5, arbitrary: ask }), {
    maxLength: 60,
    size: 'max',
  }),
})

/** Value by value, as answers that share something are written: no text is kept there. */
const BY_VALUE: Pick<Options, 'shared'> = { shared: {} }

describe('texts that are kept', () => {
  it('are those that would be made anew', () => {
    fc.assert(
      fc.property(scenario, ({ limit, first, steps }) => {
        const kept = new Reader(limit)
        const initial = Object.fromEntries(
          VIEWS.map(({ name }, at) => [name, asBase(1, first[at] ?? [])]),
        ) as unknown as Runs
        const revisions: Runs[] = [initial]
        for (const step of steps) {
          const newest = revisions.at(-1) ?? initial
          if ('view' in step) {
            const number = newest[step.view].number + 1
            const before = newest[step.view]
            const published = step.over ? asOverlay(number, step.rows, before) : asBase(number, step.rows)
            revisions.push({ ...newest, [step.view]: published })
            continue
          }
          const { plan, back, now, maxAge, metadata, rows } = step
          const at = Math.max(0, revisions.length - 1 - back)
          const runs = revisions[at] ?? initial
          const wanted = rows.map((row) =>
            Object.fromEntries(Object.entries(row).filter(([name]) => plan.fieldNames.has(name))),
          )
          const keys = readKeys(plan, wanted)
          const options: Options = {
            metadata,
            maxAge,
            now,
            degraded: false,
            format: 'rows',
            shared: null,
            live: null,
            given: NOTHING_GIVEN,
          }
          const answer = kept.answer(plan, runs, at, keys, rows.length, options)
          expect(answer).toBe(new Reader(1e6).answer(plan, flat(runs), at, keys, rows.length, options))
          const byValue = new Reader(1e6).answer(plan, runs, at, keys, rows.length, { ...options, ...BY_VALUE })
          expect(answer).toBe(byValue.replace(',"shared":{}', ''))
        }
      }),
      { seed: 9, numRuns: 300 },
    )
  })
})
