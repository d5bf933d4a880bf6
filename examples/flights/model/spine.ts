/**
 * The flights that the model learns from, each asked about two hours before it was to leave.
 *
 * The data has no schedule: `date` is when the flight left, which for a late one is itself late, so that a model would read the
 * answer from the hour. The delay is taken off again to come near the hour that stood on the ticket.
 *
 * @param from the day of the first flight, `2001-04-01`
 */
export function spineSql(from: string): string {
  return `
    select
      origin,
      destination,
      least(date, scheduled_at) - interval 2 hour as event_timestamp,
      scheduled_at,
      delay >= 15 as late
    from (select origin, destination, date, date - to_minutes(delay) as scheduled_at, delay from flights)
    where date >= timestamp '${from}'`
}
