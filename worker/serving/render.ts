/**
 * What an answer says of one entity, as text: made once from the rows of neighbouring views and then only copied. The first of
 * those rows keeps it, for as long as all the blocks that it was made from are in memory: texts are bounded as blocks are.
 */
import { FIRST_FEATURE, type StoredRow } from '../../core/block.ts'
import { timestampText } from '../../core/values.ts'
import {
  type BlockCache,
  blockWithout,
  type CachedBlock,
  type CachedRow,
  type CachedRun,
  discard,
  findRow,
} from './blocks.ts'
import type { Age } from './cells.ts'
import type { ReadyView } from './plans.ts'

/** Views that stand side by side in a plan and have the same join keys, with the runs that one head gives them. */
export interface Stretch {
  /** The position of the first among the plan's views. */
  readonly position: number
  readonly views: readonly { readonly view: ReadyView; readonly run: CachedRun }[]
  readonly cache: BlockCache
  /** Of a key that none of them has. */
  readonly nobody: Rendered
}

export interface Rendered {
  /** `"flights_1d":412,"avg_delay_7d":7.9` */
  readonly text: string
  /** By view of the stretch. */
  readonly parts: readonly RenderedPart[]
  /** Whether every value is PRESENT. */
  readonly plain: boolean
}

export interface RenderedPart {
  /** What all values are; null when they are not null for the same reason. */
  readonly absent: 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | null
  /** Otherwise: positions among the view's columns whose value is null. */
  readonly nulls: readonly number[]
  /** JSON text. */
  readonly eventTimestamp: string
}

/** A text that a row keeps. */
export interface Kept extends Rendered {
  /** The newest one with these runs. */
  stretch: Stretch
  /** Microseconds since the epoch: what had expired has expired later than then, and what had not does not until then. */
  readonly after: number
  readonly until: number
  /** Minutes, which V8 keeps in the object itself: strictly between these two, nobody looks at those two. */
  readonly afterMinute: number
  readonly untilMinute: number
  /** The oldest event timestamp that had not expired, for requests with an age of their own. */
  readonly oldest: number
  readonly keeper: CachedRow
  /** All that it was made from: of rows that were found, and of those that were not. */
  readonly blocks: readonly CachedBlock[]
  /** Of the cache, when they were last marked as read. */
  drops: number
  /** A list, because few plans read one view and a row is looked at once per answer. */
  next: Kept | null
}

const NO_NULLS: readonly number[] = []
const NOT_FOUND: RenderedPart = { absent: 'NOT_FOUND', nulls: NO_NULLS, eventTimestamp: 'null' }

/** Texts that a row keeps. Lists of features make views without end; services make few. */
const KEPT = 8

export function makeStretch(position: number, views: Stretch['views'], cache: BlockCache): Stretch {
  const text = views.map(({ view }) => view.absent).join(',')
  return { position, views, cache, nobody: { text, parts: views.map(() => NOT_FOUND), plain: false } }
}

/** Undefined when a block that would have the key is not in memory. */
export function render(stretch: Stretch, key: string, age: Age): Rendered | undefined {
  const { views } = stretch
  for (let at = 0; at < views.length; at++) {
    const bind = views[at]
    const cached = bind && findRow(bind.run, key)
    if (cached === undefined) return undefined
    // The first row that there is keeps the text: a later view's, where the ones before have none.
    if (cached !== null) return recall(cached, stretch, age) ?? renderRows(stretch, key, age, cached)
  }
  return stretch.nobody
}

function recall({ rendered }: CachedRow, stretch: Stretch, { now, maxAge }: Age): Kept | undefined {
  for (let kept = rendered; kept !== null; kept = kept.next)
    if (kept.stretch === stretch || isOf(kept, stretch)) {
      const minute = minuteOf(now)
      const sure = minute > kept.afterMinute && minute < kept.untilMinute
      if (!sure && (now <= kept.after || now > kept.until)) return undefined
      if (maxAge !== Number.POSITIVE_INFINITY && now - kept.oldest > maxAge) return undefined
      if (kept.drops !== stretch.cache.drops) mark(kept, stretch.cache)
      return kept
    }
  return undefined
}

