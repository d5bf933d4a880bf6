/** What is pushed, from the command to the next request, and through the queue into Parquet that plain DuckDB reads. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { query } from './flights-oracle.fixture.ts'
import { ROOT } from './process.fixture.ts'

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T12:00:00Z' }, 'features')
  await writeParquet(
    join(deployment.lake, 'users/a.parquet'),
    `select 'u' || i as user_id, timestamp '2026-02-28' as seen_at, i::double as score, i as visits from range(10) as t(i)`,
  )
  await mkdir(join(deployment.folder, 'features'))
  await writeFile(
    join(deployment.folder, 'features/index.ts'),
    `import { entity, featureService, featureView, parquetSource, pushSource, t } from '${ROOT}registry/index.ts'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const users = parquetSource('users', { path: 'file://${deployment.lake}/users/*.parquet', timestamp: 'seen_at' })
const scores = pushSource('scores', { kind: 'features', schema: { user_id: t.string(), score: t.float64() } })
const everything = pushSource('everything', { kind: 'events', schema: {
  flag: t.bool(), small: t.int32(), big: t.int64(), half: t.float32(), real: t.float64(), text: t.string(), at: t.timestamp(),
  day: t.date(), id: t.uuid(), raw: t.bytes(), doc: t.json(), list: t.list(t.int64()), nested: t.list(t.list(t.string())), vector: t.vector(2) } })
export { everything }
const stats = featureView('stats', { entity: user, source: users, push: scores, features: { score: t.float64(), visits: t.int64() } })
const live = featureView('live', { entity: user, push: scores, features: { score: t.float64() } })
export const profile = featureService('profile', { features: [stats] })
export const now = featureService('now', { features: [live] })
`,
  )
})
afterAll(() => deployment.stop())

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await deployment.cli(...args)
  if (code !== 0) throw new Error(`shoreline ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** The rows of a source in the lake, once there are as many as were pushed. */
async function inLake(source: string, count: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  for (const started = Date.now(); ; ) {
    const objects = await lake.list(`_shoreline/pushed/${source}/`)
    const folder = join(deployment.lake, `pushed-${source}-${objects.length}`)
    for (const [at, object] of objects.entries()) {
      const day = /day=[0-9-]+/.exec(object.key)?.[0] ?? ''
      await mkdir(join(folder, day), { recursive: true })
      await lake.fetch(object, join(folder, day, `${at}.parquet`))
    }
    const files = `read_parquet('${folder}/*/*.parquet', hive_partitioning = true)`
    const rows = objects.length === 0 ? [] : await query(`from ${files} order by pushed`)
    if (rows.length >= count) return rows
    if (Date.now() - started > 60_000) throw new Error(`${rows.length} of ${count} rows are in the lake`)
  }
}

describe('a view that is pushed to', () => {
  it('is planned and applied like any other; what is only pushed has nothing to materialize', async () => {
    const report = await deployment.json<{ materialize: string[]; changes: { name: string }[] }>('plan')
    expect(report.materialize).toEqual(['stats@1'])
    expect(report.changes.map((change) => change.name).sort()).toEqual(
      ['everything', 'live', 'now', 'profile', 'scores', 'stats', 'user', 'users'].sort(),
    )
    await done('apply')
    expect(await deployment.json('sync')).toMatchObject({ views: [{ view: 'stats@1', entities: 10 }] })
    expect(await deployment.json('status')).toMatchObject({ views: [{ view: 'stats@1' }] })
    const lineage = await (await deployment.fetch('/v1/registry/lineage?of=scores.score&direction=downstream')).json()
    expect(JSON.stringify(lineage)).toContain('service:now@1')
  })

  it.each([
    ['scores.csv', 'user_id,score,event_timestamp\nu1,100.5,2026-03-01T11:00:00Z\nnew,7,2026-03-01T11:00:00Z\n'],
    [
      'scores.ndjson',
      '{"user_id":"u2","score":200.5,"event_timestamp":"2026-03-01T11:00:00.000001Z"}\n{"user_id":"u3","score":null,"event_timestamp":"2026-03-01T11:00:00Z"}\n',
    ],
  ])('takes %s', async (name, text) => {
    await writeFile(join(deployment.folder, name), text)
    expect(await done('push', 'scores', name)).toContain(
      '2 rows pushed to scores: 2 accepted, 0 older than what is there',
    )
    expect(await deployment.json('push', 'scores', name)).toEqual({
      source: 'scores',
      rows: 2,
      accepted: 2,
      superseded: 0,
    })
  })

  it('takes Parquet, by the thousand, and says what was older', async () => {
    await writeParquet(
      join(deployment.folder, 'many.parquet'),
      `select 'm' || i as user_id, case when i = 7 then 'NaN'::double else i / 2 end as score, timestamp '2026-03-01 10:00:00' as event_timestamp from range(2500) as t(i)
       union all select 'u1', 1.0, timestamp '2026-02-28 10:00:00'`,
    )
    expect(await deployment.json('push', 'scores', 'many.parquet')).toEqual({
      source: 'scores',
      rows: 2501,
      accepted: 2500,
      superseded: 1,
    })
  })

  it('answers with it at once, and serves what is only pushed without a sync', async () => {
    const rows = ['u1', 'u2', 'u3', 'u4', 'new', 'm7'].map((user_id) => ({ user_id }))
    const ask = async (service: string): Promise<unknown> =>
      (await deployment.fetch('/v1/features', { method: 'POST', body: JSON.stringify({ service, rows }) })).json()
    expect(await ask('profile')).toMatchObject({
      rows: [
        { score: 100.5, visits: 1 },
        { score: 200.5, visits: 2 },
        { score: null, visits: 3 },
        { score: 4, visits: 4 },
        { score: 7, visits: null },
        { score: 'NaN', visits: null },
      ],
    })
    expect(await ask('now')).toMatchObject({
      rows: [{ score: 100.5 }, { score: 200.5 }, { score: null }, { score: null }, { score: 7 }, {}],
    })
  })

  it.each([
    ['scores.txt', 'x', 'scores.txt is no .parquet, .csv or .ndjson file.'],
    [
      'wrong.csv',
      'user_id,scor,event_timestamp\nu1,1,2026-03-01T11:00:00Z\n',
      'rows[0].scor: pushSource scores has no such column. Did you mean score?',
    ],
    ['late.csv', 'user_id,score\nu1,1\n', 'rows[0].event_timestamp: it is missing.'],
  ])('refuses %s, and says why', async (name, text, message) => {
    await writeFile(join(deployment.folder, name), text)
    const { code, stderr } = await deployment.cli('push', 'scores', name)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })
})

