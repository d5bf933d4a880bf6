/** A training set that a page makes (DuckDB of the browser, hyparquet) beside the one that `shoreline train` makes: the same to the bit. */
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientSource } from '../../client/sql/client-source.ts'
import { nodeEngine } from '../../client/sql/node-engine.fixture.ts'
import { type Sql, sqlOf } from '../../client/sql/sql.ts'
import type { GivenRow } from '../../client/sql/values.ts'
import { parseType, type Shape } from '../../core/types.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/definitions/collect.ts'
import {
  entity,
  featureService,
  featureView,
  onDemandView,
  parquetSource,
  pushSource,
  request,
  t,
} from '../../registry/index.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot, type ServiceInput } from '../../registry/objects.ts'
import { randomSet } from '../../sync/training/random-set.fixture.ts'
import { atDesk, type Desk } from '../../sync/training/training.fixture.ts'
import { pageLake } from './page-lake.fixture.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 4)

let sql: Sql
beforeAll(() => {
  sql = sqlOf(nodeEngine)
})
afterAll(() => sql.close())

/** Without what a page refuses: views that are pushed to, that read $as_of, or that have json. */
function withoutRefused(registry: RegistrySnapshot): RegistrySnapshot {
  const taken = ({ view }: ServiceInput): boolean => {
    const found = registry.views.find((one) => view === `${one.name}@${one.version}`)
    return (
      !!found && !found.push && !found.sql?.includes('$as_of') && !found.features.some(({ type }) => type === 'json')
    )
  }
  return { ...registry, services: registry.services.map((one) => ({ ...one, inputs: one.inputs.filter(taken) })) }
}

/** Vectors as lists: DuckDB's own FLOAT[n] with a null among them is nothing that others can read, and refused. */
async function writeListsForVectors(desk: Desk, { views }: RegistrySnapshot): Promise<void> {
  for (const { features, reads } of views)
    for (const { path, columns = {} } of reads) {
      const vectors = features
        .filter(({ type }) => type.startsWith('vector('))
        .map(({ name }) => `"${columns[name] ?? name}"`)
      const folder = path.replace('file://', '').replace('/*.parquet', '')
      for (const file of vectors.length === 0 ? [] : await readdir(folder)) {
        const lists = vectors.map((column) => `${column}::float[] as ${column}`).join(', ')
        await desk.db.run(
          `copy (select * replace (${lists}) from read_parquet('${folder}/${file}')) to '${folder}/lists' (format parquet, dictionary_size_limit 0)`,
        )
        await rename(join(folder, 'lists'), join(folder, file))
      }
    }
}

