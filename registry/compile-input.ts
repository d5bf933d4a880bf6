/** A stored view in a role, as plans have it, whoever takes features of it. */
import { parseDuration } from '../core/duration.ts'
import { ShorelineError } from '../core/errors.ts'
import type { PlanColumn, PlanKey, PlanView } from '../core/plan.ts'
import { isKeyKind } from '../core/types.ts'
import { featureOf, fieldOf } from './input.ts'
import type { ServiceInput, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import type { AnyViewObject } from './on-demand.ts'
import { runsOf } from './runs.ts'

/** How errors name what is compiled, and what to do about names that clash. */
export interface Words {
  readonly subject: string
  /** A field of the request has two types. */
  readonly field: string
  /** Two features have one name; null where their names say their views. */
  readonly feature: string | null
}

/** @throws ShorelineError INVALID */
export function findView(
  subject: string,
  { view }: Pick<ServiceInput, 'view'>,
  views: ReadonlyMap<string, AnyViewObject>,
): AnyViewObject {
  const found = views.get(view)
  if (found) return found
  throw new ShorelineError('INVALID', `${subject}: view ${view} is not registered.`)
}

/** A stored view in a role. */
export function compileInput(subject: string, input: ServiceInput, view: ViewObject): PlanView {
  return {
    view: viewId(view),
    ...(view.runs === undefined ? {} : { runs: runsOf(view) }),
    as: input.as,
    ...(view.sources.length === 0 ? { stored: false as const } : {}),
    ...(view.push === undefined ? {} : { push: view.consistency ?? ('nearest' as const) }),
    keys: view.join_keys.map((key): PlanKey => {
      if (!isKeyKind(key.type))
        throw new ShorelineError('INVALID', `view ${view.name}: join key ${key.name} has type ${key.type}.`)
      return { name: fieldOf(input, key.name), type: key.type }
    }),
    ttl: view.ttl === undefined ? null : parseDuration(`view ${view.name}: ttl`, view.ttl),
    columns: input.features.map(({ feature, name }): PlanColumn => {
      const [index, { type, visibility }] = featureOf(subject, input, view.features, feature)
      return { name, feature, index, type, visibility }
    }),
  }
}
