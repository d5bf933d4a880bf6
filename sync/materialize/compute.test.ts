import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { describe as columnsOf } from '../duckdb.ts'
import { literal } from '../sql/text.ts'
import { AS_OF, atDesk, registered } from './snapshot.fixture.ts'

const airport = entity('airport', { joinKeys: { airport: t.string() } })
const source = parquetSource('delays', { path: 'file://delays.parquet', timestamp: 'flown', created: 'written' })
const features = { flights: t.int64(), late: t.float64() }

/** The same rows twice: as the source holds them, and through SQL, which takes another way. */
const VIEWS = [
  ['a view of a source as it is', featureView('delays', { entity: airport, source, features })],
  [
    'a view with SQL',
    featureView('delays', {
      entity: airport,
      source,
      sql: 'select airport, flown as event_timestamp, written, flights, late from delays',
      created: 'written',
      features,
    }),
  ],
] as const

/** Rows of the source: airport, day of June 2001, day it was written (null: unknown), flights, late. */
type Delay = readonly [
  airport: string,
  day: number,
  written: number | null,
  flights: number | null,
  late: number | null,
]

function delays(...rows: readonly Delay[]): string {
  const values = rows.map(
    ([name, day, written, flights, late]) =>
      `('${name}', ${dayOf(day)}, ${dayOf(written)}, ${flights}::bigint, ${doubleOf(late)})`,
  )
  return `select * from (values ${values.join(', ')}) as t(airport, flown, written, flights, late)`
}

function doubleOf(value: number | null): string {
  return `${Object.is(value, -0) ? "'-0.0'" : value}::double`
}

/** Day 31 is the first of July, which is the instant that snapshots are as of. */
function dayOf(day: number | null): string {
  return day === null ? 'null::timestamp' : `timestamp '2001-05-31' + interval ${day} day`
}

function microsOf(day: number): number {
  return AS_OF + (day - 31) * 86_400_000_000
}