describe('the lake', () => {
  it('gets every row that was pushed, once or more, with what names it', async () => {
    const rows = await inLake('scores', 2509)
    expect(new Set(rows.map((row) => row['pushed'])).size).toBe(2509)
    const [u3] = rows.filter((row) => row['user_id'] === 'u3')
    expect(u3).toMatchObject({ score: null, named: 'user_id,score', deleted: false })
    expect(await deployment.json('sync')).toMatchObject({ views: [{ mode: 'unchanged' }], compacted: [] })
    expect(new Set(rows.map((row) => String(row['day'])))).toEqual(new Set(['2026-02-28', '2026-03-01']))
  })

  it('gets every type as what it is', async () => {
    const value = {
      flag: true,
      small: -7,
      big: '9223372036854775807',
      half: 0.1,
      real: 'Infinity',
      text: 'ünï 💡',
      at: '2001-07-01T00:00:00.000001Z',
      day: '2001-07-01',
      id: '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e',
      raw: 'YQA=',
      doc: { a: [1, null] },
      list: [1, null, '9007199254740993'],
      nested: [['a', 'b'], []],
      vector: [0.5, -1],
    }
    const body = {
      rows: [{ ...value, event_timestamp: '2026-03-01T00:00:00Z' }, { event_timestamp: '2026-03-01T00:00:00Z' }],
    }
    const pushed = await deployment.fetch('/v1/push/everything', { method: 'POST', body: JSON.stringify(body) })
    expect(await pushed.json()).toEqual({ accepted: 2, superseded: 0 })
    await inLake('everything', 2)
    const files = `read_parquet('${deployment.lake}/pushed-everything-*/*/*.parquet')`
    const [types, row, empty] = [
      await query(`select column_name as name, column_type as type from (describe from ${files})`),
      ...(await query(
        `select * replace (epoch_us("at")::varchar as "at", "day"::varchar as "day", id::varchar as id, to_base64(raw) as raw, big::varchar as big, to_json(list)::varchar as list, to_json(nested)::varchar as nested, to_json(vector)::varchar as vector, half::varchar as half, real::varchar as real) from ${files} order by pushed`,
      )),
    ]
    expect(Object.fromEntries(types.map(({ name, type }) => [name, type]))).toMatchObject({
      flag: 'BOOLEAN',
      small: 'INTEGER',
      big: 'BIGINT',
      half: 'FLOAT',
      real: 'DOUBLE',
      text: 'VARCHAR',
      at: 'TIMESTAMP',
      day: 'DATE',
      id: 'UUID',
      raw: 'BLOB',
      doc: 'VARCHAR',
      list: 'BIGINT[]',
      nested: 'VARCHAR[][]',
      vector: 'FLOAT[]',
      event_timestamp: 'TIMESTAMP',
      created_timestamp: 'TIMESTAMP',
    })
    expect(row).toMatchObject({
      flag: true,
      small: -7,
      big: '9223372036854775807',
      half: '0.1',
      real: 'inf',
      text: 'ünï 💡',
      at: '993945600000001',
      id: value.id,
      raw: 'YQA=',
      doc: '{"a":[1,null]}',
      list: '[1,null,9007199254740993]',
      nested: '[["a","b"],[]]',
      vector: '[0.5,-1.0]',
    })
    expect(empty).toMatchObject({ flag: null, list: null, named: '' })
  })
})
