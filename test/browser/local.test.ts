/**
 * Features on the device, as an application has them: `shoreline dev`, definitions in all three forms, `shoreline code`, a bundler,
 * and a page in Chromium. What it computes is what the edge does, and what only the request knows does not leave it.
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeParquet } from '../e2e/deployment.fixture.ts'
import { freePort, type Running, run, shoreline } from '../e2e/process.fixture.ts'
import { evaluate, open, type Visit } from './browser.fixture.ts'
import { bundle, html, ROOT, type Site, serve } from './site.fixture.ts'

let folder: string
let dev: Running
let url: string
let site: Site
let visit: Visit

/** Values of every type, at their edges, and nulls among them. */
const USERS = `
  select
    'u' || i as user_id,
    timestamp '2026-02-01 10:00:00' + to_microseconds(i * 3600000001) as seen_at,
    case i when 0 then 9223372036854775807 when 1 then null when 2 then -9007199254740993 else i * 1000000007 end as total,
    case i when 0 then 'nan'::double when 1 then '-0.0'::double when 2 then 'infinity'::double when 3 then null when 4 then 5e-324 else 1 / (i + 0.5) end as share,
    case i when 1 then null when 2 then 3.4e38::float else (i * 0.1)::float end as weight,
    i::integer as steps,
    case i when 2 then null when 3 then 'Zoë → 🦉' else 'name ' || i end as name,
    i % 2 = 0 as active,
    timestamp '2001-06-30 16:59:59.999999' + to_hours(i) as last_at,
    case i when 4 then null else date '2024-02-27' + i::integer end as born,
    encode('bytes ' || i) as data,
    case i when 5 then [] when 6 then null else [i, null, 9007199254740993] end as codes,
    [i * 0.5, '-0.0'::float, i]::float[3] as place,
    '{"a": [1, 2.0, -0.0], "id": 12345678901234567890, "n": ' || i || '}' as payload
  from range(10) as t(i)`

