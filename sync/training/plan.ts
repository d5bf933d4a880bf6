/** What a training set takes: the plan that serves a service or a list of features, with the view versions behind it. */
import { ShorelineError } from '../../core/errors.ts'
import { parseReference } from '../../core/name.ts'
import { type OnDemandPlan, PLAN_FORMAT, type Plan, type PlanView } from '../../core/plan.ts'
import { compilePlan } from '../../registry/compile.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import { type RegistrySnapshot, type ServiceInput, type ViewObject, viewId } from '../../registry/objects.ts'
import { type AnyViewObject, allViews, isOnDemand } from '../../registry/on-demand.ts'

export interface TrainingPlan {
  /** `service@version`; null for a list of features. */
  readonly service: string | null
  readonly plan: Plan
  /** By position among the plan's views. */
  readonly views: readonly PlannedView[]
  /** Null where nothing is computed on demand. */
  readonly onDemand: OnDemandPlan | null
  /** What every row of the spine has, beside its instant. */
  readonly fields: readonly SpineField[]
  /** In the order of the service. */
  readonly outputs: readonly PlannedOutput[]
}

export interface PlannedView {
  readonly planned: PlanView
  readonly view: ViewObject
}

export interface SpineField {
  readonly name: string
  readonly type: string
  readonly is: 'key' | 'request'
}

export interface PlannedOutput {
  readonly name: string
  /** `role__feature` */
  readonly fullName: string
  readonly type: string
  /** `view@version:feature` */
  readonly feature: string
  readonly from:
    | { readonly view: number; readonly column: number }
    | { readonly entry: number; readonly feature: number }
}

/** What is asked for: a service, or features as `view:feature` or `view@version:feature`. */
export type TrainingSubject =
  | { readonly service: string }
  | {
      readonly features: readonly string[]
      /** For each feature what names its view in columns; the view as it was written when left out. */
      readonly roles?: readonly string[]
    }

/**
 * @param fullNames columns are named by view too: a feature of the same name in another view is no clash
 * @throws ShorelineError UNKNOWN_NAME, or INVALID for names that clash
 */
export function planTraining(registry: RegistrySnapshot, subject: TrainingSubject, fullNames: boolean): TrainingPlan {
  const views = allViews(registry)
  if ('features' in subject) return planned(null, listedPlan(views, subject, fullNames), views)
  const service = findService(registry, subject.service)
  return planned(`${service.name}@${service.version}`, compilePlan(service, views), views)
}

function planned(service: string | null, plan: Plan, views: ReadonlyMap<string, AnyViewObject>): TrainingPlan {
  const onDemand = plan.format === PLAN_FORMAT ? null : plan
  const found = plan.views.map((one): PlannedView => ({ planned: one, view: storedView(views, one.view) }))
  return {
    service,
    plan,
    views: found,
    onDemand,
    fields: onDemand
      ? onDemand.fields.map(({ name, type, key }) => ({ name, type, is: key ? 'key' : 'request' }))
      : keyFields(plan),
    outputs: onDemand ? computedOutputs(onDemand) : storedOutputs(plan),
  }
}

function keyFields({ views }: Plan): readonly SpineField[] {
  const fields = views.flatMap(({ keys }) => keys.map(({ name, type }): SpineField => ({ name, type, is: 'key' })))
  return [...new Map(fields.map((field) => [field.name, field])).values()]
}

function storedOutputs({ views }: Plan): readonly PlannedOutput[] {
  return views.flatMap((view, at) => view.columns.map((_, column) => storedOutput(view, at, column)))
}

function storedOutput(view: PlanView, at: number, column: number): PlannedOutput {
  const found = view.columns[column]
  if (!found) throw new ShorelineError('INTERNAL', `${view.view} has no column ${column} in its plan.`)
  const { name, feature, type } = found
  return {
    name,
    fullName: `${view.as}__${name}`,
    type,
    feature: `${view.view}:${feature}`,
    from: { view: at, column },
  }
}

function computedOutputs({ answer, views, onDemand }: OnDemandPlan): readonly PlannedOutput[] {
  return answer.map((output) => {
    if ('view' in output) {
      const view = views[output.view]
      if (!view) throw new ShorelineError('INTERNAL', 'a plan answers a view that it does not read')
      return storedOutput(view, output.view, output.column)
    }
    const entry = onDemand[output.entry]
    const computed = entry?.features[output.feature]
    if (!entry || !computed) throw new ShorelineError('INTERNAL', 'a plan answers what it does not compute')
    return {
      name: output.name,
      fullName: `${output.as}__${output.name}`,
      type: computed.type,
      feature: `${entry.view}:${computed.feature}`,
      from: { entry: output.entry, feature: output.feature },
    }
  })
}

