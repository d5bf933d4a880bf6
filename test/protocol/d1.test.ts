/** The same protocol over D1 itself: `Repository` and its migrations in Miniflare, and KV without a memory in front. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { type Head, parseHead } from '../../core/head.ts'
import { HEAD_KEY } from '../../core/storage.ts'
import { NO_FACTS } from '../../registry/facts.ts'
import { nextHead } from '../../registry/publish.ts'
import { Repository } from '../../registry/repository.ts'
import { type PublishingRepository, publish } from '../../worker/publishing/publish.ts'
import { rollback } from '../../worker/publishing/rollback.ts'
import type { Written } from '../../worker/publishing/settle.ts'
import { SingleWriter } from '../../worker/publishing/single-writer.ts'
import type { Truth } from '../../worker/stores.ts'
import { type Cloud, startCloud } from './central-store.ts'
import { Clock } from './clock.ts'
import { BLOCKS, computedRun, FIRST_HEAD, PLAN, PLAN_HASH, REGISTRY } from './definitions.ts'
import { type Model, replay, type Schedule } from './schedule.ts'

const MIGRATIONS = join(import.meta.dirname, '../../registry/migrations')
const TABLES = ['plans', 'registry_objects', 'registry_revisions', 'revisions', 'runs', 'snapshots', 'uploads']

let cloud: Cloud
let repository: Repository

beforeAll(async () => {
  cloud = await startCloud()
  repository = new Repository(cloud.d1)
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort()
  for (const file of files) {
    const sql = await readFile(join(MIGRATIONS, file), 'utf8')
    for (const statement of sql.split('--> statement-breakpoint')) await cloud.d1.prepare(statement).run()
  }
})
afterAll(() => cloud.dispose())
beforeEach(reset)

/** Revision 1 is the registry without anything online; three runs are uploaded. */
async function reset(): Promise<void> {
  await cloud.d1.batch(TABLES.map((table) => cloud.d1.prepare(`DELETE FROM ${table}`)))
  const head: Head = { ...nextHead({ ...FIRST_HEAD, revision: 0, views: {} }, REGISTRY), revision: 1 }
  const plans = new Map([[PLAN_HASH, PLAN]])
  await repository.commitApply({
    head,
    snapshot: REGISTRY,
    plans,
    changes: [],
    facts: NO_FACTS,
    reason: 'apply',
    by: null,
    commit: null,
    now: 0,
  })
  for (const run of [computedRun('delays', 1), computedRun('traffic', 1)]) {
    const { kind, base, rows, blocks, filters, changed, stored, watermark, nextEvent, parts, statistics, checks } = run
    const counts = { rows, blocks, filters, changed, stored }
    await repository.startRun({ ...run, state: 'started' })
    await repository.recordComputed(run.id, {
      ...counts,
      kind,
      base,
      watermark,
      nextEvent,
      parts,
      statistics,
      checks,
    })
    await repository.recordUpload(run.id, 0, BLOCKS)
  }
}

async function latestHead(): Promise<Head> {
  return parseHead((await repository.latestRevision())?.head ?? '')
}

test('of two commits of one revision number, sent at once, exactly one lands, with its run', async () => {
  const head = await latestHead()
  const runs = [await repository.run('1-delays'), await repository.run('1-traffic')]
  const heads = runs.map((run) =>
    nextHead(head, REGISTRY, {
      [run.view]: { snapshot: 1, base: { store: 'kv', run: run.id, blocks: BLOCKS }, watermark: null },
    }),
  )
  const commits = runs.map((run, index) =>
    repository.commitRevision(heads[index] ?? head, 'race', 0, { published: [run] }),
  )
  const outcomes = await Promise.allSettled(commits)
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const [lost] = outcomes.filter((one) => one.status === 'rejected')
  expect(lost?.reason).toMatchObject({ code: 'CONFLICT', details: { revision: 2 } })
  const states = (await Promise.all(runs.map(({ id }) => repository.run(id)))).map(({ state }) => state)
  expect(states.sort()).toEqual(['computed', 'published'])
  expect(Object.keys((await latestHead()).views)).toHaveLength(1)
})

/** Every query of an actor is a step. */
function stepping(schedule: Schedule, actor: string): PublishingRepository & Truth {
  const step = <A extends unknown[], T>(label: string, query: (...given: A) => Promise<T>) => {
    return (...given: A) => schedule.gate({ actor, label, run: () => query.apply(repository, given) })
  }
  return {
    latestRevision: step('the newest revision', repository.latestRevision),
    revision: step('a revision', repository.revision),
    registryText: step('the text of the registry', repository.registryText),
    planText: step('the text of a plan', repository.planText),
    registry: step('the registry', repository.registry),
    run: step('a run', repository.run),
    uploadedBlocks: step('the uploaded blocks', repository.uploadedBlocks),
    snapshots: step('the snapshots', repository.snapshots),
    commitRevision: step('commit', repository.commitRevision),
  }
}

/** The writer over D1 and KV themselves; nobody dies here. */
function writerOn(schedule: Schedule): SingleWriter {
  const clock = new Clock()
  let written: Written | undefined
  return new SingleWriter({
    truth: stepping(schedule, 'writer'),
    kv: {
      put: (key, value) =>
        schedule.gate({
          actor: 'writer',
          label: `put ${key}`,
          run: async () => void (await cloud.kv.store(key, value)),
        }),
    },
    now: clock.now,
    wait: async (ms) => clock.pass(ms),
    load: async () => written,
    save: async (now) => {
      written = now
    },
    loadArmed: async () => 0,
    arm: async () => {},
    setAlarm: async () => {},
  })
}

test('publishers of two views, of the same run and a rollback race over D1 (4 random walks)', async () => {
  const walk: Model = async (schedule) => {
    await reset()
    const writer = writerOn(schedule)
    const publisher = { arm: () => writer.arm(), publish: (revision: number) => writer.publish(revision) }
    const on = (actor: string) => ({ repository: stepping(schedule, actor), publisher, now: () => 0 })
    const revisions: number[] = []
    for (const [actor, run] of [
      ['first', '1-delays'],
      ['second', '1-traffic'],
      ['again', '1-delays'],
    ] as const)
      schedule.actor(async () => void revisions.push((await publish(on(actor), [run])).revision))
    schedule.actor(async () => {
      await rollback(on('operator'), ['delays'], { to: 1 }).catch((thrown: unknown) => {
        // Before the first publish there is nothing to roll back.
        if (!(thrown instanceof ShorelineError && thrown.code === 'CONFLICT')) throw thrown
      })
    })
    return async () => {
      await schedule.settle()
      const latest = await repository.latestRevision()
      expect(Object.keys((await latestHead()).views).sort()).toEqual(['delays@1', 'traffic@1'])
      expect(Math.max(...revisions)).toBeLessThanOrEqual(latest?.revision ?? 0)
      for (let revision = 1; revision <= (latest?.revision ?? 0); revision++)
        expect((await repository.revision(revision))?.revision).toBe(revision)
      expect(await cloud.kv.read(HEAD_KEY)).toBe(latest?.head)
    }
  }
  const choices = fc.array(fc.nat(99), { minLength: 20, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(choices, (numbers) => replay(walk, numbers)),
    { seed: 20_261_123, numRuns: 4 },
  )
})
