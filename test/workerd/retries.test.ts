/** A store that fails once is asked again and nobody notices; one that fails twice degrades the answer or refuses it. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import { OnlineBlocks } from '../../registry/online-blocks.ts'
import { createApp } from '../../worker/app.ts'
import type { Env } from '../../worker/env.ts'
import { d1Blocks, d1BlockWriter } from '../../worker/online/d1-blocks.ts'
import { twice } from '../../worker/retry.ts'
import { ADMIN_KEY, bindings, guarded, migrate } from './guarded.fixture.ts'

const user = entity('user', { joinKeys: { user_id: t.int64() } })
const source = parquetSource('users', { path: 'file:///users/*.parquet', timestamp: 'at' })
const carts = pushSource('carts', { kind: 'features', schema: { user_id: t.int64(), total: t.float64() } })
const stats = featureView('stats', { entity: user, source, features: { visits: t.int64() } })
const cart = featureView('cart', { entity: user, source, push: carts, features: { total: t.float64() } })
const DEFINITIONS = collect({
  stats: featureService('stats_only', { features: [stats] }),
  carts: featureService('cart_only', { features: [cart] }),
})

/** How an operation of a store goes wrong: which ones, by key or SQL, and how often each of them. */
interface Fault {
  readonly of: (what: string) => boolean
  readonly times: number
}

const NEVER: Fault = { of: () => false, times: 0 }
const once = (of: Fault['of'] = () => true): Fault => ({ of, times: 1 })
const always = (of: Fault['of'] = () => true): Fault => ({ of, times: Number.POSITIVE_INFINITY })

