/** A stored row as the text it has in an answer, made once per row and view of a plan and then only copied. */
import { FIRST_FEATURE } from '../../core/block.ts'
import { timestampText } from '../../core/values.ts'
import type { CachedRow } from './blocks.ts'
import type { ReadyView } from './plans.ts'

export interface Rendered {
  readonly view: ReadyView
  /** `"flights_1d":412,"avg_delay_7d":7.9` */
  readonly text: string
  /** Positions among the view's columns whose value is null. */
  readonly nulls: readonly number[]
  /** Microseconds since the epoch. */
  readonly eventTimestamp: number
  /** The same as JSON text. */
  readonly timestampText: string
  /** The row's text for another view; a list, because few plans read one view and a row is looked at once per answer. */
  readonly next: Rendered | null
}

const NO_NULLS: readonly number[] = []

/** Texts that a row keeps. Lists of features make views without end; services make few. */
const KEPT = 8

export function render(cached: CachedRow, view: ReadyView): Rendered {
  let kept = 0
  for (let made = cached.rendered; made !== null; made = made.next) {
    if (made.view === view) return made
    kept++
  }
  const made = renderRow(cached, view, kept < KEPT ? cached.rendered : null)
  cached.rendered = made
  return made
}

function renderRow({ row }: CachedRow, view: ReadyView, next: Rendered | null): Rendered {
  const nulls: number[] = []
  const text = view.columns
    .map((column, position) => {
      const value = row[FIRST_FEATURE + column.index] ?? null
      if (value === null) nulls.push(position)
      return column.prefix + (value === null ? 'null' : column.write(value))
    })
    .join(',')
  return {
    view,
    text,
    nulls: nulls.length === 0 ? NO_NULLS : nulls,
    eventTimestamp: row[1],
    timestampText: `"${timestampText(row[1])}"`,
    next,
  }
}
