/** Pushed rows: checked whole, merged newest first for every feature, read by the next request. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { blockKey } from '../../core/storage.ts'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import { type PushedPayload, PushedRows } from '../../registry/pushed-rows.ts'
import { Repository } from '../../registry/repository.ts'
import { everyMinute } from '../../worker/scheduled.ts'
import { type Answer, bindings, type Guarded, guarded, migrate } from './guarded.fixture.ts'

const RUNS = 100

const user = entity('user', { joinKeys: { user_id: t.int64() } })
const item = entity('item', { joinKeys: { item: t.string(), country: t.string() } })
const carts = pushSource('carts', {
  kind: 'features',
  schema: { user_id: t.int64(), total: t.float64(), items: t.int64(), note: t.string() },
})
const stock = pushSource('stock', {
  kind: 'features',
  schema: { item: t.string(), country: t.string(), left: t.int32() },
})
const clicks = pushSource('clicks', { kind: 'events', schema: { user_id: t.int64(), url: t.string() } })
/** `total` and `items` are materialized and pushed, `note` is only pushed, `age` only materialized. */
const cart = featureView('cart', {
  entity: user,
  source: parquetSource('users', { path: 'file:///users/*.parquet', timestamp: 'at' }),
  push: carts,
  ttl: '1h',
  features: { total: t.float64(), items: t.int64(), note: t.string(), age: t.int32() },
})
const left = featureView('left', { entity: item, push: stock, features: { left: t.int32() } })
const DEFINITIONS = collect({
  clicks,
  cart: featureService('cart', { features: [cart] }),
  left: featureService('stock_left', { features: [left] }),
})

const NOW = '2026-03-01T12:00:00Z'
const open = guarded({ AUTH: 'off', CLOCK: NOW })

function post(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  at: Guarded = open,
): Promise<Answer> {
  return at.call(path, { method: 'POST', body, headers })
}

async function push(source: string, ...rows: readonly object[]): Promise<unknown> {
  const answer = await post(`/v1/push/${source}`, { rows })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json
}

async function refused(source: string, ...rows: readonly object[]): Promise<readonly [number, string]> {
  const { status, json } = await post(`/v1/push/${source}`, { rows })
  return [status, (json as { error: { message: string } }).error.message]
}

async function cartOf(user_id: number, more: object = {}): Promise<Record<string, unknown>> {
  const answer = await post('/v1/features', { service: 'cart', rows: [{ user_id }], ...more })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json as Record<string, unknown>
}

beforeAll(async () => {
  await migrate()
  expect(await post('/v1/registry/apply', { definitions: DEFINITIONS })).toMatchObject({ status: 200 })
  // A run as a sync writes it: users 1 and 2, of 11:30 and of 9:00, which is older than an hour.
  const started = (await post('/v1/runs', { view: 'cart', sources: [] })).json as { run: string }
  const rows = [
    ['1', Date.parse('2026-03-01T11:30:00Z') * 1000, 10.5, '1', null, 30],
    ['2', Date.parse('2026-03-01T09:00:00Z') * 1000, 20.5, '2', null, 40],
  ]
  const computed = { rows: 2, blocks: 1, watermark: null, next_event: null, parts: [] }
  await post(`/v1/runs/${started.run}/computed`, computed)
  const identity = { view: 'cart@1', run: started.run, block: 0, blocks: 1 }
  await bindings.KV.put(blockKey('cart@1', started.run, 0), writeBlock(identity, JSON.stringify(rows)))
  const upload = await open.call(`/v1/runs/${started.run}/blocks/0`, {
    method: 'PUT',
    body: writeBlock(identity, JSON.stringify(rows)),
  })
  expect(upload.status).toBe(200)
  expect(await post('/v1/publish', { runs: [started.run] })).toMatchObject({ status: 200 })
})

