/** What an operator is promised of syncs: the bill before the write, what differs and no more, gates, and undo that stays. */
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { RunsAnswer } from '../../registry/wire/history.ts'
import type { ViewReport } from '../../sync/materialize/report.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

const CARDS = 20_000
let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-10T00:00:00Z' }, join(ROOT, 'test/e2e/payments'))
  await day('monday', 2, `select 'c' || i as card, 10.0 as amount from range(${CARDS}) as t(i)`)
  const applied = await deployment.cli('apply')
  expect(applied.stderr + applied.stdout).toContain('spend')
  expect(applied.code).toBe(0)
})

afterAll(() => deployment.stop())

/** @param select cards and amounts */
function day(name: string, at: number, select: string): Promise<void> {
  const file = join(deployment.lake, `payments/${name}.parquet`)
  return writeParquet(
    file,
    `select card, amount::double as amount, timestamp '2026-03-0${at}' as "at" from (${select})`,
  )
}

async function sync(...args: readonly string[]): Promise<readonly ViewReport[]> {
  return (await deployment.json<{ views: ViewReport[] }>('sync', ...args)).views
}

async function one(...args: readonly string[]): Promise<ViewReport> {
  const [report] = await sync('spend', ...args)
  if (!report) throw new Error('no report')
  return report
}

async function ask(service: string, ...cards: readonly string[]) {
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service, rows: cards.map((card) => ({ card })) }),
  })
  return (await response.json()) as {
    revision: number
    rows: Record<string, number | null>[]
    issues: { status: string }[]
    views: { snapshot: number }[]
  }
}

async function stored(): Promise<unknown> {
  const { keys } = await deployment.kv.list({ prefix: '' })
  return [keys.length, await deployment.json('status'), (await deployment.json<RunsAnswer>('runs')).runs.length]
}

/** Of two figures that may differ in the last digits of sizes. */
function expectSame(dry: ViewReport, real: ViewReport): void {
  const figures = [
    'objects',
    'bytes',
    'rows_read',
    'entities',
    'changed',
    'blocks',
    'block_bytes',
    'kv_writes',
  ] as const
  for (const name of [...figures, 'kv_deletes', 'd1_rows', 'd1_deletes', 'r2_ops', 'mode'] as const)
    expect([name, dry[name]]).toEqual([name, real[name]])
  expect(dry.stored_bytes / real.stored_bytes).toBeCloseTo(1, 2)
  expect(dry.dollars / real.dollars).toBeCloseTo(1, 2)
}

describe('a dry run', () => {
  it('writes nothing, and says what the run then does: a base', async () => {
    const before = await stored()
    const dry = await one('--dry-run')
    expect(await stored()).toEqual(before)
    expect(dry).toMatchObject({ dry_run: true, revision: null, mode: 'full', entities: CARDS })
    const real = await one()
    expectSame(dry, real)
    const { keys } = await deployment.kv.list({ prefix: 'b/spend@1/' })
    expect(keys.length).toBe(Math.min(1000, real.kv_writes - 2))
  })

  it('says it of an overlay too', async () => {
    await day('monday-late', 2, `select 'c' || i as card, 1.0 as amount from range(50) as t(i)`)
    const dry = await one('--dry-run')
    const real = await one()
    expectSame(dry, real)
    expect(real).toMatchObject({ mode: 'overlay', changed: 50, entities: CARDS, blocks: 2, kv_writes: 4 })
  })
})

describe('an incremental sync', () => {
  it('serves late rows and corrections, and removes what was deleted', async () => {
    expect((await ask('card_spend', 'c7', 'c777')).rows).toMatchObject([{ amount: 11 }, { amount: 10 }])
    await day('monday-late', 2, `select 'c' || i as card, 2.0 as amount from range(50, 60) as t(i)`)
    await day('monday', 2, `select 'c' || i as card, 10.0 as amount from range(${CARDS}) as t(i) where i <> 777`)
    expect(await one()).toMatchObject({ mode: 'overlay', changed: 61 })
    const { rows, issues } = await ask('card_spend', 'c7', 'c55', 'c777', 'c778')
    expect(rows).toMatchObject([{ amount: 10 }, { amount: 12 }, { amount: null }, { amount: 10 }])
    expect(issues).toMatchObject([{ status: 'NOT_FOUND', rows: [2] }])
  })

  it('that finds no row changed writes no block, and does not look again', async () => {
    await day('empty', 3, `select 'c1' as card, 1.0 as amount where false`)
    expect(await one()).toMatchObject({ mode: 'overlay', changed: 0, blocks: 0, kv_writes: 2 })
    expect(await one()).toMatchObject({ mode: 'unchanged', kv_writes: 0 })
    expect((await ask('card_spend', 'c55', 'c777')).rows).toMatchObject([{ amount: 12 }, { amount: null }])
  })

  it('of views that belong together flips once', async () => {
    await day('tuesday', 3, `select 'c' || i as card, 1.0 as amount from range(100) as t(i)`)
    const reports = await sync('--together')
    expect(reports.map(({ view, revision }) => [view, revision])).toEqual([
      ['guarded_spend@1', reports[0]?.revision],
      ['spend@1', reports[0]?.revision],
    ])
    const { rows, views } = await ask('card_both', 'c1')
    expect(rows).toEqual([{ amount: 11, guarded_amount: 11 }])
    expect(views).toHaveLength(2)
  })
})

