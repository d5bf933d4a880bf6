/** Two Workers of one account: the second calls the first through service bindings, without a key. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { migrate } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'

/** Says which types came, which JSON cannot. */
const CALLER = `
const shown = (_, value) =>
  typeof value === 'bigint' ? value + 'n'
  : value instanceof Uint8Array ? 'bytes ' + value
  : value instanceof Float32Array ? 'vector ' + value
  : typeof value === 'number' && !Number.isFinite(value) ? 'number ' + value
  : value

export default {
  async fetch(request, env) {
    const { binding, ...asked } = await request.json()
    if (asked.rows[0].user_id) asked.rows = asked.rows.map(({ user_id }) => ({ user_id: BigInt(user_id) }))
    return new Response(JSON.stringify(await env[binding].getFeatures(asked), shown))
  },
}
`

const user = entity('user', { joinKeys: { user_id: t.int64() } })
const source = parquetSource('users', { path: 'file:///users.parquet', timestamp: 'at' })
const stats = featureView('stats', {
  entity: user,
  source,
  features: {
    visits: t.int64(),
    rate: t.float64(),
    seen: t.timestamp(),
    face: t.bytes(),
    taste: t.vector(2),
    tags: t.list(t.string()),
    more: t.json(),
  },
})
const DEFINITIONS = collect({
  profile: featureService('profile', { features: [stats] }),
  visits: featureService('visits', { features: [stats.pick('visits')] }),
})
const USER = '9007199254740993'
const VECTOR = Buffer.from(new Float32Array([0.5, -1]).buffer).toString('base64')
const ROW = [USER, 0, '9223372036854775807', 'NaN', 1_000_001, 'AAH/', VECTOR, ['a', null], '{"a":[1]}']

let platform: Miniflare
let shoreline: Awaited<ReturnType<Miniflare['getWorker']>>
let caller: Awaited<ReturnType<Miniflare['getWorker']>>

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'worker/index.ts')],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function send(path: string, body: unknown, method = 'POST'): Promise<unknown> {
  const response = await shoreline.fetch(`https://features.example.com${path}`, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

async function ask(body: object): Promise<unknown> {
  const response = await caller.fetch('https://caller.example.com/', { method: 'POST', body: JSON.stringify(body) })
  return response.json()
}

beforeAll(async () => {
  const common = { modules: true as const, compatibilityDate: '2026-11-01' }
  const target = { name: 'shoreline', entrypoint: 'Features' }
  platform = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          ...common,
          name: 'caller',
          script: CALLER,
          serviceBindings: { SHORELINE: target, VISITS: { ...target, props: { services: ['visits'] } } },
        },
        {
          ...common,
          name: 'shoreline',
          script: await bundle(),
          bindings: { ADMIN_KEY },
          kvNamespaces: ['KV'],
          d1Databases: ['DB'],
          r2Buckets: { LAKE: 'offline' },
          durableObjects: { HEAD_WRITER: { className: 'HeadWriter', useSQLite: true } },
        },
      ],
    }),
  )
  await migrate(await platform.getD1Database('DB', 'shoreline'))
  shoreline = await platform.getWorker('shoreline')
  caller = await platform.getWorker('caller')
  await send('/v1/registry/apply', { definitions: DEFINITIONS })
  const { run } = (await send('/v1/runs', { view: 'stats', sources: [] })) as { readonly run: string }
  await send(`/v1/runs/${run}/computed`, { rows: 1, blocks: 1, watermark: null, next_event: null, parts: [] })
  const block = writeBlock({ view: 'stats@1', run, block: 0, blocks: 1 }, JSON.stringify([ROW]))
  await send(`/v1/runs/${run}/blocks/0`, block, 'PUT')
  await send('/v1/publish', { runs: [run] })
})
afterAll(() => platform.dispose())

describe('a service binding', () => {
  it('hands over every value in its own type', async () => {
    const rows = [{ user_id: USER }, { user_id: '1' }]
    expect(await ask({ binding: 'SHORELINE', service: 'profile', rows })).toMatchObject({
      ok: true,
      service: 'profile@1',
      rows: [
        {
          visits: '9223372036854775807n',
          rate: 'number NaN',
          seen: '1970-01-01T00:00:01.000001Z',
          face: 'bytes 0,1,255',
          taste: 'vector 0.5,-1',
          tags: ['a', null],
          more: { a: [1] },
        },
        { visits: null, rate: null, seen: null, face: null, taste: null, tags: null, more: null },
      ],
      issues: [{ view: 'stats', status: 'NOT_FOUND', rows: [1] }],
    })
  })

  it('with props is for their services', async () => {
    const rows = [{ user_id: USER }]
    expect(await ask({ binding: 'VISITS', service: 'visits', rows })).toMatchObject({
      ok: true,
      rows: [{ visits: '9223372036854775807n' }],
    })
    expect(await ask({ binding: 'VISITS', service: 'profile', rows })).toMatchObject({
      ok: false,
      error: { code: 'FORBIDDEN' },
    })
  })

  it('hands over what is wrong with a request', async () => {
    expect(await ask({ binding: 'SHORELINE', service: 'profile', rows: [{ id: 1 }] })).toMatchObject({
      ok: false,
      error: { code: 'INVALID', details: { field: 'user_id', row: 0 } },
      request_id: expect.any(String),
    })
  })
})
