/** `GET /metrics`: the numbers of all isolates together, what is true now, and what is left where something is missing. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { t } from '../../core/types.ts'
import page from '../../docs/metrics.md?raw'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import { METRICS } from '../../worker/metrics/definitions.ts'
import { ADMIN_KEY, type Answer, bindings, type Guarded, guarded, migrate } from './guarded.fixture.ts'

const user = entity('user', { joinKeys: { user_id: t.int64() } })
const source = parquetSource('users', { path: 'file:///users/*.parquet', timestamp: 'at' })
const carts = pushSource('carts', { kind: 'features', schema: { user_id: t.int64(), total: t.float64() } })
const stats = featureView('stats', {
  entity: user,
  source,
  ttl: '10d',
  features: { visits: t.int64(), city: t.string() },
})
const cart = featureView('cart', {
  entity: user,
  source,
  push: carts,
  features: { total: t.float64(), items: t.int64() },
})
const DEFINITIONS = collect({
  stats: featureService('stats_only', { features: [stats] }),
  both: featureService('both', { features: [stats, cart] }),
})

const NOW = Date.UTC(2026, 10, 25, 12) * 1000
const DAY = 86_400_000_000
const CLOCK = '2026-11-25T12:00:00Z'
/** User 1 is whole, user 2 has no city, user 3 is too old. */
const ROWS: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  stats: [
    ['1', NOW, '10', 'Oslo'],
    ['2', NOW, '20', null],
    ['3', NOW - 20 * DAY, '30', 'Rome'],
  ],
  cart: [['1', NOW, 1.5, '1']],
}

const first = guarded({ AUTH: 'off', CLOCK })
const second = guarded({ AUTH: 'off', CLOCK })

function post(path: string, body: unknown, at: Guarded = first, method = 'POST'): Promise<Answer> {
  return at.call(path, { method, body })
}

async function publish(view: string, watermark: number): Promise<void> {
  const started = (await post('/v1/runs', { view, sources: [], full: true })).json as { run: string; view: string }
  const rows = ROWS[view] ?? []
  const computed = { rows: rows.length, blocks: 1, watermark, next_event: null, parts: [] }
  await post(`/v1/runs/${started.run}/computed`, computed)
  const block = writeBlock({ view: started.view, run: started.run, block: 0, blocks: 1 }, JSON.stringify(rows))
  await post(`/v1/runs/${started.run}/blocks/0`, block, first, 'PUT')
  expect(await post('/v1/publish', { runs: [started.run] })).toMatchObject({ status: 200 })
}

function features(at: Guarded, service: string, users: readonly number[], more: object = {}): Promise<Answer> {
  return post('/v1/features', { service, rows: users.map((user_id) => ({ user_id })), ...more }, at)
}

/** By name and labels. */
async function scrape(at: Guarded = first): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await at.call('/metrics')
  if (status !== 200) throw new Error(text)
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

/** What the work adds to each counter and to nothing else but the counts of requests. */
async function added(work: () => Promise<unknown>, prefix: string): Promise<Readonly<Record<string, number>>> {
  const before = await scrape()
  await work()
  const after = await scrape()
  const changes = [...after].filter(([name, value]) => name.startsWith(prefix) && value !== (before.get(name) ?? 0))
  return Object.fromEntries(
    changes.map(([name, value]) => [name.slice(prefix.length), value - (before.get(name) ?? 0)]),
  )
}

beforeAll(async () => {
  await migrate()
  expect(await post('/v1/registry/apply', { definitions: DEFINITIONS })).toMatchObject({ status: 200 })
  await publish('stats', NOW - 60_000_000)
  await publish('cart', NOW)
})