describe('a push', () => {
  it('is read by the next request, merged with what is materialized, feature by feature', async () => {
    expect(await cartOf(1)).toMatchObject({
      rows: [{ total: 10.5, items: 1, note: null, age: 30 }],
      issues: [{ feature: 'note', status: 'NULL_VALUE', rows: [0] }],
      views: [{ view: 'cart@1', store: 'kv', snapshot: 1, pushed: true, event_timestamps: ['2026-03-01T11:30:00Z'] }],
    })
    expect(
      await push('carts', { user_id: 1, total: 99.5, note: 'pushed', event_timestamp: '2026-03-01T11:45:00Z' }),
    ).toEqual({
      accepted: 1,
      superseded: 0,
    })
    expect(await cartOf(1)).toMatchObject({
      rows: [{ total: 99.5, items: 1, note: 'pushed', age: 30 }],
      issues: [],
      views: [{ event_timestamps: ['2026-03-01T11:45:00Z'] }],
      degraded: false,
    })
    expect(await cartOf(1, { format: 'columns' })).toMatchObject({ columns: { total: [99.5], items: [1] } })
  })

  it('of an older event than the materialized one is not served', async () => {
    expect(await push('carts', { user_id: 1, items: 7, event_timestamp: '2026-03-01T11:29:59Z' })).toEqual({
      accepted: 1,
      superseded: 0,
    })
    expect(await cartOf(1)).toMatchObject({ rows: [{ items: 1 }] })
  })

  it('of an older event than one that was pushed is superseded, and the same event again changes nothing', async () => {
    expect(await push('carts', { user_id: 1, total: 1, event_timestamp: '2026-03-01T11:44:00Z' })).toEqual({
      accepted: 0,
      superseded: 1,
    })
    const again = { user_id: 1, total: 99.5, note: 'pushed', event_timestamp: '2026-03-01T11:45:00Z' }
    expect(await push('carts', again, again)).toEqual({ accepted: 2, superseded: 0 })
    expect(await cartOf(1)).toMatchObject({ rows: [{ total: 99.5, note: 'pushed' }] })
  })

  it('is told with the instant of the newest value, and with that of the oldest, which ends first', async () => {
    expect(await cartOf(1)).toMatchObject({
      views: [{ event_timestamps: ['2026-03-01T11:45:00Z'], oldest_event_timestamps: ['2026-03-01T11:30:00Z'] }],
    })
  })

  it('of the same event with a later created timestamp wins, and one without it loses', async () => {
    const event_timestamp = '2026-03-01T11:50:00Z'
    await push('carts', { user_id: 3, items: 1, event_timestamp, created_timestamp: '2026-03-01T11:51:00Z' })
    await push('carts', { user_id: 3, items: 2, event_timestamp })
    expect(await cartOf(3)).toMatchObject({ rows: [{ items: 1 }] })
    await push('carts', { user_id: 3, items: 3, event_timestamp, created_timestamp: '2026-03-01T11:52:00Z' })
    expect(await cartOf(3)).toMatchObject({ rows: [{ items: 3 }] })
  })

  it('of a null is a null, and the ttl counts for each feature', async () => {
    await push('carts', { user_id: 2, total: null, event_timestamp: '2026-03-01T11:55:00Z' })
    expect(await cartOf(2, { metadata: 'full' })).toMatchObject({
      rows: [{ total: null, items: null, note: null, age: null }],
      statuses: [{ total: 'NULL_VALUE', items: 'OUTSIDE_MAX_AGE', note: 'OUTSIDE_MAX_AGE', age: 'OUTSIDE_MAX_AGE' }],
    })
  })

  it('of a minus zero keeps its sign', async () => {
    const body = '{"rows":[{"user_id":40,"total":-0.0,"event_timestamp":"2026-03-01T11:55:00Z"}]}'
    expect(await post('/v1/push/carts', body)).toMatchObject({ status: 200 })
    const { rows } = await cartOf(40)
    expect(rows).toEqual([expect.objectContaining({ total: -0 })])
  })

  it('of an entity that nothing is materialized of has what was pushed, and nothing else', async () => {
    await push('carts', { user_id: '9223372036854775807', total: 1.5, event_timestamp: '2026-03-01T11:55:00Z' })
    const body = '{"service":"cart","rows":[{"user_id":9223372036854775807},{"user_id":404}],"metadata":"full"}'
    expect((await post('/v1/features', body)).json).toMatchObject({
      rows: [{ total: 1.5, items: null }, { total: null }],
      statuses: [
        { total: 'PRESENT', items: 'NOT_FOUND' },
        { total: 'NOT_FOUND', age: 'NOT_FOUND' },
      ],
      issues: expect.arrayContaining([{ view: 'cart', status: 'NOT_FOUND', rows: [1] }]),
    })
  })

  it('that removes the entity falls through to what is materialized, until something newer is pushed', async () => {
    await push('carts', { user_id: 1, deleted: true, event_timestamp: '2026-03-01T11:56:00Z' })
    expect(await cartOf(1)).toMatchObject({ rows: [{ total: 10.5, note: null }] })
    expect(await push('carts', { user_id: 1, total: 5, event_timestamp: '2026-03-01T11:56:00Z' })).toMatchObject({
      accepted: 1,
    })
    expect(await cartOf(1)).toMatchObject({ rows: [{ total: 10.5 }] })
    await push('carts', { user_id: 1, total: 6, event_timestamp: '2026-03-01T11:57:00Z' })
    expect(await cartOf(1)).toMatchObject({ rows: [{ total: 6, note: null }] })
  })

  it('serves a view that has no other source, by composite keys, without a sync', async () => {
    const ask = () => post('/v1/features', { service: 'stock_left', rows: [{ item: 'a|b', country: 'de' }] })
    expect(await ask()).toMatchObject({
      status: 200,
      json: { issues: [{ view: 'left', status: 'NOT_FOUND', rows: [0] }] },
    })
    await push('stock', { item: 'a|b', country: 'de', left: 3, event_timestamp: '2026-03-01T11:00:00Z' })
    expect((await ask()).json).toMatchObject({
      rows: [{ left: 3 }],
      views: [{ view: 'left@1', store: 'd1', snapshot: null, pushed: true }],
    })
  })

  it('serves a view that is only pushed without a service, too', async () => {
    const rows = [{ item: 'a|b', country: 'de' }]
    const answer = await post('/v1/features', { features: ['left:left'], rows })
    expect(answer).toMatchObject({
      status: 200,
      json: { service: null, rows: [{ left: 3 }], views: [{ view: 'left@1' }] },
    })
    const described = await open.call('/v1/registry/services/stock_left')
    expect(described.json).toMatchObject({ versions: [{ version: 1, online: true, views: ['left@1'] }] })
  })

  it('answers with a bookmark, which a read takes back', async () => {
    const row = { user_id: 12, items: 1, event_timestamp: '2026-03-01T11:00:00Z' }
    const pushed = await post('/v1/push/carts', { rows: [row] })
    const bookmark = pushed.headers.get('x-shoreline-bookmark') ?? ''
    expect(bookmark).not.toBe('')
    const read = await post(
      '/v1/features',
      { service: 'cart', rows: [{ user_id: 12 }] },
      { 'x-shoreline-bookmark': bookmark },
    )
    expect(read).toMatchObject({ status: 200, json: { rows: [{ items: 1 }] } })
    const wrong = await post(
      '/v1/features',
      { service: 'cart', rows: [{ user_id: 12 }] },
      { 'x-shoreline-bookmark': 'first-primary' },
    )
    expect(wrong.status).toBe(400)
  })

  it('of events is kept and not served', async () => {
    // Without a queue, so that it stays where it can be looked at.
    const held = guarded({ AUTH: 'off', CLOCK: NOW, PUSHED: undefined })
    const row = { user_id: 1, url: '/', event_timestamp: '2026-03-01T11:00:00Z' }
    expect((await post('/v1/push/clicks', { rows: [row] }, {}, held)).json).toEqual({ accepted: 1, superseded: 0 })
    const { results } = await bindings.DB.prepare("select rows from outbox where source = 'clicks'").all<{
      rows: string
    }>()
    const { rows } = JSON.parse(results[0]?.rows ?? '') as { rows: unknown }
    expect(rows).toEqual([
      { event: Date.parse('2026-03-01T11:00:00Z') * 1000, created: null, values: { user_id: '1', url: '/' } },
    ])
  })
})

