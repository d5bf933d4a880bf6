/** DuckDB of the page, by the same build in Node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { clientSource } from './client-source.ts'
import { nodeEngine } from './node-engine.fixture.ts'
import { type Sql, sqlOf } from './sql.ts'

let sql: Sql
beforeAll(() => {
  sql = sqlOf(nodeEngine)
})
afterAll(() => sql.close())

const EVERY = {
  a_bool: t.bool(),
  an_int32: t.int32(),
  an_int64: t.int64(),
  a_float32: t.float32(),
  a_float64: t.float64(),
  a_string: t.string(),
  a_timestamp: t.timestamp(),
  a_date: t.date(),
  a_uuid: t.uuid(),
  some_bytes: t.bytes(),
  a_list: t.list(t.int64()),
  lists: t.list(t.list(t.timestamp())),
  uuids: t.list(t.uuid()),
  a_vector: t.vector(3),
}
const ONE = {
  a_bool: true,
  an_int32: -2147483648,
  an_int64: 9223372036854775807n,
  a_float32: Math.fround(0.1),
  a_float64: -0,
  a_string: '\ufeffit\u2019s "one"\u{1f600}',
  a_timestamp: '2001-07-01T06:00:00.123456Z',
  a_date: '0001-01-01',
  a_uuid: '123e4567-e89b-12d3-a456-426614174000',
  some_bytes: Uint8Array.from([0, 255, 128]),
  a_list: [-9223372036854775808n, null, 0n],
  lists: [['2100-12-31T23:59:59.999999Z', null], [], null],
  uuids: ['00000000-0000-0000-0000-000000000000'],
  a_vector: Float32Array.from([-0, Number.NaN, 1.5]),
}
const NONE = Object.fromEntries(Object.keys(EVERY).map((name) => [name, null]))

describe('a source of the page', () => {
  it('keeps a value of every type as it is', async () => {
    const table = await sql.source(clientSource('every', EVERY))
    await table.append([ONE, {}, { a_float64: Number.NaN, a_float32: Number.NEGATIVE_INFINITY }])
    await table.append([{ a_timestamp: new Date('2001-07-01T06:00:00.123Z'), an_int64: 7 }])
    const all = await sql.features('every', { sql: 'select * from every', features: EVERY })
    const rows = await all.rows()
    expect(rows[0]).toEqual(ONE)
    expect(Object.is(rows[0]?.a_float64, -0)).toBe(true)
    expect(rows[1]).toEqual(NONE)
    expect(rows[2]).toEqual({ ...NONE, a_float64: Number.NaN, a_float32: Number.NEGATIVE_INFINITY })
    expect(rows[3]).toEqual({ ...NONE, a_timestamp: '2001-07-01T06:00:00.123Z', an_int64: 7n })
    await table.remove('a_bool')
    expect(await all.rows()).toHaveLength(3)
    await table.remove()
    expect(await all.rows()).toEqual([])
  })

  it('says which row and field is none of its type, and then has none of the rows', async () => {
    const table = await sql.source(clientSource('looks', { airport: t.string(), seconds: t.int32() }))
    await expect(table.append([{ airport: 'SFO', seconds: 1 }, { seconds: 1.5 }])).rejects.toThrow(
      'rows[1].seconds: 1.5 is not right; send an integer',
    )
    await expect(table.append([{ airport: 'SFO', second: 1 } as never])).rejects.toThrow(
      'rows[0].second: clientSource looks has no such column; it has airport, seconds.',
    )
    expect(await sql.query('select count(*) as rows from looks')).toEqual([{ rows: 0n }])
  })

  it('has a name that SQL can read, and no json', () => {
    expect(() => clientSource('My looks', { a: t.bool() })).toThrow('The source "My looks" has no usable name')
    expect(() => clientSource('looks', { B: t.bool() })).toThrow('The column "B" has no usable name')
    expect(() => clientSource('looks', {})).toThrow('clientSource looks has no column.')
    expect(() => clientSource('looks', { a: t.list(t.json()) })).toThrow('clientSource looks: a is json')
  })
})

describe('features of the page', () => {
  it('are aggregates of its events, with parameters', async () => {
    const clicks = await sql.source(
      clientSource('clicks', { item: t.string(), seconds: t.float64(), seen_at: t.timestamp() }),
    )
    await clicks.append([
      { item: "it's", seconds: 1, seen_at: '2001-07-01T06:00:00Z' },
      { item: "it's", seconds: 2, seen_at: '2001-07-01T06:01:00Z' },
      { item: 'other', seconds: 8, seen_at: '2001-07-01T06:02:00Z' },
    ])
    const interest = await sql.features('interest', {
      sql: `select count(*) as looks, avg(seconds) as mean_seconds, max(seen_at) as last_at -- not $this
            from clicks where item = $item and seen_at > $since and '$item' <> ''`,
      features: { looks: t.int64(), mean_seconds: t.float64(), last_at: t.timestamp() },
      parameters: { item: t.string(), since: t.timestamp() },
    })
    const row = await interest.get({ item: "it's", since: new Date('2001-07-01T05:00:00Z') })
    expect(row).toEqual({ looks: 2n, mean_seconds: 1.5, last_at: '2001-07-01T06:01:00Z' })
    expect(await interest.get({ item: 'nobody', since: '2001-07-01T05:00:00Z' })).toEqual({
      looks: 0n,
      mean_seconds: null,
      last_at: null,
    })
    await expect(interest.get({ item: 'x', since: 'yesterday' })).rejects.toThrow(
      'features interest: since: "yesterday" is not right; send an RFC',
    )
    await expect(interest.get({ item: 'x', sins: 1 } as never)).rejects.toThrow('it has no parameter sins')
  })

  it('are refused where a cast would lose something, a column is missing, or there is not one row', async () => {
    const of = async (text: string) => (await sql.features('f', { sql: text, features: { n: t.int32() } })).get()
    await expect(of('select 1.5 as n')).rejects.toThrow('features f: n: the value 1.5 is not exactly a INTEGER.')
    await expect(of('select 1 as m')).rejects.toThrow('features f: n is not a column of its SQL, which has m.')
    await expect(of("select 'one' as n")).rejects.toThrow('features f: n is declared INTEGER, and the data has VARCHAR')
    await expect(of('select unnest([1, 2]) as n')).rejects.toThrow('the query has 2 rows and get() wants one')
    await expect(of('select $x as n')).rejects.toThrow('features f: $x is not among its parameters.')
    await expect(of('select 1 as n frm')).rejects.toThrow('features f: DuckDB says: Parser Error')
  })
})

describe('SQL on the device', () => {
  it('fetches nothing, whatever SQL names', async () => {
    const refused = "A page has DuckDB's core functions only, and fetches no extension."
    await expect(sql.query("select json_valid('{}')")).rejects.toThrow(refused)
    await expect(sql.query("select * from read_parquet('https://example.com/x.parquet')")).rejects.toThrow(refused)
    await expect(sql.query("select * from read_csv('https://example.com/x.csv')")).rejects.toThrow(
      /disabled|Permission/,
    )
    await expect(sql.query('load json')).rejects.toThrow(/disabled|Permission/)
    await expect(sql.query('set enable_external_access = true')).rejects.toThrow(/locked|Cannot/)
  })

  it('starts once, for the first call that needs it, and again after a failure', async () => {
    let starts = 0
    const later = sqlOf(async () => {
      if (starts++ === 0) throw new Error('no such file')
      return nodeEngine()
    })
    await expect(later.query('select 1')).rejects.toThrow('no such file')
    const [[one], [two]] = await Promise.all([later.query('select 1 as n'), later.query('select 2 as n')])
    expect([one, two, starts]).toEqual([{ n: 1 }, { n: 2 }, 2])
    await later.close()
  })
})
