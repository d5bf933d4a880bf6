/** The lake through the Worker: who may read which bytes of which objects. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Quarantine } from '../../registry/history/quarantine.ts'
import type { Definitions } from '../../registry/objects.ts'
import type { LakeAnswer } from '../../registry/wire/lake.ts'
import { ADMIN_KEY, type Answer, bindings, guarded, migrate } from './guarded.fixture.ts'

const here = guarded({ LAKE_BUCKET: 'offline' })

const source = (name: string, path: string) => ({ name, format: 'parquet' as const, path, timestamp: 'at' })
const view = (name: string, from: string, more: Partial<Definitions['views'][number]> = {}) => ({
  name,
  entity: 'user',
  sources: [from],
  timestamp: 'at',
  online: 'kv' as const,
  features: [{ name: `${name}_n`, type: 'int64', visibility: 'public' as const }],
  ...more,
})
const service = (name: string, of: string) => ({
  name,
  inputs: [{ view: of, as: of, keys: {}, features: [{ feature: `${of}_n`, name: `${of}_n` }] }],
})
const DEFINITIONS: Definitions = {
  entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'int64' }] }],
  sources: [
    source('visits', 'r2://offline/visits/**/*.parquet'),
    source('secrets', 'r2://offline/secrets/*.parquet'),
    source('elsewhere', 'r2://another/visits/*.parquet'),
    source('local', 'file:///data/*.parquet'),
    source('none', 'r2://offline/none/*.parquet'),
  ],
  views: [
    view('visits', 'visits', { sql: 'select *, $as_of as at from visits', ttl: '1d', lag: '1h' }),
    view('secrets', 'secrets'),
    view('elsewhere', 'elsewhere'),
    view('local', 'local'),
    view('none', 'none'),
  ],
  services: ['visits', 'secrets', 'elsewhere', 'local', 'none'].map((name) => service(name, name)),
}
const BYTES = Uint8Array.from({ length: 1000 }, (_, at) => at % 251)
const etags = new Map<string, string>()
let narrow = ''

async function put(key: string): Promise<void> {
  const { etag } = (await bindings.LAKE.put(key, BYTES)) ?? {}
  etags.set(key, etag ?? '')
}

beforeAll(async () => {
  await migrate()
  const body = { definitions: DEFINITIONS }
  expect(await here.call('/v1/registry/apply', { method: 'POST', key: ADMIN_KEY, body })).toMatchObject({ status: 200 })
  for (const key of ['visits/day=1/a.parquet', 'visits/day=2/b c+é.parquet', 'visits/x.csv', 'secrets/s.parquet'])
    await put(key)
  narrow = (await here.key(['lake:read:visits'])).key
})

interface Read {
  readonly service?: string
  readonly view?: string
  readonly source?: string
  readonly range?: string
  readonly match?: string
  readonly key?: string
}

function read(
  object: string,
  { service = 'visits@1', view = 'visits@1', source = 'visits', range, match, key = narrow }: Read = {},
): Promise<Answer> {
  const query = new URLSearchParams({ view, source, key: object })
  const headers = { 'if-match': match ?? `"${etags.get(object)}"`, ...(range !== undefined && { range }) }
  return here.call(`/v1/lake/${service}/object?${query}`, { key, headers })
}

describe('the objects of a service', () => {
  it('are listed with its views, by a key for that service', async () => {
    const { status, json, text } = await here.call('/v1/lake/visits', { key: narrow })
    expect(status, text).toBe(200)
    const { service: id, plan, views, quarantined, features } = json as LakeAnswer
    expect({ id, quarantined, features }).toEqual({ id: 'visits@1', quarantined: 0, features: ['visits_n'] })
    expect(plan.views[0]).toMatchObject({ view: 'visits@1', columns: [{ name: 'visits_n' }] })
    const object = (key: string) => ({ key, etag: etags.get(key), size: 1000 })
    const objects = [object('visits/day=1/a.parquet'), object('visits/day=2/b c+é.parquet')]
    expect(views).toMatchObject([
      { id: 'visits@1', as_of: true, pushed: false, ttl: '1d', lag: '1h', reads: [{ name: 'visits', objects }] },
    ])
  })

  it.each([
    ['elsewhere', 422, 'source elsewhere is in the bucket another'],
    ['local', 422, 'source local is at file:///data/*.parquet, which the Worker cannot read'],
    ['none', 422, 'No object matches r2://offline/none/*.parquet'],
    ['nothing', 404, 'There is no service nothing.'],
    ['visits@7', 404, 'There is no service visits@7.'],
  ])('are not those of %s', async (name, status, message) => {
    const answer = await here.call(`/v1/lake/${name}`, { key: ADMIN_KEY })
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(message)])
  })

  it('cannot be told where the Worker does not know the name of its bucket', async () => {
    const unnamed = guarded({ LAKE_BUCKET: undefined })
    const answer = await unnamed.call('/v1/lake/visits', { key: ADMIN_KEY })
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('Set the variable LAKE_BUCKET')])
  })
})

