/** Looking back at materializations over HTTP: what each did, which of them read an object, and ending one. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Leases } from '../../registry/leases.ts'
import type { RunDescription, RunsAnswer } from '../../registry/wire/history.ts'
import { bindings, definitions, migrate } from './guarded.fixture.ts'
import { deploymentAtOnce, Operator } from './history.fixture.ts'

const operator = new Operator(deploymentAtOnce())
const GOOD = { uri: 'r2://offline/visits/1.parquet', etag: 'good' }
const BAD = { uri: 'r2://offline/visits/2.parquet', etag: 'bad' }
const MENDED = { ...BAD, etag: 'mended' }
const FAILED = {
  check: 'visits are at most 100',
  severity: 'error',
  passed: false,
  observed: '1 of 2 rows',
  expected: 'none',
}
const ids: string[] = []

beforeAll(async () => {
  await migrate()
  await operator.get('/v1/registry/apply', { definitions: definitions() })
  ids.push((await operator.publishBase('user_stats', [GOOD], { 7: '70', 8: '80' })).run)
  ids.push((await operator.publishOverlay('user_stats', [GOOD, BAD], { 7: '700' })).run)
  const failed = await operator.start('user_stats', [GOOD, BAD])
  await operator.get(`/v1/runs/${failed.run}/fail`, { error: 'visits is 1e400', checks: [FAILED] })
  ids.push(failed.run)
  ids.push((await operator.publishBase('user_stats', [GOOD, MENDED], { 7: '71' })).run)
  ids.push((await operator.publishBase('airport_costs', [GOOD], { SFO: '1' })).run)
})

function list(query = ''): Promise<RunsAnswer> {
  return operator.get(`/v1/runs${query}`)
}

describe('the list of runs', () => {
  it('has every run, newest first, failed ones with the reason', async () => {
    const { runs } = await list()
    expect(runs.map(({ run }) => run)).toEqual([...ids].reverse())
    expect(runs.map(({ state, kind, snapshot }) => [state, kind, snapshot])).toEqual([
      ['published', 'base', 1],
      ['published', 'base', 4],
      ['failed', 'base', 3],
      ['published', 'overlay', 2],
      ['published', 'base', 1],
    ])
    expect(runs[2]).toMatchObject({ error: 'visits is 1e400', checks: [FAILED], rows: null })
    expect(runs[3]).toMatchObject({ rows: 2, changed: 1, blocks: 1, filters: 1, read: null, error: null })
  })

  it('is of one view when it is asked for, by its name or with a version', async () => {
    for (const view of ['user_stats', 'user_stats@1'])
      expect((await list(`?view=${view}&limit=2`)).runs.map(({ run }) => run)).toEqual([ids[3], ids[2]])
    expect((await list('?view=airport_delays')).runs).toEqual([])
    expect((await operator.ask('/v1/runs?view=nobody')).status).toBe(404)
    expect((await operator.ask('/v1/runs?limit=0')).status).toBe(400)
  })

  it('is the lineage of a source object: which runs read it, and as what', async () => {
    const { runs } = await list(`?object=${encodeURIComponent(BAD.uri)}`)
    expect(runs.map(({ run, snapshot, read }) => [run, snapshot, read])).toEqual([
      [ids[3], 4, { ...MENDED, size: 1 }],
      [ids[2], 3, { ...BAD, size: 1 }],
      [ids[1], 2, { ...BAD, size: 1 }],
    ])
    expect((await list('?object=r2://offline/nothing')).runs).toEqual([])
  })
})

describe('one run', () => {
  it('is told whole: what it read, what it lies on, what the sync reported', async () => {
    await operator.get(`/v1/runs/${ids[1]}/report`, { report: { reason: 'few rows changed', kv_writes: 4 } })
    const run = await operator.get<RunDescription>(`/v1/runs/${ids[1]}`)
    expect(run).toMatchObject({
      view: 'user_stats@1',
      base: { snapshot: 1, run: ids[0] },
      sources: [GOOD, BAD].map((one) => ({ ...one, size: 1 })),
      parts: ['_shoreline/snapshots/user_stats@1/2/part-0.parquet'],
      reason: 'few rows changed',
      report: { kv_writes: 4 },
      statistics: null,
      stored: 1,
    })
    expect((await operator.ask('/v1/runs/9-nobody')).status).toBe(404)
  })
})

describe('what is measured', () => {
  it('may be any number, also an integer that only a double holds', async () => {
    const open = await operator.start('user_stats', [GOOD])
    const statistics = {
      format: 1,
      rows: 2,
      event_timestamp: null,
      features: {
        visits: {
          type: 'int64',
          count: 2,
          nulls: 0,
          null_share: 0,
          approx_distinct: 2,
          mean: 2 ** 53,
          quantiles: { '0.5': -(2 ** 60), '0.99': Number.MAX_VALUE },
        },
      },
    }
    await operator.get(`/v1/runs/${open.run}/report`, { report: { largest: 2 ** 64 } })
    await operator.get(`/v1/runs/${open.run}/fail`, { error: 'it does not fit', statistics })
    expect(await operator.get(`/v1/runs/${open.run}`)).toMatchObject({ report: { largest: 2 ** 64 }, statistics })
  })
})

describe('a run that is cancelled', () => {
  it('ends, its view is free at once, and its sync is refused', async () => {
    const open = await operator.start('user_stats', [GOOD], { holder: 'a sync that hangs', lease_seconds: 3600 })
    const other = await operator.ask('/v1/runs', { view: 'user_stats', sources: [], holder: 'another' })
    expect([other.status, other.text]).toEqual([409, expect.stringContaining('a sync that hangs')])
    for (let again = 0; again < 2; again++)
      expect((await operator.ask(`/v1/runs/${open.run}/cancel`, {})).status).toBe(200)
    expect(await new Leases(bindings.DB).of('user_stats@1')).toBeNull()
    expect(await operator.get(`/v1/runs/${open.run}`)).toMatchObject({ state: 'cancelled' })
    const late = await operator.ask(`/v1/runs/${open.run}/blocks/0`, '{}', 'PUT')
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('is cancelled')])
  })

  it('was not over: a published one says how it is taken back, and the lease of another is left', async () => {
    await operator.start('user_stats', [GOOD], { holder: 'the next sync' })
    const refused = await operator.ask(`/v1/runs/${ids[0]}/cancel`, {})
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('shoreline rollback user_stats@1')])
    expect((await operator.ask(`/v1/runs/${ids[2]}/cancel`, {})).status).toBe(409)
    expect(await new Leases(bindings.DB).of('user_stats@1')).toMatchObject({ holder: 'the next sync' })
    expect((await operator.ask('/v1/runs/9-nobody/cancel', {})).status).toBe(404)
  })
})

it('runs that are published leave their views free at once, and those of no other', async () => {
  const leases = new Leases(bindings.DB)
  await leases.release('user_stats@1')
  const both = [
    await operator.base('user_stats', [GOOD], { 7: '71' }),
    await operator.base('airport_costs', [GOOD], { SFO: '1' }),
  ]
  const views = [...both.map(({ view }) => view), 'elsewhere@1']
  const now = Date.now()
  for (const view of views) await leases.acquire({ view, holder: 'a sync', now, until: now + 3_600_000 })
  await operator.publish(...both)
  expect((await Promise.all(views.map((view) => leases.of(view)))).map((lease) => lease?.holder)).toEqual([
    undefined,
    undefined,
    'a sync',
  ])
})
