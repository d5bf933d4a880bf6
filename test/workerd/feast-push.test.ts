/** Feast's two ways of writing, as its SDK and its HTTP users send them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import { type Answer, type Guarded, guarded, migrate } from './guarded.fixture.ts'

const driver = entity('driver', { joinKeys: { driver_id: t.int64() } })
const push = pushSource('driver_push', {
  kind: 'features',
  schema: {
    driver_id: t.int64(),
    conv_rate: t.float64(),
    trips: t.int64(),
    seen: t.timestamp(),
    doc: t.json(),
    name: t.string(),
  },
})
const stats = featureView('driver_stats', {
  entity: driver,
  push,
  features: { conv_rate: t.float64(), trips: t.int64(), seen: t.timestamp(), doc: t.json(), name: t.string() },
})
const other = featureView('other_stats', { entity: driver, push, features: { trips: t.int64() } })
const batch = featureView('batch', {
  entity: driver,
  source: parquetSource('drivers', { path: 'file:///drivers/*.parquet', timestamp: 'at' }),
  features: { rating: t.float64() },
})
const DEFINITIONS = collect({
  stats: featureService('stats', { features: [stats] }),
  other: featureService('other', { features: [other] }),
  batch,
})

const open = guarded({ AUTH: 'off', CLOCK: '2026-11-22T19:30:00Z' })

function post(path: string, body: unknown, at: Guarded = open, key?: string): Promise<Answer> {
  return at.call(path, { method: 'POST', body, ...(key === undefined ? {} : { key }) })
}

/** What the client raises: the error is JSON in a JSON string. */
function raised({ json }: Answer): { readonly class: string; readonly message: string } {
  return JSON.parse(String(json)) as { class: string; message: string }
}

async function read(
  service: string,
  ...drivers: readonly unknown[]
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { json } = await post('/get-online-features', { feature_service: service, entities: { driver_id: drivers } })
  const { metadata, results } = json as { metadata: { feature_names: string[] }; results: { values: unknown[] }[] }
  return Object.fromEntries(metadata.feature_names.map((name, at) => [name, results[at]?.values ?? []]))
}

beforeAll(async () => {
  await migrate()
  expect(await post('/v1/registry/apply', { definitions: DEFINITIONS })).toMatchObject({ status: 200 })
})

describe('POST /push', () => {
  it('takes columns, answers 200 with nothing in it, and the next read sees it', async () => {
    const df = {
      driver_id: [1001, 1002],
      conv_rate: [0.77, 0.5],
      trips: [99, 1],
      event_timestamp: ['2026-11-22T19:00:00Z', '2026-11-22T19:00:00.123456'],
      created: ['2026-11-22T19:00:00Z', null],
      a_column_of_theirs: ['x', 'y'],
    }
    const answer = await post('/push', { push_source_name: 'driver_push', df, to: 'online', transform_on_write: true })
    expect(answer).toMatchObject({ status: 200, text: '' })
    expect(answer.headers.get('content-type')).toBeNull()
    expect(await read('stats', 1001, 1002)).toMatchObject({
      conv_rate: [0.77, 0.5],
      trips: [99, 1],
      name: [null, null],
    })
    expect(await read('other', 1001)).toMatchObject({ trips: [99] })
  })

  it('names only the columns that are there, and nothing with no rows', async () => {
    const df = { driver_id: [1001], trips: [100], event_timestamp: ['2026-11-22T19:10:00Z'] }
    expect((await post('/push', { push_source_name: 'driver_push', df })).status).toBe(200)
    expect(await read('stats', 1001)).toMatchObject({ conv_rate: [0.77], trips: [100] })
    expect((await post('/push', { push_source_name: 'driver_push', df: {} })).status).toBe(200)
  })

  it('takes what Python writes for the types', async () => {
    const df = {
      driver_id: ['1003', 1003.0],
      conv_rate: ['0.5', 2],
      trips: ['7', 8.0],
      seen: [1_795_356_945, '2026-11-22T18:15:45+01:00'],
      doc: ['{"a": 1}', { a: [2] }],
      name: [5, 'text'],
      event_timestamp: ['2026-11-22T18:00:00', '2026-11-22T18:00:01.000000001'],
    }
    expect((await post('/push', { push_source_name: 'driver_push', df })).text).toBe('')
    expect(await read('stats', 1003)).toMatchObject({
      conv_rate: [2],
      trips: [8],
      seen: [Date.parse('2026-11-22T17:15:45Z') / 1000],
      doc: ['{"a":[2]}'],
      name: ['text'],
    })
  })

  it('to offline is not served', async () => {
    const df = { driver_id: [1004], trips: [1], event_timestamp: ['2026-11-22T19:00:00Z'] }
    await post('/push', { push_source_name: 'driver_push', df, to: 'offline' })
    expect(await read('stats', 1004)).toMatchObject({ trips: [null] })
  })

  it.each<[object, number, string, string]>([
    [{ push_source_name: 'nope', df: {} }, 422, 'PushSourceNotFoundException', "Unable to find push source 'nope'."],
    [
      { push_source_name: 'driver_push', df: { driver_id: [1], event_timestamp: ['2026-11-22T19:00:00Z'] } },
      422,
      'FeastError',
      'rows[0].features: none is named.',
    ],
    [
      { push_source_name: 'driver_push', df: { trips: [1], event_timestamp: ['2026-11-22T19:00:00Z'] } },
      422,
      'FeastError',
      'rows[0].driver_id: the join key is missing.',
    ],
    [
      {
        push_source_name: 'driver_push',
        df: { driver_id: [1], trips: ['many'], event_timestamp: ['2026-11-22T19:00:00Z'] },
      },
      422,
      'FeastError',
      'rows[0].trips: "many" is not right',
    ],
    [
      { push_source_name: 'driver_push', df: { driver_id: [1], trips: [1] } },
      422,
      'FeastError',
      'event_timestamp: it is missing',
    ],
    [
      { push_source_name: 'driver_push', df: { driver_id: [1], trips: [1], event_timestamp: [1e20] } },
      422,
      'FeastError',
      'event_timestamp: 100000000000000000000 is not right; send an RFC 3339 timestamp',
    ],
    [{ push_source_name: 'driver_push', df: { driver_id: [1, 2], trips: [1] } }, 400, 'FeastError', 'same length'],
  ])('of %j is refused as its client understands', async (body, status, name, message) => {
    const answer = await post('/push', body)
    expect(answer.status).toBe(status)
    expect(raised(answer)).toMatchObject({ class: name, message: expect.stringContaining(message) })
  })

  it('checks the body as FastAPI does', async () => {
    expect(await post('/push', { df: {} })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'push_source_name'] }] },
    })
    const moon = await post('/push', { push_source_name: 'driver_push', df: {}, to: 'moon' })
    expect(moon).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'to'] }] } })
  })
})

