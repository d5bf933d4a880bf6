/** The newest that is known of a deployment: what answers said of services and snapshots, and by which revision. */
import type { Raw } from '../raw.ts'
import type { Standing } from './policy.ts'

export interface News {
  /** By the reference that was asked for: the version that answered. */
  readonly services: Told<string>
  /** By `view@version`: its snapshot, null where rows are only pushed. */
  readonly views: Told<number | null>
  /** By the same: what a view was rolled back to, and by which revision. */
  readonly undone: Readonly<Record<string, readonly Undone[]>>
  /** The latest that the device's clock was seen at. */
  readonly latest: number
}

type Told<T> = Readonly<Record<string, readonly [revision: number, is: T]>>
type Undone = readonly [revision: number, snapshot: number]

export const NO_NEWS: News = { services: {}, views: {}, undone: {}, latest: 0 }

/** Rollbacks of a view that are told apart. */
const REMEMBERED = 8

/** What two pages know, or one page and a later answer, together. */
export function mergeNews(one: News, other: News): News {
  const undone: Record<string, readonly Undone[]> = {}
  for (const view of new Set([...Object.keys(one.views), ...Object.keys(other.views)])) {
    const all = [
      ...(one.undone[view] ?? []),
      ...(other.undone[view] ?? []),
      ...rolledBack(one.views[view], other.views[view]),
    ]
    if (all.length > 0) undone[view] = fewer(all)
  }
  return {
    services: newest(one.services, other.services),
    views: newest(one.views, other.views),
    undone,
    latest: Math.max(one.latest, other.latest),
  }
}

function newest<T>(one: Told<T>, other: Told<T>): Told<T> {
  const merged = { ...one }
  for (const [name, told] of Object.entries(other))
    if (told[0] >= (merged[name]?.[0] ?? Number.NEGATIVE_INFINITY)) merged[name] = told
  return merged
}

/** Revisions only grow, and with each a view gets a higher snapshot, or by a rollback a lower one. */
function rolledBack(
  one: Told<number | null>[string] | undefined,
  other: Told<number | null>[string] | undefined,
): readonly Undone[] {
  if (!one || !other) return []
  const [[, before], [revision, after]] = one[0] < other[0] ? [one, other] : [other, one]
  return before !== null && after !== null && after < before ? [[revision, after]] : []
}

/** Each once; of too many the oldest count as one that undid more. */
function fewer(all: readonly Undone[]): readonly Undone[] {
  const each = [...new Map(all.map((one) => [one.join(), one])).values()].sort(([a], [b]) => a - b)
  while (each.length > REMEMBERED) {
    const [[, first] = [0, 0], [revision, second] = [0, 0]] = each.splice(0, 2)
    each.unshift([revision, Math.min(first, second)])
  }
  return each
}

/** What an answer adds. One from an earlier revision, because a store failed, is no news. */
export function newsOf(asked: string, { service, revision, views, degraded }: Raw, latest: number): News {
  if (degraded) return { ...NO_NEWS, latest }
  return {
    services: { [asked]: [revision, service] },
    views: Object.fromEntries(views.map(({ view, snapshot }) => [view, [revision, snapshot]])),
    undone: {},
    latest,
  }
}

export function standingOf(asked: string, { service, revision, views }: Raw, news: News): Standing {
  const told = news.services[asked]
  if (told && told[0] > revision && told[1] !== service) return 'gone'
  let standing: Standing = 'current'
  for (const { view, snapshot } of views) {
    const seen = news.views[view]
    if (snapshot !== null && news.undone[view]?.some(([by, to]) => by > revision && to < snapshot)) return 'gone'
    if (!seen || seen[0] <= revision || seen[1] === snapshot) continue
    if (seen[1] === null || snapshot === null || seen[1] < snapshot) return 'gone'
    standing = 'older'
  }
  return standing
}