const FEATURES = `import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from 'shoreline'
const user = entity('user', { joinKeys: { user_id: t.string() }, owner: 'secret-owner@example.com' })
const users = parquetSource('users', { path: 'file://data/users.parquet', timestamp: 'seen_at' })
const open = (type) => ({ type, visibility: 'public' as const, description: 'secret words of a description' })
const stats = featureView('stats', {
  entity: user,
  source: users,
  ttl: '90d',
  sql: 'select user_id, seen_at as event_timestamp, * exclude (user_id, seen_at), 41 as secret_column from users',
  features: {
    total: open(t.int64()), share: open(t.float64()), weight: open(t.float32()), steps: open(t.int32()),
    name: open(t.string()), active: open(t.bool()), last_at: open(t.timestamp()), born: open(t.date()),
    data: open(t.bytes()), codes: open(t.list(t.int64())), place: open(t.vector(3)), payload: open(t.json()),
    secret_column: t.int32(),
  },
})
const shown = stats.pick('total', 'share', 'weight', 'steps', 'name', 'active', 'last_at', 'born', 'data', 'codes', 'place', 'payload')
const asked = request({ distance: t.float64(), label: t.string(), planned_at: t.timestamp(), count: t.int64(), marks: t.list(t.float64()) })
const sums = onDemandView('sums', {
  inputs: [shown, asked],
  features: {
    more: open(t.int64()), reach: open(t.float64()), root: open(t.float64()), evening: open(t.bool()), days: open(t.int64()),
    text: open(t.string()), first: open(t.int64()), far: open(t.float64()), narrow: open(t.float32()), marked: open(t.float64()),
  },
  sql: {
    more: 'total + count',
    reach: 'share * distance - weight',
    root: 'exp(sqrt(distance)) + ln(steps + 1)',
    evening: 'hour(last_at) between 17 and 21 or hour(planned_at) = 20',
    days: "date_diff('day', last_at, planned_at)",
    text: "upper(name) || ' ' || label",
    first: 'codes[1]',
    far: 'case when active then distance else -distance end',
    narrow: 'weight + weight',
    marked: 'marks[2]',
  },
})
const words = onDemandView('words', {
  inputs: [shown, sums.pick('reach', 'more'), request({ label: t.string() })],
  features: {
    line: open(t.string()), twice: open(t.int64()), again: open(t.json()), flat: open(t.list(t.float64())),
    turned: open(t.vector(3)), bytes: open(t.bytes()), noted: open(t.timestamp()),
  },
  compute: (row) => {
    if (row.label === 'throw') throw new Error('of its own')
    while (row.label === 'for ever') {}
    return {
      line: row.name + ' ' + row.reach + ' ' + row.born,
      twice: row.total === null ? null : BigInt.asIntN(64, row.total * 2n),
      again: row.label === 'wrong' ? undefined : { was: row.payload, more: String(row.more) },
      flat: row.place === null ? null : [...row.place],
      turned: row.place === null ? null : row.place.map((one) => -one),
      bytes: row.data === null ? null : row.data.slice(2),
      noted: row.last_at,
    }
  },
})
const times = onDemandView('times', {
  inputs: [sums.pick('reach'), stats.pick('share')],
  features: { product: open(t.float64()) },
  wasm: { module: 'times.wasm', export: 'times', args: ['reach', 'share'], returns: ['product'] },
})
const quick = onDemandView('quick', {
  inputs: [stats.pick('share', 'last_at'), request({ distance: t.float64(), planned_at: t.timestamp() })],
  features: { near: open(t.float64()), night: open(t.bool()) },
  sql: { near: 'share * distance', night: 'hour(planned_at) < 5 or hour(last_at) < 5' },
})
const inside = onDemandView('inside', {
  inputs: [stats.pick('secret_column')],
  features: { leaks: open(t.int32()) },
  sql: { leaks: 'secret_column + 1' },
})
export const everything = featureService('everything', { features: [shown, sums, words, times] })
export const little = featureService('little', { features: [quick, stats.pick('steps')] })
export const coded = featureService('coded', { features: [words.pick('line'), times] })
export const stored = featureService('stored', { features: [shown] })
export const closed = featureService('closed', { features: [inside, stats.pick('steps')] })
`

/** `(module (func (export "times") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))` */
const TIMES = Buffer.from(
  '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b',
  'hex',
)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-local-'))
  await mkdir(join(folder, 'node_modules'))
  await mkdir(join(folder, 'features'))
  await symlink(ROOT, join(folder, 'node_modules/shoreline'))
  await symlink(join(ROOT, 'node_modules/wrangler'), join(folder, 'node_modules/wrangler'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', shoreline: {} }))
  const worker = "import worker, { HeadWriter, Metrics } from 'shoreline/worker'\nexport { HeadWriter, Metrics }\n"
  await writeFile(join(folder, 'worker.ts'), `${worker}export default worker\n`)
  const config = await readFile(join(ROOT, 'wrangler.toml'), 'utf8')
  const migrations = config.replace('"registry/migrations"', JSON.stringify(join(ROOT, 'registry/migrations')))
  await writeFile(join(folder, 'wrangler.toml'), migrations.replace('worker/index.ts', 'worker.ts'))
  await writeParquet(join(folder, 'data/users.parquet'), USERS)
  await writeFile(join(folder, 'times.wasm'), TIMES)
  await writeFile(join(folder, 'features/index.ts'), FEATURES)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const command = ['dev', '--port', String(port), '--clock', '2026-03-01T00:00:00Z', '--sync']
  dev = run(`${ROOT}sync/cli/shoreline.mjs`, command, {}, folder)
  await dev.line(/^Ready on/)
  const { code, stderr } = await shoreline(
    ['--url', url, '--quiet', 'code', 'everything', 'coded', '--out', 'features-code'],
    {},
    folder,
  )
  expect({ code, stderr: code === 0 ? stderr : `${stderr}${dev.stdout()}${dev.stderr()}` }).toEqual({
    code: 0,
    stderr: '',
  })
  const { files } = await bundle("import './test/browser/local.page.ts'", {
    alias: { 'features-code': join(folder, 'features-code/index.js') },
  })
  site = await serve({ '/': html(), ...files }, { answer: pass })
  visit = await open(site.origin)
  await visit.page.waitForFunction("document.title === 'ready'")
}, 180_000)

