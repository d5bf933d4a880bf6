/**
 * The server does what the document says: a deployment is made, published, read, rolled back and taken apart over HTTP, with
 * requests that succeed and requests that are refused, and each answer is checked against the document.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import type { StartRunAnswer } from '../../registry/wire/control.ts'
import type { RunsAnswer } from '../../registry/wire/history.ts'
import { ADMIN_KEY, type Answer, bindings, type Call, definitions, guarded, migrate } from './guarded.fixture.ts'
import { deploymentAtOnce } from './history.fixture.ts'
import { type Document, Judge } from './openapi.fixture.ts'
import { withCarts } from './published.fixture.ts'
import { manifestOf, placed } from './training.fixture.ts'

const deployment = deploymentAtOnce()
let judge: Judge

beforeAll(async () => {
  await migrate()
  judge = new Judge((await deployment.call('/openapi.json')).json as Document)
})

interface Asked extends Call {
  /** The parts of the path. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
}

/** Asks with the first admin key unless another is given; the answer has to be as documented. */
async function ask(name: string, asked: Asked = {}, from = deployment): Promise<Answer> {
  const { path = {}, query = '', ...call } = asked
  const [method = '', template = ''] = name.split(' ')
  const address = template.replaceAll(/:([a-z]+)/g, (_, part: string) => encodeURIComponent(path[part] ?? ''))
  const answer = await from.call(`${address}${query}`, { method, key: ADMIN_KEY, ...call })
  expect(judge.problems(name, answer), `${name} ${JSON.stringify(asked).slice(0, 300)}`).toEqual([])
  return answer
}

async function status(name: string, asked: Asked = {}, from = deployment): Promise<number> {
  return (await ask(name, asked, from)).status
}

/** A source and a service of one name. */
const DEFINED = withCarts({
  ...definitions(),
  sources: ['all', 'visits'].map((name) => ({
    name,
    format: 'parquet' as const,
    path: 'file:///all.parquet',
    timestamp: 'at',
  })),
})
const SERVICE = { service: 'delays' }
const ROW = { origin: 'SFO', destination: 'JFK' }
const QUERY = '?origin=SFO&destination=JFK'
const FEATURES = 'POST /v1/features'
const FEAST = 'POST /get-online-features'
const ONE = 'GET /v1/services/:service/features'

async function publishView(view: string, rows: readonly (readonly unknown[])[], etag = 'a'): Promise<string> {
  const body = { view, sources: [{ uri: 'file:///all.parquet', etag, size: 1 }] }
  const { run } = (await ask('POST /v1/runs', { body })).json as Extract<StartRunAnswer, { run: string }>
  const computed = { rows: rows.length, blocks: 1, watermark: 0, next_event: null, parts: ['part-0.parquet'] }
  await ask('POST /v1/runs/:run/computed', { path: { run }, body: computed })
  const block = writeBlock({ view: `${view}@1`, run, block: 0, blocks: 1 }, JSON.stringify(rows))
  expect((await ask('POST /v1/runs', { body })).json).toMatchObject({ outcome: 'resumed', computed })
  expect(await status('PUT /v1/runs/:run/blocks/:first', { path: { run, first: '0' }, body: block })).toBe(200)
  return run
}

