/**
 * An answer as stored values, column by column. A value leaves memory as the block had it: whoever asked turns it into what its
 * own form says.
 */
import { FIRST_FEATURE, type StoredRow } from '../../core/block.ts'
import { type StoredValue, timestampText } from '../../core/values.ts'
import type { FeatureStatus } from '../../registry/wire/features.ts'
import { StatusTally } from '../metrics/tally.ts'
import { findRow } from './blocks.ts'
import { type BoundPlan, type BoundView, countTallies, isLive, type Options, type RowKeys } from './bound.ts'
import { type LiveRows, type PickedRow, pickRow } from './cells.ts'
import { IssueList } from './issues.ts'
import type { ReadyColumn } from './plans.ts'

export interface PickedColumn {
  readonly column: ReadyColumn
  /** One per row of the request, null unless the status is PRESENT. One for all rows where they share it. */
  readonly values: readonly StoredValue[]
  /** As many as there are values; empty unless the request wants full metadata. */
  readonly statuses: readonly FeatureStatus[]
  /** All rows share it: the keys of its view are in `shared`. */
  readonly once: boolean
}

/** JSON texts, as they stand in the JSON answer. */
export interface PickedMetadata {
  readonly issues: string
  readonly views: string
  /** Null but for full metadata. */
  readonly statuses: string | null
}

export interface Picked {
  readonly bound: BoundPlan
  readonly rowCount: number
  readonly degraded: boolean
  /** In the order of the service. */
  readonly columns: readonly PickedColumn[]
  /** Null where no metadata is wanted. */
  readonly metadata: PickedMetadata | null
}

/** Undefined when a block that it needs is not in memory. */
export function pick(bound: BoundPlan, keys: RowKeys, rowCount: number, options: Options): Picked | undefined {
  const { metadata, shared, live } = options
  const full = metadata === 'full'
  const issues = new IssueList(bound.plan.views, rowCount, false)
  const times: string[] = []
  const columns: PickedColumn[] = []
  const tallies: StatusTally[] = []
  for (const [position, bind] of bound.views.entries()) {
    const once = shared !== null && bind.view.keyNames.every((name) => Object.hasOwn(shared, name))
    const own = (keys[position] ?? []).slice(0, once ? 1 : rowCount)
    const rows = live?.[position] ? mergedRows(bind, own, live[position], options) : storedRows(bind, own, options)
    if (!rows) return undefined
    tallies.push(rows.tally())
    for (const [index, column] of bind.view.columns.entries())
      columns.push({ column, once, values: rows.values(index), statuses: full ? rows.statuses(index) : [] })
    if (metadata === 'none') continue
    for (let row = 0; row < rowCount; row++) rows.note(issues, position, row, once ? 0 : row)
    if (full || rowCount === 1)
      times.push(Array.from({ length: rowCount }, (_, row) => timeText(rows.time(once ? 0 : row))).join(','))
  }
  countTallies(bound.views, tallies)
  return {
    bound,
    rowCount,
    degraded: options.degraded,
    columns,
    metadata:
      metadata === 'none'
        ? null
        : {
            issues: issues.issues(),
            views: viewsText(bound.views, times.length > 0 ? times : undefined),
            statuses: full ? issues.statuses() : null,
          },
  }
}

/** The rows of one view. */
interface Rows {
  values(column: number): readonly StoredValue[]
  statuses(column: number): readonly FeatureStatus[]
  /** @param from where the values of this row of the request are */
  note(issues: IssueList, view: number, row: number, from: number): void
  /** How many values have each status. */
  tally(): StatusTally
  /** Microseconds since the epoch; null where there is no row. */
  time(row: number): number | null
}

type RowStatus = 'PRESENT' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE'

/** What is materialized. */
function storedRows(bind: BoundView, keys: readonly string[], options: Options): Rows | undefined {
  const { view, run } = bind
  /** Null where there is none, or where it is too old. */
  const rows: (StoredRow | null)[] = []
  const found: RowStatus[] = []
  const times: (number | null)[] = []
  for (const key of keys) {
    const cached = findRow(run, key)
    if (cached === undefined) return undefined
    const live = cached !== null && isLive(cached.row[1], view, options)
    rows.push(live ? cached.row : null)
    found.push(cached === null ? 'NOT_FOUND' : live ? 'PRESENT' : 'OUTSIDE_MAX_AGE')
    times.push(cached === null ? null : cached.row[1])
  }
  const places = view.columns.map(({ index }) => FIRST_FEATURE + index)
  const valueAt = (row: number, place: number): StoredValue => rows[row]?.[place] ?? null
  return {
    values: (column) => {
      const place = places[column] ?? 0
      return rows.map((row) => (row === null ? null : (row[place] ?? null)))
    },
    statuses: (column) =>
      found.map((status, row) =>
        status === 'PRESENT' && valueAt(row, places[column] ?? 0) === null ? 'NULL_VALUE' : status,
      ),
    note: (issues, position, row, from) => {
      const status = found[from]
      if (status !== 'PRESENT') return issues.whole(position, row, status ?? 'NOT_FOUND')
      const stored = rows[from]
      let nulls: number[] | undefined
      for (let column = 0; column < places.length; column++)
        if ((stored?.[places[column] ?? 0] ?? null) === null) {
          nulls ??= []
          nulls.push(column)
        }
      if (nulls) issues.nulls(position, row, nulls)
    },
    tally: () => {
      const tally = new StatusTally()
      for (const [row, status] of found.entries()) {
        tally.count(status, places.length)
        if (status !== 'PRESENT') continue
        const nulls = places.reduce((count, place) => (valueAt(row, place) === null ? count + 1 : count), 0)
        tally.present -= nulls
        tally.nulls += nulls
      }
      return tally
    },
    time: (row) => times[row] ?? null,
  }
}

/** What is materialized and what was pushed, feature by feature the newer one. */
function mergedRows(
  bind: BoundView,
  keys: readonly string[],
  pushed: NonNullable<LiveRows[number]>,
  options: Options,
): Rows | undefined {
  const rows: PickedRow[] = []
  for (const [row, key] of keys.entries()) {
    const one = pickRow(bind, key, pushed[row], options)
    if (!one) return undefined
    rows.push(one)
  }
  return {
    values: (column) => rows.map(({ cells }) => cells[column]?.value ?? null),
    statuses: (column) => rows.map(({ cells }) => cells[column]?.status ?? 'NOT_FOUND'),
    note: (issues, position, row, from) => issues.cells(position, row, rows[from]?.cells ?? []),
    tally: () => {
      const tally = new StatusTally()
      for (const { cells } of rows) for (const { status } of cells) tally.count(status)
      return tally
    },
    time: (row) => rows[row]?.eventTimestamp ?? null,
  }
}

/** An instant as JSON text. */
export function timeText(micros: number | null): string {
  return micros === null ? 'null' : `"${timestampText(micros)}"`
}

/** A JSON array. @param times the event timestamps of each view, as the items of a JSON array */
export function viewsText(views: readonly BoundView[], times: readonly string[] | undefined): string {
  let text = ''
  for (let position = 0; position < views.length; position++) {
    text += `${position === 0 ? '' : ','}${views[position]?.used}`
    text += times ? `,"event_timestamps":[${times[position]}]}` : '}'
  }
  return `[${text}]`
}
