/** Until when the values of an answer are good. */
import type { Raw } from './raw.ts'
import { NEVER } from './runtime.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * By the deployment's clock, in milliseconds since the epoch: after it a value is past its view's ttl or the caller's `maxAge`.
 * Values that were too old already are null in the answer and stay so. Infinite where nothing ever ends, null where it cannot be
 * told: the plan is of another version or has no ttl, or the answer no event timestamps.
 *
 * @param maxAge as it was asked with, `'1h'`
 * @param ttls by role, null where values are good for ever
 * @param now the deployment's, when it answered
 */
export function expiryOf(
  { views, degraded }: Pick<Raw, 'views' | 'degraded'>,
  ttls: ReadonlyMap<string, number | null> | null,
  maxAge: string | undefined,
  now: number,
): number | null {
  let first = NEVER
  // The server took it for a duration: there is an answer.
  const most = maxAge === undefined ? NEVER : Number.parseInt(maxAge, 10) * (UNITS[maxAge.at(-1) ?? ''] ?? 0)
  for (const { as, pushed, event_timestamps: newest, oldest_event_timestamps: oldest } of views) {
    const ttl = ttls?.get(as)
    if (ttl === undefined) return null
    const limit = Math.min(ttl ?? NEVER, most)
    if (limit === NEVER) continue
    // What was pushed has an instant for each feature; a degraded answer is without what was pushed.
    const times = oldest ?? (pushed && !degraded ? undefined : newest)
    if (!times) return null
    for (const text of times) {
      if (text === null) continue
      const end = Date.parse(text) + limit
      // A millisecond more: the server counts in microseconds, and what it just let pass was not too old.
      if (end + 1 > now) first = Math.min(first, end)
    }
  }
  return first
}
