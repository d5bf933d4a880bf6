/** Plan, apply, versions and retiring, through the real commands against a real deployment. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrainingSetStarted, TrainingSetsAnswer } from '../../registry/wire/training.ts'
import type { PlanReport } from '../../sync/cli/plan.ts'
import { manifestOf, placed } from '../workerd/training.fixture.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { type Ended, ROOT } from './process.fixture.ts'

let deployment: Deployment

const USERS = 500

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' }, 'features')
  await writeParquet(
    join(deployment.lake, 'users/a.parquet'),
    `select 'u' || i as user_id, timestamp '2026-02-01' + interval (i) minute as "at", i as visits, i / 2 as score, 'x' || i || '@example.com' as email from range(${USERS}) as t(i)`,
  )
})
afterAll(() => deployment.stop())

interface Options {
  readonly view?: string
  readonly features?: string
  readonly service?: boolean
  readonly description?: string
}

/** Writes the definitions as an engineer edits them. */
async function define(options: Options = {}): Promise<void> {
  const { view = "ttl: '40d'", features = 'visits: t.int64(), score: t.float64()', service = true } = options
  await mkdir(join(deployment.folder, 'features'), { recursive: true })
  await writeFile(
    join(deployment.folder, 'features/index.ts'),
    `import { entity, featureService, featureView, parquetSource, t } from '${ROOT}registry/index.ts'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const users = parquetSource('users', { path: 'file://${deployment.lake}/users/*.parquet', timestamp: 'at' })
export const stats = featureView('stats', { ${options.description ? `description: '${options.description}', ` : ''}entity: user, source: users, ${view}, features: { ${features} } })
${service ? "export const profile = featureService('profile', { features: [stats] })" : ''}
`,
  )
}

async function plan(): Promise<PlanReport> {
  return deployment.json<PlanReport>('plan')
}

async function done(...args: readonly string[]): Promise<Ended> {
  const ended = await deployment.cli(...args)
  if (ended.code !== 0) throw new Error(`shoreline ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`)
  return ended
}

/** What a service answers for one user, whatever revision it comes from. */
async function ask(service: string): Promise<{ readonly status: number; readonly body: Answer }> {
  const { revision } = await deployment.json<{ revision: number }>('status')
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service, rows: [{ user_id: 'u7' }] }),
    headers: { 'x-shoreline-min-revision': String(revision) },
  })
  return { status: response.status, body: (await response.json()) as Answer }
}

interface Answer {
  readonly service?: string
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly views?: readonly { readonly view: string; readonly snapshot: number }[]
  readonly error?: { readonly code: string; readonly message: string }
}