function storedView(views: ReadonlyMap<string, AnyViewObject>, id: string): ViewObject {
  const view = views.get(id)
  if (view && !isOnDemand(view)) return view
  throw new ShorelineError('INTERNAL', `${id} is no stored view that is registered.`)
}

function findService({ services }: RegistrySnapshot, reference: string) {
  const wanted = parseReference(reference)
  const versions = services.filter(({ name }) => name === wanted?.name)
  const found =
    wanted?.version === undefined ? versions.at(-1) : versions.find(({ version }) => version === wanted.version)
  if (found) return found
  if (services.length === 0)
    throw new ShorelineError('UNKNOWN_NAME', 'No service is registered yet. Run "shoreline apply".')
  if (versions.length > 0)
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `Service ${wanted?.name} has no version ${wanted?.version}; it has ${versions.map(({ version }) => version).join(', ')}.`,
      { service: reference },
    )
  const names = [...new Set(services.map(({ name }) => name))]
  const meant = nearest(reference, names)
  throw new ShorelineError(
    'UNKNOWN_NAME',
    `There is no service ${reference}. ${meant ? `Did you mean ${meant}?` : `There are ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.`}`,
    { service: reference },
  )
}

/** How many names an error lists. */
const LISTED = 20

/** As the Worker takes a list of features: views in the order in which they are first named. */
function listedPlan(
  views: ReadonlyMap<string, AnyViewObject>,
  { features: references, roles = [] }: Extract<TrainingSubject, { readonly features: readonly string[] }>,
  fullNames: boolean,
): Plan {
  if (references.length === 0) throw new ShorelineError('INVALID', 'Name a service, or features as view:feature.')
  const inputs = new Map<string, { readonly view: AnyViewObject; readonly taken: Set<string> }>()
  for (const [place, reference] of references.entries()) {
    const at = reference.indexOf(':')
    const named = at < 0 ? null : parseReference(reference.slice(0, at))
    const feature = reference.slice(at + 1)
    if (!named || feature === '')
      throw new ShorelineError(
        'INVALID',
        `${JSON.stringify(reference)} is not view:feature. Write the view, a colon and the feature, as in airport_delays:avg_delay_7d.`,
      )
    const view = findView(views, named.name, named.version)
    if (!view.features.some(({ name }) => name === feature)) throw noFeature(view, feature)
    const as = roles[place] ?? reference.slice(0, at)
    const input = inputs.get(as) ?? { view, taken: new Set() }
    inputs.set(as, input)
    input.taken.add(feature)
  }
  const listed = [...inputs].map(([as, { view, taken }]): ServiceInput => {
    return { view: viewId(view), as, keys: {}, features: [...taken].map((feature) => ({ feature, name: feature })) }
  })
  return compilePlan({ name: '', version: 0, inputs: listed }, views, {
    subject: 'features',
    field: 'Take them in a service with roles.',
    feature: fullNames ? null : 'Take them with --full-names, or in a service that renames one.',
  })
}

function findView(views: ReadonlyMap<string, AnyViewObject>, name: string, version: number | undefined): AnyViewObject {
  const versions = [...views.values()].filter((view) => view.name === name)
  const found = version === undefined ? versions.at(-1) : versions.find((view) => view.version === version)
  if (found) return found
  const names = [...new Set([...views.values()].map((view) => view.name))]
  const meant = nearest(name, names)
  const hint =
    versions.length > 0
      ? `It has the versions ${versions.map((view) => view.version).join(', ')}.`
      : meant
        ? `Did you mean ${meant}?`
        : names.length === 0
          ? 'Nothing is registered yet: run "shoreline apply".'
          : `There are ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.`
  throw new ShorelineError(
    'UNKNOWN_NAME',
    `There is no view ${name}${version === undefined ? '' : `@${version}`}. ${hint}`,
    { view: name },
  )
}

function noFeature(view: AnyViewObject, feature: string): ShorelineError {
  const names = view.features.map(({ name }) => name)
  const meant = nearest(feature, names)
  return new ShorelineError(
    'UNKNOWN_NAME',
    `View ${viewId(view)} has no feature ${feature}. ${meant ? `Did you mean ${meant}?` : `It has ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.`}`,
    { view: view.name, feature },
  )
}
