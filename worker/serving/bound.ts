/** A plan with the runs that one head gives its views: which rows a request needs, and which blocks those need. */
import { ShorelineError } from '../../core/errors.ts'
import type { ViewHead } from '../../core/head.ts'
import type { Counters } from '../metrics/counters.ts'
import type { StatusTally } from '../metrics/tally.ts'
import { addMissing, type BlockCache, type CachedRun, findRow, type MissingBlocks, NO_RUN } from './blocks.ts'
import type { LiveRows } from './cells.ts'
import type { GivenValues } from './given.ts'
import type { LoadedHead } from './heads.ts'
import type { ReadyPlan, ReadyView } from './plans.ts'
import { makeStretch, type Stretch } from './render.ts'
import type { FeatureRow } from './request.ts'

/** A plan with the runs that one head gives its views. */
export interface BoundPlan {
  readonly head: LoadedHead
  readonly plan: ReadyPlan
  readonly views: readonly BoundView[]
  /** Where the statuses of computed values are counted, by role of on-demand views. */
  readonly computed: readonly StatusTally[]
  /** All of them, in their order. */
  readonly stretches: readonly Stretch[]
  /** `{"service":"flight_delay@1","revision":42` */
  readonly opening: string
}

export interface BoundView {
  readonly view: ReadyView
  readonly run: CachedRun
  /** `{"view":"airport_delays@1","as":"origin_delays","store":"kv","snapshot":7` */
  readonly used: string
  /** Where the statuses of its values are counted, once an answer is whole. */
  readonly tally: StatusTally
}

/** Seconds until the first of the values in the answer is too old, whole ones; infinite when none ever is. */
export function secondsToExpiry(
  { views }: BoundPlan,
  keys: RowKeys,
  { now, maxAge }: Pick<Options, 'now' | 'maxAge'>,
): number {
  let first = Number.POSITIVE_INFINITY
  for (const [position, { run, view }] of views.entries())
    for (const key of keys[position] ?? []) {
      const cached = findRow(run, key)
      const age = cached ? now - cached.row[1] : Number.POSITIVE_INFINITY
      const left = Math.min(view.ttl, maxAge) - age
      if (left >= 0) first = Math.min(first, left) // what has expired stays so
    }
  return Math.floor(first / 1_000_000)
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
  readonly format: 'rows' | 'columns'
  /** Fields that all rows have in common; null when the request shares none. */
  readonly shared: FeatureRow | null
  /** What was pushed; null when the plan has no view that is pushed to. */
  readonly live: LiveRows | null
  /** What on-demand views compute from, beside features. */
  readonly given: GivenValues
}

/** Null when a view of the plan is not online in this head. */
export function bindPlan(plan: ReadyPlan, head: LoadedHead, cache: BlockCache, counters: Counters): BoundPlan | null {
  const views: BoundView[] = []
  for (const view of plan.views) {
    const online = view.stored ? head.views.get(view.runs) : null
    if (online === undefined) return null
    views.push(bindView(view, online, cache, counters))
  }
  return {
    head,
    plan,
    views,
    computed: (plan.computed?.roles ?? []).map(({ entry }) => counters.view(plan.computed?.entries[entry]?.view ?? '')),
    stretches: stretchesOf(views, cache),
    opening: `{"service":${plan.idText},"revision":${head.revision}`,
  }
}

function stretchesOf(views: readonly BoundView[], cache: BlockCache): readonly Stretch[] {
  const starts = views.flatMap(({ view: { keysOf } }, at) => (keysOf === views[at - 1]?.view.keysOf ? [] : [at]))
  return starts.map((start, at) => makeStretch(start, views.slice(start, starts[at + 1]), cache))
}

/** @param online null where rows are only pushed */
function bindView(view: ReadyView, online: ViewHead | null, cache: BlockCache, counters: Counters): BoundView {
  const store = online?.base.store ?? 'd1'
  // Pushed rows are live and belong to no snapshot: the answer says that there may be some.
  const live = view.push === null ? '' : ',"pushed":true'
  return {
    view,
    run: online ? cache.open(view.runs, online) : NO_RUN,
    used: `{"view":"${view.view}","as":"${view.as}","store":"${store}","snapshot":${online?.snapshot ?? null}${live}`,
    tally: counters.view(view.view),
  }
}

/** @throws ShorelineError INVALID naming the row and the field that is wrong */
export function readKeys(plan: ReadyPlan, rows: readonly FeatureRow[]): RowKeys {
  let at = 0
  try {
    const read: (readonly string[])[] = []
    for (const { readKey, keysOf } of plan.views) {
      const keys: string[] = []
      const known = read[keysOf]
      if (!known) for (at = 0; at < rows.length; at++) keys.push(readKey(rows[at] ?? {}))
      read.push(known ?? keys)
    }
    return read
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    throw new ShorelineError(thrown.code, `rows[${at}].${thrown.message}`, { ...thrown.details, row: at })
  }
}

/**
 * The blocks that the rows need and memory does not hold.
 * @param counters where look-ups are counted; not for one that repeats another
 */
export function missingBlocks(bound: BoundPlan, keys: RowKeys, counters?: Counters): MissingBlocks {
  let misses = 0
  const missing: MissingBlocks = new Map()
  bound.views.forEach(({ run }, position) => {
    for (const key of keys[position] ?? []) if (addMissing(missing, run, key)) misses++
  })
  if (counters) {
    counters.cacheMisses += misses
    counters.cacheHits += lookUps(keys) - misses
  }
  return missing
}

/** How many rows are looked up, of all views together. */
export function lookUps(keys: RowKeys): number {
  let count = 0
  for (let position = 0; position < keys.length; position++) count += keys[position]?.length ?? 0
  return count
}

/** @param tallies by view, of an answer that is whole */
export function countTallies(views: readonly BoundView[], tallies: readonly StatusTally[]): void {
  for (const [position, tally] of tallies.entries()) views[position]?.tally.add(tally)
}

/** Inclusive at both ends, as in the point-in-time join: `now - ttl <= event timestamp`. */
export function isLive(eventTimestamp: number, view: ReadyView, options: Options): boolean {
  return options.now - eventTimestamp <= Math.min(view.ttl, options.maxAge)
}