describe('a registry from the first plan to the last retirement', () => {
  it('plans what an empty registry would become, with what it costs, and changes nothing', async () => {
    await define()
    const { stdout, code } = await deployment.cli('plan')
    expect(code).toBe(0)
    expect(stdout).toContain('Plan against registry 0: 4 created.')
    expect(stdout).toContain('+ view stats@1 created')
    expect(stdout).toMatch(/stats@1: exactly 500 entities, about \d+ KV writes and \d+ later deletions.*\$0\.0\d+/)
    const report = await plan()
    expect(report.materialize).toEqual(['stats@1'])
    expect(report.estimates).toMatchObject([{ view: 'stats@1', entities: USERS, basis: 'counted' }])
    expect(await (await deployment.fetch('/v1/registry')).json()).toMatchObject({ revision: 0, views: [] })
  })

  it('applies it, locks the versions of the services, and then has nothing to plan', async () => {
    const { stdout } = await done('apply')
    expect(stdout).toContain('Applied: registry 1')
    const lock: unknown = JSON.parse(await readFile(join(deployment.folder, 'shoreline.lock.json'), 'utf8'))
    expect(lock).toEqual({ deployments: { [deployment.url]: { registry: 1, services: { profile: 1 } } } })
    expect((await deployment.cli('plan')).stdout).toBe(
      'Nothing to apply: the registry (1) is what the definitions say.\n',
    )
    expect((await plan()).changes).toEqual([])
  })

  it('estimates what a sync then really writes', async () => {
    const before = await plan()
    expect(before.estimates).toEqual([]) // nothing is forced any more
    const { views } = await deployment.json<{ views: { kv_writes: number; dollars: number }[] }>('sync')
    await define({ view: "ttl: '40d', lookback: '1d'" })
    const [estimate] = (await plan()).estimates
    expect(estimate?.kv_writes).toBe(views[0]?.kv_writes)
    expect(Math.abs((estimate?.dollars ?? 0) / (views[0]?.dollars ?? 1) - 1)).toBeLessThan(0.05)
    await define()
    expect((await ask('profile')).body.rows).toEqual([{ visits: 7, score: 3.5 }])
  })

  it('keeps the version for a description, and says so', async () => {
    await define({ description: 'Visits of a user' })
    const { stdout } = await deployment.cli('plan')
    expect(stdout).toContain('~ view stats@1 updated\n    + description: Visits of a user')
    await done('apply')
    expect((await plan()).changes).toEqual([])
  })

  it('makes a new version of a ttl, which reads the runs that are there: nothing is materialized', async () => {
    await define({ view: "ttl: '10d'", description: 'Visits of a user' })
    const { stdout } = await deployment.cli('plan')
    expect(stdout).toContain('± view stats@2 new version\n    ~ ttl: 40d -> 10d')
    expect(stdout).toContain('stats@2 stores what stats@1 stores, and reads its runs')
    expect(stdout).not.toContain('To be materialized')
    await done('apply')
    const [newest, pinned] = [await ask('profile'), await ask('profile@1')]
    expect(newest.body).toMatchObject({ service: 'profile@2', views: [{ view: 'stats@2', snapshot: 1 }] })
    expect(newest.body.rows).toEqual([{ visits: null, score: null }]) // a month old: outside of ten days
    expect(pinned.body).toMatchObject({ service: 'profile@1', rows: [{ visits: 7, score: 3.5 }] })
    const { views } = await deployment.json<{ views: { view: string; mode: string }[] }>('sync')
    expect(views).toMatchObject([{ view: 'stats@1', mode: 'unchanged' }])
  })

  it('refuses a change of type without --yes, and says who notices', async () => {
    await define({ features: 'visits: t.float64(), score: t.float64()', description: 'Visits of a user' })
    const { code, stderr, stdout } = await deployment.cli('apply')
    expect(code).toBe(3)
    expect(stdout).toBe('')
    expect(stderr).toContain('profile@3 changes the type of visits from int64 to float64')
    expect(stderr).toContain('run the same command with --yes')
    expect((await deployment.json<{ registry: number }>('status')).registry).toBe(3)
    await done('apply', '--yes')
  })

  it('serves the new version beside the old once it is materialized, and keeps both materialized', async () => {
    expect((await ask('profile')).body).toMatchObject({ service: 'profile@2' })
    await done('sync')
    expect((await ask('profile')).body).toMatchObject({ service: 'profile@3', rows: [{ visits: 7, score: 3.5 }] })
    await writeParquet(
      join(deployment.lake, 'users/b.parquet'),
      `select 'u7' as user_id, timestamp '2026-02-28' as "at", 1000::bigint as visits, 0.5::double as score, 'x@example.com' as email`,
    )
    const { views } = await deployment.json<{ views: { view: string; mode: string }[] }>('sync')
    expect(views).toMatchObject([
      { view: 'stats@1', mode: 'overlay' },
      { view: 'stats@3', mode: 'overlay' },
    ])
    for (const service of ['profile@1', 'profile@2', 'profile@3'])
      expect((await ask(service)).body).toMatchObject({ service, rows: [{ visits: 1000, score: 0.5 }] })
  })

  it('refuses a plan that was overtaken, and says by whom', async () => {
    const registry = await deployment.json<{ registry: number }>('status')
    const response = await deployment.fetch('/v1/registry/apply', {
      method: 'POST',
      body: JSON.stringify({
        definitions: { entities: [], sources: [], views: [], services: [] },
        registry: registry.registry - 1,
        yes: true,
      }),
    })
    expect(response.status).toBe(409)
    const { error } = (await response.json()) as Required<Answer>
    expect(error.message).toMatch(/^The plan was made against registry \d+, and \S+ applied registry \d+ at 20/)
    expect((await plan()).changes).toEqual([])
  })

  it('retires what is no longer defined, and removes it when nothing uses it', async () => {
    await define({ service: false, features: 'visits: t.float64(), score: t.float64()' })
    expect((await deployment.cli('apply')).code).toBe(3)
    await done('apply', '--yes')
    const gone = await ask('profile')
    expect(gone.status).toBe(409)
    expect(gone.body.error?.message).toContain('Service profile is retired')
    expect((await ask('profile@1')).status).toBe(200)
    const refused = await deployment.cli('retire', 'stats@1')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('stats@1 is used by profile@1')
    expect((await done('retire')).stdout).toContain('profile@1')
    await done('retire', 'profile', 'stats@2', 'stats@1')
    expect((await ask('profile@1')).status).toBe(404)
    const { views } = await deployment.json<{ views: { view: string }[] }>('status')
    expect(views).toMatchObject([{ view: 'stats@3' }])
  })
})

