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
  /** The event timestamp as JSON text. */
  readonly eventTimestamp: string
}

const NO_NULLS: readonly number[] = []

export function render(cached: CachedRow, view: ReadyView): Rendered {
  for (const rendered of cached.rendered) if (rendered.view === view) return rendered
  const made = renderRow(cached, view)
  cached.rendered = [...cached.rendered, made]
  return made
}

function renderRow({ row }: CachedRow, view: ReadyView): Rendered {
  const nulls: number[] = []
  const text = view.columns
    .map((column, position) => {
      const value = row[FIRST_FEATURE + column.index] ?? null
      if (value === null) nulls.push(position)
      return column.prefix + (value === null ? 'null' : column.write(value))
    })
    .join(',')
  return { view, text, nulls: nulls.length === 0 ? NO_NULLS : nulls, eventTimestamp: `"${timestampText(row[1])}"` }
}
