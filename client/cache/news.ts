/** The newest that is known of a deployment: what answers said of services and snapshots, and by which revision. */
import type { Raw } from '../raw.ts'
import type { Standing } from './policy.ts'

export interface News {
  /** By the reference that was asked for: the version that answered. */
  readonly services: Readonly<Record<string, readonly [revision: number, id: string]>>
  /** By `view@version`. */
  readonly views: Readonly<Record<string, readonly [revision: number, snapshot: number | null]>>
  /** The latest that the device's clock was seen at. */
  readonly latest: number
}

export const NO_NEWS: News = { services: {}, views: {}, latest: 0 }

type Told<T> = Readonly<Record<string, readonly [number, T]>>

/** What two pages know, together. */
export function mergeNews(one: News, other: News): News {
  return {
    services: newest(one.services, other.services),
    views: newest(one.views, other.views),
    latest: Math.max(one.latest, other.latest),
  }
}

function newest<T>(one: Told<T>, other: Told<T>): Told<T> {
  const merged = { ...one }
  for (const [name, told] of Object.entries(other))
    if (told[0] >= (merged[name]?.[0] ?? Number.NEGATIVE_INFINITY)) merged[name] = told
  return merged
}

/** What an answer adds. One from an earlier revision, because a store failed, is no news. */
export function newsOf(asked: string, { service, revision, views, degraded }: Raw, latest: number): News {
  if (degraded) return { ...NO_NEWS, latest }
  return {
    services: { [asked]: [revision, service] },
    views: Object.fromEntries(views.map(({ view, snapshot }) => [view, [revision, snapshot]])),
    latest,
  }
}

/**
 * Revisions only grow, and with each a view gets a higher snapshot, or by a rollback a lower one: what has the higher one is
 * undone.
 */
export function standingOf(asked: string, { service, revision, views }: Raw, news: News): Standing {
  const told = news.services[asked]
  if (told && told[0] > revision && told[1] !== service) return 'gone'
  let standing: Standing = 'current'
  for (const { view, snapshot } of views) {
    const seen = news.views[view]
    if (!seen || seen[0] <= revision || seen[1] === snapshot) continue
    if (seen[1] === null || snapshot === null || seen[1] < snapshot) return 'gone'
    standing = 'older'
  }
  return standing
}