describe('a view that is online in D1', () => {
  let inKv: Answer['rows']

  it('is the same version as in KV, written to D1 by the next sync and answered from there', async () => {
    await define({ view: "ttl: '50d'" })
    await done('apply')
    await deployment.json('sync')
    const before = await ask('profile')
    inKv = before.body.rows
    await define({ view: "ttl: '50d', online: 'd1'" })
    const { changes } = await plan()
    expect(changes).toMatchObject([
      { kind: 'view', change: 'updated', fields: [{ field: 'online', from: 'kv', to: 'd1' }] },
    ])
    await done('apply')
    const { views } = await deployment.json<{ views: Report[] }>('sync')
    expect(views).toMatchObject([{ mode: 'full', kv_writes: 2, kv_deletes: 0 }])
    expect(views[0]?.d1_deletes).toBeGreaterThan(0)
    const after = await ask('profile')
    expect(after.body.rows).toEqual(before.body.rows)
    expect(after.body.views).toMatchObject([{ view: before.body.views?.[0]?.view, store: 'd1' }])
    expect(await deployment.json('sync')).toMatchObject({ views: [{ mode: 'unchanged' }] })
  })

  it('goes back to the snapshot in KV with a rollback', async () => {
    await done('rollback', 'stats')
    expect((await ask('profile')).body).toMatchObject({ rows: inKv, views: [{ store: 'kv' }] })
    await done('resume', 'stats')
  })
})

