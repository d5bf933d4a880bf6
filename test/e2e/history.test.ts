/** A bad file, as the person on call meets it: look before, find it, take it back, lock it away, mend it; lose blocks, repair; reclaim. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RollbackAnswer, SnapshotsAnswer } from '../../registry/wire/control.ts'
import type { GcAnswer, QuarantineAnswer, RunDescription, RunsAnswer } from '../../registry/wire/history.ts'
import type { ViewReport } from '../../sync/materialize/report.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  await Promise.all([
    writeParquet(join(deployment.lake, 'users/1.parquet'), users(0, 500, '2026-02-27', 1)),
    writeParquet(
      join(deployment.lake, 'pairs/1.parquet'),
      `select 'a' as payer, 1::bigint as payee, timestamp '2020-01-01' as "at", 1::bigint as "PAID_CENTS"`,
    ),
  ])
  expect((await deployment.cli('apply')).code).toBe(0)
  await sync()
})

afterAll(() => deployment.stop())

/** Users from `u<first>` on, all with so many visits. */
function users(first: number, count: number, at: string, visits: number): string {
  return `select 'u' || i as user_id, timestamp '${at}' as "at", timestamp '${at}' as created, ${visits}::bigint as visits, i::double as score, 'city' as city, timestamp '2026-02-01' as seen from range(${first}, ${first + count}) as users(i)`
}

const BAD = () => join(deployment.lake, 'users/2.parquet')
const badUri = () => `file://${BAD()}`

async function sync(): Promise<ViewReport> {
  const { views } = await deployment.json<{ views: ViewReport[] }>('sync', 'user_stats')
  const [report] = views
  if (!report) throw new Error('no report')
  return report
}

async function visits(user: string) {
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service: 'profile', rows: [{ user_id: user }] }),
  })
  const json = (await response.json()) as { rows: { visits: number | null }[]; degraded: boolean }
  return { visits: json.rows[0]?.visits, degraded: json.degraded }
}

async function blocks(): Promise<ReadonlyMap<string, string | null>> {
  const { keys } = await deployment.kv.list({ prefix: 'b/user_stats@1/' })
  return new Map(await Promise.all(keys.map(async ({ name }) => [name, await deployment.kv.get(name)] as const)))
}

describe('a bad file', () => {
  it('is seen in a preview, which writes nothing', async () => {
    const before = await blocks()
    await writeParquet(BAD(), users(0, 3, '2026-02-28', 9900))
    const [shown, table] = await Promise.all([
      deployment.json<{ entities: number; rows: object[] }>('preview', 'user_stats', '--limit', '2'),
      deployment.cli('preview', 'user_stats', '--quiet', '--limit', '2'),
    ])
    const row = { event_timestamp: '2026-02-28T00:00:00Z', visits: '9900', city: 'city', seen: '2026-02-01T00:00:00Z' }
    expect(shown).toMatchObject({
      view: 'user_stats@1',
      entities: 500,
      watermark: '2026-02-28T00:00:00Z',
      rows: [
        { user_id: 'u0', score: 0, ...row },
        { user_id: 'u1', score: 1, ...row },
      ],
    })
    expect(await blocks()).toEqual(before)
    expect(table.stdout).toMatch(/500 entities.*user_id +event_timestamp.*u1 .* 9900.*… 498 more/s)
  })

  it('is found by the runs that read it, once it is online', async () => {
    expect(await sync()).toMatchObject({ mode: 'overlay', changed: 3, snapshot: 2 })
    expect(await visits('u1')).toEqual({ visits: 9900, degraded: false })
    const [{ snapshots }, { runs }, table] = await Promise.all([
      deployment.json<SnapshotsAnswer>('snapshots', 'user_stats'),
      deployment.json<RunsAnswer>('runs', 'user_stats', '--object', badUri()),
      deployment.cli('runs'),
    ])
    expect(snapshots).toMatchObject([
      { snapshot: 2, kind: 'overlay', changed: 3, online: true },
      { snapshot: 1, kind: 'base', marked: false },
    ])
    expect(runs).toMatchObject([{ snapshot: 2, state: 'published', read: { uri: badUri() } }])
    // The column that it is computed from is tagged as personal: no value of it is kept.
    const run = (await (await deployment.fetch(`/v1/runs/${runs[0]?.run}`)).json()) as RunDescription
    expect(run.statistics).toMatchObject({
      features: { visits: { max: '9900' }, city: { count: 500, sensitive: true } },
    })
    expect(table.stdout).toMatch(/^run +view +state .*\n2-\w+ +user_stats@1 +published +overlay +500 +3 /)
  })

  it('is undone and locked away: what comes next does not read it', async () => {
    const back = await deployment.json<RollbackAnswer>('rollback', 'user_stats', '--quarantine')
    expect(back).toMatchObject({
      views: [{ view: 'user_stats@1', from: 2, to: 1 }],
      quarantined: [{ uri: badUri(), snapshot: 2 }],
    })
    expect(await visits('u1')).toEqual({ visits: 1, degraded: false })
    const [{ objects }, resumed] = await Promise.all([
      deployment.json<QuarantineAnswer>('quarantine', 'list'),
      deployment.cli('resume', 'user_stats'),
    ])
    expect(objects).toMatchObject([{ uri: badUri(), view: 'user_stats@1', snapshot: 2 }])
    expect(resumed.code).toBe(0)
    await sync()
    expect(await visits('u1')).toEqual({ visits: 1, degraded: false })
  })

  it('is read again when it has been replaced', async () => {
    await writeParquet(BAD(), users(0, 3, '2026-02-28', 2))
    await sync()
    expect(await visits('u1')).toEqual({ visits: 2, degraded: false })
  })

  it('is read again when it is released', async () => {
    const released = await deployment.cli('quarantine', 'release', badUri())
    expect(released).toMatchObject({ code: 0, stdout: `${badUri()} is read again\n` })
    const [list, nothing] = await Promise.all([
      deployment.cli('quarantine', 'list'),
      deployment.cli('quarantine', 'release'),
    ])
    expect(list.stdout).toBe('Nothing is in quarantine.\n')
    expect(nothing.stderr).toContain('one of the two')
  })
})

