/**
 * What others publish about their joins, as cases of our own: what Feast, Tecton, Hopsworks, Databricks and SageMaker promise of
 * a row of the spine, this product promises too, or says here what it does instead.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entity, featureView, parquetSource, t } from '../../registry/index.ts'
import { atDesk, type Row } from './training.fixture.ts'

interface Case {
  /** Also the entity. */
  readonly what: string
  readonly view: 'hour' | 'forever' | 'late'
  /** Event, created (null where the row does not say), value. */
  readonly rows: readonly (readonly [event: string, created: string | null, value: number | null])[]
  readonly at: string
  readonly asKnown?: true
  readonly value: number | null
  readonly status: string
}

const CASES: readonly Case[] = [
  // Feast: "up to" the ttl, from the row's own instant and not from now.
  {
    what: 'an event exactly at the ttl',
    view: 'hour',
    rows: [['09:00:00', null, 1]],
    at: '10:00:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'a second later',
    view: 'hour',
    rows: [['09:00:00', null, 1]],
    at: '10:00:01',
    value: null,
    status: 'OUTSIDE_MAX_AGE',
  },
  {
    what: 'a microsecond later',
    view: 'hour',
    rows: [['09:00:00', null, 1]],
    at: '10:00:00.000001',
    value: null,
    status: 'OUTSIDE_MAX_AGE',
  },
  {
    what: 'an event of the same instant',
    view: 'hour',
    rows: [['09:00:00', null, 1]],
    at: '09:00:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'an event a microsecond later',
    view: 'hour',
    rows: [['09:00:00.000001', null, 1]],
    at: '09:00:00',
    value: null,
    status: 'NOT_FOUND',
  },
  {
    what: 'a history that is all outside of the ttl',
    view: 'hour',
    rows: [
      ['01:00:00', null, 1],
      ['02:00:00', null, 2],
    ],
    at: '10:00:00',
    value: null,
    status: 'OUTSIDE_MAX_AGE',
  },
  {
    what: 'a history that is all later',
    view: 'hour',
    rows: [['11:00:00', null, 1]],
    at: '10:00:00',
    value: null,
    status: 'NOT_FOUND',
  },
  { what: 'an entity that nobody knows', view: 'hour', rows: [], at: '10:00:00', value: null, status: 'NOT_FOUND' },
  {
    what: 'an old event without a ttl',
    view: 'forever',
    rows: [['00:00:00', null, 1]],
    at: '23:00:00',
    value: 1,
    status: 'PRESENT',
  },
  // Feast: two versions of one event, the later created wins.
  {
    what: 'an event that was corrected',
    view: 'hour',
    rows: [
      ['09:00:00', '09:00:05', 1],
      ['09:00:00', '09:30:00', 2],
    ],
    at: '09:40:00',
    value: 2,
    status: 'PRESENT',
  },
  {
    what: 'an event that was corrected, written the other way round',
    view: 'hour',
    rows: [
      ['09:00:00', '09:30:00', 2],
      ['09:00:00', '09:00:05', 1],
    ],
    at: '09:40:00',
    value: 2,
    status: 'PRESENT',
  },
  // Its documented leak: a correction that came after the instant is joined, unless what was known then is asked for.
  {
    what: 'a correction that came later',
    view: 'hour',
    rows: [
      ['09:00:00', '09:00:05', 1],
      ['09:00:00', '12:00:00', 2],
    ],
    at: '09:40:00',
    value: 2,
    status: 'PRESENT',
  },
  {
    what: 'a correction that came later, as known',
    view: 'hour',
    rows: [
      ['09:00:00', '09:00:05', 1],
      ['09:00:00', '12:00:00', 2],
    ],
    at: '09:40:00',
    asKnown: true,
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'a correction known at this very instant',
    view: 'hour',
    rows: [
      ['09:00:00', '09:00:05', 1],
      ['09:00:00', '09:40:00', 2],
    ],
    at: '09:40:00',
    asKnown: true,
    value: 2,
    status: 'PRESENT',
  },
  {
    what: 'a backfill',
    view: 'forever',
    rows: [['08:00:00', '20:00:00', 1]],
    at: '10:00:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'a backfill, as known',
    view: 'forever',
    rows: [['08:00:00', '20:00:00', 1]],
    at: '10:00:00',
    asKnown: true,
    value: null,
    status: 'NOT_FOUND',
  },
  {
    what: 'a row that came late, when a newer event was known',
    view: 'forever',
    rows: [
      ['09:00:00', '09:00:00', 2],
      ['08:00:00', '09:30:00', 1],
    ],
    at: '10:00:00',
    asKnown: true,
    value: 2,
    status: 'PRESENT',
  },
  {
    what: 'a row that does not say when it came, as known',
    view: 'forever',
    rows: [['08:00:00', null, 1]],
    at: '10:00:00',
    asKnown: true,
    value: 1,
    status: 'PRESENT',
  },
  // SageMaker: the newest write wins among equal events, whoever wrote it; one that says nothing is the oldest.
  {
    what: 'a row that says when it came beside one that does not',
    view: 'forever',
    rows: [
      ['08:00:00', '07:00:00', 1],
      ['08:00:00', null, 9],
    ],
    at: '10:00:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'the same row twice',
    view: 'forever',
    rows: [
      ['08:00:00', '08:00:00', 4],
      ['08:00:00', '08:00:00', 4],
    ],
    at: '10:00:00',
    value: 4,
    status: 'PRESENT',
  },
  {
    what: 'two rows that nothing tells apart but their values',
    view: 'forever',
    rows: [
      ['08:00:00', null, 4],
      ['08:00:00', null, 5],
    ],
    at: '10:00:00',
    value: 5,
    status: 'PRESENT',
  },
  // Databricks skips a null to an older value only where it is asked to; here the newest row is the row.
  {
    what: 'a null in the newest row',
    view: 'forever',
    rows: [
      ['08:00:00', null, 4],
      ['09:00:00', null, null],
    ],
    at: '10:00:00',
    value: null,
    status: 'NULL_VALUE',
  },
  {
    what: 'a newer event of an older creation',
    view: 'forever',
    rows: [
      ['08:00:00', '09:30:00', 1],
      ['09:00:00', '09:00:00', 2],
    ],
    at: '10:00:00',
    value: 2,
    status: 'PRESENT',
  },
  {
    what: 'the event between two others',
    view: 'forever',
    rows: [
      ['08:00:00', null, 1],
      ['09:00:00', null, 2],
      ['10:00:00', null, 3],
    ],
    at: '09:59:59.999999',
    value: 2,
    status: 'PRESENT',
  },
  // Tecton: a batch feature is not to be seen before the batch could have been.
  {
    what: 'a row that cannot have been read yet',
    view: 'late',
    rows: [['09:00:00', null, 1]],
    at: '10:59:59.999999',
    value: null,
    status: 'NOT_FOUND',
  },
  {
    what: 'a row that could just be read',
    view: 'late',
    rows: [['09:00:00', null, 1]],
    at: '11:00:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'the row before the one that cannot have been read yet',
    view: 'late',
    rows: [
      ['08:00:00', null, 1],
      ['09:00:00', null, 2],
    ],
    at: '10:30:00',
    value: 1,
    status: 'PRESENT',
  },
  {
    what: 'a row whose age counts from its event, not from when it could be read',
    view: 'late',
    rows: [['09:00:00', null, 1]],
    at: '12:00:00.000001',
    value: null,
    status: 'OUTSIDE_MAX_AGE',
  },
]

