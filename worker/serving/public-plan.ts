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
  const columnsOf = plan.views.map(({ columns }, view) =>
    columns.flatMap((_, column) => (read.has(placeOf({ view, column })) ? [column] : [])),
  )
  const viewsLeft = plan.views.flatMap((_, view) => (columnsOf[view]?.length ? [view] : []))
  const moved = <O extends PlanOutput | PlanEntry['inputs'][number]['from']>(place: O): O => {
    if ('view' in place)
      return { ...place, view: viewsLeft.indexOf(place.view), column: columnsOf[place.view]?.indexOf(place.column) }
    const entry = 'entry' in place ? plan.onDemand[place.entry] : undefined
    return entry ? { ...place, entry: entries.indexOf(entry) } : place
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
    onDemand: entries.map((entry) => ({
      ...entry,
      inputs: entry.inputs.map((input) => ({ ...input, from: moved(input.from) })),
    })),
    answer: answer.map(moved),
  }
}

function placeOf({ view, column }: { readonly view: number; readonly column: number }): string {
  return `${view}.${column}`
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
