/** Compiles a version of a feature service to the plan that answers requests. Pure: equal inputs give equal plans. */
import { parseDuration } from '../core/duration.ts'
import { ShorelineError } from '../core/errors.ts'
import { PLAN_FORMAT, type Plan, type PlanColumn, type PlanKey, type PlanView } from '../core/plan.ts'
import { isKeyKind } from '../core/types.ts'
import type { ServiceDefinition, ServiceInput, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import { runsOf } from './runs.ts'

/** How errors name what is compiled, and what to do about names that clash. */
export interface Words {
  readonly subject: string
  /** A field of the request has two types. */
  readonly field: string
  /** Two features have one name; null where their names say their views. */
  readonly feature: string | null
}

function wordsOf(service: string): Words {
  return {
    subject: `featureService ${service}`,
    field: 'Rename one with .as().',
    feature: 'Use .pick(), .rename() or .as().',
  }
}

/**
 * @param views the view versions that the service's inputs name, by `view@version`
 * @throws ShorelineError INVALID naming what the service refers to and the view does not have
 */
export function compilePlan(
  service: ServiceDefinition & { readonly version: number },
  views: ReadonlyMap<string, ViewObject>,
  words: Words = wordsOf(service.name),
): Plan {
  const plan = {
    format: PLAN_FORMAT,
    service: service.name,
    version: service.version,
    views: service.inputs.map((input) => compileInput(words, input, views)),
  } as const
  checkClashes(plan, words)
  return plan
}

function compileInput({ subject }: Words, input: ServiceInput, views: ReadonlyMap<string, ViewObject>): PlanView {
  const view = views.get(input.view)
  if (!view) throw new ShorelineError('INVALID', `${subject}: view ${input.view} is not registered.`)
  return {
    view: viewId(view),
    ...(view.runs === undefined ? {} : { runs: runsOf(view) }),
    as: input.as,
    ...(view.sources.length === 0 ? { stored: false as const } : {}),
    ...(view.push === undefined ? {} : { push: view.consistency ?? ('nearest' as const) }),
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
          `${subject}: view ${input.view} has no feature ${feature}. It has ${view.features.map((one) => one.name).join(', ')}.`,
        )
      return { name, feature, index, type: found.type, visibility: found.visibility }
    }),
  }
}

/** The definitions refuse these too; a request can arrive without having met them. */
function checkClashes(plan: Plan, { subject, field, feature }: Words): void {
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
