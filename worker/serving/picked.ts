/**
 * An answer as stored values, column by column. A value leaves memory as the block had it: whoever asked turns it into what its
 * own form says.
 */
import { FIRST_FEATURE, type StoredRow } from '../../core/block.ts'
import { type StoredValue, timestampText } from '../../core/values.ts'
import type { FeatureStatus } from '../../registry/wire/features.ts'
import { StatusTally } from '../metrics/tally.ts'
import { findRow } from './blocks.ts'
import { type BoundPlan, type BoundView, countTallies, isLive, type Options } from './bound.ts'
import { type LiveRows, type PickedRow, pickRow } from './cells.ts'
import type { ReadyColumn } from './column.ts'
import { type ComputedEntry, computeEntries, type Inputs, inputStatuses } from './compute.ts'
import type { ReadyComputed } from './computed-plan.ts'
import { IssueList } from './issues.ts'

export interface PickedColumn {
  readonly column: ReadyColumn
  /** One per row of the request, null unless the status is PRESENT. One for all rows where they share it. */
  readonly values: readonly StoredValue[]
  /** As many as there are values. */
  statuses(): readonly FeatureStatus[]
  /** All rows share it: the keys of its view are in `shared`. */
  readonly once: boolean
  /** Of each value's row, microseconds since the epoch, null where there is none; null for what is computed. */
  readonly time: ((row: number) => number | null) | null
}

/** The key of every row, per view; null where a request names no entity. */
export type PickedKeys = readonly (readonly (string | null)[])[]