/** The blocks are read with it. While none is let go of, nobody takes the mark away again. */
function mark(kept: Kept, { drops }: BlockCache): void {
  for (const block of kept.blocks) block.used = true
  kept.drops = drops
}

/** Every instant that a timestamp can name is some, and the infinite ones are beyond them. */
const LAST_MINUTE = 2 ** 30 - 1

function minuteOf(micros: number): number {
  return Math.max(-LAST_MINUTE, Math.min(LAST_MINUTE, Math.floor(micros / 60_000_000)))
}

/** A new head binds every plan anew, and mostly to runs that were there before. */
function isOf(kept: Kept, stretch: Stretch): boolean {
  const { views } = kept.stretch
  const same =
    views.length === stretch.views.length &&
    views.every(({ view, run }, at) => view === stretch.views[at]?.view && run === stretch.views[at]?.run)
  if (same) kept.stretch = stretch
  return same
}

function renderRows(stretch: Stretch, key: string, { now, maxAge }: Age, keeper: CachedRow): Rendered | undefined {
  const texts: string[] = []
  const parts: RenderedPart[] = []
  const blocks: CachedBlock[] = []
  let after = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  let oldest = Number.POSITIVE_INFINITY
  let refused = false
  let last: { readonly micros: number; readonly text: string } | undefined
  for (const { view, run } of stretch.views) {
    const cached = findRow(run, key)
    if (cached === undefined) return undefined
    const block = cached === null ? blockWithout(run, key) : cached.block
    if (block) blocks.push(block)
    if (cached === null) {
      texts.push(view.absent)
      parts.push(NOT_FOUND)
      continue
    }
    const { row } = cached
    const micros = row[1]
    const expires = micros + view.ttl
    // Rows of one entity mostly share their instant.
    if (last?.micros !== micros) last = { micros, text: `"${timestampText(micros)}"` }
    const live = now - micros <= Math.min(view.ttl, maxAge)
    if (now > expires) after = Math.max(after, expires)
    else if (live) {
      until = Math.min(until, expires)
      oldest = Math.min(oldest, micros)
    } else refused = true
    const nulls = live ? nullsOf(row, view) : NO_NULLS
    texts.push(live ? rowText(row, view) : view.absent)
    parts.push({ absent: live ? null : 'OUTSIDE_MAX_AGE', nulls, eventTimestamp: last.text })
  }
  const rendered: Rendered = {
    text: texts.join(','), // flat, which a text put together by + is not
    parts,
    plain: parts.every(({ absent, nulls }) => absent === null && nulls.length === 0),
  }
  // Too old for this request, and not for others.
  if (refused) return rendered
  return keep({
    ...rendered,
    stretch,
    after,
    until,
    afterMinute: minuteOf(after),
    untilMinute: minuteOf(until),
    oldest,
    keeper,
    blocks,
    drops: stretch.cache.drops,
    next: keeper.rendered,
  })
}

/** The newest of each plan's, and of a limited number of plans. */
function keep(made: Kept): Kept {
  const [first] = made.stretch.views
  made.keeper.rendered = made
  let count = 1
  for (let kept = made.next; kept !== null; kept = kept.next)
    if (kept.stretch.views[0]?.view === first?.view || count === KEPT) discard(kept)
    else count++
  for (const block of made.blocks) block.texts.add(made)
  return made
}

function rowText(row: StoredRow, { columns }: ReadyView): string {
  return columns
    .map(({ index, prefix, write }) => {
      const value = row[FIRST_FEATURE + index] ?? null
      return prefix + (value === null ? 'null' : write(value))
    })
    .join(',')
}

function nullsOf(row: StoredRow, { columns }: ReadyView): readonly number[] {
  const nulls = columns.flatMap(({ index }, position) =>
    (row[FIRST_FEATURE + index] ?? null) === null ? [position] : [],
  )
  return nulls.length === 0 ? NO_NULLS : nulls
}
