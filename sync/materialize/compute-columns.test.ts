import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { AS_OF, atDesk, type Row, registered } from './snapshot.fixture.ts'

const DAY = "timestamp '2001-06-01' as day"
const EVENT = "timestamp '2001-06-01' as event_timestamp"

/** The rows of a view whose sources hold what the selects yield, without their event timestamp. */
async function rowsOf(definition: object, selects: Readonly<Record<string, string>>, asOf = AS_OF): Promise<Row[]> {
  const view = await registered(definition)
  return atDesk(async (desk) => {
    const files: Record<string, readonly string[]> = {}
    for (const [source, select] of Object.entries(selects)) files[source] = [await desk.parquet(select)]
    const { found } = await desk.compute(view, files, asOf)
    return found.map(({ event_timestamp: _, ...row }) => row)
  })
}

const world = entity('world', { joinKeys: {} })
const route = entity('route', { joinKeys: { origin: t.string(), destination: t.int32() } })
const daily = parquetSource('daily', { path: 'file://daily.parquet', timestamp: 'day' })

describe('the join keys of a view', () => {
  it('may be none: the newest row is the one row of the global entity', async () => {
    const view = featureView('heat', { entity: world, source: daily, features: { heat: t.int32() } })
    const select = `select timestamp '2001-06-01' + interval (i) day as day, i::integer as heat from range(5) as t(i)`
    expect(await rowsOf(view, { daily: select })).toEqual([{ heat: 4 }])
    const sql = 'select day as event_timestamp, heat from daily'
    const withSql = featureView('heat', { entity: world, source: daily, sql, features: { heat: t.int32() } })
    expect(await rowsOf(withSql, { daily: select })).toEqual([{ heat: 4 }])
    expect(await rowsOf(withSql, { daily: `${select} where false` })).toEqual([])
  })

  it('may be several, and rows of one key in part are not of one key', async () => {
    const view = featureView('fares', { entity: route, source: daily, features: { fare: t.float64() } })
    const rows = await rowsOf(view, {
      daily: `select *, ${DAY} from (values ('A', 1, 1.5), ('A', 2, 2.5), ('B', 1, 3.5)) as t(origin, destination, fare)`,
    })
    expect(rows.map((row) => Object.values(row)).sort()).toEqual([
      ['A', 1, 1.5],
      ['A', 2, 2.5],
      ['B', 1, 3.5],
    ])
  })

  it.each([
    ['1001.5::double', '1001.5'],
    ['2147483648::bigint', '2147483648'],
  ])('are refused when they are not exactly of their type: %s', async (value, shown) => {
    const view = featureView('fares', { entity: route, source: daily, features: { fare: t.float64() } })
    const select = `select 'A' as origin, ${value} as destination, 1.5 as fare, ${DAY}`
    await expect(rowsOf(view, { daily: select })).rejects.toThrow(
      `view fares: join key destination: the value ${shown} is not exactly a INTEGER.`,
    )
  })

  it.each([
    'event',
    'created',
    'features',
    'newest',
    'key',
    'block',
    'row',
    'ahead',
    'f0',
    'select',
    'constructor',
    'x',
  ])('and the features may be called %s, with SQL and without', async (name) => {
    const features = { [name]: t.int64() }
    const joinKeys: Record<never, never> = { [name]: t.string() } // no type knows the name
    const keyed = entity('keyed', { joinKeys })
    const select = `select 'a' as "${name}", 7::bigint as value, ${DAY}`
    const sql = `select "${name}", value, day as event_timestamp from daily`
    for (const one of [{}, { sql }]) {
      const key = featureView('v', { entity: keyed, source: daily, ...one, features: { value: t.int64() } })
      expect(await rowsOf(key, { daily: select })).toEqual([{ [name]: 'a', value: '7' }])
    }
    const feature = featureView('v', { entity: world, source: daily, features })
    expect(await rowsOf(feature, { daily: `select 7::bigint as "${name}", ${DAY}` })).toEqual([{ [name]: '7' }])
  })
})