describe('training sets', () => {
  it('are listed, newest first, and one is told whole', async () => {
    const first = manifestOf('late_flights', 'a')
    const second = manifestOf('late_flights', 'b', { service: null, created_at: '2001-07-02T06:00:00Z' })
    for (const set of [first, second, manifestOf('delays', 'c')]) {
      const { version } = await post<TrainingSetStarted>('/v1/training-sets', { manifest: set })
      await post(`/v1/training-sets/${set.name}/${version}/complete`, { manifest: placed(set, version) })
    }
    const [list, ofName, one, json, unknown] = await Promise.all([
      done('training-sets'),
      deployment.json<TrainingSetsAnswer>('training-sets', 'late_flights', '--limit', '1'),
      done('training-sets', 'late_flights@1'),
      deployment.json('training-sets', 'late_flights@1'),
      deployment.cli('training-sets', 'late_flight'),
    ])
    expect(list.stdout.split('\n')).toEqual([
      'training set    service         rows  features  made                  content',
      'late_flights@2  -               1000         1  2001-07-02T06:00:00Z  bbbbbbbbbbbb',
      'delays@1        flight_delay@1  1000         1  2001-07-01T06:00:00Z  cccccccccccc',
      'late_flights@1  flight_delay@1  1000         1  2001-07-01T06:00:00Z  aaaaaaaaaaaa',
      '',
    ])
    expect(ofName.training_sets.map(({ name, version }) => `${name}@${version}`)).toEqual(['late_flights@2'])
    const lines = [
      'spine         1000 rows of r2://offline/labels.parquet (1 object, 48211 bytes)',
      'options       instants in date, as of 2001-07-01T06:00:00Z, parquet, split by time 0.8/0.2',
      'sources       flights (1 object, 7340032 bytes)',
      'manifest      _shoreline/training/late_flights/1/manifest.json',
      'airport_delays@1  origin_delays  14d  -    origin',
      'avg_delay_7d  float64     10   7.9     9.3  -8.5  61.25',
    ]
    expect(one.stdout.split('\n')).toEqual(expect.arrayContaining(lines))
    expect(json).toMatchObject({ version: 1, statistics: first.statistics, sources: { flights: { objects: 1 } } })
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([
      1,
      '',
      'There is no training set late_flight. Did you mean late_flights? "shoreline training-sets" shows those that there are.\n',
    ])
  })
})

async function post<T>(path: string, body: object): Promise<T> {
  const response = await deployment.fetch(path, { method: 'POST', body: JSON.stringify(body) })
  if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`)
  return (await response.json()) as T
}

describe('policy', () => {
  it('follows the data: from a column of the source through SQL to the plan, the catalog and the lineage', async () => {
    await writeFile(
      join(deployment.folder, 'features/index.ts'),
      `import { entity, featureService, featureView, parquetSource, t } from '${ROOT}registry/index.ts'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const users = parquetSource('users', { path: 'file://${deployment.lake}/users/*.parquet', timestamp: 'at', columnTags: { email: { pii: 'true' } } })
const contact = featureView('contact', { entity: user, source: users,
  sql: 'select user_id, "at" as event_timestamp, split_part(email, chr(64), 2) as domain, length(email) > 0 as reachable, visits from users where score >= 0',
  features: { domain: { type: t.string(), visibility: 'public' }, reachable: { type: t.bool(), visibility: 'public', tags: { pii: 'false' } }, visits: { type: t.int64(), visibility: 'public' } } })
export const contacts = featureService('contacts', { features: [contact] })
`,
    )
    const { warnings } = await plan()
    expect(warnings).toEqual([
      "feature contact.domain is public and carries pii: true, from column users.email. Make it visibility: 'server', or say tags: { pii: 'false' } on domain if it reveals nothing.",
    ])
    expect((await deployment.cli('plan')).stdout).toContain(
      'Warnings:\n  feature contact.domain is public and carries pii',
    )
    await done('apply', '--yes')
    const get = async (path: string): Promise<unknown> => (await deployment.fetch(path)).json()
    expect(await get('/v1/registry/views/contact')).toMatchObject({
      features: [
        {
          name: 'domain',
          from: ['users.email'],
          labels: [{ tag: 'pii', value: 'true', from: ['column:users.email'] }],
        },
        { name: 'reachable', from: ['users.email'], labels: [{ tag: 'pii', value: 'false' }] },
        { name: 'visits', from: ['users.visits'], labels: [] },
      ],
    })
    expect(await get('/v1/registry/lineage?of=users.score&direction=downstream')).toMatchObject({
      edges: expect.arrayContaining([{ from: 'column:users.score', to: 'view:contact@1', kind: 'rows' }]),
    })
    const { hits } = (await get('/v1/registry/search?q=pii+true&kind=feature')) as { hits: { id: string }[] }
    expect(hits.map((hit) => hit.id)).toEqual(['feature:contact@1.domain'])
  })
})

interface Report {
  readonly mode: string
  readonly kv_writes: number
  readonly d1_deletes: number
}