describe('the bytes of an object', () => {
  it('come whole, or in one range', async () => {
    const object = 'visits/day=2/b c+é.parquet'
    const all = await read(object)
    expect([all.status, all.bytes]).toEqual([200, BYTES])
    const some = await read(object, { range: 'bytes=10-19' })
    expect([some.status, some.headers.get('content-range'), some.bytes]).toEqual([
      206,
      'bytes 10-19/1000',
      BYTES.slice(10, 20),
    ])
    expect(some.headers.get('etag')).toBe(`"${etags.get(object)}"`)
    expect(some.headers.get('cache-control')).toBe('private, no-store')
    const end = await read(object, { range: 'bytes=990-2000' })
    expect([end.status, end.headers.get('content-range'), end.bytes]).toEqual([
      206,
      'bytes 990-999/1000',
      BYTES.slice(990),
    ])
  })

  it.each(['bytes=5-4', 'bytes=-5', 'bytes=5-', 'bytes=0-1,5-6', 'lines=0-1', 'bytes=1000-1001'])(
    'are refused as %s',
    async (range) => {
      expect((await read('visits/day=1/a.parquet', { range })).status).toBe(400)
    },
  )

  it('are of the version that was listed: another one is a conflict, and none is no request', async () => {
    await put('visits/changed.parquet')
    const match = `"${etags.get('visits/changed.parquet')}"`
    await bindings.LAKE.put('visits/changed.parquet', 'other')
    const changed = await read('visits/changed.parquet', { match, range: 'bytes=0-3' })
    expect([changed.status, changed.text]).toEqual([409, expect.stringContaining('was changed after it was listed')])
    await bindings.LAKE.delete('visits/changed.parquet')
    const removed = await read('visits/changed.parquet', { match })
    expect([removed.status, removed.text]).toEqual([409, expect.stringContaining('was removed after it was listed')])
    for (const bad of ['', '*', 'abc', '"a", "b"', 'W/"a"'])
      expect((await read('visits/day=1/a.parquet', { match: bad })).status, bad).toBe(400)
  })

  it('are of objects that the view of the service reads, and of no other in the bucket', async () => {
    await put('_shoreline/training/set/1/set.parquet')
    for (const object of ['visits/x.csv', 'secrets/s.parquet', '_shoreline/training/set/1/set.parquet'])
      expect((await read(object, { match: `"${etags.get(object) ?? 'x'}"` })).status, object).toBe(404)
    // Of another view, source or service, however it is asked for.
    const secret = 'secrets/s.parquet'
    expect((await read(secret, { view: 'secrets@1', source: 'secrets' })).status).toBe(404)
    expect((await read(secret, { service: 'secrets', view: 'secrets@1', source: 'secrets' })).status).toBe(403)
    expect((await here.call('/v1/lake/secrets', { key: narrow })).status).toBe(403)
    expect(
      (await read(secret, { service: 'secrets', view: 'secrets@1', source: 'secrets', key: ADMIN_KEY })).status,
    ).toBe(200)
  })

  it('are not of what is in quarantine, which is not listed either, until it is released', async () => {
    const object = 'visits/day=1/a.parquet'
    const quarantine = new Quarantine(bindings.DB)
    const version = { uri: `r2://offline/${object}`, etag: etags.get(object) ?? '' }
    await quarantine.add([{ ...version, view: 'visits@1', snapshot: 1, at: 0 }])
    const listed = async () => {
      const { quarantined, views } = (await here.call('/v1/lake/visits', { key: narrow })).json as LakeAnswer
      return [quarantined, views[0]?.reads[0]?.objects.length]
    }
    expect([await listed(), (await read(object)).status]).toEqual([[1, 1], 409])
    await quarantine.release({ objects: [version] }, 1)
    expect([await listed(), (await read(object)).status]).toEqual([[0, 2], 200])
  })

  it('are nothing for a browser token, nor for a key that reads features or the registry', async () => {
    const token = await here.token({ services: ['visits'], entities: { user_id: '*' } })
    const other = (await here.key(['features:read', 'registry:write', 'sync:write', 'push:write'])).key
    for (const key of [token, other]) {
      expect((await here.call('/v1/lake/visits', { key })).status).toBe(403)
      expect((await read('visits/day=1/a.parquet', { key })).status).toBe(403)
    }
  })
})
