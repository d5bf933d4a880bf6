/** On-demand views of all three forms as their author meets them: written, applied by `shoreline dev`, asked, edited, asked again. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Verification } from '../../sync/verify/verify.ts'
import { writeParquet } from './deployment.fixture.ts'
import { type Ended, freePort, ROOT, type Running, run, shoreline } from './process.fixture.ts'

let folder: string
let url: string
let dev: Running

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-on-demand-'))
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
  await writeParquet(
    join(folder, 'data/users.parquet'),
    "select 'u' || i as user_id, timestamp '2026-02-01' as seen_at, i as visits, i / 4 as share from range(10) as t(i)",
  )
  await writeFile(join(folder, 'times.wasm'), TIMES)
  await define('(row.share ?? 0) * 2')
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  dev = run(
    `${ROOT}sync/cli/shoreline.mjs`,
    ['dev', '--port', String(port), '--clock', '2026-03-01T00:00:00Z', '--sync'],
    {},
    folder,
  )
  await dev.line(/^Ready on/)
}, 120_000)

afterAll(async () => {
  dev.child.kill('SIGINT')
  await dev.ended
  await rm(folder, { recursive: true, force: true })
})

/** `(module (func (export "times") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))` */
const TIMES = Buffer.from(
  '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b',
  'hex',
)

async function define(score: string): Promise<void> {
  await writeFile(
    join(folder, 'features/index.ts'),
    `import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from 'shoreline'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const users = parquetSource('users', { path: 'file://data/users.parquet', timestamp: 'seen_at' })
const stats = featureView('stats', { entity: user, source: users, features: { visits: t.int64(), share: t.float64() } })
const inputs = [stats, request({ distance: t.float64() })] as const
/** Without end for a distance that is too great. */
function turning(distance: number | null): number {
  while ((distance ?? 0) > 1e6) {}
  return 0
}

const near = onDemandView('near', {
  inputs,
  features: { reach: t.float64(), many: t.bool() },
  sql: { reach: 'stats.share + distance', many: 'visits > 4' },
})
const score = onDemandView('score', {
  inputs: [...inputs, near.pick('reach')],
  features: { score: t.float64() },
  compute: (row) => ({ score: ${score} }),
})
const times = onDemandView('times', {
  inputs: [near.pick('reach'), stats.pick('share')],
  features: { product: t.float64() },
  wasm: { module: 'times.wasm', export: 'times', args: ['reach', 'share'], returns: ['product'] },
})
export const plain = featureService('plain', { features: [stats] })
export const computed = featureService('computed', { features: [near, stats.pick('visits'), score, times] })
`,
  )
}

interface Answer {
  readonly service: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly issues: readonly unknown[]
  readonly error?: { readonly message: string }
}

async function ask(service: string, ...distances: readonly number[]): Promise<Answer> {
  const rows = [10, ...distances].map((distance) => ({ user_id: 'u6', distance }))
  const body = JSON.stringify({ service, rows })
  return (await (await fetch(`${url}/v1/features`, { method: 'POST', body })).json()) as Answer
}

function cli(...args: readonly string[]): Promise<Ended> {
  return shoreline(['--url', url, ...args], {}, folder)
}

async function json<T>(path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T
}