/** JSON texts, as they stand in the JSON answer. */
export interface PickedMetadata {
  readonly issues: string
  readonly views: string
  /** Null but for full metadata. */
  readonly statuses: string | null
  /** The same, of plans with on-demand views. */
  readonly inputStatuses: string | null
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
export function pick(bound: BoundPlan, keys: PickedKeys, rowCount: number, options: Options): Picked | undefined {
  const { plan, views } = bound
  const { metadata, live } = options
  const read: ViewRows[] = []
  for (const [position, bind] of views.entries()) {
    const once = isOnce(bind.view.keyNames, options)
    const own = (keys[position] ?? []).slice(0, once ? 1 : rowCount)
    const rows = live?.[position] ? mergedRows(bind, own, live[position], options) : storedRows(bind, own, options)
    if (!rows) return undefined
    read.push({ bind, rows, once })
  }
  const computed = plan.computed && compute(plan.computed, read, rowCount, options)
  countTallies(
    views,
    read.map(({ rows }) => rows.tally()),
  )
  if (computed) countComputed(bound, computed)
  return {
    bound,
    rowCount,
    degraded: options.degraded,
    columns: computed ? outputsOf(read, computed) : read.flatMap(columnsOf),
    metadata: metadata === 'none' ? null : metadataOf(read, computed, rowCount, options),
  }
}

/** The rows of one view for a request. */
interface ViewRows {
  readonly bind: BoundView
  readonly rows: Rows
  readonly once: boolean
}

/** What was computed, with all that it was computed from. */
interface ComputedRows {
  readonly plan: ReadyComputed
  readonly inputs: Inputs
  readonly entries: readonly ComputedEntry[]
}

function isOnce(fields: readonly string[], { shared }: Options): boolean {
  return shared !== null && fields.every((name) => Object.hasOwn(shared, name))
}

function compute(plan: ReadyComputed, read: readonly ViewRows[], rowCount: number, options: Options): ComputedRows {
  const inputs: Inputs = {
    rowCount,
    column: (view, column) => ({ values: read[view]?.rows.values(column) ?? [], once: read[view]?.once ?? false }),
    statuses: (view, column) => read[view]?.rows.statuses(column) ?? [],
    given: options.given,
    isShared: (field) => isOnce([field], options),
  }
  return { plan, inputs, entries: computeEntries(plan, inputs) }
}

function countComputed({ computed: tallies }: BoundPlan, { plan, entries }: ComputedRows): void {
  for (const [position, { entry, columns }] of plan.roles.entries())
    for (const { place } of columns) {
      for (const status of entries[entry]?.features[place]?.statuses ?? []) tallies[position]?.count(status)
    }
}

function columnsOf(own: ViewRows): readonly PickedColumn[] {
  return own.bind.view.columns.map((_, index) => storedColumn(own, index))
}

function storedColumn({ bind, rows, once }: ViewRows, index: number): PickedColumn {
  const column = bind.view.columns[index]
  if (!column) throw new Error('a plan answers a column that it does not read')
  return { column, once, values: rows.values(index), statuses: () => rows.statuses(index), time: rows.time }
}

/** In the order of the service. */
function outputsOf(read: readonly ViewRows[], { plan, entries }: ComputedRows): readonly PickedColumn[] {
  return plan.outputs.map((output) => {
    if ('view' in output) {
      const own = read[output.view]
      if (!own) throw new Error('a plan answers a view that it does not read')
      return storedColumn(own, output.column)
    }
    const role = plan.roles[output.role]
    const column = role?.columns[output.column]
    const entry = role && entries[role.entry]
    const computed = column && entry?.features[column.place]
    if (!computed) throw new Error('a plan answers what it does not compute')
    return { column, once: entry.once, values: computed.values, statuses: () => computed.statuses, time: null }
  })
}

function metadataOf(
  read: readonly ViewRows[],
  computed: ComputedRows | null,
  rowCount: number,
  { metadata }: Options,
): PickedMetadata {
  const full = metadata === 'full'
  const groups = [...read.map(({ bind }) => bind.view), ...(computed?.plan.roles ?? [])]
  const issues = new IssueList(groups, rowCount, false)
  for (const [position, { rows, once }] of read.entries())
    for (let row = 0; row < rowCount; row++) rows.note(issues, position, row, once ? 0 : row)
  if (computed) noteComputed(issues, read.length, computed, rowCount)
  const timed = full || rowCount === 1
  const textOf = (time: (row: number) => number | null, once: boolean): string =>
    Array.from({ length: rowCount }, (_, row) => timeText(time(once ? 0 : row))).join(',')
  const times = read.map(({ rows, once }) => textOf(rows.time, once))
  const oldest = read.map(({ rows, once }) => rows.oldest && textOf(rows.oldest, once))
  return {
    issues: issues.issues(),
    views: viewsText(
      read.map(({ bind }) => bind),
      timed ? times : undefined,
      oldest,
    ),
    statuses: full ? issues.statuses() : null,
    inputStatuses: full && computed ? inputStatusesText(computed, rowCount) : null,
  }
}

/** @param first the position of the first role among the groups of the list */
function noteComputed(issues: IssueList, first: number, { plan, entries }: ComputedRows, rowCount: number): void {
  for (const [position, { entry, columns }] of plan.roles.entries()) {
    const { once, features } = entries[entry] ?? { once: false, features: [] }
    const statuses = columns.map(({ place }) => features[place]?.statuses ?? [])
    for (let row = 0; row < rowCount; row++)
      issues.cells(
        first + position,
        row,
        statuses.map((own) => ({ status: own[once ? 0 : row] ?? 'PRESENT' })),
      )
  }
}

/** An object per row: feature of an on-demand view -> the worst status among what it was computed from. */
function inputStatusesText({ plan, inputs, entries }: ComputedRows, rowCount: number): string {
  const worst = inputStatuses(plan, inputs, entries)
  const rows = Array.from({ length: rowCount }, (_, row) =>
    plan.roles
      .flatMap(({ entry, columns }) => columns.map(({ prefix }) => `${prefix}"${worst[entry]?.[row] ?? 'PRESENT'}"`))
      .join(','),
  )
  return `[${rows.map((row) => `{${row}}`).join(',')}]`
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
  /** The same of the oldest value that is not too old; absent where all values of a row are of one instant. */
  oldest?(row: number): number | null
}

type RowStatus = 'PRESENT' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE'

/** What is materialized. */
function storedRows(bind: BoundView, keys: readonly (string | null)[], options: Options): Rows | undefined {
  const { view, run } = bind
  /** Null where there is none, or where it is too old. */
  const rows: (StoredRow | null)[] = []
  const found: RowStatus[] = []
  const times: (number | null)[] = []
  for (const key of keys) {
    const cached = key === null ? null : findRow(run, key)
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

/** Its values are NOT_FOUND. */
const NO_ENTITY: PickedRow = { cells: [], eventTimestamp: null, oldest: null }

/** What is materialized and what was pushed, feature by feature the newer one. */
function mergedRows(
  bind: BoundView,
  keys: readonly (string | null)[],
  pushed: NonNullable<LiveRows[number]>,
  options: Options,
): Rows | undefined {
  const rows: PickedRow[] = []
  for (const [row, key] of keys.entries()) {
    const one = key === null ? NO_ENTITY : pickRow(bind, key, pushed[row], options)
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
    oldest: (row) => rows[row]?.oldest ?? null,
  }
}

/** An instant as JSON text. */
export function timeText(micros: number | null): string {
  return micros === null ? 'null' : `"${timestampText(micros)}"`
}

/**
 * A JSON array.
 * @param times the event timestamps of each view, as the items of a JSON array
 * @param oldest the same of the oldest values, of views where those differ
 */
export function viewsText(
  views: readonly BoundView[],
  times: readonly string[] | undefined,
  oldest: readonly (string | undefined)[] = [],
): string {
  let text = ''
  for (let position = 0; position < views.length; position++) {
    text += `${position === 0 ? '' : ','}${views[position]?.used}`
    if (times) {
      text += `,"event_timestamps":[${times[position]}]`
      if (oldest[position] !== undefined) text += `,"oldest_event_timestamps":[${oldest[position]}]`
    }
    text += '}'
  }
  return `[${text}]`
}
