/**
 * One answer from one head: pick rows, decide statuses, concatenate texts. Pure but for the block cache it reads; what
 * is not in memory comes back as a list of blocks to fetch, and the caller asks again.
 */
import { ShorelineError } from '../../core/errors.ts'
import type { ViewHead } from '../../core/head.ts'
import { timestampText } from '../../core/values.ts'
import type { Counters } from '../metrics/counters.ts'
import { StatusTally } from '../metrics/tally.ts'
import type { BlockCache, CachedRun, MissingBlocks } from './blocks.ts'
import { addMissing, findRow, NO_RUN } from './blocks.ts'
import { type Cell, type LiveRows, type PickedRow, pickRow } from './cells.ts'
import type { LoadedHead } from './heads.ts'
import { IssueList, NO_ISSUES } from './issues.ts'
import type { ReadyColumn, ReadyPlan, ReadyView } from './plans.ts'
import { makeStretch, type RenderedPart, render, type Stretch } from './render.ts'
import type { FeatureRow } from './request.ts'

/** A plan with the runs that one head gives its views. */
export interface BoundPlan {
  readonly head: LoadedHead
  readonly plan: ReadyPlan
  readonly views: readonly BoundView[]
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

/** The answer's JSON text; undefined when a block it needs is not in memory. */
export function writeAnswer(bound: BoundPlan, keys: RowKeys, rowCount: number, options: Options): string | undefined {
  if (options.format === 'columns' || options.shared !== null || options.live !== null)
    return writeOther(bound, keys, rowCount, options)
  const { plan, views, stretches, opening } = bound
  const { metadata, degraded } = options
  const openIssues = () => new IssueList(plan.views, rowCount, metadata === 'full')
  // Most answers have none, and a small one notices what it takes to make the list.
  let issues = metadata === 'full' ? openIssues() : undefined
  const times = metadata === 'full' || (metadata === 'issues' && rowCount === 1) ? views.map(() => '') : undefined
  let missing: readonly StatusTally[] | undefined
  let text = `${opening},"rows":[`
  for (let row = 0; row < rowCount; row++) {
    text += row === 0 ? '{' : '},{'
    for (let at = 0; at < stretches.length; at++) {
      const stretch = stretches[at]
      const key = stretch && keys[stretch.position]?.[row]
      if (!stretch || key === undefined) return undefined
      const rendered = render(stretch, key, options)
      if (!rendered) return undefined
      text += at === 0 ? rendered.text : `,${rendered.text}`
      if (times) addTimes(times, stretch.position, row, rendered.parts)
      if (rendered.plain) continue
      missing ??= views.map(() => new StatusTally())
      countMissing(missing, stretch, rendered.parts)
      if (metadata === 'none') continue
      issues ??= openIssues()
      noteStatuses(issues, stretch.position, row, rendered.parts)
    }
  }
  text += rowCount === 0 ? ']' : '}]'
  if (metadata !== 'none') text += (issues?.text() ?? NO_ISSUES) + viewsText(views, times)
  countAnswer(views, rowCount, missing)
  return `${text},"degraded":${degraded}}`
}

function addTimes(times: string[], position: number, row: number, parts: readonly RenderedPart[]): void {
  for (let at = 0; at < parts.length; at++)
    times[position + at] += `${row === 0 ? '' : ','}${parts[at]?.eventTimestamp}`
}

/** What is not PRESENT was counted on the way: the rest is. */
function countAnswer(views: readonly BoundView[], rowCount: number, missing: readonly StatusTally[] | undefined): void {
  for (let position = 0; position < views.length; position++) {
    const bind = views[position]
    if (!bind) continue
    bind.tally.present += rowCount * bind.view.columns.length
    const others = missing?.[position]
    if (!others) continue
    bind.tally.add(others)
    bind.tally.present -= others.nulls + others.notFound + others.outside
  }
}

function countMissing(tallies: readonly StatusTally[], stretch: Stretch, parts: readonly RenderedPart[]): void {
  for (const [at, { absent, nulls }] of parts.entries()) {
    const tally = tallies[stretch.position + at]
    if (absent !== null) tally?.count(absent, stretch.views[at]?.view.columns.length)
    else if (nulls.length > 0) tally?.count('NULL_VALUE', nulls.length)
  }
}

/**
 * The forms that fewer ask for: columns, what rows share once, and views that are pushed to. They are made value by value.
 * @returns undefined when a block is not in memory
 */
function writeOther(bound: BoundPlan, keys: RowKeys, rowCount: number, options: Options): string | undefined {
  const { plan, views, opening } = bound
  const { metadata, format, shared, live } = options
  const issues = new IssueList(plan.views, rowCount, metadata === 'full')
  const timed = metadata === 'full' || (metadata === 'issues' && rowCount === 1)
  const times: string[] = []
  const common: string[] = []
  const columns: (readonly [prefix: string, texts: readonly string[]])[] = []
  const tallies = views.map(() => new StatusTally())
  for (const [position, bind] of views.entries()) {
    const once = shared !== null && bind.view.keyNames.every((name) => Object.hasOwn(shared, name))
    const picked: PickedRow[] = []
    for (const [row, key] of (keys[position] ?? []).slice(0, once ? 1 : rowCount).entries()) {
      const one = pickRow(bind, key, live?.[position]?.[row], options)
      if (!one) return undefined
      picked.push(one)
      for (const { status } of one.cells) tallies[position]?.count(status)
    }
    const at = (row: number): PickedRow | undefined => picked[once ? 0 : row]
    for (let row = 0; row < rowCount; row++) issues.cells(position, row, at(row)?.cells ?? [])
    times.push(Array.from({ length: rowCount }, (_, row) => timeText(at(row)?.eventTimestamp ?? null)).join(','))
    for (const [index, column] of bind.view.columns.entries()) {
      const texts = picked.map(({ cells }) => cellText(column, cells[index]))
      if (once) common.push(`${column.prefix}${texts[0]}`)
      else columns.push([column.prefix, texts])
    }
  }
  let text = shared === null ? opening : `${opening},"shared":{${common.join(',')}}`
  if (format === 'columns')
    text += `,"columns":{${columns.map(([prefix, texts]) => `${prefix}[${texts.join(',')}]`).join(',')}}`
  else {
    const rows = Array.from(
      { length: rowCount },
      (_, row) => `{${columns.map(([prefix, texts]) => prefix + texts[row]).join(',')}}`,
    )
    text += `,"rows":[${rows.join(',')}]`
  }
  if (metadata !== 'none') text += issues.text() + viewsText(views, timed ? times : undefined)
  countTallies(views, tallies)
  return `${text},"degraded":${options.degraded}}`
}

/** @param tallies by view, of an answer that is whole */
export function countTallies(views: readonly BoundView[], tallies: readonly StatusTally[]): void {
  for (const [position, tally] of tallies.entries()) views[position]?.tally.add(tally)
}

function cellText(column: ReadyColumn, cell: Cell | undefined): string {
  return cell === undefined || cell.value === null ? 'null' : column.write(cell.value)
}

/** An instant as JSON text. */
export function timeText(micros: number | null): string {
  return micros === null ? 'null' : `"${timestampText(micros)}"`
}

/** `,"views":[…]`. @param times the event timestamps of each view, as the items of a JSON array */
export function viewsText(views: readonly BoundView[], times: readonly string[] | undefined): string {
  let text = ''
  for (let position = 0; position < views.length; position++) {
    text += `${position === 0 ? '' : ','}${views[position]?.used}`
    text += times ? `,"event_timestamps":[${times[position]}]}` : '}'
  }
  return `,"views":[${text}]`
}

/** Inclusive at both ends, as in the point-in-time join: `now - ttl <= event timestamp`. */
export function isLive(eventTimestamp: number, view: ReadyView, options: Options): boolean {
  return options.now - eventTimestamp <= Math.min(view.ttl, options.maxAge)
}

function noteStatuses(issues: IssueList, position: number, row: number, parts: readonly RenderedPart[]): void {
  for (const [at, { absent, nulls }] of parts.entries())
    if (absent !== null) issues.whole(position + at, row, absent)
    else if (nulls.length > 0) issues.nulls(position + at, row, nulls)
}
