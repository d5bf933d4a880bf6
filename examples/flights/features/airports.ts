import { entity, featureView, parquetSource, t } from 'shoreline'

export const airport = entity('airport', {
  description: 'A US airport by its IATA code',
  owner: 'flights@example.com',
  joinKeys: { airport: t.string() },
})

export const flights = parquetSource('flights', {
  description: 'Three million US flights of 2001, one row a flight, one file a day',
  path: 'r2://offline/flights/**/*.parquet',
  timestamp: 'date',
})

/**
 * Each flight counts in the windows of the seven days that end after it: its own day's end, and the six after. A window is
 * known at its end, so the event timestamp is that instant, and no flight is ever in its own features.
 */
export const airportDelays = featureView('airport_delays', {
  description: 'Departures and their delays per airport, over the last day and the last seven',
  owner: 'flights@example.com',
  tags: { domain: 'delays' },
  entity: airport,
  source: flights,
  ttl: '14d',
  freshness: '2d',
  sql: `
    select
      origin as airport,
      day_end as event_timestamp,
      count(*) filter (where last_day) as flights_1d,
      avg(delay) filter (where last_day) as avg_delay_1d,
      quantile_cont(delay, 0.9) filter (where last_day) as p90_delay_1d,
      avg((delay >= 15)::integer) filter (where last_day) as late_share_1d,
      count(*) as flights_7d,
      avg(delay) as avg_delay_7d,
      quantile_cont(delay, 0.9) as p90_delay_7d,
      avg((delay >= 15)::integer) as late_share_7d
    from (
      select origin, delay, day_end, date >= day_end - interval 1 day as last_day
      from (
        select origin, date, delay, unnest(range(
          date_trunc('day', date) + interval 1 day, date_trunc('day', date) + interval 8 day, interval 1 day
        )) as day_end
        from flights
      )
    )
    group by origin, day_end`,
  features: {
    flights_1d: { type: t.int64(), description: 'Departures on the last day' },
    avg_delay_1d: { type: t.float64(), description: 'Mean departure delay on the last day, minutes' },
    p90_delay_1d: { type: t.float64(), description: '90th percentile of the delay on the last day, minutes' },
    late_share_1d: { type: t.float32(), description: 'Share of departures 15 minutes late or more, last day' },
    flights_7d: t.int64(),
    avg_delay_7d: { type: t.float64(), visibility: 'public' },
    p90_delay_7d: t.float64(),
    late_share_7d: { type: t.float32(), visibility: 'public' },
  },
})