describe('an operation answers as documented', () => {
  it('when definitions are planned and applied', async () => {
    const body = { definitions: DEFINED }
    expect(await status('POST /v1/registry/plan', { body })).toBe(200)
    expect((await ask('POST /v1/registry/apply', { body: { ...body, by: 'ada', registry: 0 } })).json).toMatchObject({
      registry: 1,
    })
    expect(await status('POST /v1/registry/apply', { body: { ...body, registry: 0 } })).toBe(409)
    const [view, ...views] = body.definitions.views
    const wrong = { ...body.definitions, views: [{ ...view, entity: 'nobody' }, ...views] }
    expect(await status('POST /v1/registry/plan', { body: { definitions: wrong } })).toBe(422)
    expect(await status('POST /v1/registry/apply', { body: { definitions: wrong } })).toBe(422)
    expect(await status('POST /v1/registry/plan', { body: { definitions: [] } })).toBe(400)
  })

  it('before anything is online', async () => {
    const asked: readonly (readonly [string, Asked])[] = [
      [FEATURES, { body: { ...SERVICE, rows: [ROW] } }],
      [ONE, { path: SERVICE, query: QUERY }],
      ['GET /v1/services/:service/plan', { path: SERVICE }],
      [FEAST, { body: { feature_service: 'delays', entities: { origin: ['SFO'], destination: ['JFK'] } } }],
      ['POST /v1/rollback', { body: { views: ['airport_delays'] } }],
      ['POST /v1/hold', { body: { views: ['airport_delays'] } }],
    ]
    for (const [name, one] of asked) expect([name, await status(name, one)]).toEqual([name, 409])
  })

  it('when runs are made, published, rolled back and resumed', async () => {
    const runs = [
      await publishView('airport_delays', [['SFO', 0, 0.5, 77.25, '12']]),
      await publishView('airport_costs', [['JFK', 0, 992.5]]),
      await publishView('user_stats', [['7', 0, '9007199254740993']]),
    ]
    expect(await status('POST /v1/publish', { body: { runs } })).toBe(200)
    const again = { view: 'user_stats', sources: [{ uri: 'file:///all.parquet', etag: 'a', size: 1 }] }
    expect((await ask('POST /v1/runs', { body: again })).json).toMatchObject({ outcome: 'unchanged' })
    const next = await publishView('user_stats', [['7', 0, '80']], 'b')
    expect(await status('POST /v1/publish', { body: { runs: [next] } })).toBe(200)
    const views = { views: ['user_stats'] }
    expect(await status('POST /v1/rollback', { body: { ...views, to: 1 } })).toBe(200)
    const held = await publishView('user_stats', [['7', 0, '90']], 'c')
    expect((await ask('POST /v1/publish', { body: { runs: [held] } })).json).toMatchObject({ held: [held] })
    expect(await status('POST /v1/resume', { body: views })).toBe(200)

    const path = { run: held }
    const upload = 'PUT /v1/runs/:run/blocks/:first'
    const huge = { rows: 1, blocks: 2 ** 22, watermark: 0, next_event: null, parts: [] }
    expect(await status(upload, { path: { ...path, first: '9' }, body: '{}' })).toBe(422)
    expect(await status(upload, { path: { ...path, first: 'x' }, body: '{}' })).toBe(400)
    for (const rows of [
      '["7"]',
      '[["7"]]',
      '[["7","x","70"]]',
      '[["7",0,{}]]',
      '[["7",0,1e999]]',
      '[["7",0,"1"],["8",0]]',
    ]) {
      const body = writeBlock({ view: 'user_stats@1', run: held, block: 0, blocks: 1 }, rows)
      const { text } = await ask(upload, { path: { ...path, first: '0' }, body })
      expect(text).toContain('is no row')
    }
    expect(await status('POST /v1/runs/:run/computed', { path, body: huge })).toBe(422)
    expect(await status('POST /v1/runs/:run/computed', { path, body: { ...huge, blocks: 2 } })).toBe(409)
    const { json } = await ask('POST /v1/runs', { body: { ...again, full: true } })
    const open = { run: (json as { run: string }).run }
    expect(await status(upload, { path: { ...open, first: '0' }, body: '{}' })).toBe(409)
    const report = { report: { view: 'user_stats@1', reason: 'it was asked for' } }
    expect(await status('POST /v1/runs/:run/report', { path: open, body: report })).toBe(200)
    expect(await status('POST /v1/runs/:run/fail', { path: open, body: { error: 'it does not fit' } })).toBe(200)
    expect(await status('POST /v1/runs/:run/fail', { path: open, body: { error: 'again' } })).toBe(409)
    const nowhere = { run: '9-nobody' }
    expect(await status('POST /v1/runs/:run/computed', { path: nowhere, body: huge })).toBe(404)
    expect(await status('POST /v1/runs/:run/fail', { path: nowhere, body: { error: '' } })).toBe(404)
    expect(await status('POST /v1/runs/:run/report', { path: nowhere, body: report })).toBe(404)
    expect(await status(upload, { path: { ...nowhere, first: '0' }, body: '{}' })).toBe(404)
    expect(await status('POST /v1/publish', { body: { runs: [open.run] } })).toBe(409)
    expect(await status('POST /v1/publish', { body: { runs: ['9-nobody'] } })).toBe(404)
    for (const name of ['POST /v1/rollback', 'POST /v1/resume'])
      expect(await status(name, { body: { views: ['nobody'] } })).toBe(404)
    expect(await status('POST /v1/rollback', { body: { views: ['user_stats'], to: 99 } })).toBe(409)
    expect(await status('POST /v1/runs', { body: { ...again, view: 'nobody' } })).toBe(404)
    expect(await status('GET /v1/views/:view/snapshots', { path: { view: 'user_stats' } })).toBe(200)
    expect(await status('GET /v1/views/:view/snapshots', { path: { view: 'nobody' } })).toBe(404)
  })

  it('when a sync keeps a view to itself', async () => {
    const [start, lease] = ['POST /v1/runs', 'POST /v1/runs/:run/lease']
    const one = { view: 'user_stats', sources: [], full: true, holder: 'one', lease_seconds: 60 }
    const { run } = (await ask(start, { body: one })).json as { run: string }
    expect(await status(start, { body: { ...one, holder: 'other' } })).toBe(409)
    expect(await status(lease, { path: { run }, body: { holder: 'one' } })).toBe(200)
    expect(await status(lease, { path: { run }, body: { holder: 'other' } })).toBe(409)
    expect(await status(lease, { path: { run: '9-nobody' }, body: { holder: 'one' } })).toBe(404)
    expect((await ask(start, { body: { ...one, dry_run: true } })).json).toMatchObject({ outcome: 'started' })
    expect(await status('POST /v1/runs/:run/cancel', { path: { run } })).toBe(200)
  })

  it('when the past is looked at', async () => {
    const runs = 'GET /v1/runs'
    expect((await ask(runs)).status).toBe(200)
    const object = encodeURIComponent('file:///all.parquet')
    const { json } = await ask(runs, { query: `?view=user_stats&object=${object}&limit=9` })
    const [{ run } = { run: '' }] = (json as { runs: { run: string }[] }).runs
    expect(await status(runs, { query: '?limit=many' })).toBe(400)
    expect(await status(runs, { query: '?view=nobody' })).toBe(404)
    expect(await status('GET /v1/runs/:run', { path: { run } })).toBe(200)
    expect(await status('GET /v1/runs/:run', { path: { run: '9-nobody' } })).toBe(404)
    const cancel = 'POST /v1/runs/:run/cancel'
    expect(await status(cancel, { path: { run } })).toBe(409)
    expect(await status(cancel, { path: { run: '9-nobody' } })).toBe(404)
    const body = { view: 'user_stats', sources: [], full: true }
    const open = (await ask('POST /v1/runs', { body })).json as { run: string }
    expect(await status(cancel, { path: { run: open.run } })).toBe(200)

    const missing = 'POST /v1/runs/:run/missing'
    const { runs: all } = (await ask(runs, { query: '?view=user_stats' })).json as RunsAnswer
    const online = all.find((one) => one.state === 'published') ?? { run: '', snapshot: 0 }
    expect(await status(missing, { path: { run: online.run }, body: { from: 0 } })).toBe(200)
    expect(await status(missing, { path: { run: open.run }, body: {} })).toBe(409)
    expect(await status(missing, { path: { run: '9-nobody' }, body: {} })).toBe(404)
    const upload = 'PUT /v1/runs/:run/blocks/:first'
    const again = writeBlock({ view: 'user_stats@1', run: online.run, block: 0, blocks: 1 }, '[["7",0,"1"]]')
    const repaired = { path: { run: online.run, first: '0' }, query: '?repair=1', body: again }
    expect((await ask(upload, repaired)).json).toEqual({ blocks: 0 })
    expect(await status(upload, { ...repaired, query: '?repair=yes' })).toBe(400)

    const views = { views: ['user_stats'] }
    const back = { ...views, targets: { user_stats: 1 }, quarantine: true }
    expect(await status('POST /v1/rollback', { body: back })).toBe(200)
    expect(await status('GET /v1/quarantine', { query: '?view=user_stats' })).toBe(200)
    expect(await status('GET /v1/quarantine', { query: '?view=nobody' })).toBe(404)
    expect(await status('GET /v1/quarantine', { query: '?view=' })).toBe(400)
    const release = 'POST /v1/quarantine/release'
    expect(await status(release, { body: views })).toBe(400)
    expect(await status(release, { body: { view: 'user_stats' } })).toBe(200)
    expect(await status(release, { body: { objects: [{ uri: 'file:///nothing' }] } })).toBe(404)
    expect(await status('POST /v1/resume', { body: views })).toBe(200)
    expect(await status('POST /v1/hold', { body: views })).toBe(200)
    expect(await status('POST /v1/hold', { body: { views: ['nobody'] } })).toBe(404)
    expect(await status('POST /v1/gc', { body: { dry_run: true, keep: 1, older_than: '1s' } })).toBe(200)
    expect(await status('POST /v1/gc', { body: {} })).toBe(200)
    expect(await status('POST /v1/gc', { body: { older_than: 'a day' } })).toBe(422)
    expect(await status('POST /v1/resume', { body: views })).toBe(200)
  })

  it('when features are read', async () => {
    const rows = [ROW, { origin: 'nowhere', destination: 'JFK' }]
    const bodies = [
      { ...SERVICE, rows },
      { ...SERVICE, rows, metadata: 'full', full_names: true },
      { ...SERVICE, rows, metadata: 'none', strict: true, max_age: '1h' },
      { ...SERVICE, rows, format: 'columns' },
      { ...SERVICE, rows: [{ destination: 'JFK' }], shared: { origin: 'SFO' } },
      { service: 'visits', rows: [{ user_id: 7 }], compute: 'client' },
      { features: ['user_stats:visits'], rows: [{ user_id: '7' }] },
    ]
    for (const body of bodies) expect([body, await status(FEATURES, { body })]).toEqual([body, 200])
    const accept = 'application/vnd.apache.arrow.stream'
    const arrow = await ask(FEATURES, { body: bodies[0], headers: { accept } })
    expect([arrow.status, arrow.headers.get('content-type')]).toEqual([200, accept])
    const refused: readonly (readonly [number, object])[] = [
      [400, { rows }],
      [400, { ...SERVICE, rows: [] }],
      [404, { service: 'nobody', rows }],
      [404, { features: ['user_stats:nothing'], rows: [{}] }],
      [413, { ...SERVICE, rows: Array.from({ length: 1001 }, () => ROW) }],
      [422, { ...SERVICE, rows: [{}] }],
      [422, { ...SERVICE, rows: [{ origin: 7, destination: null }] }],
    ]
    for (const [expected, body] of refused) expect([body, await status(FEATURES, { body })]).toEqual([body, expected])
    const pinned = (revision: string) => ({ 'x-shoreline-revision': revision })
    expect(await status(FEATURES, { body: bodies[0], headers: pinned('99') })).toBe(409)
    expect(await status(FEATURES, { body: bodies[0], headers: pinned('x') })).toBe(400)
    expect(await status(FEATURES, { body: '{' })).toBe(400)

    const { headers } = await ask(ONE, { path: SERVICE, query: QUERY })
    const known = { 'if-none-match': headers.get('etag') ?? '' }
    expect(await status(ONE, { path: SERVICE, query: QUERY, headers: known })).toBe(304)
    expect(await status(ONE, { path: SERVICE, query: '?origin=SFO&origin=JFK' })).toBe(400)
    expect(await status(ONE, { path: SERVICE, query: '?origin=SFO' })).toBe(422)
    expect(await status(ONE, { path: { service: 'nobody' } })).toBe(404)
    expect(await status(ONE, { path: SERVICE, query: QUERY, headers: pinned('99') })).toBe(409)
    const plan = await ask('GET /v1/services/:service/plan', { path: SERVICE })
    const same = { 'if-none-match': plan.headers.get('etag') ?? '' }
    expect(await status('GET /v1/services/:service/plan', { path: SERVICE, headers: same })).toBe(304)
    expect(await status('GET /v1/services/:service/plan', { path: { service: 'a@b' } })).toBe(404)
  })

  it("when they are read in Feast's way", async () => {
    const entities = { origin: ['SFO', 'nowhere'], destination: ['JFK', 'JFK'] }
    expect(await status(FEAST, { body: { feature_service: 'delays', entities } })).toBe(200)
    expect(await status(FEAST, { body: { features: ['user_stats:visits'], entities: { user_id: [7, 8] } } })).toBe(200)
    expect(await status(FEAST, { body: { entities: 7 } })).toBe(422)
    expect(await status(FEAST, { body: { feature_service: 'delays', entities: { origin: ['SFO'] } } })).toBe(422)
    expect(await status(FEAST, { body: { feature_service: 'nobody', entities } })).toBe(404)
    expect(await status(FEAST, { body: { entities } })).toBe(400)
    expect(
      await status(FEAST, { body: { feature_service: 'delays', entities: { origin: Array(1001).fill('x') } } }),
    ).toBe(413)
    expect(await status(FEAST, { body: {}, headers: { 'x-shoreline-revision': 'x' } })).toBe(422)
    for (const refused of ['POST /materialize', 'POST /search', 'POST /retrieve-online-documents'])
      expect(await status(refused, { body: {} })).toBe(422)
  })

  it('when the sync service reports and is asked', async () => {
    const [between, until] = ['POST /materialize', 'POST /materialize-incremental']
    const bounds = { start_ts: '2001-06-01', end_ts: '2001-07-01' }
    for (const [name, body] of [[between, bounds] as const, [until, { end_ts: '2001-07-01' }] as const]) {
      expect(await status(name, { body })).toBe(422)
      const beat = { name: 'one', started_at: '2026-11-25T11:00:00Z' }
      expect(await status('POST /v1/sync/heartbeat', { body: beat })).toBe(200)
      expect(await status(name, { body: { ...body, feature_views: ['airport_delays'] } })).toBe(200)
      expect(await status(name, { body, query: '?async=true' })).toBe(202)
      expect(await status(name, { body: { ...body, end_ts: 'now' } })).toBe(400)
      expect(await status(name, { body: { ...body, feature_views: ['nobody'] } })).toBe(404)
      expect(await status(name, { body: '{' })).toBe(422)
      expect(await status('POST /v1/sync/heartbeat', { body: { ...beat, done: [1] } })).toBe(200)
      expect(await status('GET /v1/sync')).toBe(200)
      expect(await status('POST /v1/sync/heartbeat', { body: { ...beat, stopping: true } })).toBe(200)
    }
    expect(await status('POST /v1/sync/heartbeat', { body: {} })).toBe(400)
  })

  it('when rows are pushed', async () => {
    const name = 'POST /v1/push/:source'
    const event_timestamp = '2026-11-25T11:00:00Z'
    const row = { user_id: 7, total: 9.5, labels: ['new'], details: { from: 'app' }, event_timestamp }
    const carts = { path: { source: 'carts' } }
    expect(await status(name, { ...carts, body: { rows: [row] } })).toBe(200)
    expect(await status(name, { ...carts, body: { rows: [{ user_id: 8, event_timestamp, deleted: true }] } })).toBe(200)
    const clicks = { rows: [{ url: '/', event_timestamp }] }
    expect(await status(name, { path: { source: 'clicks' }, body: clicks })).toBe(200)
    expect(await status(name, { ...carts, body: { rows: [] } })).toBe(400)
    expect(await status(name, { ...carts, body: { rows: [{ ...row, total: 'much' }] } })).toBe(422)
    expect(await status(name, { path: { source: 'nobody' }, body: { rows: [row] } })).toBe(404)
    expect(await status(FEATURES, { body: { service: 'cart', rows: [{ user_id: 7 }, { user_id: 8 }] } })).toBe(200)

    const df = { user_id: [7], total: [9.75], event_timestamp: [event_timestamp] }
    expect(await status('POST /push', { body: { push_source_name: 'carts', df } })).toBe(200)
    expect(await status('POST /push', { body: { push_source_name: 'nobody', df } })).toBe(422)
    expect(await status('POST /push', { body: { push_source_name: 'carts', df: { ...df, total: [] } } })).toBe(400)
    const write = 'POST /write-to-online-store'
    expect(await status(write, { body: { feature_view_name: 'cart', df } })).toBe(200)
    expect(await status(write, { body: { feature_view_name: 'nobody', df } })).toBe(404)
    expect(await status(write, { body: { feature_view_name: 'airport_delays', df } })).toBe(422)
    expect(await status(write, { body: { feature_view_name: 'cart', df: { ...df, total: [] } } })).toBe(400)
  })

  it('when the catalog is read', async () => {
    for (const name of [
      'GET /v1/head',
      'GET /v1/code',
      'GET /v1/registry',
      'GET /v1/registry/lineage',
      'GET /health',
      'GET /metrics',
    ])
      expect([name, await status(name)]).toEqual([name, 200])
    for (const [collection, object] of [
      ['entities', 'airport'],
      ['sources', 'all'],
      ['sources', 'carts'],
      ['views', 'airport_delays@1'],
      ['services', 'delays'],
    ]) {
      const name = `GET /v1/registry/${collection}/:object`
      expect(await status(name, { path: { object: object ?? '' } })).toBe(200)
      expect(await status(name, { path: { object: 'nobody' } })).toBe(404)
    }
    const lineage = 'GET /v1/registry/lineage'
    expect(await status(lineage, { query: '?of=delays&direction=upstream' })).toBe(200)
    expect(await status(lineage, { query: '?of=nobody' })).toBe(404)
    expect(await status(lineage, { query: '?of=visits' })).toBe(422)
    expect(await status(lineage, { query: '?direction=up' })).toBe(400)
    expect(await status('GET /v1/registry/search', { query: '?q=visits&kind=view,feature&limit=3' })).toBe(200)
    expect(await status('GET /v1/registry/search')).toBe(400)
    for (const name of ['GET /openapi.json', 'GET /docs']) {
      const { headers } = await ask(name)
      expect(await status(name, { headers: { 'if-none-match': headers.get('etag') ?? '' } })).toBe(304)
    }
  })

  it('when training sets are registered and read', async () => {
    const [begin, complete] = ['POST /v1/training-sets', 'POST /v1/training-sets/:name/:version/complete']
    const set = manifestOf('late')
    const path = { name: 'late', version: '1' }
    const done = { path, body: { manifest: placed(set, 1) } }
    expect(await status(complete, done)).toBe(404)
    for (const existing of [false, true]) {
      expect((await ask(begin, { body: { manifest: set } })).json).toEqual({ name: 'late', version: 1, existing })
      expect(await status(complete, done)).toBe(200)
    }
    expect(await status(complete, { ...done, path: { ...path, version: 'first' } })).toBe(404)
    expect(await status(complete, { ...done, path: { ...path, version: '2' } })).toBe(400)
    expect(await status(complete, { path, body: { manifest: placed(manifestOf('late', '1'), 1) } })).toBe(409)
    expect(await status(begin, { body: { manifest: placed(set, 1) } })).toBe(400)
    expect(await status('GET /v1/training-sets', { query: '?name=late&limit=1' })).toBe(200)
    expect(await status('GET /v1/training-sets', { query: '?limit=many' })).toBe(400)
    for (const one of ['late', 'late@1'])
      expect(await status('GET /v1/training-sets/:set', { path: { set: one } })).toBe(200)
    expect(await status('GET /v1/training-sets/:set', { path: { set: 'late@2' } })).toBe(404)
  })

  it('when keys and tokens are made and ended', async () => {
    const body = { name: 'checkout', scopes: ['features:read:visits', 'tokens:issue'], expires: '90d' }
    const made = await ask('POST /v1/keys', { body })
    const { id, key } = made.json as { id: string; key: string }
    expect(made.status).toBe(201)
    expect(await status('POST /v1/keys', { body: { ...body, expires: '1s ago' } })).toBe(422)
    expect(await status('POST /v1/keys', { body: { ...body, scopes: ['everything'] } })).toBe(400)
    const wanted = { services: ['visits'], entities: { user_id: [7] } }
    const { token } = (await ask('POST /v1/tokens', { key, body: wanted })).json as { token: string }
    expect(await status(FEATURES, { key: token, body: { service: 'visits', rows: [{ user_id: 7 }] } })).toBe(200)
    expect(await status(FEATURES, { key: token, body: { service: 'visits', rows: [{ user_id: 8 }] } })).toBe(403)
    expect(await status('POST /v1/tokens', { body: { ...wanted, services: ['nobody'] } })).toBe(404)
    expect(await status('POST /v1/tokens', { body: { ...wanted, entities: {} } })).toBe(422)
    expect(await status('GET /v1/keys')).toBe(200)
    expect(await status('POST /v1/keys/:key/revoke', { path: { key: id } })).toBe(200)
    expect(await status('POST /v1/keys/:key/revoke', { path: { key: 'nobody' } })).toBe(404)
  })

  it('when versions are retired', async () => {
    const [only] = DEFINED.services
    const less = { ...DEFINED, services: [only] }
    expect(await status('POST /v1/registry/apply', { body: { definitions: less } })).toBe(409)
    expect(await status('POST /v1/registry/apply', { body: { definitions: less, yes: true } })).toBe(200)
    expect(await status('POST /v1/registry/retire', { body: { objects: ['internal'], by: 'ada' } })).toBe(200)
    expect(await status('POST /v1/registry/retire', { body: { objects: ['nobody'] } })).toBe(404)
    expect(await status('POST /v1/registry/retire', { body: { objects: ['delays@1'] } })).toBe(409)
    expect(await status('GET /v1/registry')).toBe(200)
  })

  it('without a key, with the wrong one, with a body that is none or too large, and past a limit', async () => {
    const [one, other] = [await deployment.key(['push:write']), await deployment.key(['tokens:issue'])]
    const limited = guarded({ RATE_LIMIT: { limit: async () => ({ success: false }) } })
    const large = `"${'x'.repeat(17 * 1024 * 1024)}"`
    for (const { name, operation } of judge.routes.filter(({ operation }) => operation.security.length > 0)) {
      const [content] = Object.values(operation.requestBody?.content ?? {})
      const path = Object.fromEntries(
        [...name.matchAll(/:([a-z]+)/g)].map(([, part = '']) => [part, part === 'first' ? '0' : 'delays']),
      )
      const body = { path, ...(content ? { body: content.example ?? '{' } : {}) }
      expect([name, await status(name, { key: 'sl_nobody', ...body })]).toEqual([name, 401])
      const { key } = operation.security.some((needed) => needed['key']?.includes('push:write')) ? other : one
      expect([name, await status(name, { key, ...body })]).toEqual([name, 403])
      expect([name, await status(name, body, limited)]).toEqual([name, 429])
      if (!content) continue
      await ask(name, { path, body: '{' })
      expect([name, await status(name, { path, body: large })]).toEqual([name, 413])
    }
  })

  it('when a store fails', async () => {
    const DB = new Proxy(bindings.DB, {
      get: () => () => {
        throw new Error('D1 is away')
      },
    })
    const KV = new Proxy(bindings.KV, { get: () => () => Promise.reject(new Error('KV is away')) })
    const away = guarded({ DB, KV })
    const failed = []
    for (const name of ['GET /v1/head', 'GET /v1/registry', 'GET /v1/keys', FEATURES])
      failed.push(await status(name, name === FEATURES ? { body: { ...SERVICE, rows: [ROW] } } : {}, away))
    expect(failed.every((one) => one >= 500)).toBe(true)
  })
})

