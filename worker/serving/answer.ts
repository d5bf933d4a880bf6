/**
 * One answer from one head: pick rows, decide statuses, concatenate texts. Pure but for the block cache it reads; what
 * is not in memory comes back as a list of blocks to fetch, and the caller asks again.
 */
import { ShorelineError } from '../../core/errors.ts'
import type { ViewHead } from '../../core/head.ts'
import { checkKeyLength, joinKeyParts } from '../../core/keys.ts'
import { partitionOf } from '../../core/partition.ts'
import type { BlockCache, CachedRow, CachedRun } from './blocks.ts'
import { findRow } from './blocks.ts'
import type { LoadedHead } from './heads.ts'
import { IssueList } from './issues.ts'
import type { ReadyKey, ReadyPlan, ReadyView } from './plans.ts'
import { type Rendered, render } from './render.ts'
import type { FeatureRow } from './request.ts'

/** A plan with the runs that one head gives its views. */
export interface BoundPlan {
  readonly head: LoadedHead
  readonly plan: ReadyPlan
  readonly views: readonly BoundView[]
  /** `{"service":"flight_delay@1","revision":42,"rows":[` */
  readonly opening: string
}

export interface BoundView {
  readonly view: ReadyView
  readonly run: CachedRun
  /** `{"view":"airport_delays@1","as":"origin_delays","store":"kv","snapshot":7` */
  readonly used: string
}

/** The canonical key of every row, per view. */
export type RowKeys = readonly (readonly string[])[]

export interface Options {
  readonly metadata: 'none' | 'issues' | 'full'
  /** Microseconds; tighter than the views' ttl, or infinite. */
  readonly maxAge: number
  /** Microseconds since the epoch. */
  readonly now: number
  readonly degraded: boolean
}

/** Null when a view of the plan is not online in this head. */
export function bindPlan(plan: ReadyPlan, head: LoadedHead, cache: BlockCache): BoundPlan | null {
  const views: BoundView[] = []
  for (const view of plan.views) {
    const online = head.views.get(view.view)
    if (!online) return null
    views.push(bindView(view, online, cache))
  }
  return { head, plan, views, opening: `{"service":"${plan.id}","revision":${head.revision},"rows":[` }
}

function bindView(view: ReadyView, online: ViewHead, cache: BlockCache): BoundView {
  const { store } = online.base
  return {
    view,
    run: cache.open(view.view, online.base),
    used: `{"view":"${view.view}","as":"${view.as}","store":"${store}","snapshot":${online.snapshot}`,
  }
}

/** @throws ShorelineError INVALID naming the row and the field that is wrong */
export function readKeys(plan: ReadyPlan, rows: readonly FeatureRow[]): RowKeys {
  let at = 0
  try {
    return plan.views.map(({ keys }) => {
      const read = keyOf(keys)
      const all: string[] = []
      for (at = 0; at < rows.length; at++) all.push(read(rows[at] ?? {}))
      return all
    })
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    throw new ShorelineError(thrown.code, `rows[${at}].${thrown.message}`, { ...thrown.details, row: at })
  }
}

function keyOf(keys: readonly ReadyKey[]): (row: FeatureRow) => string {
  const [only] = keys
  const names = keys.map((key) => key.name)
  return (row) => {
    const key =
      only && keys.length === 1
        ? only.read(row[only.name])
        : joinKeyParts(keys.map((part) => part.read(row[part.name])))
    checkKeyLength(names, key)
    return key
  }
}

/** The blocks that the rows need and memory does not hold. */
export function missingBlocks(bound: BoundPlan, keys: RowKeys): ReadonlyMap<CachedRun, ReadonlySet<number>> {
  const missing = new Map<CachedRun, Set<number>>()
  bound.views.forEach(({ run }, position) => {
    for (const key of keys[position] ?? []) {
      if (findRow(run, key) !== undefined) continue
      const blocks = missing.get(run) ?? new Set()
      missing.set(run, blocks.add(partitionOf(key, run.pointer.blocks)))
    }
  })
  return missing
}

/** The answer's JSON text; undefined when a block it needs is not in memory. */
export function writeAnswer(bound: BoundPlan, keys: RowKeys, rowCount: number, options: Options): string | undefined {
  const issues =
    options.metadata === 'none' ? undefined : new IssueList(bound.plan.views, rowCount, options.metadata === 'full')
  const timestamps = options.metadata === 'full' || (options.metadata === 'issues' && rowCount === 1)
  const times: string[][] = bound.views.map(() => [])
  let text = bound.opening
  for (let row = 0; row < rowCount; row++) {
    text += row === 0 ? '{' : ',{'
    for (let position = 0; position < bound.views.length; position++) {
      const bind = bound.views[position]
      const key = keys[position]?.[row]
      if (!bind || key === undefined) return undefined
      const cached = findRow(bind.run, key)
      if (cached === undefined) return undefined
      if (position > 0) text += ','
      const rendered = cached && render(cached, bind.view)
      const live = cached !== null && isLive(cached, bind.view, options)
      text += rendered && live ? rendered.text : bind.view.absent
      if (timestamps) times[position]?.push(rendered ? rendered.eventTimestamp : 'null')
      if (issues) noteStatus(issues, position, row, rendered, live)
    }
    text += '}'
  }
  text += ']'
  if (issues) {
    text += issues.text()
    text += `,"views":[${bound.views.map((bind, position) => `${bind.used}${timestamps ? `,"event_timestamps":[${times[position]?.join(',')}]` : ''}}`).join(',')}]`
  }
  return `${text},"degraded":${options.degraded}}`
}

/** Inclusive at both ends, as in the point-in-time join: `now - ttl <= event timestamp`. */
function isLive(cached: CachedRow, view: ReadyView, options: Options): boolean {
  return options.now - cached.row[1] <= Math.min(view.ttl, options.maxAge)
}

function noteStatus(issues: IssueList, view: number, row: number, rendered: Rendered | null, live: boolean): void {
  if (!rendered) issues.whole(view, row, 'NOT_FOUND')
  else if (!live) issues.whole(view, row, 'OUTSIDE_MAX_AGE')
  else if (rendered.nulls.length > 0) issues.nulls(view, row, rendered.nulls)
}