/** The rows of a spine's file as a page has them. */
async function spineOf(desk: Desk, file: string, timestamp: string) {
  const columns = await desk.db.runAndReadAll(`describe select * from read_parquet('${file}')`)
  const selected = columns.getRowObjectsJson().map(({ column_name: name, column_type: type }) => {
    const column = `"${name}"`
    if (name === timestamp) return `strftime(${column}::timestamptz::timestamp, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
    if (type === 'TIMESTAMP') return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
    return type === 'BOOLEAN' || type === 'DOUBLE' ? column : `${column}::varchar as ${column}`
  })
  const rows = await desk.db.runAndReadAll(`select ${selected.join(', ')} from read_parquet('${file}')`)
  return rows.getRowObjectsJson()
}

describe('a training set of a page', () => {
  it(`has for ${RUNS} random sets the values of "shoreline train"`, async () => {
    let compared = 0
    await atDesk(async (desk) => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const { request } = await randomSet(desk, seed)
        const registry = withoutRefused(desk.state.registry)
        desk.state.registry = registry
        await writeListsForVectors(desk, registry)
        const { timestamp = '' } = request
        const spine = await spineOf(desk, String((request.spine as { files: unknown }).files), timestamp)
        const { fetch } = await pageLake(desk.folder, () => registry)
        const { rows, features } = await sql.train({
          url: 'http://edge',
          fetch,
          service: 'all',
          spine,
          timestamp,
          asKnown: request.asKnown === true,
        })
        expect(rows.length).toBe(spine.length)
        await desk.train({ ...request, statuses: false, fullNames: false })
        const text = features.map(({ name }) => `"${name}"::varchar as "${name}"`).join(', ')
        const native = await desk.rows(text)
        const schema = Object.fromEntries(features.map(({ name, type }) => [name, parseType(type)])) as Shape
        const table = await sql.source(clientSource(`set_${seed}`, schema))
        await table.append(
          rows.map((row) => Object.fromEntries(features.map(({ name }) => [name, row[name]])) as GivenRow<Shape>),
        )
        const found = await sql.query(`select ${text} from set_${seed}`)
        for (const [at, row] of native.entries()) expect(found[at], `set ${seed}, row ${at}`).toEqual(row)
        compared += rows.length * features.length
      }
    })
    expect(compared).toBeGreaterThan(1000 * RUNS)
  })
})

describe('a page', () => {
  const airport = entity('airport', { joinKeys: { airport: t.string() } })

  /** Eight rows in two days' folders, each with another number in its name. */
  async function delays(desk: Desk): Promise<string> {
    for (const [day, part] of [
      ['2001-06-30', 7],
      ['2001-07-01', 10],
    ] as const)
      await desk.parquet(
        `delays/day=${day}/part=${part}/kind=a%20b/x.parquet`,
        `select ['SFO', 'JFK'][1 + i % 2] as airport, timestamp '${day} 00:00:00' + to_hours(i) as at, i * 1.5 - 2 as delay, i::tinyint as small, (i * 1000000007)::ubigint as big, timestamp_ns '2001-01-01 00:00:00.000000001' as exact, 'x'::blob as raw, (i - 2)::decimal(4, 1) * 0.1::decimal(2, 1) as tenth, (i - 1) * 12345678901234567890.123456789::decimal(38, 9) as wide from range(4) as t(i)`,
      )
    return `file://${desk.path('delays')}/**/*.parquet`
  }

  const spine = [
    { origin: 'SFO', destination: 'JFK', distance: 2586, at: '2001-06-30T02:30:00Z', late: true },
    { origin: 'JFK', destination: 'SFO', distance: null, at: new Date('2001-07-01T12:00:00Z'), late: false },
    { origin: 'XXX', destination: 'SFO', distance: -1, at: '2001-07-01T00:00:00.000001Z', late: null },
  ]

  it('takes partitions as columns, integers of every width, SQL, roles, and what is computed on demand', async () => {
    await atDesk(async (desk) => {
      const source = parquetSource('delays', { path: await delays(desk), timestamp: 'at' })
      const plain = featureView('plain', {
        entity: airport,
        source,
        ttl: '1d',
        timestamp: 'at',
        features: {
          delay: t.float64(),
          small: t.int32(),
          big: t.int64(),
          day: t.date(),
          part: t.int64(),
          kind: t.string(),
        },
      })
      const summed = featureView('summed', {
        entity: airport,
        source,
        timestamp: 'seen',
        lag: '1h',
        sql: 'select airport, max("at") as seen, count(*) as rows_of_day, max(exact)::varchar as exact, (sum(big) + sum(tenth))::varchar || \' \' || min(wide)::varchar as total from delays group by airport, day',
        features: { rows_of_day: t.int64(), exact: t.string(), total: t.string() },
      })
      const origin = plain.as('origin', { airport: 'origin' })
      const risk = onDemandView('risk', {
        inputs: [origin.pick('delay', 'part'), request({ distance: t.float64() })],
        features: { risk: t.float64(), far: t.bool() },
        sql: { risk: 'delay * sqrt(distance) / part', far: 'distance > 1000' },
      })
      const service = featureService('flight', {
        features: [
          origin,
          plain
            .as('destination', { airport: 'destination' })
            .rename({ delay: 'd_delay', small: 'd_small', big: 'd_big', day: 'd_day', part: 'd_part', kind: 'd_kind' }),
          summed.as('sums', { airport: 'destination' }),
          risk,
        ],
      })
      await desk.define({ airport, source, plain, summed, risk, service })
      const lake = await pageLake(desk.folder, () => desk.state.registry)
      const made = await sql.train({
        url: 'http://edge/',
        fetch: lake.fetch,
        service: 'flight',
        spine,
        timestamp: 'at',
      })
      expect(made.meta).toMatchObject({ service: 'flight@1', quarantined: 0 })
      expect(Object.keys(made.meta.sources)).toEqual(['plain@1:delays', 'summed@1:delays'])
      await desk.parquet(
        'spine.parquet',
        `select * from (values ('SFO', 'JFK', 2586.0::double, timestamp '2001-06-30 02:30:00', true), ('JFK', 'SFO', null, timestamp '2001-07-01 12:00:00', false), ('XXX', 'SFO', -1, timestamp '2001-07-01 00:00:00.000001', null)) as t(origin, destination, distance, "at", late)`,
      )
      await desk.train({
        subject: { service: 'flight' },
        spine: { files: desk.path('spine.parquet') },
        timestamp: 'at',
      })
      const native = await desk.rows('* exclude ("at", file_row_number)')
      const page = made.rows.map(({ at: _, ...row }) =>
        JSON.parse(JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value))),
      )
      expect(page).toEqual(native)
      expect(made.rows[0]).toMatchObject({
        late: true,
        delay: 1,
        small: 2,
        big: 2000000014n,
        day: '2001-06-30',
        part: 7n,
        kind: 'a b',
        far: true,
      })
      expect(made.rows[0]?.at).toBe(spine[0]?.at)
      // sqrt(-1) fails: null, as offline.
      expect(made.rows.map((row) => row['risk'] === null)).toEqual([false, true, true])
      // Only ranges came, and of each file less than all of it where a view needs few columns.
      expect(lake.asked.slice(1).every(({ range }) => /^bytes=/.test(range ?? ''))).toBe(true)
    })
  })

  it('says what a page cannot do, and leaves nothing behind', async () => {
    await atDesk(async (desk) => {
      const path = await delays(desk)
      const source = parquetSource('delays', { path, timestamp: 'at' })
      const pushes = pushSource('pushes', { kind: 'features', schema: { airport: t.string(), delay: t.float64() } })
      const features = { delay: t.float64() }
      const base = { entity: airport, timestamp: 'at', features }
      await desk.parquet(
        'odd/x.parquet',
        `select 'SFO' as airport, timestamp '2001-06-30' as at, time '06:00:00' as delay, [1.5::float, 2]::float[2] as v from range(2) union all select 'SFO', timestamp '2001-06-30', time '07:00:00', null`,
      )
      await desk.parquet(
        'mixed/1.parquet',
        `select 'SFO' as airport, timestamp '2001-06-30' as at, 1.5::double as delay`,
      )
      await desk.parquet('mixed/2.parquet', `select 'SFO' as airport, timestamp '2001-06-30' as at, 1 as delay`)
      const odd = parquetSource('odd', { path: `file://${desk.path('odd')}/*.parquet`, timestamp: 'at' })
      const mixed = parquetSource('mixed', { path: `file://${desk.path('mixed')}/*.parquet`, timestamp: 'at' })
      const views = {
        pushed: featureView('pushed', { ...base, source, push: pushes }),
        as_of: featureView('as_of', {
          ...base,
          source,
          sql: 'select airport, $as_of as at, 1.0::double as delay from delays',
        }),
        json: featureView('json', { ...base, source, features: { delay: t.json() } }),
        odd_view: featureView('odd', { ...base, source: odd }),
        vector: featureView('vector', { ...base, source: odd, features: { v: t.vector(2) } }),
        mixed_view: featureView('mixed', { ...base, source: mixed }),
        lossy: featureView('lossy', { ...base, source, features: { delay: t.int64() } }),
        fine: featureView('fine', { ...base, source }),
      }
      const services = Object.fromEntries(
        Object.entries(views).map(([name, view]) => [`s_${name}`, featureService(`s_${name}`, { features: [view] })]),
      )
      const registry = (
        await applyDefinitions(EMPTY_REGISTRY, collect({ airport, source, pushes, odd, mixed, ...views, ...services }))
      ).snapshot
      const lake = await pageLake(desk.folder, () => registry)
      const train = (name: string, more: object = {}) =>
        sql.train({
          url: 'http://edge',
          fetch: lake.fetch,
          service: `s_${name}`,
          spine: [{ airport: 'SFO', at: '2001-07-01T00:00:00Z' }],
          timestamp: 'at',
          ...more,
        })
      for (const [name, message] of [
        ['pushed', 'view pushed is pushed to'],
        ['as_of', 'view as_of reads $as_of'],
        ['json', 'view json: delay is json'],
        ['odd_view', 'source odd: odd/x.parquet: column delay is TIME, which a page cannot read exactly'],
        ['vector', 'column v has 4 lists in 3 rows'],
        ['mixed_view', 'source mixed: column delay has another type in another file'],
        ['lossy', 'view lossy: feature delay: the value -0.5 is not exactly a BIGINT'],
        ['none', 'There is no service s_none.'],
      ] as const)
        await expect(train(name), name).rejects.toThrow(message)
      const spine = (row: object) => ({ spine: [row] })
      await expect(train('fine', spine({ airport: 'SFO' }))).rejects.toThrow('spine[0].at is missing')
      await expect(train('fine', spine({ at: '2001-07-01T00:00:00Z' }))).rejects.toThrow('spine[0].airport is missing')
      await expect(train('fine', spine({ airport: null, at: '2001-07-01T00:00:00Z' }))).rejects.toThrow(
        'airport is null',
      )
      await expect(train('fine', spine({ airport: 'SFO', at: '2001-07-01T00:00:00Z', delay: 1 }))).rejects.toThrow(
        'delay is a member of the spine',
      )
      await expect(train('fine', spine({ airport: 'SFO', at: '2001-07-02T00:00:01Z' }))).rejects.toThrow(
        'spine[0].at is later than 2001-07-02T00:00:00Z, which is now',
      )
      await expect(train('fine', { spine: [] })).rejects.toThrow('The spine has no row.')
      await expect(train('fine', { maxBytes: 100 })).rejects.toThrow(/are \d+ bytes, and this page takes at most 100/)
      await expect(train('fine', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
      expect((await train('fine')).rows).toMatchObject([{ airport: 'SFO', delay: -2 }])
      expect(await sql.query("select table_name from duckdb_tables() where table_name like '_train%'")).toEqual([])
    })
  })

  it('leaves out what is in quarantine, and does not mix two versions of an object', async () => {
    await atDesk(async (desk) => {
      const source = parquetSource('delays', { path: await delays(desk), timestamp: 'at' })
      const view = featureView('plain', { entity: airport, source, timestamp: 'at', features: { delay: t.float64() } })
      const registry = await desk.define({
        airport,
        source,
        view,
        service: featureService('flight', { features: [view] }),
      })
      const options = {
        url: 'http://edge',
        service: 'flight',
        spine: [{ airport: 'SFO', at: '2001-07-02T00:00:00Z' }],
        timestamp: 'at' as const,
      }
      const all = await pageLake(desk.folder, () => registry)
      const { meta } = await sql.train({ ...options, fetch: all.fetch })
      const [, newest] = meta.sources['plain@1:delays'] ?? []
      if (!newest) throw new Error('two objects were to be read')
      const out = [{ uri: `r2://offline/${newest.key}`, etag: newest.etag }]
      const some = await pageLake(desk.folder, () => registry, out)
      const left = await sql.train({ ...options, fetch: some.fetch })
      expect([left.meta.quarantined, left.meta.sources['plain@1:delays']?.length, left.rows[0]?.['delay']]).toEqual([
        1, 1, 1,
      ])
      const changed: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers)
        if (headers.has('if-match')) headers.set('if-match', '"another"')
        return all.fetch(input, { ...init, headers })
      }
      await expect(sql.train({ ...options, fetch: changed })).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })
})
