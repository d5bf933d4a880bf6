/**
 * What applying definitions makes of the registry. A change of meaning makes a new version; a change of description,
 * owner or tags does not. What is no longer defined stays registered, so that whatever uses it keeps working.
 */
import { ShorelineError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { compilePlan } from './compile.ts'
import { canonicalJson, contentHash } from './hash.ts'
import type {
  Definitions,
  EntityObject,
  RegistrySnapshot,
  ServiceDefinition,
  ServiceObject,
  SourceObject,
  ViewDefinition,
  ViewObject,
} from './objects.ts'
import { viewId } from './objects.ts'

export interface Change {
  readonly kind: 'entity' | 'source' | 'view' | 'service'
  readonly name: string
  readonly version?: number
  readonly change: 'created' | 'new version' | 'updated'
}

export interface Applied {
  /** The registry after it, at the next revision; the same object as before when nothing changed. */
  readonly snapshot: RegistrySnapshot
  readonly changes: readonly Change[]
  /** The plans of every service version, by hash. */
  readonly plans: ReadonlyMap<string, Plan>
}

/** @throws ShorelineError INVALID naming the object and what is wrong with it */
export async function applyDefinitions(current: RegistrySnapshot, definitions: Definitions): Promise<Applied> {
  const changes: Change[] = []
  const entities = mergeByName('entity', current.entities, definitions.entities, changes)
  const sources = mergeByName('source', current.sources, definitions.sources, changes)
  const views = await mergeViews(current.views, definitions.views, entities, sources, changes)
  const { services, plans } = await mergeServices(current.services, definitions.services, views, changes)
  const snapshot = { revision: current.revision + 1, entities, sources, views, services }
  return { snapshot: changes.length === 0 ? current : snapshot, changes, plans }
}

function mergeByName<T extends EntityObject | SourceObject>(
  kind: 'entity' | 'source',
  current: readonly T[],
  defined: readonly T[],
  changes: Change[],
): readonly T[] {
  const merged = new Map(current.map((object) => [object.name, object]))
  for (const object of defined) {
    const before = merged.get(object.name)
    if (before && canonicalJson(before) === canonicalJson(object)) continue
    merged.set(object.name, object)
    changes.push({ kind, name: object.name, change: before ? 'updated' : 'created' })
  }
  return sortByName([...merged.values()])
}

async function mergeViews(
  current: readonly ViewObject[],
  defined: readonly ViewDefinition[],
  entities: readonly EntityObject[],
  sources: readonly SourceObject[],
  changes: Change[],
): Promise<readonly ViewObject[]> {
  const merged = new Map(current.map((view) => [viewId(view), view]))
  for (const definition of defined) {
    if (definition.online === 'd1')
      throw new ShorelineError('INVALID', `featureView ${definition.name}: online "d1" is not available yet. Use "kv".`)
    const join_keys = find('entity', entities, definition.entity, definition.name).join_keys
    const reads = definition.sources.map((name) => find('source', sources, name, definition.name))
    const hash = await contentHash(meaningOfView({ ...definition, join_keys, reads }))
    const latest = newest(current, definition.name)
    const version = latest ? (latest.hash === hash ? latest.version : latest.version + 1) : 1
    record(merged, { ...definition, join_keys, reads, version, hash }, latest, 'view', changes)
  }
  return sortByName([...merged.values()])
}

/** What a view's values depend on. A source's owner, say, is not part of it. */
function meaningOfView(view: ViewDefinition & Pick<ViewObject, 'join_keys' | 'reads'>): unknown {
  const { sql, timestamp, created, ttl, lookback, join_keys, features } = view
  const reads = view.reads.map(({ name, format, path, timestamp, created, columns }) => ({
    name,
    format,
    path,
    timestamp,
    created,
    columns,
  }))
  return {
    sql,
    timestamp,
    created,
    ttl,
    lookback,
    join_keys,
    reads,
    features: features.map(({ name, type }) => ({ name, type })),
  }
}

async function mergeServices(
  current: readonly ServiceObject[],
  defined: readonly ServiceDefinition[],
  views: readonly ViewObject[],
  changes: Change[],
): Promise<{ readonly services: readonly ServiceObject[]; readonly plans: ReadonlyMap<string, Plan> }> {
  const byId = new Map(views.map((view) => [viewId(view), view]))
  const merged = new Map(current.map((service) => [viewId(service), service]))
  for (const definition of defined) {
    const inputs = definition.inputs.map((input) => ({
      ...input,
      view: viewId(requireView(views, input.view, definition.name)),
    }))
    const hash = await contentHash(inputs)
    const latest = newest(current, definition.name)
    const version = latest ? (latest.hash === hash ? latest.version : latest.version + 1) : 1
    const features = inputs.flatMap((input) => input.features.map((feature) => feature.name))
    record(
      merged,
      { ...definition, inputs, version, hash, features, plan: latest?.hash === hash ? latest.plan : '' },
      latest,
      'service',
      changes,
    )
  }
  // Plans carry visibility, which is metadata: a retained version may need a new plan without being a new version.
  const plans = new Map<string, Plan>()
  const services: ServiceObject[] = []
  for (const service of merged.values()) {
    const plan = compilePlan(service, byId)
    const hash = (await contentHash(plan)).slice(0, PLAN_HASH_DIGITS)
    plans.set(hash, plan)
    services.push({ ...service, plan: hash })
  }
  return { services: sortByName(services), plans }
}

/** 80 bits: no two plans of a deployment share a prefix, and the head names one per service version. */
const PLAN_HASH_DIGITS = 20

function record<T extends ViewObject | ServiceObject>(
  merged: Map<string, T>,
  next: T,
  latest: T | undefined,
  kind: 'view' | 'service',
  changes: Change[],
): void {
  if (latest && latest.version === next.version) {
    if (canonicalJson(latest) === canonicalJson(next)) return
    changes.push({ kind, name: next.name, version: next.version, change: 'updated' })
  } else changes.push({ kind, name: next.name, version: next.version, change: latest ? 'new version' : 'created' })
  merged.set(viewId(next), next)
}

function newest<T extends ViewObject | ServiceObject>(objects: readonly T[], name: string): T | undefined {
  return objects
    .filter((object) => object.name === name)
    .reduce<T | undefined>((best, one) => (best && best.version > one.version ? best : one), undefined)
}

function find<T extends { readonly name: string }>(kind: string, objects: readonly T[], name: string, view: string): T {
  const found = objects.find((object) => object.name === name)
  if (found) return found
  throw new ShorelineError('INVALID', `featureView ${view}: ${kind} ${name} is not defined. Export it beside the view.`)
}

function requireView(views: readonly ViewObject[], name: string, service: string): ViewObject {
  const view = newest(views, name)
  if (view) return view
  throw new ShorelineError(
    'INVALID',
    `featureService ${service}: view ${name} is not defined. Export it beside the service.`,
  )
}

function sortByName<T extends { readonly name: string; readonly version?: number }>(
  objects: readonly T[],
): readonly T[] {
  return [...objects].sort((a, b) =>
    a.name === b.name ? (a.version ?? 0) - (b.version ?? 0) : a.name < b.name ? -1 : 1,
  )
}