describe('a file whose amounts are a hundred times too large', () => {
  const wednesday = (times: number) =>
    day('wednesday', 4, `select 'c' || i as card, ${10 * times}.0 as amount from range(${CARDS}) as t(i)`)

  it('is served with a warning where checks warn, and not at all where they block', async () => {
    await wednesday(100)
    const warned = await one()
    expect(warned.warnings).toMatchObject([{ severity: 'warn', passed: false }])
    expect((await ask('card_spend', 'c500')).rows).toMatchObject([{ amount: 1010 }])
    const { code, stderr } = await deployment.cli('sync', 'guarded_spend')
    expect(code).toBe(3)
    expect(stderr).toContain('view guarded_spend@1: a check does not hold')
    expect(stderr).toMatch(/the mean of amount changes by at most 50 %/)
    expect((await ask('card_both', 'c500')).rows).toMatchObject([{ guarded_amount: 10 }])
    const { runs } = await deployment.json<RunsAnswer>('runs', 'guarded_spend')
    expect(runs[0]).toMatchObject({ state: 'failed' })
  })

  it('is undone and stays so, while syncs go on', async () => {
    const undone = await deployment.cli('rollback', 'spend', '--quarantine')
    expect(undone.code).toBe(0)
    expect((await ask('card_spend', 'c500')).rows).toMatchObject([{ amount: 10 }])
    const held = await one()
    expect(held).toMatchObject({ held: true, mode: 'unchanged' })
    await day('thursday', 5, `select 'c1' as card, 1.0 as amount`)
    expect(await one()).toMatchObject({ held: true, entities: CARDS - 1, changed: 1 })
    expect((await ask('card_spend', 'c500', 'c1')).rows).toMatchObject([{ amount: 10 }, { amount: 11 }])
    // What is computed meanwhile leaves the file out, for whoever would publish it.
    const { objects } = await deployment.json<{ objects: { uri: string }[] }>('quarantine', 'list')
    expect(objects.map(({ uri }) => uri)).toMatchObject([expect.stringContaining('wednesday.parquet')])
    const guarded = await sync('guarded_spend')
    expect(guarded).toMatchObject([{ held: false }])
  })

  it('is replaced: the next sync after resume serves the new values', async () => {
    await wednesday(1)
    expect((await deployment.cli('resume', 'spend')).code).toBe(0)
    expect(await one()).toMatchObject({ held: false, warnings: [expect.anything()] })
    expect((await ask('card_spend', 'c500', 'c1')).rows).toMatchObject([{ amount: 20 }, { amount: 22 }])
  })
})

describe('two syncs of one view', () => {
  const start = (holder: string): Promise<Response> =>
    deployment.fetch('/v1/runs', {
      method: 'POST',
      body: JSON.stringify({ view: 'spend', sources: [], holder, lease_seconds: 600 }),
    })

  it('do not run at once: the second says who runs, and changes nothing', async () => {
    await rm(join(deployment.lake, 'payments/empty.parquet'))
    const before = await deployment.json<HeadAnswer>('status')
    expect((await start('another-host/17/abcd')).status).toBe(200)
    const { code, stderr } = await deployment.cli('sync', 'spend')
    expect(code).not.toBe(0)
    expect(stderr).toMatch(
      /View spend@1 is being materialized by another-host\/17\/abcd since .* its lease runs out at/,
    )
    expect((await deployment.json<HeadAnswer>('status')).revision).toBe(before.revision)
    const { runs } = await deployment.json<RunsAnswer>('runs', 'spend')
    expect((await deployment.cli('cancel', runs[0]?.run ?? '')).code).toBe(0)
  })

  it('need not wait for one that died on this machine', async () => {
    expect((await start(`${hostname()}/4194304/abcd`)).status).toBe(200) // beyond the largest process number of Linux
    expect(await one()).toMatchObject({ held: false })
  })
})