describe('a push is refused whole', () => {
  const good = { user_id: 77, items: 1, event_timestamp: '2026-03-01T11:00:00Z' }

  it.each<[object, string]>([
    [{ items: 1, event_timestamp: NOW }, 'rows[1].user_id: the join key is missing.'],
    [{ ...good, user_id: null }, 'rows[1].user_id: null is not right; send an integer.'],
    [{ ...good, user_id: 1.5 }, 'rows[1].user_id: 1.5 is not right; send an integer.'],
    [{ user_id: 1, items: 1 }, 'rows[1].event_timestamp: it is missing.'],
    [{ ...good, event_timestamp: 'yesterday' }, 'rows[1].event_timestamp: "yesterday" is not right'],
    [{ ...good, items: 'many' }, 'rows[1].items: "many" is not right; send an integer.'],
    [{ ...good, itms: 1 }, 'rows[1].itms: pushSource carts has no such column. Did you mean items?'],
    [{ user_id: 1, event_timestamp: NOW }, 'rows[1].features: none is named. There are total, items, note.'],
    [{ ...good, deleted: true }, 'rows[1].deleted: the row is removed and names items.'],
    [{ ...good, deleted: 1 }, 'rows[1].deleted: 1 is not right; send true, or leave it out.'],
  ])('when a row is %j', async (row, message) => {
    const [status, said] = await refused('carts', good, row)
    expect([status, said]).toEqual([422, expect.stringContaining(message)])
    expect(await cartOf(77)).toMatchObject({ issues: [{ view: 'cart', status: 'NOT_FOUND' }] })
  })

  it('when the source does not exist, or there is no row, or there are too many', async () => {
    expect(await refused('crats', good)).toEqual([404, 'There is no push source crats. Did you mean carts?'])
    expect((await refused('carts'))[0]).toBe(400)
    expect((await refused('carts', ...Array.from({ length: 1001 }, () => good)))[0]).toBe(400)
    expect((await refused('clicks', { user_id: 1, event_timestamp: NOW, deleted: true }))[1]).toContain(
      'rows of events are never removed',
    )
  })

  it('when the key may not push to it', async () => {
    const closed = guarded()
    const { key } = await closed.key(['push:write:stock'])
    const headers = { authorization: `Bearer ${key}` }
    expect((await post('/v1/push/carts', { rows: [good] }, headers, closed)).status).toBe(403)
    const row = { item: 'x', country: 'x', left: 1, event_timestamp: NOW }
    expect((await post('/v1/push/stock', { rows: [row] }, headers, closed)).status).toBe(200)
  })
})