describe('who may read them', () => {
  it('is a key with registry:read', async () => {
    const closed = guarded()
    const { key } = await closed.key(['registry:read'])
    const read = await closed.call('/metrics', { key })
    expect([read.status, read.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect((await closed.call('/metrics')).status).toBe(401)
    const { key: other } = await closed.key(['features:read', 'push:write'])
    expect((await closed.call('/metrics', { key: other })).status).toBe(403)
    expect((await closed.call('/metrics', { key: ADMIN_KEY })).status).toBe(200)
  })
})

describe('counters', () => {
  it('are those of all isolates, whichever is asked', async () => {
    const ask = async (): Promise<void> => {
      for (let at = 0; at < 3; at++) await features(first, 'stats_only', [1])
      for (let at = 0; at < 4; at++) await features(second, 'stats_only', [1])
      second.now += 10_000
      await features(second, 'stats_only', [1])
    }
    const prefix = 'shoreline_requests_total{door="features",'
    expect(await added(ask, prefix)).toEqual({ 'status="200"}': 8 })
    expect((await scrape(second)).get(`${prefix}status="200"}`)).toBe((await scrape()).get(`${prefix}status="200"}`))
  })

  it('outlive the Durable Object that sums them up', async () => {
    const before = await scrape()
    const { METRICS } = bindings
    if (!METRICS) throw new Error('METRICS is not bound')
    const stub = METRICS.get(METRICS.idFromName('metrics'))
    await features(first, 'stats_only', [1])
    first.now += 10_000
    await features(first, 'stats_only', [1])
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await runDurableObjectAlarm(stub)).toBe(false)
    const name = 'shoreline_requests_total{door="features",status="200"}'
    expect((await scrape()).get(name)).toBe((before.get(name) ?? 0) + 2)
  })

  it('tell doors and statuses apart, and no address that somebody makes up', async () => {
    const ask = async (): Promise<void> => {
      await features(first, 'stats_only', [1])
      await features(first, 'nothing', [1])
      await first.call('/v1/services/stats_only/features?user_id=1')
      await first.call('/v1/services/stats_only/plan')
      await post('/get-online-features', { feature_service: 'stats_only', entities: { user_id: [1] } })
      for (const path of ['/a', '/b', '/c/d']) await first.call(path)
      await first.call('/v1/made-up')
    }
    expect(await added(ask, 'shoreline_requests_total')).toEqual({
      '{door="features",status="200"}': 1,
      '{door="features",status="404"}': 1,
      '{door="row",status="200"}': 1,
      '{door="plan",status="200"}': 1,
      '{door="feast",status="200"}': 1,
      '{door="other",status="404"}': 3,
      '{door="control",status="404"}': 1,
      '{door="metrics",status="200"}': 1, // the scrape before
    })
  })

  it.each([
    ['JSON', (users: readonly number[]) => features(first, 'stats_only', users)],
    ['JSON without metadata', (users: readonly number[]) => features(first, 'stats_only', users, { metadata: 'none' })],
    ['columns', (users: readonly number[]) => features(first, 'stats_only', users, { format: 'columns' })],
    [
      "Feast's form",
      (user_id: readonly number[]) =>
        post('/get-online-features', { feature_service: 'stats_only', entities: { user_id } }),
    ],
    [
      'Arrow',
      (users: readonly number[]) =>
        first.call('/v1/features', {
          method: 'POST',
          body: { service: 'stats_only', rows: users.map((user_id) => ({ user_id })) },
          headers: { accept: 'application/vnd.apache.arrow.stream' },
        }),
    ],
  ])('count values of each view by status, asked for as %s', async (_, ask) => {
    expect(await added(() => ask([1, 1, 2, 3, 4]), 'shoreline_feature_statuses_total{view="stats@1",status=')).toEqual({
      '"PRESENT"}': 5,
      '"NULL_VALUE"}': 1,
      '"OUTSIDE_MAX_AGE"}': 2,
      '"NOT_FOUND"}': 2,
    })
  })

  it('count values of views that are pushed to, and what rows share once', async () => {
    const prefix = 'shoreline_feature_statuses_total'
    expect(await added(() => features(first, 'both', [1, 9]), prefix)).toEqual({
      '{view="stats@1",status="PRESENT"}': 2,
      '{view="stats@1",status="NOT_FOUND"}': 2,
      '{view="cart@1",status="PRESENT"}': 2,
      '{view="cart@1",status="NOT_FOUND"}': 2,
    })
    const shared = { service: 'stats_only', shared: { user_id: 1 }, rows: [{}, {}, {}] }
    expect(await added(() => post('/v1/features', shared), prefix)).toEqual({ '{view="stats@1",status="PRESENT"}': 2 })
  })

  it('count what memory has, what stores are asked for, and pushes', async () => {
    const cold = guarded({ AUTH: 'off', CLOCK })
    const ask = async (): Promise<void> => {
      await features(cold, 'both', [1, 2, 9])
      await features(cold, 'both', [1])
      await cold.call('/metrics')
    }
    expect(await added(ask, 'shoreline_block_cache_')).toEqual({ misses_total: 6, hits_total: 2 })
    const colder = guarded({ AUTH: 'off', CLOCK })
    const once = async (): Promise<void> => {
      await features(colder, 'stats_only', [1, 2])
      await colder.call('/metrics')
    }
    expect(await added(once, 'shoreline_kv_keys_read_total')).toEqual({ '': 3 }) // head, plan, block
    const event = (second: number) => `2026-11-25T11:00:0${second}Z`
    const push = (at: string) => post('/v1/push/carts', { rows: [{ user_id: 5, total: 1, event_timestamp: at }] })
    const pushing = async (): Promise<void> => {
      await push(event(1))
      await push(event(0))
      await post('/v1/push/carts', { rows: [{ user_id: 5, total: 'none', event_timestamp: event(2) }] })
      await post('/v1/push/made_up', { rows: [{ user_id: 5 }] })
    }
    expect(await added(pushing, 'shoreline_push')).toEqual({
      'es_total{source="carts"}': 2,
      'ed_rows_total{source="carts"}': 2,
    })
    expect((await scrape()).get('shoreline_superseded_rows_total{source="carts"}')).toBe(1)
  })

  it('never name a service, a key or an entity that a caller sent', async () => {
    await features(first, 'a_made_up_service', [1])
    expect([...(await scrape()).keys()].filter((name) => name.includes('made_up'))).toEqual([])
  })
})

describe('gauges', () => {
  it('say what is true of the deployment now', async () => {
    const before = await scrape()
    expect(before.get('shoreline_d1_up')).toBe(1)
    expect(before.get('shoreline_registry_revision')).toBe(1)
    expect(before.get('shoreline_head_revision')).toBe(3)
    expect(before.get('shoreline_head_age_seconds')).toBeLessThan(60)
    expect(before.get('shoreline_watermark_age_seconds{view="stats@1"}')).toBe(60)
    expect(before.get('shoreline_view_held{view="stats@1"}')).toBe(0)
    await publish('stats', NOW)
    expect(await post('/v1/rollback', { views: ['stats'] })).toMatchObject({ status: 200 })
    const after = await scrape()
    expect(after.get('shoreline_head_revision')).toBe(5)
    expect(after.get('shoreline_view_held{view="stats@1"}')).toBe(1)
    expect(after.get('shoreline_view_held{view="cart@1"}')).toBe(0)
  })

  it('count the pushes that wait for the lake', async () => {
    const { DB } = bindings
    await DB.prepare('delete from outbox').run()
    const without = guarded({ AUTH: 'off', CLOCK, PUSHED: undefined })
    const row = { user_id: 6, total: 1, event_timestamp: '2026-11-25T11:00:00Z' }
    for (let at = 0; at < 3; at++) await post('/v1/push/carts', { rows: [row] }, without)
    expect((await scrape()).get('shoreline_outbox_entries')).toBe(3)
  })
})

describe('docs/metrics.md', () => {
  it('names every metric, and none that there is not', () => {
    const tables = page.split('\n').filter((line) => line.startsWith('| `'))
    const named = tables.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name),
    )
    expect(named.map((name) => `shoreline_${name}`).sort()).toEqual(Object.keys(METRICS).sort())
  })
})

