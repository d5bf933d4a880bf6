/** Sources of text in R2, from their definitions to what is served, through the real commands against a real deployment. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { r2Access } from '../../sync/config.ts'
import type { Lake } from '../../sync/lake/lake.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

let deployment: Deployment
let lake: Lake

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' }, 'features')
  lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  await put(
    'tables/day=2026-02-01/a.csv',
    'user;visits;seen_at\nann;1;2026-02-01T10:00:00+02:00\n"bob;by";2;2026-02-01\n',
  )
  await put(
    'lines/a.ndjson',
    '{"user":"ann","at":"2026-02-01T00:00:00Z","n":1}\n{"user":"ann","at":"2026-02-01T01:00:00Z","n":2}\n',
  )
  await mkdir(join(deployment.folder, 'features'))
  await writeFile(
    join(deployment.folder, 'features/index.ts'),
    `import { csvSource, entity, featureService, featureView, ndjsonSource, t } from '${ROOT}registry/index.ts'
const user = entity('user', { joinKeys: { user: t.string() } })
const tables = csvSource('tables', { path: 'r2://offline/tables/**/*.csv', timestamp: 'seen_at', delimiter: ';', types: { visits: t.int64(), seen_at: t.timestamp() } })
const lines = ndjsonSource('lines', { path: 'r2://offline/lines/*.ndjson', timestamp: 'at', types: { user: t.string(), at: t.timestamp(), n: t.int32() } })
export const seen = featureView('seen', { entity: user, source: tables, features: { visits: t.int64(), day: t.string() } })
export const sums = featureView('sums', { entity: user, source: lines, sql: 'select "user", max("at") as event_timestamp, sum(n) as total from lines group by all', features: { total: t.int64() } })
export const profile = featureService('profile', { features: [seen, sums] })
`,
  )
})
afterAll(() => deployment.stop())

function put(key: string, text: string): Promise<unknown> {
  return lake.put(key, new TextEncoder().encode(text))
}

interface Report {
  readonly view: string
  readonly mode: string
  readonly reading?: string
  readonly rows_read: number
}

async function sync(): Promise<readonly Report[]> {
  return (await deployment.json<{ views: readonly Report[] }>('sync')).views
}

async function ask(user: string): Promise<unknown> {
  const { revision } = await deployment.json<{ revision: number }>('status')
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service: 'profile', rows: [{ user }] }),
    headers: { 'x-shoreline-min-revision': String(revision) },
  })
  return ((await response.json()) as { rows?: readonly unknown[] }).rows?.[0]
}

it('CSV and NDJSON are planned, materialized and served as what their types say', async () => {
  expect(await deployment.cli('--quiet', 'apply')).toMatchObject({ code: 0, stderr: '' })
  expect(await sync()).toMatchObject([
    { view: 'seen@1', rows_read: 2 },
    { view: 'sums@1', rows_read: 2 },
  ])
  expect(await ask('ann')).toEqual({ visits: 1, day: '2026-02-01', total: 3 })
  expect(await ask('bob;by')).toEqual({ visits: 2, day: '2026-02-01', total: null })
  const source = await (await deployment.fetch('/v1/registry/sources/tables')).json()
  expect(source).toMatchObject({
    format: 'csv',
    delimiter: ';',
    types: [
      { name: 'visits', type: 'int64' },
      { name: 'seen_at', type: 'timestamp' },
    ],
    found: expect.arrayContaining([{ name: 'visits', type: 'BIGINT' }]),
  })
})

it('an object that is added is what the next sync reads of a view without SQL', async () => {
  await put('tables/day=2026-02-02/b.csv', 'visits;seen_at;user\n5;2026-02-02;ann\n')
  const [seen, sums] = await sync()
  expect(seen).toMatchObject({ view: 'seen@1', reading: '1 object was added' })
  expect(sums).toMatchObject({ mode: 'unchanged' })
  expect(await ask('ann')).toEqual({ visits: 5, day: '2026-02-02', total: 3 })
  expect(await ask('bob;by')).toMatchObject({ visits: 2 })
})

it('a row that is wrong ends the sync by object, line and column, and what is online stays', async () => {
  await put('tables/day=2026-02-03/c.csv', 'user;visits;seen_at\nann;6;2026-02-03\nbob;6.5;2026-02-03\n')
  const { code, stderr } = await deployment.cli('--quiet', 'sync', 'seen')
  expect(code).toBe(1)
  expect(stderr).toBe(
    "source tables: r2://offline/tables/day=2026-02-03/c.csv, line 3: 6.5 in the column visits is not exactly a BIGINT. Correct the file, or take visits out of types: it is text then, for the view's SQL to parse.\n",
  )
  expect(await ask('ann')).toMatchObject({ visits: 5 })
  await lake.remove('tables/day=2026-02-03/c.csv')
})

it('httpfs is refused for the local Worker, with the fix; another reader is none', async () => {
  const refused = await deployment.cli('--quiet', 'sync', '--reader', 'httpfs')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('has a path, as the one of the local Worker')
  expect(refused.stderr).toContain('Or leave --reader out')
  expect((await deployment.cli('--quiet', 'sync', '--reader', 'telnet')).code).toBe(2)
})

it('no more copies are left than the cache may hold', async () => {
  const cache = join(deployment.folder, '.shoreline/cache')
  const copies = async (): Promise<readonly string[]> =>
    (await readdir(cache, { recursive: true })).filter(
      (name) => /\.(csv|ndjson|parquet)$/.test(name) && !name.startsWith('.'),
    )
  expect((await copies()).length).toBeGreaterThan(2)
  await writeFile(
    join(deployment.folder, 'package.json'),
    JSON.stringify({ type: 'module', shoreline: { features: 'features', cache: '0' } }),
  )
  await sync()
  expect((await copies()).filter((name) => !/csv\/|ndjson\/|parquet\//.test(name))).toEqual([])
})
