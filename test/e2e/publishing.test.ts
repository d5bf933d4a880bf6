/** What operators are promised: publish, roll back, repair; and what callers see when a block is gone. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ViewReport } from '../../sync/materialize/report.ts'
import { type Deployment, deploy, readLake, writeParquet } from './deployment.fixture.ts'

let deployment: Deployment

/** 500 users whose visits are all `visits`, so that a value tells which snapshot it is from. */
function users(visits: number): string {
  return `select 'u' || i as user_id, timestamp '2026-02-28' as "at", timestamp '2026-02-28' as created, ${visits}::bigint as visits, i::double as score, 'city' as city, timestamp '2026-02-01' as seen from range(500) as users(i)`
}

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  await writeParquet(join(deployment.lake, 'users/1.parquet'), users(1))
  await writeParquet(
    join(deployment.lake, 'pairs/1.parquet'),
    `select 'a' as payer, 1::bigint as payee, timestamp '2020-01-01' as "at", 1::bigint as "PAID_CENTS"`,
  )
  expect((await deployment.cli('apply')).code).toBe(0)
})

afterAll(() => deployment.stop())

async function sync(...args: readonly string[]): Promise<ViewReport> {
  const { views } = await deployment.json<{ views: ViewReport[] }>('sync', 'user_stats', ...args)
  const [report] = views
  if (!report) throw new Error('no report')
  return report
}

async function visits(user: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) {
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service: 'profile', rows: [{ user_id: user }], ...more }),
    headers,
  })
  const json = (await response.json()) as {
    rows?: { visits: number | null }[]
    revision?: number
    degraded?: boolean
    issues?: unknown[]
    error?: { code: string; message: string }
  }
  return {
    status: response.status,
    visits: json.rows?.[0]?.visits,
    revision: json.revision,
    degraded: json.degraded,
    issues: json.issues,
    error: json.error,
    retryAfter: response.headers.get('retry-after'),
  }
}

async function blocksOf(view: string): Promise<readonly string[]> {
  const { keys } = await deployment.kv.list({ prefix: `b/${view}/` })
  return keys.map((key) => key.name)
}

describe('before anything is materialized', () => {
  it('a service is refused with the command that helps', async () => {
    const { status, error } = await visits('u1')
    expect({ status, code: error?.code }).toEqual({ status: 409, code: 'NOT_MATERIALIZED' })
    expect(error?.message).toContain('shoreline sync')
  })

  it('status says what is not online, and fails the check', async () => {
    const { code, stdout } = await deployment.cli('status', '--json')
    expect(code).toBe(3)
    expect(
      (JSON.parse(stdout) as { views: { view: string; snapshot: unknown; fresh: boolean }[] }).views.find(
        (view) => view.view === 'user_stats@1',
      ),
    ).toEqual({
      view: 'user_stats@1',
      snapshot: null,
      rows: null,
      watermark: null,
      fresh: false,
      held: false,
    })
  })
})

describe('a sync', () => {
  it('publishes a snapshot and says what it did and what it costs', async () => {
    const report = await sync()
    expect(report).toMatchObject({
      view: 'user_stats@1',
      mode: 'full',
      rows_read: 500,
      entities: 500,
      snapshot: 1,
      held: false,
    })
    expect((await blocksOf('user_stats@1')).length).toBe(report.kv_writes - 2)
    expect(report.dollars).toBeGreaterThan(0)
    expect(await visits('u1')).toMatchObject({ visits: 1, revision: report.revision, degraded: false })
  })

  it('does nothing when neither the lake nor the definition changed', async () => {
    expect(await sync()).toMatchObject({ mode: 'unchanged', snapshot: 1, kv_writes: 0 })
  })

  it('keeps the exact rows in the lake as Parquet, for anyone to read', async () => {
    const rows = await readLake(deployment, '_shoreline/snapshots/user_stats@1/1/part-0.parquet')
    expect(rows).toBe(500)
  })

  it('of data that cannot be what was declared changes nothing and names the column', async () => {
    await writeParquet(
      join(deployment.lake, 'users/2.parquet'),
      `select 'x' as user_id, timestamp '2026-02-28' as "at", timestamp '2026-02-28' as created, 1.5::double as visits, 0::double as score, '' as city, null::timestamp as seen`,
    )
    const { code, stderr } = await deployment.cli('sync', 'user_stats', '--quiet')
    await rm(join(deployment.lake, 'users/2.parquet'))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^source users: column visits is BIGINT and DOUBLE, for example in .*1\.parquet and .*2\.parquet\./,
    )
    expect(await visits('u1')).toMatchObject({ visits: 1, degraded: false })
  })

  it('of changed data publishes the next snapshot, which the next request sees', async () => {
    await writeParquet(join(deployment.lake, 'users/1.parquet'), users(2))
    expect(await sync()).toMatchObject({ mode: 'overlay', snapshot: expect.any(Number) })
    expect(await visits('u1')).toMatchObject({ visits: 2, degraded: false })
  })
})