describe('a service with on-demand views in SQL, TypeScript and WebAssembly', () => {
  it('answers what they compute from what is stored and what the caller sends', async () => {
    expect(await ask('computed')).toMatchObject({
      service: 'computed@1',
      rows: [{ reach: 11.5, many: true, visits: 6, score: 3, product: 17.25 }],
    })
  })

  it('is planned and applied without a change when nothing changed', async () => {
    const { code, stdout, stderr } = await cli('plan', '--json')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ changes: [], warnings: [], unused: [] })
  })

  it('leaves the plan of a service without them as it was', async () => {
    const { services } = await json<{ services: readonly Readonly<Record<string, unknown>>[] }>('/v1/registry')
    expect(services.find((one) => one['name'] === 'plain')).not.toHaveProperty('code')
    expect(services.find((one) => one['name'] === 'computed')).toMatchObject({ reads: ['stats@1'] })
  })

  it('gets a new version with other code, which the running Worker holds beside the old', async () => {
    const running = dev.stdout().length
    await define('turning(row.distance) + (row.share ?? 0) * 3 + (row.reach ?? 0)')
    await expect
      .poll(() => dev.stdout().slice(running), { timeout: 60_000, interval: 100 })
      .toContain('Applied: registry 2')
    expect((await ask('computed')).rows).toMatchObject([{ score: 16 }])
    expect((await ask('computed@1')).rows).toMatchObject([{ score: 3 }])
    const { holds, needs } = await json<{ holds: unknown[]; needs: { hash: string; services: string[] }[] }>('/v1/code')
    expect(holds).toHaveLength(3)
    expect(needs.flatMap(({ services }) => services).sort()).toEqual([
      ...['computed@1', 'computed@1'],
      ...['computed@2', 'computed@2'],
    ])
  })

  it('fails for a row at which its code never ends, and answers the others', async () => {
    const { rows, issues } = await ask('computed', 1e7, 11)
    expect(rows.map((row) => row['score'])).toEqual([16, null, 17])
    expect(rows.map((row) => row['reach'])).toEqual([11.5, 10_000_001.5, 12.5])
    expect(issues).toEqual([{ view: 'score', status: 'INVALID', rows: [1] }])
  })

  it('computes in the Worker what it computes offline, in each form and in both versions', async () => {
    const { code, stdout, stderr } = await cli('verify', '--json', 'stats', 'near', 'score@1', 'score@2', 'times')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const { views } = JSON.parse(stdout) as Verification
    expect(views.map((one) => [one.view, one.form, one.rows, one.equal])).toEqual([
      ['stats@1', 'stored', 110, 110],
      ['near@1', 'sql', 1000, 1000],
      ['score@1', 'typescript', 1000, 1000],
      ['score@2', 'typescript', 1000, 1000],
      ['times@1', 'wasm', 1000, 1000],
    ])
  })

  it('keeps no module that no retained version runs', async () => {
    await define('(row.share ?? 0) * 5')
    await expect.poll(() => dev.stdout(), { timeout: 60_000, interval: 100 }).toContain('Applied: registry 3')
    expect((await cli('retire', 'computed@1', 'computed@2', 'score@1', 'score@2')).stderr).toBe('')
    const running = dev.stdout().length
    await define('(row.share ?? 0) * 6')
    await expect
      .poll(() => dev.stdout().slice(running), { timeout: 60_000, interval: 100 })
      .toContain('Applied: registry 5')
    // Times, and the last two of score.
    expect((await json<{ holds: unknown[] }>('/v1/code')).holds).toHaveLength(3)
    expect((await ask('computed')).rows).toMatchObject([{ score: 9 }])
  })

  it('says in the plan what of an on-demand view differs', async () => {
    await define('(row.share ?? 0) * 4')
    const { stdout } = await cli('plan')
    expect(stdout).toMatch(/view score@5 new version/)
    expect(stdout).toMatch(/code {2,}[0-9a-f]{12} → [0-9a-f]{12}|code.*[0-9a-f]{12}/)
  })

  it('is refused as a whole when a compute is not pure', async () => {
    await define('Math.random()')
    const { code, stderr } = await cli('plan')
    expect(code).toBe(1)
    expect(stderr).toContain('onDemandView score: compute uses Math.random(), and chance is no input')
    await define('(row.share ?? 0) * 3 + (row.reach ?? 0)')
  })
})

