/** Compiles a version of a feature service to the plan that answers requests. Pure: equal inputs give equal plans. */
import { ShorelineError } from '../core/errors.ts'
import { PLAN_FORMAT, type Plan, type StoredPlan } from '../core/plan.ts'
import { compileInput, findView, type Words } from './compile-input.ts'
import type { ServiceDefinition } from './objects.ts'
import { type AnyViewObject, isOnDemand } from './on-demand.ts'
import { compileOnDemand } from './on-demand-plan.ts'

function wordsOf(service: string): Words {
  return {
    subject: `featureService ${service}`,
    field: 'Rename one with .as().',
    feature: 'Use .pick(), .rename() or .as().',
  }
}

/**
 * @param views the view versions that the service's inputs name, and those that these read, by `view@version`
 * @throws ShorelineError INVALID naming what the service refers to and the view does not have
 */
export function compilePlan(
  service: ServiceDefinition & { readonly version: number },
  views: ReadonlyMap<string, AnyViewObject>,
  words: Words = wordsOf(service.name),
): Plan {
  const inputs = service.inputs.map((input) => ({ input, view: findView(words.subject, input, views) }))
  if (inputs.some(({ view }) => isOnDemand(view))) return compileOnDemand(service, inputs, views, words)
  const plan: StoredPlan = {
    format: PLAN_FORMAT,
    service: service.name,
    version: service.version,
    views: inputs.flatMap(({ input, view }) => (isOnDemand(view) ? [] : [compileInput(words.subject, input, view)])),
  }
  checkClashes(plan, words)
  return plan
}

/** The definitions refuse these too; a request can arrive without having met them. */
function checkClashes(plan: StoredPlan, { subject, field, feature }: Words): void {
  const fields = new Map<string, string>()
  for (const view of plan.views)
    for (const key of view.keys) {
      const type = fields.get(key.name)
      if (type !== undefined && type !== key.type)
        throw new ShorelineError(
          'INVALID',
          `${subject}: the request field ${key.name} is ${type} for one view and ${key.type} for ${view.as}. ${field}`,
        )
      fields.set(key.name, key.type)
    }
  const names = new Set(fields.keys())
  const roles = new Set<string>()
  for (const view of plan.views) {
    if (roles.has(view.as))
      throw new ShorelineError('INVALID', `${subject}: ${view.as} is used twice. Give one of them a role with .as().`)
    roles.add(view.as)
    for (const column of feature === null ? [] : view.columns) {
      if (names.has(column.name))
        throw new ShorelineError('INVALID', `${subject}: ${column.name} is defined twice. ${feature}`)
      names.add(column.name)
    }
  }
}