/** One isolate, cold, over the stores of the suite with faults in them. */
function isolate(
  { kv = NEVER, d1 = NEVER }: { readonly kv?: Fault; readonly d1?: Fault },
  vars: Partial<Record<keyof Env, unknown>> = {},
) {
  const asked: string[] = []
  const waits: number[] = []
  const failed = new Map<string, number>()
  /** @throws while the fault lasts */
  const check = (fault: Fault, what: string): void => {
    asked.push(what)
    const times = failed.get(what) ?? 0
    if (!fault.of(what) || times >= fault.times) return
    failed.set(what, times + 1)
    throw new Error(`${what} failed`)
  }
  const { KV, DB } = bindings
  const faulty = {
    get: async (keys: string | string[], options: KVNamespaceGetOptions<'text'>) => {
      check(kv, Array.isArray(keys) ? keys.join() : keys)
      return Array.isArray(keys) ? KV.get(keys, options) : KV.get(keys, options)
    },
    put: async (key: string, value: string) => {
      check(kv, `put ${key}`)
      await KV.put(key, value)
    },
  }
  const prepare = (database: Pick<D1Database, 'prepare'>, sql: string): D1PreparedStatement => {
    check(d1, sql)
    return database.prepare(sql)
  }
  const database = {
    prepare: (sql: string) => prepare(DB, sql),
    batch: (statements: D1PreparedStatement[]) => DB.batch(statements),
    withSession(from: string) {
      const session = DB.withSession(from)
      return {
        prepare: (sql: string) => prepare(session, sql),
        batch: (statements: D1PreparedStatement[]) => session.batch(statements),
        getBookmark: () => session.getBookmark(),
      }
    },
  }
  const env = { ...bindings, CLOCK: undefined, AUTH: 'off', ...vars, KV: faulty, DB: database } as unknown as Env
  const app = createApp(Date.now, async (ms) => {
    waits.push(ms)
  })
  const call = async (method: string, path: string, body?: unknown, key?: string) => {
    const execution = createExecutionContext()
    const request = new Request(`https://features.example.com${path}`, {
      method,
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const response = await app.fetch(request, env, execution)
    const json = (await response.json()) as { degraded?: boolean; rows?: unknown; revision?: number; error?: object }
    await waitOnExecutionContext(execution)
    return { status: response.status, retryAfter: response.headers.get('retry-after'), json }
  }
  const features = (service: string, key?: string) =>
    call('POST', '/v1/features', { service, rows: [{ user_id: 1 }] }, key)
  return { asked, waits, call, features }
}

const open = guarded({ AUTH: 'off' })

async function startRun(view: string): Promise<{ readonly run: string; readonly view: string; readonly text: string }> {
  const body = { view, sources: [], full: true }
  const { json } = await open.call('/v1/runs', { method: 'POST', body })
  const started = json as { run: string; view: string }
  const computed = { rows: 1, blocks: 1, watermark: null, next_event: null, parts: [] }
  await open.call(`/v1/runs/${started.run}/computed`, { method: 'POST', body: computed })
  const text = writeBlock({ view: started.view, run: started.run, block: 0, blocks: 1 }, '[["1",0,"70"]]')
  return { ...started, text }
}

/** @returns the run */
async function publish(view: string): Promise<string> {
  const { run, text } = await startRun(view)
  await open.call(`/v1/runs/${run}/blocks/0`, { method: 'PUT', body: text })
  expect(await open.call('/v1/publish', { method: 'POST', body: { runs: [run] } })).toMatchObject({ status: 200 })
  return run
}

beforeAll(async () => {
  await migrate()
  const applied = await open.call('/v1/registry/apply', { method: 'POST', body: { definitions: DEFINITIONS } })
  expect(applied.status).toBe(200)
  await publish('stats')
  await publish('cart')
})

describe('Workers KV', () => {
  it('that fails once at every key answers as if nothing had been: head, plan and block are each asked again', async () => {
    const { features, waits } = isolate({ kv: once() })
    expect(await features('stats_only')).toMatchObject({
      status: 200,
      json: { rows: [{ visits: 70 }], degraded: false },
    })
    expect(waits).toHaveLength(3)
    for (const ms of waits) expect(ms).toBeGreaterThanOrEqual(20)
    for (const ms of waits) expect(ms).toBeLessThanOrEqual(80)
  })

  it('that always fails is a 503 with Retry-After', async () => {
    const { features, asked } = isolate({ kv: always() })
    expect(await features('stats_only')).toMatchObject({
      status: 503,
      retryAfter: '5',
      json: { error: { code: 'UNAVAILABLE', message: 'Workers KV does not answer. Try again in a moment.' } },
    })
    expect(asked).toEqual(['head', 'head'])
  })

  it('that has not the blocks of the newest revision any more answers from an earlier one, degraded', async () => {
    const run = await publish('stats')
    const { features, asked } = isolate({ kv: always((key) => key.includes(run)) })
    const { status, json } = await features('stats_only')
    expect({ status, json }).toMatchObject({ status: 200, json: { rows: [{ visits: 70 }], degraded: true } })
    const block = asked.filter((key) => key.includes(run))
    expect(block).toHaveLength(4) // twice, and twice again past caches
  })

  it('takes a block that failed once, and the upload is whole', async () => {
    const { run, text } = await startRun('stats')
    const { call, asked } = isolate({ kv: once((key) => key.startsWith('put ')) })
    expect(await call('PUT', `/v1/runs/${run}/blocks/0`, text)).toMatchObject({ status: 200, json: { blocks: 1 } })
    expect(asked.filter((key) => key.startsWith('put '))).toHaveLength(2)
    expect(await bindings.KV.get(`b/stats@1/${run}/0`)).toBe(text)
  })

  it('that takes no block refuses the upload with 503, and the run is not complete', async () => {
    const { run, text } = await startRun('stats')
    const { call } = isolate({ kv: always((key) => key.startsWith('put ')) })
    expect(await call('PUT', `/v1/runs/${run}/blocks/0`, text)).toMatchObject({ status: 503, retryAfter: '5' })
    expect(await open.call('/v1/publish', { method: 'POST', body: { runs: [run] } })).toMatchObject({ status: 409 })
  })
})

const OF_PUSHED = (sql: string): boolean => sql.includes('pushed_rows.payload as payload')

describe('D1', () => {
  it('that fails once has what was pushed all the same', async () => {
    const { features, waits } = isolate({ d1: once(OF_PUSHED) })
    expect(await features('cart_only')).toMatchObject({ status: 200, json: { degraded: false } })
    expect(waits).toHaveLength(1)
  })

  it('that always fails leaves what is materialized, degraded', async () => {
    const { features, asked } = isolate({ d1: always(OF_PUSHED) })
    expect(await features('cart_only')).toMatchObject({ status: 200, json: { degraded: true } })
    expect(asked.filter(OF_PUSHED)).toHaveLength(2)
  })

  it('is asked about a key a second time, and then the request is a 503 with Retry-After', async () => {
    const { key } = await guarded().key(['features:read'])
    const closed = { AUTH: '', ADMIN_KEY } as const
    const ofKeys = (sql: string): boolean => sql.startsWith('select') && sql.includes('api_keys')
    const shaky = isolate({ d1: once(ofKeys) }, closed)
    expect(await shaky.features('stats_only', key)).toMatchObject({ status: 200 })
    expect(shaky.waits).toHaveLength(1)
    const down = isolate({ d1: always(ofKeys) }, closed)
    expect(await down.features('stats_only', key)).toMatchObject({
      status: 503,
      retryAfter: '5',
      json: { error: { code: 'UNAVAILABLE' } },
    })
    expect(down.asked.filter(ofKeys)).toHaveLength(2)
  })

  it('is not asked to write a push again: its rows would wait for the lake twice', async () => {
    const entries = () => bindings.DB.prepare('select count(*) as n from outbox').first<number>('n')
    await bindings.DB.prepare('delete from outbox').run()
    const of = (sql: string): boolean => sql.includes('insert into outbox')
    const { call, asked, waits } = isolate({ d1: once(of) }, { PUSHED: undefined })
    const body = { rows: [{ user_id: 1, total: 5, event_timestamp: '2026-11-25T11:00:00Z' }] }
    expect(await call('POST', '/v1/push/carts', body)).toMatchObject({ status: 503, retryAfter: '5' })
    expect([asked.filter(of).length, waits.length, await entries()]).toEqual([1, 0, 0])
    expect(await call('POST', '/v1/push/carts', body)).toMatchObject({ status: 200 })
    expect(await entries()).toBe(1)
  })
})

describe('blocks in D1', () => {
  const places = [{ view: 'v@1', run: '1-aaaa', block: 0 }]

  function store(failures: number) {
    const attempt = twice({ store: 'D1', wait: async () => {}, random: () => 0 })
    let left = failures
    const database = {
      prepare: (sql: string) => bindings.DB.prepare(sql),
      withSession: (from: string) => {
        if (left-- > 0) throw new Error('down')
        return bindings.DB.withSession(from)
      },
      batch: async (statements: D1PreparedStatement[]) => {
        if (left-- > 0) throw new Error('down')
        return bindings.DB.batch(statements)
      },
    } as unknown as D1Database
    return { reader: d1Blocks(database, attempt), writer: d1BlockWriter(database, attempt) }
  }

  it('are read and written at the second try', async () => {
    await store(1).writer.write('v@1', '1-aaaa', 0, ['text'])
    expect(await new OnlineBlocks(bindings.DB).read(places, true)).toEqual(new Map([[0, 'text']]))
    expect(await store(1).reader.read(places, false)).toEqual(new Map([[0, 'text']]))
  })

  it('are not there when both fail, and a write says so', async () => {
    expect(await store(2).reader.read(places, false)).toEqual(new Map())
    await expect(store(2).writer.write('v@1', '1-aaaa', 1, ['text'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
