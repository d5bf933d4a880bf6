/** What on-demand views compute for one request, from rows that are in memory and values that the request brought. */
import type { Computed, Values } from '../../core/on-demand/entry.ts'
import type { PlanInput } from '../../core/plan.ts'
import type { StoredValue } from '../../core/values.ts'
import type { FeatureStatus } from '../../registry/wire/features.ts'
import type { ReadyComputed, ReadyEntry } from './computed-plan.ts'
import type { GivenValues } from './given.ts'

/** A column of a request's rows. */
export interface Column {
  readonly values: Values
  /** All rows share it, and there is one value. */
  readonly once: boolean
}

/** What on-demand views may read. */
export interface Inputs {
  readonly rowCount: number
  /** Of a stored view. */
  column(view: number, column: number): Column
  /** Of the same, one status for each value. */
  statuses(view: number, column: number): readonly FeatureStatus[]
  readonly given: GivenValues
  /** Whether all rows share the field. */
  isShared(field: string): boolean
}

export interface ComputedEntry {
  readonly once: boolean
  /** By feature of the entry. */
  readonly features: readonly ComputedFeature[]
}

export interface ComputedFeature {
  readonly values: Values
  /** As many as there are values. */
  readonly statuses: readonly FeatureStatus[]
}

/** By entry of the plan. */
export function computeEntries({ entries }: ReadyComputed, inputs: Inputs): readonly ComputedEntry[] {
  const done: ComputedEntry[] = []
  for (const entry of entries) {
    const columns = entry.inputs.map((input) => columnOf(input, inputs, done))
    const varying = columns.filter((column) => column !== CONSTANT)
    // One that reads nothing is the same for all rows, and is given in each.
    const once = varying.length > 0 && varying.every((column) => column.once)
    const rows = once ? 1 : inputs.rowCount
    const features = entry.run(
      columns.map((column) =>
        column.once && !once && column !== CONSTANT ? forEveryRow(column.values, rows) : column.values,
      ),
      rows,
    )
    done.push({ once, features: features.map((one) => ({ values: one.values, statuses: statusesOf(one) })) })
  }
  return done
}

/** In the place of what the entry has itself. */
const CONSTANT: Column = { values: [], once: true }

function columnOf({ from }: PlanInput, inputs: Inputs, done: readonly ComputedEntry[]): Column {
  if ('constant' in from) return CONSTANT
  if ('view' in from) return inputs.column(from.view, from.column)
  if ('field' in from) {
    const values = inputs.given.get(from.field) ?? []
    const once = inputs.isShared(from.field)
    return { values: once ? values.slice(0, 1) : values, once }
  }
  const entry = done[from.entry]
  return { values: entry?.features[from.feature]?.values ?? [], once: entry?.once ?? false }
}

function forEveryRow(values: Values, rows: number): Values {
  return new Array<StoredValue>(rows).fill(values[0] ?? null)
}

function statusesOf({ values, invalid }: Computed): readonly FeatureStatus[] {
  return values.map((value, row) => (invalid?.[row] ? 'INVALID' : value === null ? 'NULL_VALUE' : 'PRESENT'))
}

/** From the best to the worst. */
const SEVERITY: readonly FeatureStatus[] = ['PRESENT', 'NULL_VALUE', 'OUTSIDE_MAX_AGE', 'NOT_FOUND', 'INVALID']

/** By entry: in each row, the worst status of whatever it was computed from, at first hand or through other on-demand views. */
export function inputStatuses(
  { entries }: ReadyComputed,
  inputs: Inputs,
  computed: readonly ComputedEntry[],
): readonly (readonly FeatureStatus[])[] {
  const worst: number[][] = []
  for (const entry of entries) worst.push(worstOf(entry, inputs, computed, worst))
  return worst.map((rows) => rows.map((severity) => SEVERITY[severity] ?? 'INVALID'))
}

function worstOf(
  entry: ReadyEntry,
  inputs: Inputs,
  computed: readonly ComputedEntry[],
  earlier: readonly (readonly number[])[],
): number[] {
  const worst = new Array<number>(inputs.rowCount).fill(0)
  const add = (statuses: readonly FeatureStatus[]): void => {
    for (const row of worst.keys())
      raise(worst, row, SEVERITY.indexOf(statuses[statuses.length === 1 ? 0 : row] ?? 'PRESENT'))
  }
  for (const { from } of entry.inputs) {
    if ('view' in from) add(inputs.statuses(from.view, from.column))
    else if ('field' in from)
      add((inputs.given.get(from.field) ?? []).map((value) => (value === null ? 'NULL_VALUE' : 'PRESENT')))
    else if ('entry' in from) {
      add(computed[from.entry]?.features[from.feature]?.statuses ?? [])
      for (const [row, severity] of (earlier[from.entry] ?? []).entries()) raise(worst, row, severity)
    }
  }
  return worst
}

function raise(worst: number[], row: number, severity: number): void {
  if (severity > (worst[row] ?? 0)) worst[row] = severity
}
