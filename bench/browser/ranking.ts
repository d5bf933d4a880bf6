/** The client of the pages that are measured, and the rows that it asks for. */
import { createClient } from '../../client/index.ts'
import type { Client } from '../../client/types.ts'
import type { FeatureService } from '../../registry/definitions/feature-service.ts'

interface Ranked {
  readonly score: number | null
}
type Ranking = FeatureService<'ranking', Record<string, unknown>, Ranked>

export function clientOf(cached: boolean): Client<{ readonly ranking: Ranking }> {
  const cache = cached ? { cache: { store: 'memory', maxAge: '5m' } as const } : {}
  return createClient({ url: location.origin, ...cache }) as unknown as Client<{ readonly ranking: Ranking }>
}

export const rowOf = (place: number, minute: number) => ({
  place: `p${place}`,
  leaves_at: new Date(Date.UTC(2026, 2, 1, 0, minute)).toISOString(),
  patience: (minute % 100) / 100,
})