describe('a retained revision', () => {
  it('is answered as it was when the request pins it, and a future one is a conflict', async () => {
    const now = await visits('u2')
    const before = (now.revision ?? 0) - 1
    expect(await visits('u2', {}, { 'x-shoreline-revision': String(before) })).toMatchObject({
      status: 200,
      visits: 1,
      revision: before,
      degraded: false,
    })
    expect((await visits('u2', {}, { 'x-shoreline-revision': '999' })).status).toBe(409)
    expect((await visits('u2', {}, { 'x-shoreline-min-revision': '999' })).status).toBe(409)
    expect((await visits('u2', {}, { 'x-shoreline-revision': 'x' })).status).toBe(400)
  })
})

describe('a rollback', () => {
  it('serves the snapshot before, and holds it there while syncs go on', async () => {
    const rolled = await deployment.json<{
      revision: number
      seen_everywhere_within_seconds: number
      views: unknown[]
    }>('rollback', 'user_stats')
    expect(rolled.views).toEqual([{ view: 'user_stats@1', from: expect.any(Number), to: 1 }])
    expect(rolled.seen_everywhere_within_seconds).toBeGreaterThan(30)
    expect(await visits('u1')).toMatchObject({ visits: 1, revision: rolled.revision })
    expect(await sync('--full')).toMatchObject({ held: true })
    expect(await visits('u1')).toMatchObject({ visits: 1 })
    const { views } = await deployment.json<{ views: { view: string; held: boolean }[] }>('status')
    expect(views.find((view) => view.view === 'user_stats@1')).toMatchObject({ held: true, snapshot: 1 })
  })

  it('ends with resume: the next sync publishes again', async () => {
    expect((await deployment.cli('resume', 'user_stats')).code).toBe(0)
    expect(await visits('u1')).toMatchObject({ visits: 1 })
    expect(await sync()).toMatchObject({ held: false })
    expect(await visits('u1')).toMatchObject({ visits: 2 })
  })

  it('to a snapshot that is not there names those that are', async () => {
    const { code, stderr } = await deployment.cli('rollback', 'user_stats', '--to', '99')
    expect(code).toBe(1)
    expect(stderr).toMatch(/no snapshot 99; it has [0-9, ]+\./)
    expect((await deployment.cli('rollback', 'nobody')).stderr).toContain('There is no view nobody')
  })
})

describe('a block that is missing from KV', () => {
  const user = 'u77'
  it('is never taken for an unknown key: the whole answer comes from the newest revision that is whole, marked degraded', async () => {
    await writeParquet(join(deployment.lake, 'users/1.parquet'), users(3))
    const report = await sync()
    // Not read in this snapshot yet, so nothing of it is in the isolate's memory.
    const lost = await loseBlocks(report.snapshot)
    expect(lost).toBeGreaterThan(0)
    const answer = await visits(user)
    expect(answer).toMatchObject({ status: 200, visits: 2, degraded: true, issues: [] })
    expect(answer.revision).toBeLessThan(report.revision ?? 0)
  })

  it('refuses a strict request with 503 and Retry-After', async () => {
    const answer = await visits(user, { strict: true })
    expect(answer).toMatchObject({ status: 503, error: { code: 'UNAVAILABLE' } })
    expect(answer.retryAfter).not.toBeNull()
  })

  it('refuses a request that pins that revision', async () => {
    const { revision } = await deployment.json<{ revision: number }>('status')
    expect(await visits(user, {}, { 'x-shoreline-revision': String(revision) })).toMatchObject({ status: 503 })
  })

  it('is mended by a full sync', async () => {
    await sync('--full')
    expect(await visits(user)).toMatchObject({ status: 200, visits: 3, degraded: false })
  })

  /** Removes every block of the snapshot's run. */
  async function loseBlocks(snapshot: number): Promise<number> {
    const lost = (await blocksOf('user_stats@1')).filter((key) => key.startsWith(`b/user_stats@1/${snapshot}-`))
    for (const key of lost) await deployment.kv.delete(key)
    return lost.length
  }
})

describe('the control plane', () => {
  it("refuses blocks that are not exactly the run's", async () => {
    await writeParquet(join(deployment.lake, 'users/1.parquet'), users(4))
    const start = await deployment.fetch('/v1/runs', {
      method: 'POST',
      body: JSON.stringify({ view: 'user_stats', sources: [], full: true }),
    })
    const { run } = (await start.json()) as { run: string }
    const computed = { rows: 1, blocks: 1, watermark: null, next_event: null, parts: [] }
    expect(
      (await deployment.fetch(`/v1/runs/${run}/computed`, { method: 'POST', body: JSON.stringify(computed) })).status,
    ).toBe(200)
    const upload = (body: string) =>
      deployment
        .fetch(`/v1/runs/${run}/blocks/0`, { method: 'PUT', body })
        .then(async (response) => [response.status, JSON.stringify(await response.json())] as const)
    expect(await upload('nonsense')).toEqual([400, expect.stringContaining('not a block')])
    const good = await deployment.kv.get((await blocksOf('user_stats@1'))[0] ?? '')
    expect(await upload(good ?? '')).toEqual([422, expect.stringContaining('it says run')])
    const unpublished = await deployment.fetch('/v1/publish', { method: 'POST', body: JSON.stringify({ runs: [run] }) })
    expect([unpublished.status, JSON.stringify(await unpublished.json())]).toEqual([
      409,
      expect.stringContaining('0 of 1 blocks'),
    ])
  })
})