describe.each(VIEWS)('%s', (_what, definition) => {
  async function computed(...rows: readonly Delay[]) {
    const view = await registered(definition)
    return atDesk(async (desk) => {
      const { found, ...snapshot } = await desk.compute(view, { delays: [await desk.parquet(delays(...rows))] })
      return { ...snapshot, rows: found.map((row) => [row['airport'], row['flights'], row['late']]).sort() }
    })
  }

  it('keeps the newest row of each airport, whole: what is null in it stays null', async () => {
    const { rows, rowsRead, watermark } = await computed(
      ['SFO', 1, 1, 10, 0.1],
      ['SFO', 3, 3, null, 0.3],
      ['SFO', 2, 9, 20, null],
      ['JFK', 2, 2, 7, null],
      ['JFK', 1, 1, 8, 0.8],
    )
    expect(rows).toEqual([
      ['JFK', '7', null],
      ['SFO', null, 0.3],
    ])
    expect([rowsRead, watermark]).toEqual([5, microsOf(3)])
  })

  it('takes the row that was written last where events are at one instant; one that does not say when is the oldest', async () => {
    const { rows } = await computed(
      ['SFO', 3, 4, 9, 0.9],
      ['SFO', 3, 5, 1, null],
      ['SFO', 3, null, 10, 0.3],
      ['JFK', 3, null, 4, 0.4],
      ['JFK', 2, 9, 5, 0.5],
    )
    expect(rows).toEqual([
      ['JFK', '4', 0.4],
      ['SFO', '1', null],
    ])
  })

  it('answers the same where events and writing are at one instant, in whatever order rows stand', async () => {
    const tied: readonly Delay[] = [
      ['SFO', 3, 3, 1, null],
      ['SFO', 3, 3, 1, -0],
      ['SFO', 3, 3, 1, 0],
      ['SFO', 3, 3, null, 0.5],
      ['SFO', 3, 3, 2, 0.25],
    ]
    const { rows } = await computed(...tied)
    expect(rows).toHaveLength(1)
    for (let turn = 1; turn < tied.length; turn++)
      expect((await computed(...tied.slice(turn), ...tied.slice(0, turn))).rows).toEqual(rows)
  })

  it('leaves out what lies after the instant it is as of, and says when the same files give more', async () => {
    const snapshot = await computed(
      ['SFO', 31, 31, 1, 0.1],
      ['SFO', 33, 30, 2, 0.2],
      ['JFK', 30, 34, 3, 0.3],
      ['LAX', 40, 41, 4, 0.4],
    )
    expect(snapshot).toMatchObject({
      rows: [['SFO', '1', 0.1]],
      watermark: AS_OF,
      nextEvent: microsOf(33),
      rowsRead: 4,
    })
  })

  it('counts an event from when it is written, if that is later', async () => {
    const { nextEvent } = await computed(['SFO', 40, 40, 1, 0.1], ['JFK', 30, 34, 3, 0.3])
    expect(nextEvent).toBe(microsOf(34))
  })

  it('has no next event when everything is known, and no watermark without rows', async () => {
    expect(await computed(['SFO', 31, 31, 1, 0.1])).toMatchObject({ nextEvent: null, watermark: AS_OF })
    expect(await computed(['SFO', 32, 1, 1, 0.1])).toMatchObject({
      rows: [],
      nextEvent: microsOf(32),
      watermark: null,
    })
    const view = await registered(definition)
    const empty = `${delays(['SFO', 1, 1, 1, 0.1])} where false`
    const none = await atDesk(async (desk) => desk.compute(view, { delays: [await desk.parquet(empty)] }))
    expect(none).toMatchObject({ rows: 0, rowsRead: 0, watermark: null, nextEvent: null, found: [] })
  })

  it('reads all files of its source', async () => {
    const view = await registered(definition)
    const { found, rowsRead } = await atDesk(async (desk) =>
      desk.compute(view, {
        delays: [
          await desk.parquet(delays(['SFO', 2, 2, 2, 0.2], ['JFK', 1, 1, 1, 0.1])),
          await desk.parquet(delays(['SFO', 1, 1, 1, 0.1])),
        ],
      }),
    )
    expect(rowsRead).toBe(3)
    expect(new Map(found.map((row) => [row['airport'], row['flights']]))).toEqual(
      new Map([
        ['SFO', '2'],
        ['JFK', '1'],
      ]),
    )
  })

  it.each<[string, string, string]>([
    [
      'a key that is null',
      delays(['SFO', 1, 1, 1, 1]).replace("'SFO'", 'null::varchar'),
      'view delays: join key airport is null in a row. Leave such rows out in the source or the SQL.',
    ],
    [
      'a timestamp that is null',
      delays(['SFO', 1, 1, 1, 1]).replace(dayOf(1), dayOf(null)),
      `view delays: timestamp ${_what.includes('SQL') ? 'event_timestamp' : 'flown'} is null in a row.`,
    ],
    [
      'a value that its type cannot hold',
      delays(['SFO', 1, 1, 1, 1]).replace('1::bigint', '1.5::double'),
      "view delays: feature flights: the value 1.5 is not exactly a BIGINT. Correct the source, or cast it in the view's SQL.",
    ],
    [
      'a column of a type that cannot be cast',
      delays(['SFO', 1, 1, 1, 1]).replace('1::bigint', "'1'"),
      'view delays: feature flights is declared BIGINT, and the data has VARCHAR.',
    ],
    [
      'an event at no instant',
      delays(['SFO', 1, 1, 1, 1]).replace(dayOf(1), "timestamp 'infinity'"),
      'the value infinity is not exactly a TIMESTAMP.',
    ],
    ['a column that is missing', delays(['SFO', 1, 1, 1, 1]).replace('late)', 'later)'), '"late"'],
  ])('is refused with %s', async (_problem, select, message) => {
    const view = await registered(definition)
    const computing = atDesk(async (desk) => desk.compute(view, { delays: [await desk.parquet(select)] }))
    await expect(computing).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/^view delays: /),
    })
    await expect(computing).rejects.toThrow(message)
  })
})

describe('a snapshot', () => {
  it('holds keys, event timestamp and features in their declared types', async () => {
    const everything = {
      ...{ a: t.bool(), b: t.int32(), c: t.int64(), d: t.float32(), e: t.float64(), f: t.string(), g: t.timestamp() },
      ...{ h: t.date(), i: t.uuid(), j: t.bytes(), k: t.json(), l: t.list(t.list(t.int64())), m: t.vector(2) },
    }
    const view = featureView('everything', {
      entity: entity('pair', { joinKeys: { n: t.int32(), u: t.uuid() } }),
      source,
      sql: `select 1::hugeint as n, '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e' as u, date '2001-06-01' as event_timestamp,
        true as a, 1.0 as b, sum(1) as c, 0.1 as d, 0.5 as e, 'x' as f, date '2001-06-01' as g, date '2001-06-01' as h,
        u as i, 'x'::blob as j, '{}' as k, [[1::utinyint]] as l, [0.5, 1] as m from delays`,
      features: everything,
    })
    const columns = await atDesk(async (desk) => {
      const { file } = await desk.compute(await registered(view), {
        delays: [await desk.parquet(delays(['SFO', 1, 1, 1, 1]))],
      })
      return columnsOf(desk.db, `from read_parquet(${literal(file)})`)
    })
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...['n INTEGER', 'u UUID', 'event_timestamp TIMESTAMP', 'a BOOLEAN', 'b INTEGER', 'c BIGINT', 'd FLOAT'],
      ...['e DOUBLE', 'f VARCHAR', 'g TIMESTAMP', 'h DATE', 'i UUID', 'j BLOB', 'k JSON', 'l BIGINT[][]', 'm FLOAT[]'],
    ])
  })
})
