/**
 * Reclaiming, against a model that knows nothing of how it decides: it remembers every head that there was, and says what must
 * still be there, and what must be gone in the end.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Head, ViewHead } from '../../core/head.ts'
import { blockKey, snapshotPrefix, trainingPrefix } from '../../core/storage.ts'
import { TrainingSets } from '../../registry/training-sets.ts'
import { DAY, HOUR, Months, type Stored } from './gc.fixture.ts'
import { bindings, migrate } from './guarded.fixture.ts'
import { manifestOf, placed } from './training.fixture.ts'

beforeAll(migrate)

/** Histories. */
const RUNS = Math.ceil(Number(Reflect.get(env, 'SHORELINE_RUNS') || 2000) / 400)
const SEED = 20_261_125
const VIEWS = ['kept', 'brief', 'rows'] as const
const KEPT = 3
/** The age of the oldest head that may be answered from. */
const SEEN_MS = 150_000

type Step =
  | {
      readonly do: 'base' | 'overlay' | 'same'
      readonly view: string
      readonly end: 'publish' | 'leave' | 'fail' | 'cancel'
    }
  | { readonly do: 'half' | 'hold' | 'resume' | 'publish'; readonly view: string }
  | { readonly do: 'rollback'; readonly view: string; readonly to: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'gc'; readonly failsAfter: number | null }

const view = fc.constantFrom(...VIEWS)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom('base', 'overlay', 'overlay', 'same'),
      view,
      end: fc.constantFrom('publish', 'publish', 'publish', 'publish', 'leave', 'fail', 'cancel'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('half', 'hold', 'resume', 'publish'), view }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rollback'), view, to: fc.nat(30) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(HOUR / 4, HOUR, 7 * HOUR, DAY, 2 * DAY, 5 * DAY),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('gc'), failsAfter: fc.option(fc.nat(12), { freq: 4 }) }),
  },
) as fc.Arbitrary<Step>

interface Seen {
  readonly at: number
  readonly head: Head
}

/** What there was, kept apart from what D1 says there is. */
class Model {
  readonly revisions: Seen[] = []
  /** Blocks, filters and store of every run that was computed, by its id. */
  readonly sizes = new Map<string, { readonly view: string; readonly blocks: number }>()

  async look(months: Months): Promise<void> {
    const head = await months.head()
    for (let revision = (this.revisions.at(-1)?.head.revision ?? 0) + 1; revision <= head.revision; revision++) {
      const stored = await months.repository.revision(revision)
      if (stored) this.revisions.push({ at: months.now, head: JSON.parse(stored.head) as Head })
    }
  }

  blocksOf(run: string): readonly string[] {
    const { view = '', blocks = 0 } = this.sizes.get(run) ?? {}
    return Array.from({ length: blocks }, (_, block) => blockKey(view, run, block))
  }

  of({ base, overlay }: Pick<ViewHead, 'base' | 'overlay'>): readonly string[] {
    return [...this.blocksOf(base.run), ...(overlay ? this.blocksOf(overlay.run) : [])]
  }

  /** Snapshots that were online at some moment since then. */
  onlineSince(view: string, since: number): ReadonlySet<number> {
    const online = new Set<number>()
    for (const [at, { head }] of this.revisions.entries()) {
      const until = this.revisions[at + 1]?.at ?? Number.POSITIVE_INFINITY
      const snapshot = head.views[`${view}@1`]?.snapshot
      if (snapshot !== undefined && until > since) online.add(snapshot)
    }
    return online
  }
}

async function take(months: Months, model: Model, step: Step): Promise<void> {
  switch (step.do) {
    case 'base':
    case 'overlay':
    case 'same': {
      const run =
        step.do === 'base' ? await months.base(step.view) : await months.overlay(step.view, step.do === 'same')
      if (run === null) return
      const { view, blocks, filters } = await months.repository.run(run)
      model.sizes.set(run, { view, blocks: (blocks ?? 0) + filters })
      if (step.end === 'publish') await months.publish(run)
      if (step.end === 'fail') await months.fail(run)
      if (step.end === 'cancel') await months.cancel(run)
      return
    }
    case 'half':
      return months.half(step.view)
    case 'publish': {
      const open = await months.open(`${step.view}@1`)
      // A later snapshot may be online, or its upload be cut off.
      if (open) await months.publish(open.id).catch(refusal)
      return
    }
    case 'hold':
      await months.hold(step.view).catch(refusal)
      return
    case 'resume':
      await months.resume(step.view)
      return
    case 'rollback': {
      const all = await months.repository.snapshots(`${step.view}@1`)
      const target = all[step.to % Math.max(1, all.length)]
      if (!target || !(await months.head()).views[`${step.view}@1`]) return
      const back = months.rollback(step.view, target.snapshot)
      if (target.markedAt === null) await back
      else await expect(back).rejects.toThrow(`Snapshot ${target.snapshot} of ${step.view}@1 is being reclaimed`)
      return
    }
    case 'wait':
      months.now += step.ms
      return
    case 'gc':
      months.failsAfter = step.failsAfter
      await months.gc().catch((thrown: unknown) => expect(String(thrown)).toContain('KV is away'))
      months.failsAfter = null
  }
}

