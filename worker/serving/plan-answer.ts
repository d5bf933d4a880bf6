/** What a plan is to a client: types to read answers by, and all that it takes to compute on-demand features itself. */
import { type OnDemandPlan, PLAN_FORMAT, type PlanColumn, type PlanOutput } from '../../core/plan.ts'
import type { PlanAnswer } from '../../registry/wire/features.ts'
import type { ReadyPlan } from './plans.ts'
import { edgeOnly, publicPart } from './public-plan.ts'

/** @param publicOnly what a browser token may see of it */
export function planAnswerOf({ plan: whole, fields }: ReadyPlan, publicOnly: boolean): PlanAnswer {
  const plan = publicOnly ? publicPart(whole) : whole
  const keys = fields.map(({ name, type }) => ({ name, type }))
  const edge = edgeOnly(plan)
  const base = {
    service: plan.service,
    version: plan.version,
    keys,
    views: plan.views.map(({ as, view, ttl }) => ({ as, view, ttl_seconds: ttl === null ? null : ttl / 1_000_000 })),
    edge_only: edge,
  }
  if (plan.format === PLAN_FORMAT)
    return {
      ...base,
      request: [],
      features: plan.views.flatMap((view) => view.columns.map((column) => storedFeature(view.as, column))),
    }
  return {
    ...base,
    request: plan.fields.filter(({ key }) => !key).map(({ name, type }) => ({ name, type })),
    features: plan.answer.flatMap((output) => featureOf(plan, output)),
    // A page learns no formula that it could not compute.
    ...(!(publicOnly && edge.length > 0) && { on_demand: onDemandOf(plan) }),
  }
}

function onDemandOf({ views, onDemand, answer, packs }: OnDemandPlan): NonNullable<PlanAnswer['on_demand']> {
  return {
    views: views.map(({ as, columns }) => ({ as, columns: columns.map(({ name, type }) => ({ name, type })) })),
    entries: onDemand,
    answer,
    packs,
  }
}

type Feature = PlanAnswer['features'][number]

function storedFeature(view: string, { name, type, visibility }: PlanColumn): Feature {
  return { name, type, view, visibility }
}

function featureOf({ views, onDemand }: OnDemandPlan, output: PlanOutput): readonly Feature[] {
  if ('view' in output) {
    const view = views[output.view]
    const column = view?.columns[output.column]
    return column ? [storedFeature(view.as, column)] : []
  }
  const computed = onDemand[output.entry]?.features[output.feature]
  return computed ? [{ name: output.name, type: computed.type, view: output.as, visibility: computed.visibility }] : []
}
