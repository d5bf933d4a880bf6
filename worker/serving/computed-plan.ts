/** The on-demand part of a plan, made ready: what is evaluated, in which order, and what of it is answered. */
import { type Code, type RunEntry, readyEntry } from '../../core/on-demand/entry.ts'
import type { OnDemandPlan, PlanInput, PlanOutput } from '../../core/plan.ts'
import { type ReadyColumn, readyColumn } from './column.ts'
import { type GivenField, givenField } from './given.ts'
import type { PlanForm } from './plans.ts'

export interface ReadyEntry {
  /** `view@version` */
  readonly view: string
  readonly inputs: readonly PlanInput[]
  readonly run: RunEntry
}

/** The features of one on-demand view in one role. */
export interface ReadyRole {
  readonly as: string
  readonly entry: number
  readonly columns: readonly RoleColumn[]
}

export interface RoleColumn extends ReadyColumn {
  /** Its position among the entry's features. */
  readonly place: number
}

/** A feature of the answer: of a stored view, or of a role. */
export type ReadyOutput =
  | { readonly view: number; readonly column: number }
  | { readonly role: number; readonly column: number }

export interface ReadyComputed {
  /** Every value that a request brings, needed or not, so that a wrong one is refused; and the join keys that are computed from. */
  readonly fields: readonly GivenField[]
  /** An entry reads only earlier ones. */
  readonly entries: readonly ReadyEntry[]
  readonly roles: readonly ReadyRole[]
  /** In the order of the service. */
  readonly outputs: readonly ReadyOutput[]
}

/** @throws ShorelineError UNAVAILABLE when code that it needs is not here */
export function readyComputed(plan: OnDemandPlan, { fullNames }: PlanForm, code: Code): ReadyComputed {
  const read = new Set(
    plan.onDemand.flatMap(({ inputs }) => inputs.flatMap(({ from }) => ('field' in from ? [from.field] : []))),
  )
  const roles: { as: string; entry: number; columns: RoleColumn[] }[] = []
  const outputs = plan.answer.map((output): ReadyOutput => {
    if ('view' in output) return output
    const known = roles.findIndex(({ as, entry }) => as === output.as && entry === output.entry)
    const role = known < 0 ? roles.push({ as: output.as, entry: output.entry, columns: [] }) - 1 : known
    const columns = roles[role]?.columns ?? []
    return { role, column: columns.push(roleColumn(plan, output, fullNames)) - 1 }
  })
  return {
    fields: plan.fields.filter(({ name, key }) => !key || read.has(name)).map(givenField),
    entries: plan.onDemand.map((entry) => ({
      view: entry.view,
      inputs: entry.inputs,
      run: readyEntry(entry, code),
    })),
    roles,
    outputs,
  }
}

function roleColumn(
  { onDemand }: OnDemandPlan,
  { entry, feature, name, as }: Extract<PlanOutput, { readonly entry: number }>,
  fullNames: boolean,
): RoleColumn {
  const computed = onDemand[entry]?.features[feature]
  if (!computed) throw new Error('a plan answers what none of its entries computes')
  return { ...readyColumn(fullNames ? `${as}__${name}` : name, computed), place: feature }
}