interface Event {
  readonly user: number
  readonly total?: number | null
  readonly items?: number
  readonly event: number
  readonly created: number | null
  readonly deleted?: boolean
}

const events = fc.array(
  fc.record(
    {
      user: fc.integer({ min: 1, max: 2 }),
      total: fc.option(fc.integer({ min: 0, max: 3 })),
      items: fc.integer({ min: 0, max: 3 }),
      event: fc.integer({ min: 0, max: 2 }),
      created: fc.option(fc.integer({ min: 0, max: 1 })),
      deleted: fc.constant(true),
    },
    { requiredKeys: ['user', 'event', 'created'] },
  ),
  { minLength: 1, maxLength: 25, size: 'max' },
)

/** Newest event, then newest created, then value text: said again, in the plainest way. */
function expected(log: readonly Event[]): Record<string, Record<string, unknown>> {
  const all = log.flatMap((one) => {
    const cells: [string, unknown][] = one.deleted
      ? [['', null]]
      : (['total', 'items'] as const).flatMap((name) =>
          name in one ? [[name, one[name] ?? null] as [string, unknown]] : [],
        )
    return cells.map(([feature, value]) => ({
      user: one.user,
      feature,
      value: feature === 'items' ? String(value) : value,
      event: one.event,
      created: one.created,
    }))
  })
  const found: Record<string, Record<string, unknown>> = {}
  for (const { user, feature } of all) {
    const [best] = all
      .filter((one) => one.user === user && one.feature === feature)
      .sort(
        (a, b) =>
          b.event - a.event ||
          (b.created ?? -1) - (a.created ?? -1) ||
          (JSON.stringify(a.value) < JSON.stringify(b.value) ? 1 : -1),
      )
    found[user] = { ...found[user], [feature]: [best?.value, best?.event, best?.created] }
  }
  return found
}

