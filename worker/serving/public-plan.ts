/** What of a plan a browser token may see: public features, and whatever those are computed from. */
import { type OnDemandPlan, PLAN_FORMAT, type Plan, type PlanEntry, type PlanOutput } from '../../core/plan.ts'

/** The other features are not read, so that no later step can let one out. A request still names every field of the service. */
export function publicPart(plan: Plan): Plan {
  if (plan.format !== PLAN_FORMAT) return publicOnDemand(plan)
  const views = plan.views
    .map((view) => ({ ...view, columns: view.columns.filter(({ visibility }) => visibility === 'public') }))
    .filter(({ columns }) => columns.length > 0)
  return { ...plan, views }
}

function publicOnDemand(plan: OnDemandPlan): OnDemandPlan {
  const answer = plan.answer.filter((output) => isPublic(plan, output))
  const entries = reached(plan, answer)
  const shown = new Set(answer.flatMap((output) => ('view' in output ? [placeOf(output)] : [])))
  const read = new Set([
    ...shown,
    ...entries.flatMap(({ inputs }) => inputs.flatMap(({ from }) => ('view' in from ? [placeOf(from)] : []))),
  ])
  // Of a function's features those alone that something here reads.
  const wanted = new Set([
    ...answer.flatMap((output) => ('entry' in output ? [featurePlace(output)] : [])),
    ...entries.flatMap(({ inputs }) => inputs.flatMap(({ from }) => ('entry' in from ? [featurePlace(from)] : []))),
  ])
  const featuresOf = plan.onDemand.map(({ form, features }, entry) =>
    features.flatMap((_, feature) =>
      form === 'wasm' || wanted.has(featurePlace({ entry, feature })) ? [feature] : [],
    ),
  )
  const columnsOf = plan.views.map(({ columns }, view) =>
    columns.flatMap((_, column) => (read.has(placeOf({ view, column })) ? [column] : [])),
  )
  const viewsLeft = plan.views.flatMap((_, view) => (columnsOf[view]?.length ? [view] : []))
  const moved = <O extends PlanOutput | PlanEntry['inputs'][number]['from']>(place: O): O => {
    if ('view' in place)
      return { ...place, view: viewsLeft.indexOf(place.view), column: columnsOf[place.view]?.indexOf(place.column) }
    const entry = 'entry' in place ? plan.onDemand[place.entry] : undefined
    if (!entry || !('entry' in place)) return place
    return { ...place, entry: entries.indexOf(entry), feature: featuresOf[place.entry]?.indexOf(place.feature) }
  }
  return {
    ...plan,
    views: viewsLeft.flatMap((view) => {
      const kept = plan.views[view]
      if (!kept) return []
      const columns = kept.columns.flatMap((column, at) => {
        if (!read.has(placeOf({ view, column: at }))) return []
        return [shown.has(placeOf({ view, column: at })) ? column : { ...column, hidden: true as const }]
      })
      return [{ ...kept, columns }]
    }),
    onDemand: entries.map((entry) => {
      const at = plan.onDemand.indexOf(entry)
      const inputs = entry.inputs.map((input) => ({ ...input, from: moved(input.from) }))
      return withFeatures({ ...entry, inputs }, featuresOf[at] ?? [], (feature) =>
        wanted.has(featurePlace({ entry: at, feature })),
      )
    }),
    answer: answer.map(moved),
  }
}

function placeOf({ view, column }: { readonly view: number; readonly column: number }): string {
  return `${view}.${column}`
}

function featurePlace({ entry, feature }: { readonly entry: number; readonly feature: number }): string {
  return `${entry}.${feature}`
}

/** A function in WebAssembly returns all of its features in their order: one that nobody may see has no name. */
function withFeatures(entry: PlanEntry, kept: readonly number[], isWanted: (feature: number) => boolean): PlanEntry {
  const of = <F>(features: readonly F[]): readonly F[] => kept.flatMap((at) => features.slice(at, at + 1))
  if (entry.form === 'sql') return { ...entry, features: of(entry.features) }
  if (entry.form === 'typescript') return { ...entry, features: of(entry.features) }
  return { ...entry, features: entry.features.map((one, at) => (isWanted(at) ? one : { ...one, feature: '' })) }
}

/**
 * Features of the answer that only the edge may compute: they are not public, or computed from what is not, and who computed
 * them elsewhere would see that.
 */
export function edgeOnly(plan: Plan): readonly string[] {
  if (plan.format === PLAN_FORMAT)
    return plan.views.flatMap(({ columns }) =>
      columns.flatMap((one) => (one.visibility === 'public' ? [] : [one.name])),
    )
  const { views, onDemand } = plan
  /** By entry, in their order: whether all that it reads is public. */
  const open: boolean[] = []
  const isOpen = (place: PlanOutput | PlanEntry['inputs'][number]['from']): boolean => {
    if ('view' in place) return views[place.view]?.columns[place.column]?.visibility === 'public'
    if (!('entry' in place)) return true
    return open[place.entry] === true && onDemand[place.entry]?.features[place.feature]?.visibility === 'public'
  }
  for (const { inputs } of onDemand) open.push(inputs.every(({ from }) => isOpen(from)))
  return plan.answer.flatMap((output) => {
    if (isOpen(output)) return []
    return ['view' in output ? (views[output.view]?.columns[output.column]?.name ?? '') : output.name]
  })
}

function isPublic({ views, onDemand }: OnDemandPlan, output: PlanOutput): boolean {
  const feature =
    'view' in output ? views[output.view]?.columns[output.column] : onDemand[output.entry]?.features[output.feature]
  return feature?.visibility === 'public'
}

/** The entries that these outputs need, in their order. */
function reached({ onDemand }: OnDemandPlan, outputs: readonly PlanOutput[]): readonly PlanEntry[] {
  const needed = new Set<number>()
  const need = (entry: number): void => {
    if (needed.has(entry)) return
    needed.add(entry)
    for (const { from } of onDemand[entry]?.inputs ?? []) if ('entry' in from) need(from.entry)
  }
  for (const output of outputs) if ('entry' in output) need(output.entry)
  return onDemand.filter((_, entry) => needed.has(entry))
}