describe('POST /write-to-online-store', () => {
  it('writes one view, by the names that the SDK gives, and answers null', async () => {
    const df = {
      driver_id: [2001],
      conv_rate: [0.25],
      trips: [5],
      event_timestamp: ['2026-11-22T19:18:34.295232'],
      created: [null],
    }
    const body = { feature_view_name: 'driver_stats', df, allow_registry_cache: false }
    expect(await post('/write-to-online-store', body)).toMatchObject({ status: 200, text: 'null' })
    expect(await read('stats', 2001)).toMatchObject({ conv_rate: [0.25], trips: [5] })
    expect(await read('other', 2001)).toMatchObject({ trips: [null] })
  })

  it('takes more rows than one push', async () => {
    const ids = Array.from({ length: 2500 }, (_, i) => 10_000 + i)
    const df = { driver_id: ids, trips: ids, event_timestamp: ids.map(() => '2026-11-22T19:00:00') }
    expect((await post('/write-to-online-store', { feature_view_name: 'driver_stats', df })).status).toBe(200)
    expect(await read('stats', 10_000, 12_499)).toMatchObject({ trips: [10_000, 12_499] })
  })

  it.each<[string, number, string, string]>([
    ['nope', 404, 'FeastObjectNotFoundException', "Can't recognize feast object with a name nope"],
    ['batch', 422, 'FeastError', 'View batch has no push source, so only a sync writes it.'],
  ])('of %s is refused', async (feature_view_name, status, name, message) => {
    const df = { driver_id: [1], trips: [1], event_timestamp: ['2026-11-22T19:00:00'] }
    const answer = await post('/write-to-online-store', { feature_view_name, df })
    expect(answer.status).toBe(status)
    expect(raised(answer)).toMatchObject({ class: name, message: expect.stringContaining(message) })
  })
})

describe('a key', () => {
  it('pushes to its sources only, on both ways', async () => {
    const closed = guarded()
    const { key } = await closed.key(['push:write:something_else'])
    const { key: right } = await closed.key(['push:write:driver_push'])
    const df = { driver_id: [1], trips: [1], event_timestamp: ['2026-11-22T19:00:00Z'] }
    for (const [path, body] of [
      ['/push', { push_source_name: 'driver_push', df }],
      ['/write-to-online-store', { feature_view_name: 'driver_stats', df }],
    ] as const) {
      const refused = await post(path, body, closed, key)
      expect([refused.status, raised(refused).class]).toEqual([403, 'FeastPermissionError'])
      expect((await post(path, body, closed, right)).status).toBe(200)
      expect((await post(path, body, closed)).status).toBe(401)
    }
  })
})