describe('the same events, shuffled, repeated, from many at once', () => {
  it('end with the newest of every key and feature', async () => {
    const pushed = new PushedRows(bindings.DB)
    let round = 0
    await fc.assert(
      fc.asyncProperty(events, fc.infiniteStream(fc.integer({ min: 0, max: 7 })), async (log, writers) => {
        const view = `property@${++round}`
        const rows = [...log, ...log].sort(
          (a, b) =>
            ((a.event * 7 + a.user * 3 + (a.created ?? 0)) % 5) - ((b.event * 7 + b.user * 3 + (b.created ?? 0)) % 5),
        )
        const clients = Map.groupBy(rows, () => writers.next().value ?? 0)
        await Promise.all(
          [...clients.values()].map((mine) =>
            pushed.push(
              mine.flatMap((one) => {
                const cell = (value: unknown) => [value, one.event, one.created] as never
                const payload = one.deleted
                  ? { '': cell(null) }
                  : {
                      ...('total' in one ? { total: cell(one.total) } : {}),
                      ...('items' in one ? { items: cell(String(one.items)) } : {}),
                    }
                return Object.keys(payload).length === 0 ? [] : [{ view, key: String(one.user), payload }]
              }),
              'carts',
              '[]',
              0,
            ),
          ),
        )
        const { results } = await bindings.DB.prepare('select key, payload from pushed_rows where view = ?1')
          .bind(view)
          .all<{ key: string; payload: string }>()
        const stored = Object.fromEntries(results.map((row) => [row.key, JSON.parse(row.payload) as PushedPayload]))
        expect(stored).toEqual(expected(log))
      }),
      { numRuns: RUNS, seed: 11 },
    )
  })
})

describe('without the database', () => {
  it('what is materialized is answered and marked, and who is strict is refused', async () => {
    const broken = {
      ...bindings.DB,
      withSession: () => {
        throw new Error('down')
      },
      prepare: bindings.DB.prepare.bind(bindings.DB),
    }
    const dark = guarded({ AUTH: 'off', CLOCK: NOW, DB: broken as unknown as D1Database })
    const ask = (body: object) =>
      dark.call('/v1/features', { method: 'POST', body: { rows: [{ user_id: 1 }], ...body } })
    expect(await ask({ service: 'cart' })).toMatchObject({
      status: 200,
      json: { rows: [{ total: 10.5 }], degraded: true },
    })
    expect((await ask({ service: 'cart', strict: true })).status).toBe(503)
    const only = await dark.call('/v1/features', {
      method: 'POST',
      body: { service: 'stock_left', rows: [{ item: 'a|b', country: 'de' }] },
    })
    expect(only.status).toBe(503)
    const pushed = await dark.call('/v1/push/carts', {
      method: 'POST',
      body: { rows: [{ user_id: 1, items: 1, event_timestamp: NOW }] },
    })
    expect(pushed.status).toBe(503)
  })

  it('nothing is half written: the outbox and the rows go together', async () => {
    const repository = new Repository(bindings.DB)
    expect(await repository.latestRevision()).not.toBeNull()
    await bindings.DB.prepare('alter table outbox rename to away').run()
    try {
      const row = { user_id: 88, items: 1, event_timestamp: NOW }
      expect((await post('/v1/push/carts', { rows: [row] })).status).toBe(503)
      expect(await cartOf(88)).toMatchObject({ issues: [{ view: 'cart', status: 'NOT_FOUND' }] })
    } finally {
      await bindings.DB.prepare('alter table away rename to outbox').run()
    }
  })
})

describe('every minute', () => {
  it('what is older than the ttl goes, and what has none stays', async () => {
    const count = async (view: string) => {
      const row = await bindings.DB.prepare('select count(*) as n from pushed_rows where view = ?1')
        .bind(view)
        .first<{ n: number }>()
      return row?.n
    }
    await push('carts', { user_id: 5, items: 1, event_timestamp: '2026-03-01T13:30:00Z' })
    await everyMinute({ ...bindings, AUTH: 'off', CLOCK: '2026-03-01T14:00:00Z' })
    expect(await count('cart@1')).toBe(1)
    expect(await count('left@1')).toBeGreaterThan(0)
  })
})