describe('blocks that KV has lost', () => {
  it('are put back, byte for byte, those of the base, of the overlay and of its filter', async () => {
    const before = await blocks()
    expect(before.size).toBeGreaterThan(4)
    for (const key of before.keys()) await deployment.kv.delete(key)
    const { views } = await deployment.json<{
      views: { view: string; runs: { missing: number; repaired: number }[] }[]
    }>('repair', 'user_stats')
    const runs = views.flatMap((view) => view.runs)
    expect(runs.reduce((sum, run) => sum + run.repaired, 0)).toBe(before.size)
    expect(await blocks()).toEqual(before)
    expect(await visits('u400')).toEqual({ visits: 1, degraded: false })
    const again = await deployment.cli('repair', '--quiet')
    expect(again.stdout).toMatch(/^view +run +kind +blocks +missing +put back\nuser_stats@1/)
    expect(again.stdout).not.toMatch(/ [1-9]\d* +\d+$/m)
  })
})

describe('a run that hangs', () => {
  it('is cancelled, and the next sync does not wait for it', async () => {
    const body = JSON.stringify({
      view: 'user_stats',
      sources: [],
      full: true,
      holder: 'a dead one',
      lease_seconds: 3600,
    })
    const started = (await (await deployment.fetch('/v1/runs', { method: 'POST', body })).json()) as { run: string }
    expect((await deployment.cli('sync', 'user_stats')).stderr).toContain('a dead one')
    const [cancelled, held] = await Promise.all([
      deployment.cli('cancel', started.run),
      deployment.cli('hold', 'user_stats'),
    ])
    expect(cancelled.stdout).toContain(`${started.run} is cancelled`)
    expect(held.stdout).toMatch(/^revision \d+; held until/)
    const { runs } = (await (await deployment.fetch('/v1/runs?limit=1')).json()) as RunsAnswer
    expect(runs).toMatchObject([{ run: started.run, state: 'cancelled' }])
    await writeParquet(BAD(), users(0, 3, '2026-02-28', 3))
    expect(await sync()).toMatchObject({ held: true })
    expect(await visits('u1')).toEqual({ visits: 2, degraded: false })
  })
})

describe('gc', () => {
  it('says what it would free, marks it, and leaves what may be asked for', async () => {
    const before = await blocks()
    const dry = await deployment.json<GcAnswer>('gc', '--dry-run', '--keep', '1', '--older-than', '1s')
    expect(dry).toMatchObject({ dry_run: true, waiting: { runs: 0 }, more: false })
    expect(dry.marked.runs).toBeGreaterThan(0)
    expect(dry.freed.dollars_a_month).toBeGreaterThan(0)
    const { stdout } = await deployment.cli('gc', '--keep', '1', '--older-than', '1s', '--quiet')
    expect(stdout).toContain(`marked ${dry.marked.runs} runs and ${dry.marked.snapshots.length} snapshots`)
    expect(await blocks()).toEqual(before)
    expect(await visits('u1')).toEqual({ visits: 2, degraded: false })
    const [gone] = dry.marked.snapshots
    const [back, snapshots, again] = await Promise.all([
      deployment.cli('rollback', 'user_stats', '--to', String(gone?.snapshot)),
      deployment.cli('snapshots', 'user_stats'),
      deployment.cli('rollback', 'user_stats', '--to', '3', '--quarantine'),
    ])
    expect(again.stdout).toMatch(/^user_stats@1: snapshot 3 -> 3, held until .*\nNothing is left out: /)
    expect(snapshots.stdout).toMatch(/^snapshot +kind +rows +changed +watermark +published +state$/m)
    expect(snapshots.stdout).toMatch(/^ +\d+ +overlay +500 +3 .* online$/m)
    expect(snapshots.stdout).toMatch(new RegExp(`^ +${gone?.snapshot} .* reclaimed$`, 'm'))
    expect([back.code, back.stderr]).toEqual([1, expect.stringContaining('is being reclaimed')])
  })
})
