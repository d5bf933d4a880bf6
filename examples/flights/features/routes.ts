import { entity, featureView, t } from 'shoreline'
import { flights } from './airports.ts'

export const route = entity('route', {
  description: 'A pair of airports, in the direction of flight',
  owner: 'flights@example.com',
  joinKeys: { origin: t.string(), destination: t.string() },
})

/** Days are summed first, so that a flight is not multiplied by the thirty windows it counts in. */
export const routeDelays = featureView('route_delays', {
  description: 'Flights and their delays per route, over the last thirty days',
  owner: 'flights@example.com',
  tags: { domain: 'delays' },
  entity: route,
  source: flights,
  ttl: '30d',
  freshness: '2d',
  sql: `
    select
      origin,
      destination,
      day_end as event_timestamp,
      sum(flights) as flights_30d,
      sum(delay) / sum(flights) as avg_delay_30d,
      max(distance) as distance
    from (
      select *, unnest(range(day + interval 1 day, day + interval 31 day, interval 1 day)) as day_end
      from (
        select origin, destination, date_trunc('day', date) as day, count(*) as flights, sum(delay) as delay, max(distance) as distance
        from flights
        group by all
      )
    )
    group by origin, destination, day_end`,
  features: {
    flights_30d: { type: t.int64(), description: 'Flights on the route', visibility: 'public' },
    avg_delay_30d: { type: t.float64(), description: 'Mean departure delay, minutes' },
    distance: { type: t.int32(), description: 'Miles', visibility: 'public' },
  },
})
