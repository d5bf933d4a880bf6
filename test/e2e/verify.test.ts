/**
 * `shoreline verify`, of a deployment where all is well but for what was planted: a stored value changed with its checksum, and a
 * Worker that evaluates another expression than the one that training runs.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readIdentity, writeBlock } from '../../core/block.ts'
import type { Verification } from '../../sync/verify/verify.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' }, 'features')
  await mkdir(join(deployment.folder, 'features'))
  await define('A registry')
  await writeParquet(join(deployment.lake, 'users/1.parquet'), users(0, 400, "timestamp '2026-02-20'"))
  await writeParquet(
    join(deployment.lake, 'places/1.parquet'),
    "select i as x, date '1969-12-31' + i::integer as day, timestamp '2026-02-01' as \"at\", 'place ' || i as title from range(40) as t(i)",
  )
  await done('apply')
  await done('sync')
  // An overlay over the first base, in which some users are gone and some too old.
  await writeParquet(
    join(deployment.lake, 'users/1.parquet'),
    users(5, 420, "timestamp '2026-01-30' + (i // 40) * interval 1 hour"),
  )
  await done('sync', 'stats')
})

afterAll(() => deployment.stop())

async function done(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await deployment.cli(...args)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
}

/** Values at the edges of their types among plain ones. */
function users(first: number, count: number, at: string): string {
  const number =
    "case i % 7 when 0 then null when 1 then 'nan'::double when 2 then '-0.0'::double when 3 then '-inf'::double else i / 3 end"
  return `select case when i % 50 = 0 then 'ü|😀\\' || i else 'u' || i end as user_id, (${at}) as "at", i * 9007199254740993 as visits,
    ${number} as score, (${number})::float as share, [i, null]::bigint[] as seen, [i / 3, i]::float[2] as shape,
    json_object('i', i, 'n', null) as what, timestamp '1960-01-01' + to_microseconds(i) as born, i % 3 = 0 as odd,
    encode('x' || i) as raw, i * 0.5::double as amount, 1::bigint as clicks
  from range(${first}, ${first + count}) as t(i)`
}

/** @param description of a service: registered anew, and nothing else */
async function define(description: string): Promise<void> {
  await writeFile(
    join(deployment.folder, 'features/index.ts'),
    `import { entity, featureService, featureView, onDemandView, parquetSource, pushSource, request, t } from '${ROOT}registry/index.ts'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const place = entity('place', { joinKeys: { x: t.int64(), day: t.date() } })
const everyone = entity('everyone', { joinKeys: {} })
const users = parquetSource('users', { path: 'file://${deployment.lake}/users/*.parquet', timestamp: 'at' })
const places = parquetSource('places', { path: 'file://${deployment.lake}/places/*.parquet', timestamp: 'at' })
const clicks = pushSource('clicks', { schema: { user_id: t.string(), clicks: t.int64() }, kind: 'features' })

const stats = featureView('stats', {
  entity: user, source: users, ttl: '30d',
  features: { visits: t.int64(), score: t.float64(), share: t.float32(), seen: t.list(t.int64()), shape: t.vector(2),
    what: t.json(), born: t.timestamp(), odd: t.bool(), raw: t.bytes() },
})
const titles = featureView('titles', { entity: place, source: places, online: 'd1', features: { title: t.string() } })
const newest = featureView('newest', {
  entity: everyone, source: users, features: { most: t.int64() },
  sql: 'select max("at") as event_timestamp, max(visits) as most from users',
})
const live = featureView('live', { entity: user, source: users, push: clicks, features: { clicks: t.int64() } })
const worth = onDemandView('worth', {
  inputs: [stats, request({ amount: t.float64(), many: t.int64() })],
  features: { worth: t.float64(), total: t.int64(), low: t.bool() },
  sql: { worth: 'score * amount + 7', total: 'visits + many', low: 'share < 0.5 or odd' },
})
const wealth = onDemandView('wealth', {
  inputs: [worth.pick('total'), live, titles, newest],
  features: { wealth: t.int64(), named: t.bool() },
  sql: { wealth: 'total - clicks + most', named: 'title is not null' },
})
export const service = featureService('service', { description: ${JSON.stringify(description)}, features: [worth, wealth] })
`,
  )
}

/** What was answered as the exit code, too. */
async function verify(...args: readonly string[]): Promise<Verification & { readonly code: number | null }> {
  const { code, stdout, stderr } = await deployment.cli('verify', '--rows', '500', '--json', ...args)
  if (stdout === '') throw new Error(stderr)
  return { code, ...(JSON.parse(stdout) as Verification) }
}

function counts({ views }: Verification): readonly (readonly unknown[])[] {
  return views.map((one) => [one.view, one.form, one.different === 0, one.rows + one.moved > 0, one.skipped])
}

const PUSHED = 'its rows are pushed as well, and belong to no snapshot'