describe('when something is missing', () => {
  it('without the binding: the numbers of the isolate that answers, which says so', async () => {
    const alone = guarded({ AUTH: 'off', CLOCK, METRICS: undefined })
    for (let at = 0; at < 3; at++) await features(alone, 'stats_only', [1])
    const { text, status } = await alone.call('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('shoreline_requests_total{door="features",status="200"} 3\n')
    expect(text.split('\n')[0]).toMatch(/^# Of the isolate that answered.*wrangler\.toml binds no METRICS/)
    await features(alone, 'stats_only', [1])
    expect((await scrape(alone)).get('shoreline_requests_total{door="features",status="200"}')).toBe(4)
    expect((await first.call('/metrics')).text).not.toContain('# Of the isolate')
  })

  it('with a Durable Object that does not answer: 503, features as before, and nothing that was counted is lost', async () => {
    let failing = true
    const { METRICS } = bindings
    const unsteady = {
      idFromName: (name: string) => METRICS?.idFromName(name),
      get: (id: DurableObjectId) =>
        failing
          ? { add: () => Promise.reject(new Error('overloaded')), cells: () => Promise.reject(new Error('overloaded')) }
          : METRICS?.get(id),
    }
    const isolate = guarded({ AUTH: 'off', CLOCK, METRICS: unsteady })
    const ask = async (): Promise<void> => {
      for (let at = 0; at < 3; at++) {
        expect((await features(isolate, 'stats_only', [1])).status).toBe(200)
        isolate.now += 10_000
      }
      const refused = await isolate.call('/metrics')
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
      failing = false
      await isolate.call('/metrics')
    }
    expect(await added(ask, 'shoreline_requests_total{door="features"')).toEqual({ ',status="200"}': 3 })
  })

  it('with a D1 that does not answer: what was counted, and that it does not answer', async () => {
    const fail = (): never => {
      throw new Error('down')
    }
    const down = { prepare: fail, withSession: fail }
    const metrics = await scrape(guarded({ AUTH: 'off', CLOCK, DB: down }))
    expect(metrics.get('shoreline_d1_up')).toBe(0)
    expect(metrics.has('shoreline_head_revision')).toBe(false)
    expect(metrics.get('shoreline_requests_total{door="features",status="200"}')).toBeGreaterThan(0)
  })
})
