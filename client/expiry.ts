/** Until when the values of an answer are good. */
import type { Raw } from './raw.ts'

/**
 * By the deployment's clock, in milliseconds since the epoch: after it a value is past its view's ttl or the caller's `maxAge`.
 * Values that were too old already are null in the answer and stay so. Infinite where nothing ever ends, null where it cannot be
 * told: the plan is of another version or has no ttl, or the answer no event timestamps.
 *
 * @param ttls by role, null where values are good for ever
 * @param now the deployment's, when it answered
 */
export function expiryOf(
  { views, degraded }: Pick<Raw, 'views' | 'degraded'>,
  ttls: ReadonlyMap<string, number | null> | null,
  maxAge: number,
  now: number,
): number | null {
  let first = Number.POSITIVE_INFINITY
  for (const { as, pushed, event_timestamps: newest, oldest_event_timestamps: oldest } of views) {
    const ttl = ttls?.get(as)
    if (ttl === undefined) return null
    const limit = Math.min(ttl ?? Number.POSITIVE_INFINITY, maxAge)
    if (limit === Number.POSITIVE_INFINITY) continue
    // What was pushed has an instant for each feature; a degraded answer is without what was pushed.
    const times = oldest ?? (pushed && !degraded ? undefined : newest)
    if (!times) return null
    for (const text of times) {
      const end = text === null ? Number.NaN : Date.parse(text) + limit
      // A millisecond more: the server counts in microseconds, and what it just let pass was not too old.
      if (end + 1 > now) first = Math.min(first, end)
    }
  }
  return first
}