describe('the columns of a source', () => {
  it('are read under the names that the source maps', async () => {
    const mapped = parquetSource('daily', {
      path: 'file://daily.parquet',
      timestamp: 'FL_DATE',
      created: 'LOADED "AT"',
      columns: { origin: 'ORIGIN', fare: 'Mean Fare' },
    })
    const view = featureView('fares', { entity: route, source: mapped, features: { fare: t.float64() } })
    const select = `select 'A' as "ORIGIN", 1 as destination, fare as "Mean Fare", timestamp '2001-06-01' as "FL_DATE",
      timestamp '2001-06-01' + interval (n) day as "LOADED ""AT"""
      from (values (1, 1.5), (3, 3.5), (2, 2.5)) as t(n, fare)`
    expect(await rowsOf(view, { daily: select })).toEqual([
      { origin: 'A', destination: 1, _created: '2001-06-04 00:00:00', fare: 3.5 },
    ])
  })

  it('may be read twice: the timestamp is a feature too, or a join key', async () => {
    const select = `select day, day::date as noon, 1 as n from (values (timestamp '2001-06-01'), (timestamp '2001-06-02')) as t(day)`
    const both = featureView('v', { entity: world, source: daily, features: { day: t.timestamp() } })
    expect(await rowsOf(both, { daily: select })).toEqual([{ day: '2001-06-02 00:00:00' }])
    const key = entity('day', { joinKeys: { day: t.timestamp() } })
    const keyed = featureView('v', { entity: key, source: daily, features: { n: t.int32() } })
    expect(await rowsOf(keyed, { daily: select })).toHaveLength(2)
  })

  it('tell the event timestamp from a feature of the same name that is mapped to another column', async () => {
    const columns = { day: 'birthday' }
    const mapped = parquetSource('daily', { path: 'file://daily.parquet', timestamp: 'day', columns })
    const view = await registered(featureView('v', { entity: world, source: mapped, features: { day: t.date() } }))
    const snapshot = await atDesk(async (desk) =>
      desk.compute(view, { daily: [await desk.parquet(`select ${DAY}, date '1970-01-01' as birthday`)] }),
    )
    expect(snapshot.found).toEqual([{ event_timestamp: '2001-06-01 00:00:00', day: '1970-01-01' }])
  })

  it('hold the event timestamp where the view says, before where the source says', async () => {
    const view = featureView('v', {
      entity: world,
      source: daily,
      timestamp: 'landed',
      features: { n: t.int32() },
    })
    const select = `select * from (values (1, timestamp '2001-06-02', timestamp '2001-06-03'),
      (2, timestamp '2001-06-01', timestamp '2001-06-04')) as t(n, day, landed)`
    expect(await rowsOf(view, { daily: select })).toEqual([{ n: 2 }])
  })

  it('may be hive partitions', async () => {
    const view = await registered(
      featureView('v', { entity: world, source: daily, features: { year: t.int64(), n: t.int32() } }),
    )
    const { found } = await atDesk(async (desk) => {
      const file = await desk.parquet(`select 1 as n, ${DAY}, 2001 as year`, 'unused.parquet')
      const folder = file.replace('unused.parquet', 'lake')
      await desk.db.run(`copy (from '${file}') to '${folder}' (format parquet, partition_by (year))`)
      return desk.compute(view, { daily: [`${folder}/year=2001/data_0.parquet`] })
    })
    expect(found).toMatchObject([{ n: 1, year: '2001' }])
  })

  it.each([
    ['a type', "select 'a' as k, 1.5::double as n", /source daily: column n is BIGINT and DOUBLE.*same columns/],
    ['a column', "select 'a' as k", /source daily: column n is in 1 of 2 files.*same columns/],
  ])('are refused when files disagree on %s, whichever comes first', async (_what, other, message) => {
    const view = await registered(featureView('v', { entity: world, source: daily, features: { n: t.int64() } }))
    for (const turn of [0, 1]) {
      const computing = atDesk(async (desk) => {
        const one = await desk.parquet(`select 'a' as k, 1::bigint as n, ${DAY}`)
        const files = [one, await desk.parquet(`${other}, ${DAY}`)]
        return desk.compute(view, { daily: turn === 0 ? files : files.reverse() })
      })
      await expect(computing).rejects.toThrow(message)
    }
  })
})

describe("a view's SQL", () => {
  const weather = parquetSource('newest', { path: 'file://weather.parquet', timestamp: 'day' })
  const features = { n: t.int64() }

  it('joins several sources, each a table of its name', async () => {
    const sql =
      'select d.day as event_timestamp, sum(n * rain) as n from daily d join newest using (day) group by all -- ;'
    const view = featureView('v', { entity: world, source: [daily, weather], sql, features })
    expect(
      await rowsOf(view, {
        daily: `select i as n, ${DAY} from range(4) as t(i)`,
        newest: `select 10 as rain, ${DAY}`,
      }),
    ).toEqual([{ n: '60' }])
  })

  it('sees the instant that the features are as of', async () => {
    const sql = 'select $as_of - interval 1 hour as event_timestamp, count(*) filter (day < $as_of) as n from daily'
    const view = featureView('v', { entity: world, source: daily, sql, features })
    const select = `select timestamp '2001-06-01' + interval (i) day as day from range(50) as t(i)`
    expect(await rowsOf(view, { daily: select })).toEqual([{ n: '30' }])
    expect(await rowsOf(view, { daily: select }, AS_OF + 86_400_000_001)).toEqual([{ n: '32' }])
  })

  it.each([
    [
      `select 1 as m, ${EVENT} from daily`,
      'view v: feature n is not a column of its SQL, which has m, event_timestamp.',
    ],
    ['select 1 as n from daily', 'view v: timestamp event_timestamp is not a column of its SQL, which has n.'],
    [`select nn as n, ${EVENT} from daily`, /^view v: DuckDB says: Binder Error: .*"nn" not found/],
    [
      `select 1 as n, ${EVENT} from nightly`,
      /^view v: DuckDB says: Catalog Error: Table with name nightly does not exist/,
    ],
    [`select 1 as n ${EVENT} from daily`, /^view v: DuckDB says: Parser Error: syntax error/],
    [`select error('no such day') as n, ${EVENT} from daily`, /^view v: .*no such day/],
    [`select 'x'::bigint as n, ${EVENT} from daily`, /^view v: DuckDB says: Conversion Error: .*'x'/],
  ])('is refused, with what DuckDB says, when it does not run: %s', async (sql, message) => {
    const view = featureView('v', { entity: world, source: daily, sql, features })
    const computing = rowsOf(view, { daily: `select 1 as one, ${DAY}` })
    await expect(computing).rejects.toMatchObject({ code: 'INVALID' })
    await expect(computing).rejects.toThrow(message)
  })
})
