/** What applying definitions would do, before it is done: the changes, what they force, and what they break. Pure. */
import { type Applied, applyDefinitions, type Change } from './apply.ts'
import { fieldOf } from './input.ts'
import type { Definitions, RegistrySnapshot, ServiceObject } from './objects.ts'
import { viewId } from './objects.ts'
import { type AnyViewObject, allViews, isOnDemand, viewInputs } from './on-demand.ts'
import { unusedVersions } from './retire.ts'
import { keptViews } from './runs.ts'

/** A change that a caller can notice. */
export interface Break {
  /** `service@version` or `view@version` after the apply. */
  readonly object: string
  /** A sentence. */
  readonly what: string
}

export interface RegistryPlan {
  /** The registry revision that the plan was made against. */
  readonly registry: number
  readonly changes: readonly Change[]
  /** View versions that a sync has to materialize in full because of this plan. */
  readonly materialize: readonly string[]
  /** Versions of views that are new and read the runs of an earlier one, so that nothing has to be materialized. */
  readonly adopted: readonly { readonly view: string; readonly runs: string }[]
  /** Older or retired view versions that stay materialized because retained services name them. */
  readonly kept: readonly { readonly view: string; readonly services: readonly string[] }[]
  readonly breaks: readonly Break[]
  /** What needs --yes, a sentence each. */
  readonly destructive: readonly string[]
  /** Retained versions that nothing uses any more. */
  readonly unused: readonly string[]
}

/** @throws ShorelineError INVALID with everything that is wrong in the definitions */
export async function planDefinitions(current: RegistrySnapshot, definitions: Definitions): Promise<RegistryPlan> {
  return planOf(current, await applyDefinitions(current, definitions))
}

export function planOf(current: RegistrySnapshot, { snapshot, changes }: Applied): RegistryPlan {
  const before = new Set(keptViews(current).map(({ view }) => viewId(view)))
  const kept = keptViews(snapshot)
  const breaks = breaksOf(current, snapshot, changes)
  const fresh = new Set(
    changes.filter((one) => one.change === 'new version').map((one) => `${one.name}@${one.version}`),
  )
  return {
    registry: current.revision,
    changes,
    materialize: kept.map(({ view }) => viewId(view)).filter((id) => !before.has(id)),
    adopted: snapshot.views
      .filter((view) => view.runs !== undefined && fresh.has(viewId(view)))
      .map((view) => ({ view: viewId(view), runs: `${view.name}@${view.runs}` })),
    kept: kept.filter(({ defined }) => !defined).map(({ view, services }) => ({ view: viewId(view), services })),
    breaks,
    destructive: [...retirements(snapshot, changes), ...breaks.map(({ object, what }) => `${object} ${what}`)],
    unused: unusedVersions(snapshot),
  }
}

function retirements(snapshot: RegistrySnapshot, changes: readonly Change[]): readonly string[] {
  return changes.flatMap(({ kind, name, version, change }) => {
    if (change !== 'retired' || version === undefined) return []
    const id = `${name}@${version}`
    if (kind === 'service')
      return [`service ${name} is retired: requests for "${name}" are refused, ${id} keeps answering by its version`]
    const users = [
      ...snapshot.services,
      ...(snapshot.on_demand ?? []).map((view) => ({ ...view, inputs: viewInputs(view) })),
    ].filter(({ inputs }) => inputs.some((input) => input.view.startsWith(`${name}@`)))
    const reads = users.length === 0 ? 'nothing reads it' : `${users.map(viewId).join(', ')} still read it`
    return kind === 'view' ? [`view ${name} is retired: it gets no new version; ${reads}`] : []
  })
}

function breaksOf(current: RegistrySnapshot, next: RegistrySnapshot, changes: readonly Change[]): readonly Break[] {
  const views = new Map([...allViews(current), ...allViews(next)])
  return changes.flatMap(({ kind, name, version, change }) => {
    if (kind !== 'service' || change !== 'new version') return []
    const after = next.services.find((service) => service.name === name && service.version === version)
    const before = current.services.findLast((service) => service.name === name)
    if (!before || !after) return []
    const object = viewId(after)
    return serviceBreaks(surface(before, views), surface(after, views)).map((what) => ({ object, what }))
  })
}

/** What a caller of a service sees: fields to send and features that come back, with their types. */
interface Surface {
  readonly fields: ReadonlyMap<string, { readonly what: string; readonly type: string }>
  readonly features: ReadonlyMap<string, string>
}

function surface(service: ServiceObject, views: ReadonlyMap<string, AnyViewObject>): Surface {
  const fields = new Map<string, { readonly what: string; readonly type: string }>()
  const features = new Map<string, string>()
  for (const input of service.inputs) {
    const view = views.get(input.view)
    for (const key of view?.join_keys ?? []) fields.set(fieldOf(input, key.name), { what: 'join key', type: key.type })
    for (const { name, type } of view && isOnDemand(view) ? view.request : [])
      if (!fields.has(name)) fields.set(name, { what: 'request-time value', type })
    const types = new Map(view?.features.map((feature) => [feature.name, feature.type]))
    for (const { feature, name } of input.features) features.set(name, types.get(feature) ?? '')
  }
  return { fields, features }
}

function serviceBreaks(before: Surface, after: Surface): readonly string[] {
  const breaks: string[] = []
  for (const [name, type] of before.features) {
    const now = after.features.get(name)
    if (now === undefined) breaks.push(`no longer has the feature ${name} (${type})`)
    else if (now !== type) breaks.push(`changes the type of ${name} from ${type} to ${now}`)
  }
  for (const [name, { what, type }] of after.fields) {
    const was = before.fields.get(name)?.type
    if (was === undefined) breaks.push(`asks for the ${what} ${name} (${type}), which callers do not send yet`)
    else if (was !== type) breaks.push(`asks for the ${what} ${name} as ${type} instead of ${was}`)
  }
  return breaks
}