describe('the lake', () => {
  const here = deploymentAtOnce({ LAKE_BUCKET: 'offline' })
  const [list, read] = ['GET /v1/lake/:service', 'GET /v1/lake/:service/object']

  it('is listed and read as documented', async () => {
    const source = { name: 'lake', format: 'parquet' as const, path: 'r2://offline/lake/*.parquet', timestamp: 'at' }
    const [view] = DEFINED.views.filter(({ name }) => name === 'user_stats')
    const [service] = DEFINED.services.filter(({ name }) => name === 'visits')
    if (!view || !service) throw new Error('the definitions have no such objects')
    const inputs = service.inputs.map((input) => ({ ...input, view: 'of_lake', as: 'of_lake' }))
    const more = {
      ...DEFINED,
      sources: [...DEFINED.sources, source],
      views: [...DEFINED.views, { ...view, name: 'of_lake', sources: ['lake'] }],
      services: [...DEFINED.services, { name: 'of_lake', inputs }],
    }
    expect(await status('POST /v1/registry/apply', { body: { definitions: more, yes: true } })).toBe(200)
    const path = { service: 'of_lake' }
    expect(await status(list, { path }, here)).toBe(422)
    const key = 'lake/a.parquet'
    const { httpEtag = '' } = (await bindings.LAKE.put(key, 'bytes')) ?? {}
    expect(await status(list, { path }, here)).toBe(200)
    expect(await status(list, { path: { service: 'nothing' } }, here)).toBe(404)
    const query = `?${new URLSearchParams({ view: 'of_lake@1', source: 'lake', key })}`
    const headers = { 'if-match': httpEtag }
    expect(await status(read, { path, query, headers }, here)).toBe(200)
    expect(await status(read, { path, query, headers: { ...headers, range: 'bytes=0-1' } }, here)).toBe(206)
    expect(await status(read, { path, query }, here)).toBe(400)
    expect(await status(read, { path, query: query.replace('a.parquet', 'a.csv'), headers }, here)).toBe(404)
    expect(await status(read, { path, query, headers: { 'if-match': '"other"' } }, here)).toBe(409)
    expect(await status(read, { path, query, headers }, deploymentAtOnce({ LAKE_BUCKET: 'another' }))).toBe(422)
  })

  it('is refused where it has too many objects', async () => {
    const objects = Array.from({ length: 2001 }, (_, at) => ({ key: `lake/${at}.parquet`, etag: 'a', size: 1 }))
    const LAKE = { list: async () => ({ objects, truncated: false }) }
    const vast = deploymentAtOnce({ LAKE_BUCKET: 'offline', LAKE })
    expect(await status(list, { path: { service: 'of_lake' } }, vast)).toBe(413)
  })
})

/** Five times in a row. */
const LOST_RACES = ['POST /v1/gc 409', 'POST /v1/resume 409']

it('all of it was asked for', () => {
  const asked = new Set(judge.seen)
  const documented = judge.routes.flatMap(({ name, operation }) =>
    Object.keys(operation.responses)
      .filter((one) => Number(one) < 500)
      .map((one) => `${name} ${one}`),
  )
  expect(documented.filter((one) => !asked.has(one))).toEqual(LOST_RACES)
})