afterAll(async () => {
  await visit?.close()
  await site?.close()
  dev?.child.kill('SIGINT')
  await dev?.ended
  await rm(folder, { recursive: true, force: true })
})

/** The Worker, on the page's own origin. */
async function pass({ method, path, headers, body }: Site['hits'][number]): Promise<Response | null> {
  if (!path.startsWith('/v1/')) return null
  const sent = { 'content-type': headers['content-type'] ?? 'application/json' }
  const answer = await fetch(url + path, { method, headers: sent, ...(method === 'POST' && { body }) })
  return new Response(await answer.text(), {
    status: answer.status,
    headers: answer.headers.get('x-shoreline-now')
      ? { 'x-shoreline-now': answer.headers.get('x-shoreline-now') ?? '' }
      : {},
  })
}

const REQUEST = { distance: 2.5, label: 'x', planned_at: '2001-07-01T20:00:00Z', count: '5', marks: [1.5, -2] }
const rowOf = (user: number | string, more: object = {}) => ({ user_id: `u${user}`, ...REQUEST, ...more })

describe('a page that computes', () => {
  it('has every value, status and issue that the edge has, of every type and form', async () => {
    const rows = [
      ...Array.from({ length: 10 }, (_, at) => rowOf(at, { distance: at * 1.1, count: String(at) })),
      rowOf('nobody'),
      rowOf(1, { distance: null, label: null, planned_at: null, count: null, marks: null }),
      rowOf(2, { distance: -1, label: 'ß 🦉', marks: [null, 'NaN', 1e300] }),
      rowOf(3, { distance: 'Infinity', label: 'throw' }),
      rowOf(4, { label: 'wrong', count: '9223372036854775807' }),
      rowOf(5, { label: 'for ever', planned_at: '2001-07-01T22:15:00.123456+02:00' }),
      rowOf(0, { count: 1 }),
    ]
    const found = await evaluate<{ issues: unknown[] }>(visit.page, `compare('everything', ${JSON.stringify(rows)})`)
    expect(found).toMatchObject({ differences: [], computed: ['edge', 'local'] })
    // It is no agreement of nulls, and what fails is among it.
    expect(found).toHaveProperty('values', expect.any(Number))
    expect(JSON.stringify(found.issues)).toMatch(/"view":"words","status":"INVALID","rows":\[13,15\]/)
    expect(JSON.stringify(found.issues)).toMatch(/"feature":"more","status":"INVALID"/)
    expect((found as unknown as { values: number }).values).toBeGreaterThan(300)
    expect(await evaluate(visit.page, `compare('coded', ${JSON.stringify(rows)})`)).toMatchObject({ differences: [] })
    const quick = JSON.stringify(rows.map(({ user_id, distance, planned_at }) => ({ user_id, distance, planned_at })))
    expect(await evaluate(visit.page, `compare('little', ${quick})`)).toMatchObject({ differences: [] })
    const keys = rows.map(({ user_id }) => ({ user_id }))
    expect(await evaluate(visit.page, `compare('stored', ${JSON.stringify(keys)})`)).toMatchObject({ differences: [] })
  })

  it('sends join keys, and nothing that only the request knows', async () => {
    const secret = {
      distance: 31415.9265,
      label: 'nobody-sees-this',
      planned_at: '2001-02-03T04:05:06Z',
      count: '271828182',
      marks: [16180.3],
    }
    const before = [visit.requests.length, site.hits.length] as const
    const row = JSON.stringify([rowOf(7, secret)])
    expect(await evaluate(visit.page, `outcome('everything', ${row}, { compute: 'local' })`)).toMatchObject({
      computed: 'local',
    })
    const left = JSON.stringify([visit.requests.slice(before[0]), site.hits.slice(before[1])])
    expect(left).toContain('u7')
    for (const value of ['31415', 'nobody-sees', '2001-02-03', '271828182', '16180']) expect(left).not.toContain(value)
    for (const name of Object.keys(secret)) expect(left).not.toContain(`\\"${name}\\"`)
  })

  it('refuses rows in the words of the edge, before anything is sent', async () => {
    const { distance: _, ...less } = rowOf(1)
    const wrong = [
      [rowOf(1), less],
      [rowOf(1, { more: 1 })],
      [rowOf(1, { distance: 'far' })],
      [rowOf(1, { count: 1.5 })],
      [rowOf(1, { marks: [1, 'x'] })],
      [{ ...REQUEST }],
      [rowOf(1, { label: 'a\u0000b' })],
    ]
    for (const rows of wrong) {
      const ask = (compute: string) =>
        evaluate(visit.page, `outcome('everything', ${JSON.stringify(rows)}, { compute: '${compute}' })`)
      const edge = await ask('edge')
      const sent = visit.requests.length
      expect(await ask('local')).toEqual(edge)
      expect(edge).toMatchObject({ code: 'INVALID' })
      expect(visit.requests.length).toBe(sent)
    }
  })

  it('says what it cannot compute, and why; prefer-local asks the edge then', async () => {
    const row = JSON.stringify([rowOf(5)])
    const keys = JSON.stringify([{ user_id: 'u3' }])
    expect(await evaluate(visit.page, `outcome('closed', ${keys}, { compute: 'local' })`)).toMatchObject({
      code: 'NOT_LOCAL',
      message: 'closed@1 cannot be computed on this device: leaks is not public, or computed from what is not.',
      details: { features: ['leaks'] },
    })
    const lacking = await evaluate<{ message: string }>(
      visit.page,
      `outcome('coded', ${row}, { compute: 'local', code: false })`,
    )
    expect(lacking).toMatchObject({ code: 'NOT_LOCAL', details: { code: [{ view: 'words@1' }, { view: 'times@1' }] } })
    expect(lacking.message).toMatch(
      /^coded@1 cannot be computed on this device: the page has no code of words@1 \([0-9a-f]{12}…\), times@1/,
    )
    expect(
      await evaluate(visit.page, `outcome('coded', ${row}, { compute: 'prefer-local', code: false })`),
    ).toMatchObject({
      rows: [{ product: expect.any(Number) }],
      computed: 'edge',
      fallback: lacking.message,
    })
    expect(await evaluate(visit.page, `outcome('coded', ${row}, { compute: 'prefer-local' })`)).toMatchObject({
      computed: 'local',
      fallback: null,
    })
    // But for what the edge refused above.
    expect(visit.problems.filter((one) => !one.includes('status of 422'))).toEqual([])
  })

  it('loads what its plan needs, and brings nothing of the definitions', async () => {
    await using other = await open(site.origin)
    await other.page.waitForFunction("document.title === 'ready'")
    const row = JSON.stringify([{ user_id: 'u3', distance: 1.5, planned_at: '2001-07-01T20:00:00Z' }])
    expect(await evaluate(other.page, `outcome('little', ${row}, { compute: 'local' })`)).toMatchObject({
      computed: 'local',
    })
    const loaded = other.requests.map(({ url }) => url.replace(site.origin, ''))
    expect(loaded.filter((path) => /lists|strings|transcendental|coded|careful|[0-9a-f]{64}/.test(path))).toEqual([])
    expect(loaded.filter((path) => /time/.test(path))).toHaveLength(1)
    const scripts = await Promise.all(
      site.hits
        .map(({ path }) => path)
        .filter((path, at, all) => path.endsWith('.js') && all.indexOf(path) === at)
        .map(async (path) => (await fetch(site.origin + path)).text()),
    )
    scripts.push(await (await fetch(`${url}/v1/services/everything/plan`)).text())
    // The modules of the page's own code are among them, without where they are from, and a plan with its expressions.
    const definitions = /secret|select |parquet|features\/index|times\.wasm|owner/g
    expect(scripts.flatMap((text) => text.match(definitions) ?? [])).toEqual([])
  })
})
