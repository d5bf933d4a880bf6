/** What a plan means on Feast's surface: names, writers and readers of columns. Made once per plan. */
import { ShorelineError } from '../../core/errors.ts'
import { feastValueWriter } from '../../core/feast-values.ts'
import type { PlanKey } from '../../core/plan.ts'
import { parseType } from '../../core/types.ts'
import type { ValueWriter } from '../../core/values.ts'
import type { ReadyComputed } from '../serving/computed-plan.ts'
import type { ReadyPlan, ReadyView } from '../serving/plans.ts'
import { type ColumnReader, columnReader, type GivenReader, givenReader } from './entities.ts'

export interface FormColumn {
  /** Its position among the view's features in a stored row. */
  readonly index: number
  readonly write: ValueWriter
  /** Where it stands among the answer's features. */
  readonly place: number
}

/** A feature of an answer that is picked. */
export interface FormOutput {
  readonly write: ValueWriter
  /** Where it stands among the answer's features. */
  readonly place: number
}

export interface FormView {
  readonly view: ReadyView
  readonly columns: readonly FormColumn[]
}

export interface FormKey extends PlanKey {
  readonly read: ColumnReader
}

export interface FeastForm {
  readonly keys: readonly FormKey[]
  readonly keyNames: ReadonlySet<string>
  readonly views: readonly FormView[]
  /** Values of the request that on-demand views compute from. */
  readonly given: ReadonlyMap<string, GivenReader>
  /** Of a plan with on-demand views: its outputs, in their order; null for the others. */
  readonly outputs: readonly FormOutput[] | null
  /** In the order of the answer. */
  readonly names: FeatureNames
  readonly fullNames: FeatureNames
}

export interface FeatureNames {
  /** Items of a JSON array. */
  readonly text: string
  readonly set: ReadonlySet<string>
  /** One that is there twice. */
  readonly twice: string | undefined
}

/** Plans come and go with the isolate's own bounds. */
const forms = new WeakMap<ReadyPlan, FeastForm>()

/** @param references as `readReferences` gives them, which the plan is of; empty for a service */
export function feastForm(plan: ReadyPlan, references: readonly string[]): FeastForm {
  const known = forms.get(plan)
  if (known) return known
  const made = makeForm(plan, references)
  forms.set(plan, made)
  return made
}

/** Two columns of one name: a client keeps one of them, and nobody says which. @throws ShorelineError INVALID */
export function checkNames(names: FeatureNames, keys: ReadonlySet<string>, full: boolean): void {
  const twice = names.twice ?? [...keys].find((key) => names.set.has(key))
  if (twice === undefined) return
  throw new ShorelineError(
    'INVALID',
    `Duplicate features named ${twice} found. ${full ? 'Rename one of them.' : 'Ask with full_feature_names, or rename one of them.'}`,
    { collision: twice },
  )
}

interface Placed {
  readonly bare: string
  readonly full: string
}

function makeForm(plan: ReadyPlan, references: readonly string[]): FeastForm {
  const { fields, computed, views } = plan
  const order = new Map(references.map((reference, place) => [reference, place]))
  const placed: Placed[] = []
  const placeOf = (as: string, feature: string, name: string): number => {
    const place = order.get(`${as}:${feature}`) ?? placed.length
    placed[place] = { bare: name, full: `${tagged(as)}__${name}` }
    return place
  }
  return {
    keys: fields.map((field) => ({ ...field, read: columnReader(field) })),
    keyNames: new Set(plan.fieldNames),
    given: new Map(computed?.fields.map((field) => [field.name, givenReader(field)])),
    outputs: computed && outputsOf(views, computed, placeOf),
    views: computed ? [] : viewsOf(plan, placeOf),
    names: namesOf(placed.map(({ bare }) => bare)),
    fullNames: namesOf(placed.map(({ full }) => full)),
  }
}

type PlaceOf = (as: string, feature: string, name: string) => number

function viewsOf({ plan, views }: ReadyPlan, placeOf: PlaceOf): readonly FormView[] {
  return views.map((view) => {
    const columns = plan.views.find((one) => one.as === view.as)?.columns ?? []
    return {
      view,
      columns: columns.map(({ name, feature, index, type }) => {
        return { index, write: feastValueWriter(parseType(type)), place: placeOf(view.as, feature, name) }
      }),
    }
  })
}

function outputsOf(
  views: readonly ReadyView[],
  { outputs, roles }: ReadyComputed,
  placeOf: PlaceOf,
): readonly FormOutput[] {
  return outputs.flatMap((output) => {
    const from = 'view' in output ? views[output.view] : roles[output.role]
    const column = from?.columns[output.column]
    if (!from || !column) return []
    return [{ write: feastValueWriter(column.type), place: placeOf(from.as, column.feature, column.name) }]
  })
}

/** `airport_delays@2` -> `airport_delays@v2`, which is how Feast tags a version. */
function tagged(role: string): string {
  return role.replace('@', '@v')
}

function namesOf(names: readonly string[]): FeatureNames {
  return {
    text: names.map((name) => JSON.stringify(name)).join(','),
    set: new Set(names),
    twice: names.find((name, at) => names.indexOf(name) < at),
  }
}
