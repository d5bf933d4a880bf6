/**
 * SQL on the device, as an application has it: DuckDB's files on the page's own server, a Worker of another origin with authentication
 * on, and nobody else. Then without any network at all.
 */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copyClientAssets } from '../../sync/cli/client-assets.ts'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy, writeParquet } from '../e2e/deployment.fixture.ts'
import { query } from '../e2e/flights-oracle.fixture.ts'
import { evaluate, open } from './browser.fixture.ts'
import { bundle, html, ROOT, type Site, serve } from './site.fixture.ts'

const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'
const FEATURES = `import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from 'shoreline'
const airport = entity('airport', { joinKeys: { airport: t.string() } })
const delays = parquetSource('delays', { path: 'r2://offline/delays/**/*.parquet', timestamp: 'seen' })
const open = (type) => ({ type, visibility: 'public' as const })
const state = featureView('state', {
  entity: airport, source: delays, timestamp: 'seen',
  features: { delay: open(t.float64()), flights: open(t.int64()), day: open(t.date()) },
})
const origin = state.as('origin', { airport: 'origin' })
const risk = onDemandView('risk', {
  inputs: [origin, request({ looks: t.int64(), mean_seconds: t.float64() })],
  features: { risk: open(t.float64()), keen: open(t.bool()) },
  sql: { risk: 'delay * sqrt(mean_seconds) / looks', keen: 'looks > 2' },
})
export const flight = featureService('flight', { features: [origin, risk] })
`

let site: Site
let deployment: Deployment
let key: string

beforeAll(async () => {
  const { files } = await bundle(await readFile(join(ROOT, 'test/browser/sql.page.ts'), 'utf8').then(fromRoot))
  const assets: Record<string, Uint8Array> = {}
  site = await serve({ '/': html(), ...files }, { answer: ({ path }) => fileOf(assets[path]) })
  deployment = await deploy({ ADMIN_KEY, CORS_ORIGINS: site.origin }, 'features')
  const { folder, url } = deployment
  const { files: copied } = await copyClientAssets(join(folder, 'duckdb'), ROOT, true)
  for (const { file } of copied) assets[`/duckdb/${file}`] = await readFile(join(folder, 'duckdb', file))
  await mkdir(join(folder, 'node_modules'))
  await mkdir(join(folder, 'features'))
  await symlink(ROOT, join(folder, 'node_modules/shoreline'))
  await writeFile(join(folder, 'features/index.ts'), FEATURES)
  const lake = openLake('r2://offline', { r2: r2Access(url, {}) })
  for (const day of ['2001-06-29', '2001-06-30']) {
    const file = join(folder, `${day}.parquet`)
    await writeParquet(
      file,
      `select ['SFO', 'JFK'][1 + i % 2] as airport, timestamp '${day}' + to_microseconds(i * 7000000001) as seen, i / 3 - 0.5 as delay, 9007199254740993 + i as flights from range(12) as t(i)`,
    )
    await lake.put(`delays/day=${day}/part.parquet`, { file })
  }
  for (const command of ['apply', 'sync']) await said(command)
  key = await said('keys', 'create', '--name', 'page', '--scope', 'lake:read:flight', '--scope', 'features:read:flight')
}, 120_000)

afterAll(async () => {
  await Promise.all([site?.close(), deployment?.stop()])
})

