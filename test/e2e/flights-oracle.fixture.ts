/**
 * What the flights example must answer, by plain DuckDB on the data file: for each airport and route the window that ends
 * at its newest known day's end. Written from the words of the example's README, sharing nothing with its SQL.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

const FILE = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
/** The last day's end that the example's clock has seen. */
const LAST = "timestamp '2001-07-01 00:00:00'"

export type Expected = Readonly<Record<string, number | string | null>>

export async function query(sql: string): Promise<readonly Expected[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  try {
    const rows = await db.runAndReadAll(sql)
    return rows.getRowObjectsJson() as readonly Expected[]
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

/** Every origin: features and the end of their window. */
export function expectedAirports(): Promise<readonly Expected[]> {
  const in1d = 'f.date >= day_end - interval 1 day'
  return query(`
    with last_flight as (select origin, max(date) as last from '${FILE}' where date < ${LAST} group by origin),
    ends as (select origin, least(${LAST}, last::date + interval 7 day)::timestamp as day_end from last_flight)
    select e.origin as airport, strftime(day_end, '%Y-%m-%dT%H:%M:%SZ') as day_end,
      count(*) filter (where ${in1d})::double as flights_1d,
      avg(f.delay) filter (where ${in1d}) as avg_delay_1d,
      quantile_cont(f.delay, 0.9) filter (where ${in1d}) as p90_delay_1d,
      avg(case when f.delay >= 15 then 1 else 0 end) filter (where ${in1d})::float::double as late_share_1d,
      count(*)::double as flights_7d,
      avg(f.delay) as avg_delay_7d,
      quantile_cont(f.delay, 0.9) as p90_delay_7d,
      avg(case when f.delay >= 15 then 1 else 0 end)::float::double as late_share_7d
    from ends e join '${FILE}' f on f.origin = e.origin and f.date < day_end and f.date >= day_end - interval 7 day
    group by all order by 1`)
}

/** Every route: features and the end of their window. */
export function expectedRoutes(): Promise<readonly Expected[]> {
  return query(`
    with last_flight as (select origin, destination, max(date) as last from '${FILE}' where date < ${LAST} group by all),
    ends as (select origin, destination, least(${LAST}, last::date + interval 30 day)::timestamp as day_end from last_flight)
    select e.origin, e.destination, strftime(day_end, '%Y-%m-%dT%H:%M:%SZ') as day_end,
      count(*)::double as flights_30d, avg(f.delay) as avg_delay_30d, max(f.distance)::double as distance
    from ends e join '${FILE}' f
      on f.origin = e.origin and f.destination = e.destination and f.date < day_end and f.date >= day_end - interval 30 day
    group by all order by 1, 2`)
}