describe('statistics of a training set', () => {
  /** Registers the next version of `late`: the first users, as they were. */
  async function train(users: number): Promise<void> {
    const rows = Array.from({ length: users }, (_, at) => `u${at},2026-02-15T00:00:00Z`)
    await writeFile(join(folder, 'spine.csv'), ['user_id,event_timestamp', ...rows, ''].join('\n'))
    const { code, stderr } = await cli(
      'train',
      'plain',
      '--spine',
      'spine.csv',
      '--name',
      'late',
      '--out',
      'late.parquet',
    )
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }

  /** What every form has to answer for a distance of 10, of the shares 0, 0.25, 0.5, … of so many users. */
  function expected(users: number) {
    const shares = Array.from({ length: users }, (_, at) => at / 4)
    const mean = shares.reduce((sum, one) => sum + one) / users
    const dev = Math.sqrt(shares.reduce((sum, one) => sum + (one - mean) ** 2, 0) / users)
    const z = expect.closeTo((10 - mean) / dev, 9)
    return [{ z, same: z, most: users - 1, product: mean * 10 }]
  }

  it('are what a view in each form computes with', async () => {
    await train(10)
    await writeFile(
      join(folder, 'features/scaled.ts'),
      `import { featureService, onDemandView, request, stat, statistics, t } from 'shoreline'
const asked = request({ distance: t.float64() })
const constants = statistics({
  mean: stat('late', 'share', 'mean'),
  dev: stat('late', 'share', 'stddev'),
  most: stat('late', 'visits', 'max', t.int64()),
})
const sql = onDemandView('scaled_sql', {
  inputs: [asked],
  features: { z: t.float64() },
  sql: { z: "(distance - stat('late', 'share', 'mean')) / stat('late', 'share', 'stddev')" },
})
const typed = onDemandView('scaled_typed', {
  inputs: [asked, constants],
  features: { same: t.float64(), most: t.int64() },
  compute: ({ distance, mean, dev, most }) => ({ same: distance === null ? null : (distance - mean) / dev, most }),
})
const wasm = onDemandView('scaled_wasm', {
  inputs: [asked, constants],
  features: { product: t.float64() },
  wasm: { module: 'times.wasm', export: 'times', args: ['mean', 'distance'], returns: ['product'] },
})
export const scaled = featureService('scaled', { features: [sql, typed, wasm] })
`,
    )
    await expect.poll(() => scaled('scaled'), { timeout: 60_000, interval: 100 }).toEqual(expected(10))
    const { code, stdout, stderr } = await cli('verify', '--json', '--service', 'scaled')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const { views } = JSON.parse(stdout) as Verification
    expect(views.map((one) => [one.view, one.form, one.rows, one.equal])).toEqual([
      ['scaled_sql@1', 'sql', 1000, 1000],
      ['scaled_typed@1', 'typescript', 1000, 1000],
      ['scaled_wasm@1', 'wasm', 1000, 1000],
    ])
  })

  it('stay those of their version until somebody asks for the next, and then for whoever does not name the old', async () => {
    await train(6)
    const planned = JSON.parse((await cli('plan', '--json')).stdout) as { changes: unknown[]; warnings: string[] }
    expect(planned.changes).toEqual([])
    expect(planned.warnings[0]).toBe(
      'onDemandView scaled_sql keeps statistics of late@1, and late@2 is newer. Apply with --new-statistics to take that, or name a version.',
    )
    expect(await scaled('scaled')).toEqual(expected(10))
    const { code, stdout, stderr } = await cli('apply', '--new-statistics')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(
      "statistics.mean: stat('late@1', 'share', 'mean') = 1.125 -> stat('late@2', 'share', 'mean') = 0.625",
    )
    expect(await scaled('scaled')).toEqual(expected(6))
    expect(await scaled('scaled@1')).toEqual(expected(10))
    expect(JSON.parse((await cli('plan', '--json')).stdout)).toMatchObject({ changes: [], warnings: [] })
    expect(await json('/v1/registry/views/scaled_typed')).toMatchObject({
      version: 2,
      inputs: [
        { request: [{ name: 'distance' }] },
        { statistics: [{ name: 'mean', set: 'late@2', value: 0.625 }, {}, {}] },
      ],
    })
  })

  async function scaled(service: string): Promise<unknown> {
    const body = JSON.stringify({ service, rows: [{ distance: 10 }] })
    return ((await (await fetch(`${url}/v1/features`, { method: 'POST', body })).json()) as Answer).rows
  }
})
