/**
 * Once a minute: which views are past the freshness that they promise. Somebody is told when one becomes stale, once a day
 * while it is, and when it is fresh again. It is the Worker that looks, so that a sync service that died is noticed.
 */
import type { Head } from '../../core/head.ts'
import { timestampText } from '../../core/values.ts'
import type { Alerts } from '../../registry/alerts.ts'
import { isFresh } from '../../registry/freshness.ts'
import { type RegistrySnapshot, viewId } from '../../registry/objects.ts'
import { keptViews } from '../../registry/runs.ts'

/** The body of the POST. `text` is what Slack, and what takes the same, shows. */
export interface FreshnessMessage {
  readonly text: string
  readonly event: 'views_stale' | 'views_fresh'
  readonly views: readonly ViewFreshness[]
  /** RFC 3339, of the deployment's clock. */
  readonly time: string
}

export interface ViewFreshness {
  /** `view@version` */
  readonly view: string
  /** The newest event timestamp that is online; null without rows. */
  readonly watermark: string | null
  /** As it is declared. */
  readonly freshness: string
  /** Held by a rollback: no sync makes it fresh before `resume`. */
  readonly held: boolean
}

/** @throws when nobody took it */
export type Send = (message: FreshnessMessage) => Promise<void>

export interface Deployed {
  readonly head: Head
  readonly registry: RegistrySnapshot
  /** Microseconds since the epoch. */
  readonly now: number
}

const AGAIN_MS = 86_400_000

/** What could not be told is told a minute later. @throws what `send` throws */
export async function tellFreshness(deployed: Deployed, alerts: Alerts, send: Send): Promise<void> {
  const now = Math.floor(deployed.now / 1000)
  const { stale, fresh } = freshnessOf(deployed)
  const known = await alerts.list()
  const told = new Map(known.map(({ view, sentAt }) => [view, sentAt]))
  const due = stale.filter(({ view }) => now - (told.get(view) ?? Number.NEGATIVE_INFINITY) >= AGAIN_MS)
  const again = fresh.filter(({ view }) => told.has(view))
  const promised = new Set([...stale, ...fresh].map(({ view }) => view))
  // Retired, or it promises nothing any more: there is nothing to say about it.
  await alerts.end(known.map(({ view }) => view).filter((view) => !promised.has(view)))
  if (due.length > 0) {
    await send(messageOf('views_stale', due, deployed.now))
    await alerts.sent(names(due), now)
  }
  if (again.length > 0) {
    await send(messageOf('views_fresh', again, deployed.now))
    await alerts.end(names(again))
  }
}

/** Of the views that are online and promise a freshness. */
function freshnessOf({ head, registry, now }: Deployed): {
  readonly stale: readonly ViewFreshness[]
  readonly fresh: readonly ViewFreshness[]
} {
  const [stale, fresh]: [ViewFreshness[], ViewFreshness[]] = [[], []]
  for (const { view, read } of keptViews(registry)) {
    const online = head.views[viewId(view)]
    if (!online || read.freshness === undefined) continue
    const { watermark, held } = online
    const list = isFresh(read, watermark, now) ? fresh : stale
    list.push({
      view: viewId(view),
      watermark: watermark === null ? null : timestampText(watermark),
      freshness: read.freshness,
      held: held ?? false,
    })
  }
  return { stale, fresh }
}

function messageOf(event: FreshnessMessage['event'], views: readonly ViewFreshness[], now: number): FreshnessMessage {
  const text =
    event === 'views_fresh'
      ? `Shoreline: fresh again: ${names(views).join(', ')}.`
      : `Shoreline: past their freshness: ${views.map(staleText).join('; ')}. See "shoreline status" and docs/runbook.md.`
  return { text, event, views, time: timestampText(now) }
}

function staleText({ view, watermark, freshness, held }: ViewFreshness): string {
  const newest = watermark === null ? 'has no rows' : `ends ${watermark}`
  return `${view} ${newest}, and promises ${freshness}${held ? '; a rollback holds it until "shoreline resume"' : ''}`
}

function names(views: readonly ViewFreshness[]): readonly string[] {
  return views.map(({ view }) => view)
}