const thing = entity('thing', { joinKeys: { thing: t.string() } })
const SPANS = { hour: { ttl: '1h' }, forever: {}, late: { ttl: '3h', lag: '2h' } } as const

let found: ReadonlyMap<string, Row>

beforeAll(async () => {
  found = await atDesk(async (desk) => {
    const views = Object.entries(SPANS).map(([name, spans]) => {
      const source = parquetSource(`${name}_rows`, {
        path: `file://${desk.path(`${name}.parquet`)}`,
        timestamp: 'happened',
        created: 'made',
      })
      return featureView(name, { entity: thing, source, ...spans, features: { value: t.int64() } })
    })
    for (const name of Object.keys(SPANS)) {
      const rows = CASES.filter(({ view }) => view === name).flatMap(({ what, rows: own }) =>
        own.map(([event, created, value]) => `('${what}', ${instant(event)}, ${instant(created)}, ${value}::bigint)`),
      )
      await desk.parquet(
        `${name}.parquet`,
        `select * from (values ${rows.join(', ')}) as v(thing, happened, made, value)`,
      )
    }
    await desk.define(Object.fromEntries(views.map((one) => [one.name, one])))
    const features = Object.keys(SPANS).map((name) => `${name}:value`)
    const all = new Map<string, Row>()
    for (const asKnown of [false, true]) {
      const cases = CASES.filter((one) => (one.asKnown ?? false) === asKnown)
      const spine = cases.map(({ what, at }) => `('${what}', ${instant(at)})`).join(', ')
      const file = await desk.parquet('spine.parquet', `select * from (values ${spine}) as v(thing, event_timestamp)`)
      await desk.train({ subject: { features }, spine: { files: file }, asKnown, statuses: true, fullNames: true })
      const rows = await desk.rows()
      // Every row of the spine, in its order.
      expect(rows.map(({ thing: name }) => name)).toEqual(cases.map(({ what }) => what))
      for (const row of rows) all.set(String(row['thing']), row)
    }
    return all
  })
})
afterAll(() => expect(new Set(CASES.map(({ what }) => what)).size).toBe(CASES.length))

function instant(time: string | null): string {
  return time === null ? 'null::timestamp' : `timestamp '2001-07-01 ${time}'`
}

describe('a row of the spine sees', () => {
  it.each(CASES)('$what: $value, $status', ({ what, view, value, status }) => {
    const row = found.get(what)
    expect([row?.[`${view}__value`], row?.[`${view}__value__status`]]).toEqual([
      value === null ? null : String(value),
      status,
    ])
  })
})
