import { expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { describe as columnsOf, query } from '../duckdb.ts'
import { newestQuery, snapshotQuery } from '../materialize/newest.ts'
import { AS_OF, atDesk, registered } from '../materialize/snapshot.fixture.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { featureQuery, typedQuery } from '../materialize/typed.ts'
import { type Merged, mergedQuery, vanishedQuery, windowQuery } from './merge.ts'

const view = await registered(
  featureView('daily', {
    entity: entity('user', { joinKeys: { user_id: t.string() } }),
    source: parquetSource('clicks', { path: 'file://*.parquet', timestamp: 'clicked' }),
    sql: "select user_id, date_trunc('day', clicked) as event_timestamp, sum(n) as n from clicks group by all having sum(n) < 100",
    lookback: '1d',
    features: { n: t.int64() },
  }),
)

type Click = readonly [user: string, day: number, n: number]

function clicks(...rows: readonly Click[]): string {
  const values = rows.map(
    ([user, day, n]) => `('${user}', timestamp '2001-06-${String(day).padStart(2, '0')} 10:00:00', ${n})`,
  )
  return `select * from (values ${values.join(', ')}) as t(user_id, clicked, n)`
}

/** The first of June is day 1. */
function midnight(day: number): number {
  return AS_OF - (31 - day) * 86_400_000_000
}

/** What is online of the earlier clicks, and what is merged with it of all from a day on. */
async function merged(earlier: readonly Click[], all: readonly Click[], from: number, asOf = AS_OF) {
  return atDesk(async (desk) => {
    const { file } = await desk.compute(view, { clicks: [await desk.parquet(clicks(...earlier))] })
    const online = { base: [file], overlay: null }
    await createSourceTable(desk.db, view.reads[0] ?? never(), [await desk.parquet(clicks(...all))])
    const features = featureQuery(view, AS_OF)
    const typed = typedQuery(view, await columnsOf(desk.db, features))(features)
    const outputsFrom = midnight(from)
    const rows = await query(
      desk.db,
      `select * from (${snapshotOf(mergedQuery(view, typed, online, outputsFrom), {})}) order by user_id`,
    )
    const [found] = await query(desk.db, vanishedQuery(view, typed, online, { outputsFrom, asOf }))
    return {
      rows: rows.map((row) => `${row['user_id']} ${String(row['event_timestamp']).slice(0, 10)} ${row['n']}`),
      vanished: found?.['vanished'],
    }
  })
}

/** The rows from a day on, of what is computed of all clicks beside what is online of the earlier ones. */
async function windowed(earlier: readonly Click[], all: readonly Click[], from: number, asOf: number) {
  return atDesk(async (desk) => {
    const { file } = await desk.compute(view, { clicks: [await desk.parquet(clicks(...earlier))] })
    await createSourceTable(desk.db, view.reads[0] ?? never(), [await desk.parquet(clicks(...all))])
    const features = featureQuery(view, asOf)
    const typed = typedQuery(view, await columnsOf(desk.db, features))(features)
    const window = { from: midnight(from), to: null, asOf }
    const both = windowQuery(view, typed, { base: [file], overlay: null }, window)
    const clause = `_event <= make_timestamp(${asOf}::bigint)`
    const rows = await query(desk.db, `select * from (${snapshotOf(both, { where: clause })}) order by user_id`)
    return rows.map((row) => `${row['user_id']} ${String(row['event_timestamp']).slice(0, 10)} ${row['n']}`)
  })
}

function snapshotOf({ contested, kept }: Merged, filter: { readonly where?: string }): string {
  return `${snapshotQuery(view, newestQuery(view, contested, filter))} union all by name (${kept})`
}

function never(): never {
  throw new Error('it has a source')
}

it('what was computed anew takes the place of what was online, smaller or not; what is earlier stays', async () => {
  const earlier: readonly Click[] = [
    ['ann', 3, 7],
    ['bob', 20, 9],
    ['cid', 20, 5],
  ]
  // Of the days before the twentieth not everything was read: what comes of them does not count.
  const read: readonly Click[] = [...earlier.slice(1), ['bob', 20, -4], ['dan', 21, 1], ['ann', 3, 1]]
  expect(await merged(earlier, read, 20)).toEqual({
    rows: ['ann 2001-06-03 7', 'bob 2001-06-20 5', 'cid 2001-06-20 5', 'dan 2001-06-21 1'],
    vanished: '0',
  })
})

it('a row that is computed away is counted: then an older one counts, which is not online', async () => {
  const earlier: readonly Click[] = [
    ['bob', 3, 1],
    ['bob', 20, 9],
    ['cid', 20, 9],
  ]
  expect(await merged(earlier, [...earlier, ['bob', 20, 95]], 20)).toMatchObject({ vanished: '1' })
  // One that comes only later does not hide it.
  const later: readonly Click[] = [...earlier, ['bob', 20, 95], ['bob', 21, 1]]
  expect(await merged(earlier, later, 20)).toMatchObject({ vanished: '0' })
  expect(await merged(earlier, later, 20, midnight(20))).toMatchObject({ vanished: '1' })
})

it('of a window a key that was computed again has that row, smaller or not; every other one keeps what is online', async () => {
  const earlier: readonly Click[] = [
    ['ann', 20, 7],
    ['bob', 20, 9],
    ['cid', 3, 5],
    ['dan', 20, 6],
  ]
  const all: readonly Click[] = [
    ['ann', 20, 2],
    // Moved to where it is not known yet.
    ['bob', 28, 1],
    ['cid', 3, 1],
    ['eva', 21, 4],
  ]
  expect(await windowed(earlier, all, 15, midnight(25))).toEqual([
    'ann 2001-06-20 2',
    'bob 2001-06-20 9',
    'cid 2001-06-03 5',
    'dan 2001-06-20 6',
    'eva 2001-06-21 4',
  ])
})
