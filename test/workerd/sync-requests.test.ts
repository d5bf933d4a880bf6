/** What the sync service is asked for: through Feast's two calls, taken once, kept until it is done. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HeartbeatAnswer, SyncAnswer } from '../../registry/wire/sync.ts'
import { bindings, definitions, guarded, migrate } from './guarded.fixture.ts'
import { putOnline, withCarts } from './published.fixture.ts'

const NOW = '2026-11-25T12:00:00Z'
const MICROS = Date.parse(NOW) * 1000
const operator = guarded({ AUTH: 'off', CLOCK: NOW })
const DAY = {
  start_ts: '2026-11-20T00:00:00.200072+00:00',
  end_ts: '2026-11-21T00:00:00',
  feature_views: ['user_stats'],
}

beforeAll(async () => {
  await migrate()
  await putOnline(guarded(), withCarts(definitions()), { user_stats: [] })
})

beforeEach(async () => {
  for (const table of ['sync_requests', 'sync_services']) await bindings.DB.prepare(`delete from ${table}`).run()
})

async function post(path: string, body: object): Promise<{ readonly status: number; readonly json: unknown }> {
  return operator.call(path, { method: 'POST', body })
}

async function beat(name: string, more: object = {}): Promise<HeartbeatAnswer['requests']> {
  const { status, json } = await post('/v1/sync/heartbeat', { name, started_at: NOW, ...more })
  expect(status).toBe(200)
  return (json as HeartbeatAnswer).requests
}

async function list(): Promise<SyncAnswer> {
  return (await operator.call('/v1/sync')).json as SyncAnswer
}

async function refusal(path: string, body: object): Promise<unknown> {
  const { status, json } = await post(path, body)
  return typeof json === 'string' ? [status, JSON.parse(json)] : [status, json]
}

describe("Feast's materialize", () => {
  it('is what the service gets, bounds included, and answers as Feast does', async () => {
    await beat('one')
    expect(await post('/materialize', DAY)).toMatchObject({ status: 200, json: null })
    expect(await post('/materialize?async=true', { ...DAY, feature_views: null })).toMatchObject({
      status: 202,
      json: { status: 'accepted', feature_views: [] },
    })
    const bounds = { from: Date.parse('2026-11-20T00:00:00Z') * 1000 + 200_072, to: Date.parse('2026-11-21') * 1000 }
    expect(await beat('one')).toMatchObject([
      { views: ['user_stats'], ...bounds },
      { views: [], ...bounds },
    ])
  })

  it('until now is not bounded: the sync finds what is new, and takes nothing of the future', async () => {
    await beat('one')
    const end_ts = '2026-11-25T12:00:00.000001+00:00'
    expect(await post('/materialize-incremental', { end_ts })).toMatchObject({ status: 200, json: null })
    await post('/materialize-incremental', { end_ts: '2026-11-25T11:59:59Z' })
    await post('/materialize', { ...DAY, end_ts })
    expect((await beat('one')).map(({ from, to }) => [from !== null, to])).toEqual([
      [false, null],
      [false, MICROS - 1_000_000],
      [true, null],
    ])
  })

  it('of one version is of that version', async () => {
    await beat('one')
    await post('/materialize', { ...DAY, version: 'v1' })
    expect(await beat('one')).toMatchObject([{ views: ['user_stats@1'] }])
  })

  it('is refused when no service is alive, so that nobody waits for nothing', async () => {
    const refused = [422, { class: 'FeastError', message: expect.stringContaining('sync --watch') }]
    expect(await refusal('/materialize', DAY)).toMatchObject(refused)
    await beat('one')
    operator.now += 59_999
    expect((await post('/materialize', DAY)).status).toBe(200)
    operator.now += 1
    expect(await refusal('/materialize-incremental', { end_ts: NOW })).toMatchObject(refused)
    await beat('one')
    await beat('one', { stopping: true })
    expect(await refusal('/materialize', DAY)).toMatchObject(refused)
  })

  it.each(['/materialize', '/materialize?async=true', '/materialize-incremental'])(
    'of %s with a body of another shape is refused as FastAPI does',
    async (path) => {
      await beat('one')
      expect(await post(path, { feature_views: 7 })).toMatchObject({ status: 422, json: { detail: expect.any(Array) } })
      expect((await list()).requests).toEqual([])
    },
  )

  it.each<[string, object, number, string]>([
    ['without bounds', { start_ts: null }, 422, 'start_ts and end_ts are required'],
    ['with nothing between its bounds', { end_ts: DAY.start_ts }, 422, 'nothing lies between'],
    ['with an instant that is none', { end_ts: 'yesterday' }, 400, 'write an RFC 3339 instant'],
    ['of a view that nobody knows', { feature_views: ['user_stat'] }, 404, 'There is no view user_stat'],
    ['of a view that only takes what is pushed', { feature_views: ['clicks'] }, 404, 'clicks'],
    ['of a version of several views', { feature_views: null, version: 'v1' }, 422, 'exactly one feature view'],
    ['of a version that is not there', { version: 'v7' }, 404, 'has the versions 1'],
    ['without event timestamps', { disable_event_timestamp: true }, 422, 'Send start_ts and end_ts'],
  ])('%s is refused, and nothing is recorded', async (_, wrong, status, message) => {
    await beat('one')
    expect(await refusal('/materialize', { ...DAY, ...wrong })).toEqual([
      status,
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ])
    expect((await list()).requests).toEqual([])
  })
})

describe('a request', () => {
  it('is one service’s until it is done, whatever answer is lost', async () => {
    await beat('one')
    await post('/materialize', DAY)
    const [taken, ...more] = await beat('one')
    expect([taken, more]).toEqual([expect.objectContaining({ views: ['user_stats'] }), []])
    expect(await beat('two')).toEqual([])
    expect(await beat('one')).toEqual([taken])
    expect(await beat('two', { done: [taken?.id] })).toEqual([])
    expect(await beat('one')).toEqual([taken])
    expect(await beat('one', { done: [taken?.id] })).toEqual([])
    expect((await list()).requests).toEqual([])
  })

  it('of many services that report at once is taken by one', async () => {
    await beat('one')
    for (let day = 10; day < 18; day++) await post('/materialize', { ...DAY, start_ts: `2026-11-${day}` })
    const names = ['a', 'b', 'c', 'd']
    const taken = await Promise.all(names.map((name) => beat(name)))
    expect(taken.flat().map(({ id }) => id)).toHaveLength(8)
    expect(new Set(taken.flat().map(({ id }) => id)).size).toBe(8)
  })

  it('of a service that died or was stopped is the next one’s', async () => {
    await beat('one')
    await post('/materialize', DAY)
    const taken = await beat('one')
    operator.now += 59_000
    expect(await beat('two')).toEqual([])
    operator.now += 1000
    expect(await beat('two')).toEqual(taken)
    await beat('two', { stopping: true })
    expect(await beat('three')).toEqual(taken)
    expect((await list()).services.map(({ name, alive }) => [name, alive])).toEqual([
      ['one', false],
      ['three', true],
    ])
  })

  it('that is made again while nobody has taken it is the same one, and a heap of them is refused', async () => {
    await beat('one')
    for (let times = 0; times < 3; times++) await post('/materialize', DAY)
    expect((await list()).requests).toEqual([
      {
        id: expect.any(Number),
        views: ['user_stats'],
        from: '2026-11-20T00:00:00.200072Z',
        to: '2026-11-21T00:00:00Z',
        requested_at: new Date(operator.now).toISOString(),
        taken_by: null,
        taken_at: null,
      },
    ])
    for (let second = 10; second < 60; second++)
      for (const minute of [10, 11])
        await post('/materialize', { ...DAY, start_ts: `2026-11-19T00:${minute}:${second}Z` })
    expect(await refusal('/materialize', { ...DAY, start_ts: '2026-11-18' })).toMatchObject([
      429,
      { class: 'FeastError' },
    ])
    expect((await list()).requests).toHaveLength(100)
    expect(await beat('one')).toHaveLength(100)
  })
})