function refusal(thrown: unknown): void {
  expect(thrown).toMatchObject({ code: 'CONFLICT' })
}

/** Whatever anybody may still ask for is there. */
async function expectKept(months: Months, model: Model, before: Head): Promise<Stored> {
  const stored = await months.stored()
  const has = (why: string, keys: readonly string[]) =>
    expect(
      keys.filter((key) => !stored.blocks.has(key)),
      why,
    ).toEqual([])
  const head = await months.head()
  expect(head.oldest).toBeGreaterThanOrEqual(before.oldest)
  expect(head.oldest).toBeLessThanOrEqual(head.revision)
  // An isolate answers from a head that it read some minutes ago, and from what was retained then.
  const lately = model.revisions.findLast((one) => one.at <= months.now - SEEN_MS)?.head.oldest ?? 1
  for (const one of model.revisions.filter((one) => one.head.revision >= lately)) {
    expect(stored.revisions.has(one.head.revision), `revision ${one.head.revision}`).toBe(true)
    for (const online of Object.values(one.head.views)) has(`revision ${one.head.revision}`, model.of(online))
  }
  for (const view of VIEWS) {
    const snapshots = await months.repository.snapshots(`${view}@1`)
    for (const one of snapshots.filter(({ markedAt }) => markedAt === null)) {
      has(`snapshot ${one.snapshot} of ${view}`, model.of(one.pointer))
      for (const part of one.parts) expect(stored.parts.has(part), part).toBe(true)
    }
    // What was promised to stay is not marked.
    const recent = model.onlineSince(view, months.now - (view === 'brief' ? 2 : 7) * DAY)
    const promised = snapshots.filter((one, at) => at < KEPT || recent.has(one.snapshot))
    expect(promised.filter((one) => one.markedAt !== null)).toEqual([])
    const open = await months.open(`${view}@1`)
    if (!open?.base || open.blocks === null) continue
    const { base } = open
    has(`the base of ${open.id}`, model.of({ base: base.pointer, ...(base.overlay ? { overlay: base.overlay } : {}) }))
  }
  return stored
}

/** Months later nothing is left but what is online, the newest snapshots, and every run's record. */
async function expectGone(months: Months, model: Model): Promise<void> {
  for (const view of VIEWS) {
    const open = await months.open(`${view}@1`)
    if (open) await months.cancel(open.id)
  }
  const runs = await months.history.list({ limit: 500 })
  months.now += 60 * DAY
  await months.gcAll()
  await model.look(months)
  months.now += 2 * HOUR
  await months.gcAll()
  const head = await months.head()
  const stored = await expectKept(months, model, head)
  const [blocks, parts] = [new Set<string>(), new Set<string>()]
  const need = (view: string, run: string) => {
    for (const key of model.blocksOf(run)) blocks.add(key)
    parts.add(`${snapshotPrefix(view, Number.parseInt(run, 10))}part-0.parquet`)
  }
  for (const name of VIEWS) {
    const view = `${name}@1`
    const snapshots = await months.repository.snapshots(view)
    const served = snapshots.filter((one, at) => at < KEPT || head.views[view]?.snapshot === one.snapshot)
    for (const { pointer } of served)
      for (const { run } of [pointer.base, ...(pointer.overlay ? [pointer.overlay] : [])]) need(view, run)
  }
  expect([...stored.blocks].sort()).toEqual([...blocks].sort())
  expect([...stored.parts].sort()).toEqual([...parts].sort())
  expect(Math.min(...stored.revisions)).toBeLessThanOrEqual(head.oldest)
  expect(stored.revisions.size).toBeLessThanOrEqual(head.revision - Math.min(head.oldest, ...stored.revisions) + 1)
  expect((await months.history.list({ limit: 500 })).map((run) => run.id)).toEqual(runs.map((run) => run.id))
}

