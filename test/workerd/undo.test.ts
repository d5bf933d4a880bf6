/** Undo over HTTP: back to an earlier snapshot, held there, asked twice as once; and what came in with the undone, locked away. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { HeadAnswer, RollbackAnswer, SnapshotsAnswer } from '../../registry/wire/control.ts'
import type { QuarantineAnswer, ReleaseAnswer } from '../../registry/wire/history.ts'
import { bindings, definitions, migrate } from './guarded.fixture.ts'
import { deploymentAtOnce, Operator, type SourceObject } from './history.fixture.ts'

const operator = new Operator(deploymentAtOnce())
const objects = (...names: readonly string[]): readonly SourceObject[] =>
  names.map((name) => ({ uri: `r2://offline/${name}.parquet`, etag: `of ${name}` }))
const [MONDAY, TUESDAY, WEDNESDAY] = objects('monday', 'tuesday', 'wednesday') as [
  SourceObject,
  SourceObject,
  SourceObject,
]

beforeAll(async () => {
  await migrate()
  await operator.get('/v1/registry/apply', { definitions: definitions() })
  await operator.publishBase('user_stats', [MONDAY], { 7: '70', 8: '80' })
  await operator.publishOverlay('user_stats', [MONDAY, TUESDAY], { 7: '71' })
  await operator.publishOverlay('user_stats', [MONDAY, TUESDAY, WEDNESDAY], { 7: '72', 8: null })
  await operator.publishBase('airport_costs', objects('costs'), { SFO: '1' })
  await operator.publishBase('airport_costs', objects('costs', 'more'), { SFO: '2' })
})

async function visits(...users: readonly number[]): Promise<readonly unknown[]> {
  const body = { service: 'visits', rows: users.map((user_id) => ({ user_id })) }
  const { rows } = await operator.get<{ rows: { visits: unknown }[] }>('/v1/features', body)
  return rows.map((row) => row.visits)
}

async function online(view: string): Promise<{ snapshot: number | undefined; held: boolean | undefined }> {
  const head = await operator.get<HeadAnswer>('/v1/head')
  return { snapshot: head.views[view]?.snapshot, held: head.views[view]?.held }
}

function rollback(body: object): Promise<RollbackAnswer> {
  return operator.get('/v1/rollback', body)
}

describe('snapshots', () => {
  it('say what they are made of, and how much they changed', async () => {
    const { snapshots } = await operator.get<SnapshotsAnswer>('/v1/views/user_stats/snapshots')
    expect(
      snapshots.map(({ snapshot, kind, changed, online, marked, runs }) => [
        snapshot,
        kind,
        changed,
        online,
        marked,
        runs.length,
      ]),
    ).toEqual([
      [3, 'overlay', 2, true, false, 2],
      [2, 'overlay', 1, false, false, 2],
      [1, 'base', 2, false, false, 1],
    ])
    expect(new Set(snapshots.map(({ runs }) => runs[0])).size).toBe(1)
  })
})

describe('a rollback to a target', () => {
  it('serves the overlay and the base of that snapshot, and holds the view', async () => {
    expect(await visits(7, 8)).toEqual([72, null])
    const answer = await rollback({ views: ['user_stats'], targets: { 'user_stats@1': 2 } })
    expect(answer).toMatchObject({ views: [{ view: 'user_stats@1', from: 3, to: 2 }], quarantined: [] })
    expect(await visits(7, 8)).toEqual([71, 80])
    expect(await online('user_stats@1')).toEqual({ snapshot: 2, held: true })
  })

  it('asked again, because its answer was lost, changes nothing', async () => {
    const { revision } = await operator.get<HeadAnswer>('/v1/head')
    const again = await rollback({ views: ['user_stats'], targets: { user_stats: 2 } })
    expect(again).toMatchObject({ revision, views: [{ view: 'user_stats@1', from: 2, to: 2 }] })
    expect((await operator.get<HeadAnswer>('/v1/head')).revision).toBe(revision)
  })

  it('takes several views back in one revision, and leaves those that are there already', async () => {
    const { revision } = await operator.get<HeadAnswer>('/v1/head')
    const answer = await rollback({
      views: ['user_stats', 'airport_costs'],
      targets: { user_stats: 2, airport_costs: 1 },
    })
    expect(answer).toMatchObject({
      revision: revision + 1,
      views: [{ to: 2 }, { view: 'airport_costs@1', from: 2, to: 1 }],
    })
  })

  it('holds a view that serves it and is not held', async () => {
    await operator.get('/v1/resume', { views: ['user_stats'] })
    await rollback({ views: ['user_stats'], targets: { user_stats: 2 } })
    expect(await online('user_stats@1')).toEqual({ snapshot: 2, held: true })
  })

  it('is refused for a view that is not named, for one that is not there, and for a snapshot that is being reclaimed', async () => {
    const refused = async (body: object) => {
      const { status, text } = await operator.ask('/v1/rollback', body)
      return [status, text]
    }
    expect(await refused({ views: ['user_stats'], targets: { airport_costs: 1 } })).toEqual([
      400,
      expect.stringContaining('airport_costs'),
    ])
    expect(await refused({ views: ['user_stats'], targets: { nobody: 1 } })).toEqual([
      404,
      expect.stringContaining('nobody'),
    ])
    await bindings.DB.prepare("update snapshots set marked_at = 1 where view = 'user_stats@1' and snapshot = 1").run()
    expect(await refused({ views: ['user_stats'], to: 1 })).toEqual([
      409,
      expect.stringContaining(
        'Snapshot 1 of user_stats@1 is being reclaimed and cannot be served any more. It has 3, 2;',
      ),
    ])
    expect(await refused({ views: ['user_stats'] })).toEqual([
      409,
      expect.stringContaining('has no snapshot before 2; it has 3, 2.'),
    ])
    await bindings.DB.prepare('update snapshots set marked_at = null').run()
  })
})

describe('a view that is held', () => {
  it('keeps what it serves, computes on, and publishes after resume', async () => {
    await operator.get('/v1/resume', { views: ['user_stats', 'airport_costs'] })
    const held = await operator.get<{ revision: number }>('/v1/hold', { views: ['user_stats', 'user_stats@1'] })
    expect(await operator.get('/v1/hold', { views: ['user_stats'] })).toEqual(held)
    const run = await operator.overlay('user_stats', [MONDAY], { 7: '73' })
    expect(await operator.publish(run)).toMatchObject({ held: [run.run] })
    expect(await visits(7)).toEqual([71])
    await operator.get('/v1/resume', { views: ['user_stats'] })
    expect(await operator.publish(run)).toMatchObject({ held: [] })
    expect(await visits(7)).toEqual([73])
  })

  it('is one that is online, and exists', async () => {
    expect((await operator.ask('/v1/hold', { views: ['airport_delays'] })).status).toBe(409)
    expect((await operator.ask('/v1/hold', { views: ['nobody'] })).status).toBe(404)
  })
})

describe('a rollback with quarantine', () => {
  const bad = (name: string, snapshot: number) => ({
    uri: `r2://offline/${name}.parquet`,
    etag: `of ${name}`,
    view: 'user_stats@1',
    snapshot,
  })
  const released = (name: string) => ({ uri: `r2://offline/${name}.parquet`, etag: `of ${name}` })
  const quarantined = () => operator.get<QuarantineAnswer>('/v1/quarantine')

  it('locks away what the undone snapshots read first, and nothing that the target read', async () => {
    const failed = await operator.start('user_stats', objects('monday', 'failed'))
    await operator.get(`/v1/runs/${failed.run}/fail`, { error: 'out of range' })
    const answer = await rollback({ views: ['user_stats'], targets: { user_stats: 1 }, quarantine: true })
    expect(answer.quarantined).toEqual([bad('tuesday', 2), bad('wednesday', 3)])
    expect((await quarantined()).objects).toMatchObject(answer.quarantined)
    expect(await visits(7, 8)).toEqual([70, 80])
  })

  it('asked again locks the same away once', async () => {
    const before = await quarantined()
    const again = await rollback({ views: ['user_stats'], targets: { user_stats: 1 }, quarantine: true })
    expect(again.quarantined).toEqual([bad('tuesday', 2), bad('wednesday', 3)])
    expect(await quarantined()).toEqual(before)
  })

  it('may come after one without it', async () => {
    await operator.get('/v1/quarantine/release', { view: 'user_stats' })
    expect((await quarantined()).objects).toEqual([])
    await rollback({ views: ['user_stats'], targets: { user_stats: 1 } })
    expect((await quarantined()).objects).toEqual([])
    await rollback({ views: ['user_stats'], targets: { user_stats: 1 }, quarantine: true })
    expect((await quarantined()).objects).toHaveLength(2)
    expect((await operator.get<QuarantineAnswer>('/v1/quarantine?view=airport_costs')).objects).toEqual([])
  })

  it('is released by object, with or without its ETag, and released twice as once', async () => {
    const release = (body: object) => operator.get<ReleaseAnswer>('/v1/quarantine/release', body)
    const tuesday = { objects: [released('tuesday')] }
    expect(await release(tuesday)).toEqual({ released: [released('tuesday')] })
    expect(await release(tuesday)).toEqual({ released: [released('tuesday')] })
    expect((await quarantined()).objects).toMatchObject([bad('wednesday', 3)])
    expect(await release({ objects: [{ uri: WEDNESDAY.uri }] })).toEqual({ released: [released('wednesday')] })
    const other = await operator.ask('/v1/quarantine/release', { objects: [{ uri: WEDNESDAY.uri, etag: 'another' }] })
    expect([other.status, other.text]).toEqual([404, expect.stringContaining('shoreline quarantine list')])
    expect((await operator.ask('/v1/quarantine/release', {})).status).toBe(400)
  })
})
