import { Command } from 'commander'
import { parseTimestamp } from '../../core/values.ts'
import { isFresh } from '../../registry/freshness.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { type KeptView, keptViews } from '../../registry/runs.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

/** A check failed. */
const STALE = 3

export interface ViewStatus {
  /** `view@version` */
  readonly view: string
  /** Null when nothing is online yet. */
  readonly snapshot: number | null
  readonly rows: number | null
  readonly watermark: string | null
  /** Whether the newest event is within the view's declared freshness; true when it declares none and is online. */
  readonly fresh: boolean
  readonly held: boolean
}

export function statusCommand(): Command {
  return new Command('status')
    .description('every view: version, snapshot, watermark, freshness, rows; exit 3 when one is stale')
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const [head, registry] = await Promise.all([context.control.head(), context.control.registry()])
      const views = keptViews(registry).map((kept) => statusOf(kept, head))
      context.print(
        { revision: head.revision, registry: head.registry, views },
        () =>
          `revision ${head.revision}, registry ${head.registry}\n${views.length === 0 ? 'No view is registered yet. Run "shoreline apply".' : statusTable(views)}`,
      )
      if (views.some((view) => !view.fresh)) process.exitCode = STALE
    })
}

/** Of a stored version; the freshness is what the newest version that reads it promises. */
export function statusOf({ view, read }: Pick<KeptView, 'view' | 'read'>, head: HeadAnswer): ViewStatus {
  const online = head.views[viewId(view)]
  if (!online) return { view: viewId(view), snapshot: null, rows: null, watermark: null, fresh: false, held: false }
  const { snapshot, rows, watermark, held } = online
  return { view: viewId(view), snapshot, rows, watermark, held, fresh: isFreshAt(read, watermark, head.now) }
}

function isFreshAt(view: ViewObject, watermark: string | null, now: string): boolean {
  return isFresh(view, watermark === null ? null : parseTimestamp(watermark), parseTimestamp(now) ?? Number.NaN)
}

function statusTable(views: readonly ViewStatus[]): string {
  return table(
    ['view', 'snapshot', 'rows', 'watermark', 'state'],
    views.map((view) => [view.view, view.snapshot ?? '-', view.rows ?? '-', view.watermark ?? '-', stateText(view)]),
  )
}

function stateText(view: ViewStatus): string {
  if (view.snapshot === null) return 'not online: run "shoreline sync"'
  return `${view.fresh ? 'fresh' : 'stale'}${view.held ? ', held' : ''}`
}