describe('gc', () => {
  it('never takes what anybody may ask for, and in the end takes all the rest', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
        const months = await Months.begin()
        const model = new Model()
        await model.look(months)
        for (const one of steps) {
          const before = await months.head()
          await take(months, model, one)
          await model.look(months)
          if (one.do === 'gc') await expectKept(months, model, before)
        }
        await expectGone(months, model)
      }),
      { seed: SEED, numRuns: RUNS },
    )
  })
})

/** Bases of one view, a day apart. */
async function daily(view: string, count: number): Promise<Months> {
  const months = await Months.begin()
  for (let day = 0; day < count; day++) {
    await months.publish(await months.base(view))
    months.now += DAY
  }
  return months
}

async function snapshotsLeft(months: Months, view: string): Promise<readonly number[]> {
  const all = await months.repository.snapshots(`${view}@1`)
  return all.filter((one) => one.markedAt === null).map((one) => one.snapshot)
}

describe('the retention', () => {
  it('is seven days unless the view says otherwise, and three snapshots at least', async () => {
    const months = await daily('kept', 12)
    await months.gc()
    // What was published seven days ago to the hour was online then.
    expect(await snapshotsLeft(months, 'kept')).toEqual([12, 11, 10, 9, 8, 7, 6])
    const brief = await daily('brief', 12)
    await brief.gc()
    expect(await snapshotsLeft(brief, 'brief')).toEqual([12, 11, 10])
    await brief.gc({ keep: 1 })
    expect(await snapshotsLeft(brief, 'brief')).toEqual([12, 11])
    brief.now += 2 * DAY
    await brief.gc({ keep: 1 })
    expect(await snapshotsLeft(brief, 'brief')).toEqual([12])
  })

  it('is what the call says, for views that say nothing', async () => {
    const months = await daily('kept', 12)
    await months.gc({ olderThan: '2d', keep: 1 })
    expect(await snapshotsLeft(months, 'kept')).toEqual([12, 11])
    await expect(months.gc({ olderThan: 'a day' })).rejects.toThrow('older_than: "a day" is not a duration')
  })
})

describe('an overlay under way', () => {
  it('keeps its base, though the view serves another', async () => {
    const months = await Months.begin()
    for (let base = 0; base < 2; base++) await months.publish(await months.base('kept'))
    await months.rollback('kept', 1)
    const overlay = (await months.overlay('kept', false)) ?? ''
    await months.rollback('kept', 2)
    await months.resume('kept')
    months.now += 30 * DAY
    for (let call = 0; call < 2; call++) {
      await months.gc({ keep: 1 })
      months.now += HOUR
    }
    await months.publish(overlay)
    const { base, overlay: over } = (await months.head()).views['kept@1'] ?? { base: { run: '' } }
    expect([base.run.slice(0, 2), over?.run]).toEqual(['1-', overlay])
    const { blocks } = await months.stored()
    for (const run of [base.run, overlay]) expect(blocks.has(blockKey('kept@1', run, 0))).toBe(true)
  })
})

describe('the Parquet of an overlay', () => {
  it('stays for a snapshot that repeats it, though others that named it go, and goes with the last one', async () => {
    const months = await Months.begin()
    await months.publish(await months.base('kept'))
    await months.publish((await months.overlay('kept', false)) ?? '')
    const part = '_shoreline/snapshots/kept@1/2/part-0.parquet'
    await months.fail((await months.overlay('kept', true)) ?? '')
    await months.publish((await months.overlay('kept', true)) ?? '')
    const gcAfter = async (ms: number) => {
      months.now += ms
      await months.gc({ keep: 1 })
      months.now += HOUR
      await months.gc({ keep: 1 })
      return (await months.history.list({ limit: 9 })).map((run) => run.state)
    }
    expect(await gcAfter(30 * DAY)).toEqual(['published', 'reclaimed', 'published', 'published'])
    expect(await months.repository.snapshots('kept@1')).toMatchObject([
      { snapshot: 4, markedAt: null, parts: [part] },
      { snapshot: 2, markedAt: null },
      { snapshot: 1, markedAt: null },
    ])
    expect((await months.stored()).parts).toContain(part)
    await months.publish(await months.base('kept'))
    expect(await gcAfter(30 * DAY)).toEqual(['published', ...Array(4).fill('reclaimed')])
    expect([...(await months.stored()).parts]).toEqual(['_shoreline/snapshots/kept@1/5/part-0.parquet'])
  })
})