describe('with a stored value and an expression that are others in the Worker', () => {
  beforeAll(async () => {
    const { keys } = await deployment.kv.list({ prefix: 'b/stats@1/' })
    for (const { name } of keys) {
      const text = (await deployment.kv.get(name)) ?? ''
      const identity = readIdentity(text)
      const rows = text.slice(text.indexOf(',"rows":') + ',"rows":'.length, -1)
      const changed = rows.replace(/(\["u77",\d+,)"\d+"/, '$1"4242"')
      if (identity && changed !== rows) await deployment.kv.put(name, writeBlock(identity, changed))
    }
    const registry = (await deployment.kv.get('registry/1')) ?? ''
    const planted = registry.replaceAll('"literal":7', '"literal":8')
    expect(planted).not.toBe(registry)
    await deployment.kv.put('registry/1', planted)
  })

  it('finds both and nothing else', async () => {
    const found = await verify('--service', 'service@1')
    expect(found.code).toBe(3)
    expect(counts(found)).toEqual([
      ['live@1', 'stored', true, false, PUSHED],
      ['newest@1', 'stored', true, true, undefined],
      ['stats@1', 'stored', false, true, undefined],
      ['titles@1', 'stored', true, true, undefined],
      ['wealth@1', 'sql', true, true, undefined],
      ['worth@1', 'sql', false, true, undefined],
    ])
    const stats = found.views.find(({ view }) => view === 'stats@1')
    expect(stats).toMatchObject({
      different: 1,
      differences: [
        {
          feature: 'visits',
          row: { user_id: '"u77"' },
          online: '4242 (PRESENT)',
          offline: `${77n * 9_007_199_254_740_993n} (PRESENT)`,
        },
      ],
    })
    const worth = found.views.find(({ view }) => view === 'worth@1')
    const [first] = worth?.differences ?? []
    expect(first).toMatchObject({ feature: 'worth', row: { user_id: expect.any(String), amount: expect.any(String) } })
    expect(first?.inputs?.['stats.score']).toBeDefined()
    // Every other row has an amount of the lake, of which none is a value at an edge.
    const amounts = worth?.differences.map(({ row }) => Number(row['amount'])) ?? []
    expect(amounts.some((amount) => amount > 2 && amount < 213 && Number.isInteger(amount * 2))).toBe(true)
    expect(Number.parseFloat(first?.online ?? '') - Number.parseFloat(first?.offline ?? '')).toBeCloseTo(1)
  })

  it('prints a table and the first differences', async () => {
    const { code, stdout } = await deployment.cli('verify', 'stats')
    expect(code).toBe(3)
    expect(stdout).toMatch(/view +form +rows compared +equal +different\nstats@1 +stored +\d+ +\d+ +1\n/)
    expect(stdout).toContain(
      'stats@1: visits of user_id="u77"\n  online  4242 (PRESENT)\n  offline 693554342615056461 (PRESENT)',
    )
  })
})

describe('once what was planted is gone', () => {
  beforeAll(async () => {
    await define('Another registry')
    await done('apply')
    await done('sync', 'stats', '--full')
    const rows = [50, 51, 52].map((i) => ({ user_id: `u${i}`, clicks: i, event_timestamp: '2026-02-28T00:00:00Z' }))
    expect((await deployment.fetch('/v1/push/clicks', { method: 'POST', body: JSON.stringify({ rows }) })).status).toBe(
      200,
    )
  })

  it('finds nothing, in rows of every kind', async () => {
    const found = await verify()
    expect(found.views.flatMap(({ differences }) => differences)).toEqual([])
    expect(found.code).toBe(0)
    const stats = found.views.find(({ view }) => view === 'stats@1')
    // Those of the file, 50 that nobody has, and not the 35 that expire as they are asked for.
    expect(stats).toMatchObject({ rows: 420 + 50 - 35, moved: 35 })
    expect(found.views.find(({ view }) => view === 'wealth@1')?.rows).toBe(500)
  })

  it('does not pass where nothing was compared', async () => {
    const { code, stdout, stderr } = await deployment.cli('verify', 'live', 'newest', '--quiet')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Not one row was compared of live@1, so that nothing is known of what is served. The report says why.\n',
    })
    expect(stdout).toContain(`live@1 was not compared: ${PUSHED}\n`)
    expect(stdout).toMatch(/\nnewest@1 +stored +1 +1 +0\n/)
    expect(counts(await verify('live'))).toEqual([['live@1', 'stored', true, false, PUSHED]])
  })

  it('compares the views that are named, and says what there is when a name is wrong', async () => {
    expect(counts(await verify('worth')).map(([view]) => view)).toEqual(['worth@1'])
    const both = await deployment.cli('verify', 'worth', '--service', 'service')
    expect(both).toEqual({ code: 1, stdout: '', stderr: 'Name views, or a service with --service: one of the two.\n' })
    const { code, stderr } = await deployment.cli('verify', '--service', 'services')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'There is no service services. There are: service.\n' })
  })
})
