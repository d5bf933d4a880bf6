/** Compiles a version of a feature service to the plan that answers requests. Pure: equal inputs give equal plans. */
import { parseDuration } from '../core/duration.ts'
import { ShorelineError } from '../core/errors.ts'
import { PLAN_FORMAT, type Plan, type PlanColumn, type PlanKey, type PlanView } from '../core/plan.ts'
import { isKeyKind } from '../core/types.ts'
import type { ServiceDefinition, ServiceInput, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import { runsOf } from './runs.ts'

/**
 * @param views the view versions that the service's inputs name, by `view@version`
 * @throws ShorelineError INVALID naming what the service refers to and the view does not have
 */
export function compilePlan(
  service: ServiceDefinition & { readonly version: number },
  views: ReadonlyMap<string, ViewObject>,
): Plan {
  const plan = {
    format: PLAN_FORMAT,
    service: service.name,
    version: service.version,
    views: service.inputs.map((input) => compileInput(service.name, input, views)),
  } as const
  checkClashes(plan)
  return plan
}

function compileInput(service: string, input: ServiceInput, views: ReadonlyMap<string, ViewObject>): PlanView {
  const view = views.get(input.view)
  if (!view) throw new ShorelineError('INVALID', `featureService ${service}: view ${input.view} is not registered.`)
  return {
    view: viewId(view),
    ...(view.runs === undefined ? {} : { runs: runsOf(view) }),
    as: input.as,
    keys: view.join_keys.map((key): PlanKey => {
      if (!isKeyKind(key.type))
        throw new ShorelineError('INVALID', `view ${view.name}: join key ${key.name} has type ${key.type}.`)
      return {
        name: (Object.hasOwn(input.keys, key.name) ? input.keys[key.name] : undefined) ?? key.name,
        type: key.type,
      }
    }),
    ttl: view.ttl === undefined ? null : parseDuration(`view ${view.name}: ttl`, view.ttl),
    columns: input.features.map(({ feature, name }): PlanColumn => {
      const index = view.features.findIndex((one) => one.name === feature)
      const found = view.features[index]
      if (!found)
        throw new ShorelineError(
          'INVALID',
          `featureService ${service}: view ${input.view} has no feature ${feature}. It has ${view.features.map((one) => one.name).join(', ')}.`,
        )
      return { name, feature, index, type: found.type, visibility: found.visibility }
    }),
  }
}

/** The definitions refuse these too; a request can arrive without having met them. */
function checkClashes(plan: Plan): void {
  const fields = new Map<string, string>()
  for (const view of plan.views)
    for (const key of view.keys) {
      const type = fields.get(key.name)
      if (type !== undefined && type !== key.type)
        throw new ShorelineError(
          'INVALID',
          `featureService ${plan.service}: the request field ${key.name} is ${type} for one view and ${key.type} for ${view.as}. Rename one with .as().`,
        )
      fields.set(key.name, key.type)
    }
  const names = new Set(fields.keys())
  const roles = new Set<string>()
  for (const view of plan.views) {
    if (roles.has(view.as))
      throw new ShorelineError(
        'INVALID',
        `featureService ${plan.service}: ${view.as} is used twice. Give one of them a role with .as().`,
      )
    roles.add(view.as)
    for (const column of view.columns) {
      if (names.has(column.name))
        throw new ShorelineError(
          'INVALID',
          `featureService ${plan.service}: ${column.name} is defined twice. Use .pick(), .rename() or .as().`,
        )
      names.add(column.name)
    }
  }
}