describe('a dry run', () => {
  it('says what would be freed and what that costs, and changes nothing', async () => {
    const months = await daily('rows', 9)
    for (let day = 0; day < 9; day++) {
      await months.publish(await months.base('kept'))
      months.now += DAY
    }
    const before = [await months.stored(), await months.head()]
    const dry = await months.gc({ dryRun: true, keep: 1, olderThan: '1d' })
    expect([await months.stored(), await months.head()]).toEqual(before)
    // `brief` looks back two days, to revision 18.
    expect(dry.snapshots).toHaveLength(8 + 8)
    expect(dry.freed).toMatchObject({ runs: 16, blocks: 48, d1Rows: 24, r2Objects: 16, r2Bytes: 16 * 4, revisions: 17 })
    expect(dry.freed.kvDeletes).toBe(24 + 17)
    expect(dry.freed.kvBytes).toBeGreaterThan(24 * 100)
    expect(dry.more).toBe(false)

    const wet = await months.gc({ keep: 1, olderThan: '1d' })
    expect([wet.snapshots, wet.freed.runs]).toEqual([dry.snapshots, 0])
    expect(wet.oldest).toBe(dry.oldest)
    expect((await months.gc({ dryRun: true, keep: 1, olderThan: '1d' })).waiting).toHaveLength(16)
    months.now += HOUR
    const { freed } = await months.gc({ keep: 1, olderThan: '1d' })
    expect(freed).toMatchObject({ runs: 16, blocks: 48, d1Rows: 24, r2Objects: 16, revisions: 17 })
  })
})

describe('a call', () => {
  it('does what an invocation may, and says that there is more', async () => {
    const months = await Months.begin()
    const insert =
      'insert into runs (id, view, snapshot, kind, state, input, sources, as_of, block_count, started_at) values (?, ?, ?, ?, ?, ?, ?, 0, ?, 0)'
    for (const number of [1, 2, 3]) {
      const id = `${number}-large`
      await bindings.DB.prepare(insert).bind(id, 'kept@1', number, 'base', 'failed', '', '[]', 500).run()
      await bindings.DB.prepare('insert into uploads values (?, 0, 500)').bind(id).run()
    }
    const all = Array.from({ length: 1500 }, (_, at) =>
      blockKey('kept@1', `${1 + Math.floor(at / 500)}-large`, at % 500),
    )
    for (let at = 0; at < all.length; at += 100)
      await Promise.all(all.slice(at, at + 100).map((key) => bindings.KV.put(key, 'block')))
    await months.gc()
    months.now += HOUR
    const left = []
    for (let more = true; more; ) {
      const done = await months.gc()
      expect(done.freed.kvDeletes).toBeLessThanOrEqual(900)
      more = done.more
      left.push((await months.stored()).blocks.size)
    }
    expect(left).toEqual([1000, 500, 0])
    expect((await months.history.list({ limit: 9 })).map((run) => run.state)).toEqual([
      'reclaimed',
      'reclaimed',
      'reclaimed',
    ])
  })

  it('never deletes what is not ours, nor a training set, whatever a run said that it wrote', async () => {
    const months = await Months.begin()
    const run = await months.base('kept')
    const parts = [
      'flights/2001.parquet',
      '_shoreline/snapshots/rows@1/1/part-0.parquet',
      `${trainingPrefix('kept', 1)}train.parquet`,
      '_shoreline/snapshots/kept@1/7/part-0.parquet',
    ]
    const sets = new TrainingSets(bindings.DB)
    const set = placed(manifestOf('kept'), (await sets.start(manifestOf('kept'))).version)
    await sets.complete({ ...set, version: 1 })
    for (const part of parts) await bindings.LAKE.put(part, 'rows')
    await bindings.DB.prepare('update runs set parts = ?').bind(JSON.stringify(parts)).run()
    await months.fail(run)
    await months.gc()
    months.now += HOUR
    await months.gcAll()
    const { objects } = await bindings.LAKE.list()
    expect(objects.map(({ key }) => key)).toEqual(parts.slice(0, 3).sort())
    expect((await sets.describe('kept')).rows).toBe(set.rows)
  })
})

describe('a version that is retired', () => {
  it('goes whole, its open run too, once nobody can ask for what it was', async () => {
    const months = await daily('kept', 2)
    await months.half('kept')
    await months.retire('kept')
    months.now += DAY
    await months.gc()
    expect(await snapshotsLeft(months, 'kept')).toEqual([2, 1])
    months.now += 8 * DAY
    await months.gc()
    months.now += HOUR
    await months.gcAll()
    expect((await months.stored()).blocks).toEqual(new Set())
    expect((await months.history.list({ limit: 9 })).map((run) => run.state)).toEqual([
      'reclaimed',
      'reclaimed',
      'reclaimed',
    ])
  })
})