/** @returns what a command prints */
async function said(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await deployment.cli('--key', ADMIN_KEY, '--quiet', ...args)
  if (code !== 0) throw new Error(`shoreline ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout.trim()
}

function fromRoot(source: string): string {
  return source.replaceAll("from '../../", "from './")
}

function fileOf(bytes: Uint8Array | undefined): Response | null {
  const type = bytes && (bytes[0] === 0x1f ? 'application/gzip' : 'text/javascript')
  return bytes && type ? new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }) : null
}

const call = (method: string, ...args: readonly unknown[]): string =>
  `window.sqlPage.${method}(${args.map((one) => JSON.stringify(one)).join(', ')})`

it('makes features of what happens in the page, and training sets of the lake, with no server but its own and the Worker', async () => {
  await using visit = await open(site.origin)
  const hosts = () => [...new Set(visit.requests.map(({ url }) => new URL(url).origin))].sort()
  // Nothing of DuckDB before it is needed.
  expect(visit.requests.filter(({ url }) => /duckdb/.test(url))).toEqual([])

  const local = await evaluate(visit.page, call('local', deployment.url, key))
  const given = { looks: '3', mean_seconds: 3 }
  const row = { delay: 10 / 3 - 0.5, flights: '9007199254741003', day: '2001-06-30', keen: true }
  expect(local).toEqual({ computed: 'local', given, row: { ...row, risk: ((10 / 3 - 0.5) * Math.sqrt(3)) / 3 } })
  const features = visit.requests.filter(({ url, method }) => method === 'POST' && url.endsWith('/v1/features'))
  expect(features.map(({ body }) => JSON.parse(body).rows)).toEqual([[{ origin: 'SFO' }]])

  const looks = await evaluate(visit.page, call('atOnce', 40))
  expect(looks).toEqual(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 3 : 1)))

  expect(await evaluate(visit.page, call('both'))).toEqual([20_000_000, 1])

  const spine = [
    { origin: 'SFO', looks: 1, mean_seconds: 4, seen: '2001-06-29T05:00:00Z', label: 1 },
    { origin: 'JFK', looks: 0, mean_seconds: 2.5, seen: '2001-06-30T01:56:40.000001Z', label: 0 },
    { origin: 'JFK', looks: 7, mean_seconds: null, seen: '2001-06-30T01:56:40Z', label: 1 },
    { origin: 'LAX', looks: 3, mean_seconds: -1, seen: '2001-07-01T00:00:00Z', label: 0 },
  ]
  const made = await evaluate<{ rows: readonly object[]; meta: { bytes: number; service: string } }>(
    visit.page,
    call('train', deployment.url, key, spine),
  )
  const [spineFile, out] = ['spine.ndjson', 'set.parquet'].map((file) => join(deployment.folder, file)) as [
    string,
    string,
  ]
  await writeFile(spineFile, spine.map((one) => JSON.stringify(one)).join('\n'))
  await said(
    'train',
    'flight',
    '--spine',
    spineFile,
    '--timestamp',
    'seen',
    '--types',
    'label:int32',
    '--out',
    out,
    '--local',
  )
  const native = await query(
    `select origin, looks::integer as looks, mean_seconds, strftime(seen, '%Y-%m-%dT%H:%M:%S') || case when microsecond(seen) % 1000000 = 0 then 'Z' else strftime(seen, '.%fZ') end as seen, label, delay, flights, day, risk, keen from '${out}'`,
  )
  expect(made.rows).toEqual(native)
  expect(made.meta.service).toBe('flight@1')
  const ranges = visit.requests.filter(({ url }) => url.includes('/object?'))
  expect(ranges.length).toBeGreaterThan(2)
  expect(ranges.every(({ headers }) => /^bytes=\d+-\d+$/.test(headers['range'] ?? '') && headers['if-match'])).toBe(
    true,
  )

  for (const text of [
    "select json_valid('{}')",
    "select * from 'https://extensions.duckdb.org/x.parquet'",
    'load json',
  ])
    expect(await evaluate(visit.page, call('refused', text))).toMatch(/Error/)
  expect(hosts()).toEqual([site.origin, deployment.url].sort())
  expect(visit.problems).toEqual([])

  await visit.offline(true)
  expect(await evaluate(visit.page, call('again'))).toEqual({ looks: '1', mean_seconds: 100 })
})

it('says which file of DuckDB is not there', async () => {
  await using visit = await open(site.origin)
  const [wasm, worker] = ['/duckdb/duckdb-eh.wasm.gz', '/duckdb/duckdb-browser-eh.worker.js']
  const told = (...files: readonly string[]) => evaluate<string>(visit.page, call('broken', ...files))
  expect(await told('/none.wasm.gz', worker)).toMatch(
    /cannot be started from \S+\/none\.wasm\.gz: its server answered 404/,
  )
  expect(await told('/none.wasm', worker)).toMatch(/\/none\.wasm: its server answered 404.*client-assets --out dir/)
  expect(await told(worker, worker)).toMatch(/it is no WebAssembly/)
  expect(await told(wasm, '/none.js')).toMatch(/worker \S+\/none\.js cannot be started.*client-assets --out dir/)
})
