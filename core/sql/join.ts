/**
 * The point-in-time join: beside every row of the spine what was the newest of every view at its instant. Inclusive at both
 * ends: `instant - ttl <= event timestamp <= instant`, as the Worker decides it with its clock.
 */
import { parseDuration } from '../duration.ts'
import type { PlanView } from '../plan.ts'
import { duckdbType, parseType } from '../types.ts'
import { FROM } from './steps.ts'
import { identifier, microseconds } from './text.ts'
import type { SqlView } from './view.ts'

/** In the spine's table: the number of the row from 0, and its instant. */
export const SPINE = '_spine'
export const ROW = '_row'
export const AT = '_at'

export interface JoinedView {
  readonly planned: PlanView
  readonly view: SqlView
  /** SQL of a relation, see `stepsOf`: of one key no two rows are from one instant. Null where nothing ever was. */
  readonly steps: string | null
  /** `newest`: the last step that had begun. `same`: the one that begins at this very instant, or none. */
  readonly match: 'newest' | 'same'
  /** Every feature has an event of its own, `_e<n>`: pushed rows are merged feature by feature. `_event` is the batch row's. */
  readonly byFeature: boolean
}

export interface JoinOptions {
  /** SQL of the spine's columns that are kept, by their names in the result. */
  readonly keep: readonly string[]
  /** The spine's column of a field of the plan, SQL without a qualifier. */
  readonly field: (name: string) => string
  /** The status of every value and the event timestamp of every view as well. */
  readonly statuses: boolean
}

/** Names of the result's columns, by position of the view and of its column in the plan. */
export const valueColumn = (view: number, column: number): string => `_v${view}_${column}`
export const statusColumn = (view: number, column: number): string => `_s${view}_${column}`
export const eventColumn = (view: number): string => `_t${view}`

/** SQL of a query, in no order: a row for every row of the spine. */
export function joinQuery(views: readonly JoinedView[], { keep, field, statuses }: JoinOptions): string {
  const selected = [`s.${ROW}`, ...keep.map((column) => `s.${column}`)]
  const joins: string[] = []
  for (const [at, joined] of views.entries()) {
    selected.push(...columnsOf(joined, at, statuses))
    if (joined.steps !== null) joins.push(joinOf(joined, at, field))
  }
  return `select ${selected.join(', ')} from ${SPINE} as s ${joins.join(' ')}`
}

function joinOf({ planned, view, steps, match }: JoinedView, at: number, field: JoinOptions['field']): string {
  const same = planned.keys.map(
    ({ name }, key) => `s.${field(name)} = v${at}.${identifier(view.join_keys[key]?.name ?? '')}`,
  )
  const when = `s.${AT} ${match === 'newest' ? '>=' : '='} v${at}.${FROM}`
  return `${match === 'newest' ? 'asof ' : ''}left join ${steps} as v${at} on ${[...same, when].join(' and ')}`
}

function columnsOf({ planned, view, steps, byFeature }: JoinedView, at: number, statuses: boolean): readonly string[] {
  const ttl = view.ttl === undefined ? null : parseDuration(`view ${view.name}`, view.ttl)
  const selected = planned.columns.flatMap(({ index, type }, column): readonly string[] => {
    const duckdb = duckdbType(parseType(type))
    if (steps === null)
      return [
        `null::${duckdb} as ${valueColumn(at, column)}`,
        ...(statuses ? [`'NOT_FOUND' as ${statusColumn(at, column)}`] : []),
      ]
    const event = byFeature ? `v${at}._e${index}` : `v${at}._event`
    const value = `v${at}._f${index}`
    const live = ttl === null ? `${event} is not null` : `${event} >= s.${AT} - ${microseconds(ttl)}`
    return [
      `${chosen(live, value, duckdb)} as ${valueColumn(at, column)}`,
      ...(statuses ? [`${statusOf(event, live, value)} as ${statusColumn(at, column)}`] : []),
    ]
  })
  if (!statuses) return selected
  return [
    ...selected,
    `${steps === null ? 'null::timestamp' : newestEvent(planned, at, byFeature)} as ${eventColumn(at)}`,
  ]
}

/** The newest that any of the values comes from, as the Worker tells it; greatest() passes over nulls. */
function newestEvent({ columns }: PlanView, at: number, byFeature: boolean): string {
  const own = byFeature ? columns.map(({ index }) => `v${at}._e${index}`) : []
  return own.length === 0 ? `v${at}._event` : `greatest(${[`v${at}._event`, ...own].join(', ')})`
}

/** DuckDB 1.5 has no case expression of arrays as soon as one row is null. */
function chosen(live: string, value: string, type: string): string {
  if (!/^FLOAT\[\d+\]$/.test(type)) return `case when ${live} then ${value} end`
  return `(case when ${live} then ${value}::float[] end)::${type}`
}

function statusOf(event: string, live: string, value: string): string {
  return `case when ${event} is null then 'NOT_FOUND' when not (${live}) then 'OUTSIDE_MAX_AGE' when ${value} is null then 'NULL_VALUE' else 'PRESENT' end`
}
