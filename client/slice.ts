import type { Raw } from './raw.ts'

/** What it says of `count` of its rows. */
export function slice(raw: Raw, start: number, count: number): Raw {
  const end = start + count
  /** The same object with these lists of one value a row cut. */
  const cut = <T extends object>(whole: T, ...names: readonly (keyof T & string)[]): T => {
    const lists = names.flatMap((name) => {
      const list = whole[name]
      return Array.isArray(list) ? [[name, list.slice(start, end)]] : []
    })
    return { ...whole, ...Object.fromEntries(lists) }
  }
  return {
    ...cut(raw, 'rows', 'statuses', 'input_statuses'),
    issues: raw.issues.flatMap((issue) => {
      const rows = issue.rows.filter((row) => row >= start && row < end).map((row) => row - start)
      return rows.length > 0 ? [{ ...issue, rows }] : []
    }),
    views: raw.views.map((view) => cut(view, 'event_timestamps', 'oldest_event_timestamps')),
  }
}
