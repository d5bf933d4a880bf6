/**
 * What applying definitions makes of the registry. They are the whole of what is defined: a change of meaning makes a new
 * version, a change of description, owner or tags does not, and what is no longer defined is retired. A retired version
 * stays for whoever names it.
 */
import { ShorelineError } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { compilePlan } from './compile.ts'
import { checkProblems } from './definitions/check-columns.ts'
import {
  entityFields,
  type FieldChange,
  fieldChanges,
  onDemandFields,
  serviceFields,
  sourceFields,
  viewFields,
} from './diff.ts'
import { canonicalJson, contentHash } from './hash.ts'
import type {
  Definitions,
  EntityObject,
  FeatureObject,
  OnDemandObject,
  RegistrySnapshot,
  ServiceObject,
  SourceObject,
  ViewDefinition,
  ViewObject,
} from './objects.ts'
import { viewId } from './objects.ts'
import { type AnyViewObject, allViews, inOrder, isOnDemand, resolveOnDemand, viewsBehind } from './on-demand.ts'
import { byName, lastVersion, onDemandHash, serviceHash, sourceMeaning, storedHash, viewHash } from './versions.ts'

export interface Change {
  readonly kind: 'entity' | 'source' | 'view' | 'service'
  readonly name: string
  readonly version?: number
  /** `retired`: no longer defined. `removed`: the version is gone from the registry. */
  readonly change: 'created' | 'new version' | 'updated' | 'retired' | 'removed'
  /** What differs from the version before; empty for what is created, retired or removed. */
  readonly fields: readonly FieldChange[]
}

export interface Applied {
  /** The registry after it, at the next revision; the same object as before when nothing changed. */
  readonly snapshot: RegistrySnapshot
  readonly changes: readonly Change[]
  /** The plans that this apply compiled, by hash; those of other service versions stay as they were. */
  readonly plans: ReadonlyMap<string, Plan>
}

/** @throws ShorelineError INVALID with a sentence for everything that is wrong, each naming its object */
export async function applyDefinitions(current: RegistrySnapshot, definitions: Definitions): Promise<Applied> {
  const changes: Change[] = []
  const problems: string[] = []
  checkNames(definitions, problems)
  const entities = mergeByName('entity', current.entities, definitions.entities, entityFields, changes)
  const sources = mergeByName('source', current.sources, definitions.sources, sourceFields, changes)
  const views = await mergeViews(current, definitions, changes, problems)
  const onDemand = await mergeOnDemand(current, definitions, views, changes, problems)
  const all = { views, on_demand: onDemand }
  const services = await mergeServices(current, definitions, all, changes, problems)
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  const compiled = await compileServices(current, services, allViews(all), problems)
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  const { last } = current
  const snapshot = {
    revision: current.revision + 1,
    entities,
    sources,
    views,
    ...(onDemand.length === 0 ? {} : { on_demand: onDemand }),
    services: compiled.services,
    ...(last === undefined ? {} : { last }),
  }
  return { snapshot: changes.length === 0 ? current : snapshot, changes, plans: compiled.plans }
}

function checkNames(definitions: Definitions, problems: string[]): void {
  const kinds = [
    ['entity', definitions.entities],
    ['source', definitions.sources],
    ['featureView', definitions.views],
    ['onDemandView', definitions.on_demand ?? []],
    ['featureService', definitions.services],
  ] as const
  for (const [kind, objects] of kinds) {
    const seen = new Set<string>()
    for (const { name } of objects) {
      if (seen.has(name)) problems.push(`${kind} ${name}: it is defined twice. Rename one of them.`)
      seen.add(name)
    }
  }
  const stored = new Set(definitions.views.map((view) => view.name))
  for (const { name } of definitions.on_demand ?? [])
    if (stored.has(name))
      problems.push(
        `onDemandView ${name}: a featureView has this name, too. Rename one of them: views share their names.`,
      )
}

function mergeByName<T extends EntityObject | SourceObject>(
  kind: 'entity' | 'source',
  current: readonly T[],
  defined: readonly T[],
  fields: (object: T) => ReadonlyMap<string, string>,
  changes: Change[],
): readonly T[] {
  const before = new Map(current.map((object) => [object.name, object]))
  const after = new Map(defined.map((object) => [object.name, object]))
  for (const [name, object] of after) {
    const old = before.get(name)
    if (!old) changes.push({ kind, name, change: 'created', fields: [] })
    else if (canonicalJson(old) !== canonicalJson(object))
      changes.push({ kind, name, change: 'updated', fields: fieldChanges(fields(old), fields(object)) })
  }
  for (const name of before.keys()) if (!after.has(name)) changes.push({ kind, name, change: 'retired', fields: [] })
  return sorted([...after.values()])
}

async function mergeViews(
  current: RegistrySnapshot,
  definitions: Definitions,
  changes: Change[],
  problems: string[],
): Promise<readonly ViewObject[]> {
  const entities = new Map(definitions.entities.map((one) => [one.name, one]))
  const sources = new Map(definitions.sources.map((one) => [one.name, one]))
  const retained = byName(current.views)
  const others = byName(current.on_demand ?? [])
  const merged = new Map(current.views.map((view) => [viewId(view), view]))
  for (const definition of definitions.views) {
    const resolved = resolveView(definition, entities, sources, problems)
    if (!resolved) continue
    const earlier = retained.get(definition.name) ?? []
    const latest = earlier.at(-1)
    const hash = await viewHash(resolved)
    const version = viewVersion(current, definition.name, hash, earlier, others.get(definition.name))
    const runs = latest?.version === version ? latest.runs : await sharedRuns(resolved, earlier)
    record(
      'view',
      merged,
      { ...resolved, version, hash, ...(runs === undefined ? {} : { runs }) },
      latest,
      viewFields,
      changes,
    )
    for (const one of earlier) if (one.version !== version) narrow(one, resolved, merged, viewFields, changes)
  }
  retire('view', merged, retained, new Set(definitions.views.map((view) => view.name)), changes)
  return sorted([...merged.values()])
}

/**
 * The latest version, if it means the same; else the next.
 * @param others views of the other kind that have had the name: after one of them no earlier version is the defined one again
 */
function viewVersion(
  current: RegistrySnapshot,
  name: string,
  hash: string,
  earlier: readonly AnyViewObject[],
  others: readonly AnyViewObject[] = [],
): number {
  const latest = earlier.at(-1)
  if (latest?.hash === hash && others.every((one) => one.version < latest.version)) return latest.version
  return lastVersion(current, 'views', name, earlier, others) + 1
}

async function mergeOnDemand(
  current: RegistrySnapshot,
  { on_demand: defined = [], views: definedViews }: Definitions,
  views: readonly ViewObject[],
  changes: Change[],
  problems: string[],
): Promise<readonly OnDemandObject[]> {
  const newest = new Map<string, AnyViewObject>(newestDefined(views))
  const refused = new Set([...definedViews, ...defined].map((view) => view.name).filter((name) => !newest.has(name)))
  const retained = byName(current.on_demand ?? [])
  const others = byName(views)
  const merged = new Map((current.on_demand ?? []).map((view) => [viewId(view), view]))
  for (const definition of inOrder(defined, problems)) {
    const resolved = resolveOnDemand(definition, newest, refused, problems)
    if (!resolved) continue
    const earlier = retained.get(definition.name) ?? []
    const hash = await onDemandHash(resolved)
    const version = viewVersion(current, definition.name, hash, earlier, others.get(definition.name))
    const next = { ...resolved, version, hash }
    record('view', merged, next, earlier.at(-1), onDemandFields, changes)
    newest.set(definition.name, next)
    for (const one of earlier) if (one.version !== version) narrow(one, resolved, merged, onDemandFields, changes)
  }
  retire('view', merged, retained, new Set(defined.map((view) => view.name)), changes)
  return sorted([...merged.values()])
}

/** What is defined, by name: sorted by version, the last one stays. */
function newestDefined<T extends AnyViewObject>(views: readonly T[]): ReadonlyMap<string, T> {
  const newest = new Map(views.map((view) => [view.name, view]))
  return new Map([...newest].filter(([, view]) => !view.retired))
}

/**
 * Who may read a feature is no matter of versions: one that is not public any more is not public in the versions that are
 * retained either, or a browser could ask for them. The other way nothing follows: an older version may hold other values.
 */
function narrow<T extends AnyViewObject>(
  retained: T,
  { features }: Pick<ViewDefinition, 'features'>,
  merged: Map<string, T>,
  fields: (object: T) => ReadonlyMap<string, string>,
  changes: Change[],
): void {
  const internal = new Set(features.filter((one) => one.visibility === 'server').map((one) => one.name))
  const opened = (one: FeatureObject): boolean => one.visibility === 'public' && internal.has(one.name)
  if (!retained.features.some(opened)) return
  const next: T = {
    ...retained,
    features: retained.features.map((one) => (opened(one) ? { ...one, visibility: 'server' } : one)),
  }
  const { name, version } = next
  changes.push({
    kind: 'view',
    name,
    version,
    change: 'updated',
    fields: fieldChanges(fields(retained), fields(next)),
  })
  merged.set(viewId(next), next)
}

function resolveView(
  definition: ViewDefinition,
  entities: ReadonlyMap<string, EntityObject>,
  sources: ReadonlyMap<string, SourceObject>,
  problems: string[],
): Omit<ViewObject, 'version' | 'hash'> | null {
  const subject = `featureView ${definition.name}`
  const before = problems.length
  const entity = entities.get(definition.entity)
  if (!entity) problems.push(`${subject}: entity ${definition.entity} is not defined. Export it beside the view.`)
  const reads = definition.sources.flatMap((name) => {
    const source = sources.get(name)
    if (!source) problems.push(`${subject}: source ${name} is not defined. Export it beside the view.`)
    else if (source.format === 'push')
      problems.push(`${subject}: source ${name} is a push source. Name it as the view's push.`)
    else return [sourceMeaning(source)]
    return []
  })
  if (definition.sources.length === 0 && definition.push === undefined)
    problems.push(`${subject}: it has no source. Name one, or a push source.`)
  const pushed = entity && resolvePush(subject, definition, entity, sources, problems)
  if (entity && definition.checks)
    for (const problem of checkProblems(definition.checks, definition.features, entity.join_keys))
      problems.push(`${subject}: ${problem}`)
  if (!entity || problems.length > before) return null
  return { ...definition, join_keys: entity.join_keys, reads, ...(pushed && { pushed }) }
}

/** The features that the push source brings: those that its schema has. */
function resolvePush(
  subject: string,
  { push, features }: ViewDefinition,
  entity: EntityObject,
  sources: ReadonlyMap<string, SourceObject>,
  problems: string[],
): readonly string[] | undefined {
  if (push === undefined) return undefined
  const source = sources.get(push)
  if (source?.format !== 'push' || source.kind !== 'features') {
    problems.push(
      `${subject}: push ${push} ${source ? 'is no push source of features' : 'is not defined'}. ${source ? 'Name one.' : 'Export it beside the view.'}`,
    )
    return undefined
  }
  const types = new Map(source.schema.map(({ name, type }) => [name, type]))
  for (const { name, type } of entity.join_keys) {
    const found = types.get(name)
    if (found !== type)
      problems.push(
        `${subject}: the join key ${name} is ${type}, and ${found === undefined ? `pushSource ${push} has no such column` : `${found} in pushSource ${push}`}. Rows could not be told apart: correct its schema.`,
      )
  }
  const pushed = features.filter(({ name }) => types.has(name))
  for (const { name, type } of pushed)
    if (types.get(name) !== type)
      problems.push(
        `${subject}: feature ${name} is ${type}, and ${types.get(name)} in pushSource ${push}. Make them one type.`,
      )
  if (pushed.length === 0)
    problems.push(`${subject}: pushSource ${push} has none of its features. Add some to its schema, or leave push out.`)
  return pushed.map(({ name }) => name)
}

/** The newest earlier version that stores the same rows: its runs serve the new one too. */
async function sharedRuns(
  view: Omit<ViewObject, 'version' | 'hash'>,
  earlier: readonly ViewObject[],
): Promise<number | undefined> {
  const stored = await storedHash(view)
  for (const one of [...earlier].reverse()) if ((await storedHash(one)) === stored) return one.runs ?? one.version
  return undefined
}

async function mergeServices(
  current: RegistrySnapshot,
  { services: defined, views: definedViews, on_demand: definedOnDemand = [] }: Definitions,
  { views, on_demand }: { readonly views: readonly ViewObject[]; readonly on_demand: readonly OnDemandObject[] },
  changes: Change[],
  problems: string[],
): Promise<readonly ServiceObject[]> {
  const newest = new Map<string, AnyViewObject>([...newestDefined(views), ...newestDefined(on_demand)])
  const retained = byName(current.services)
  const merged = new Map(current.services.map((service) => [viewId(service), service]))
  for (const definition of defined) {
    const missing = definition.inputs.find((input) => !newest.has(input.view))
    if (missing) {
      // A view that is defined and was refused has had its sentence.
      if (![...definedViews, ...definedOnDemand].some((view) => view.name === missing.view))
        problems.push(
          `featureService ${definition.name}: view ${missing.view} is not defined. Export it beside the service.`,
        )
      continue
    }
    const inputs = definition.inputs.map((input) => ({
      ...input,
      view: viewId({ name: input.view, version: newest.get(input.view)?.version ?? 0 }),
    }))
    const earlier = retained.get(definition.name) ?? []
    const latest = earlier.at(-1)
    const hash = await serviceHash(inputs)
    const same = latest?.hash === hash
    const version = same ? latest.version : lastVersion(current, 'services', definition.name, earlier) + 1
    const features = inputs.flatMap((input) => input.features.map((feature) => feature.name))
    // What was compiled stands as long as the version does.
    const { plan, code, reads } = same ? latest : { plan: '' }
    const next = {
      ...definition,
      inputs,
      version,
      hash,
      features,
      plan,
      ...(code && { code }),
      ...(reads && { reads }),
    }
    record('service', merged, next, latest, serviceFields, changes)
  }
  retire('service', merged, retained, new Set(defined.map((service) => service.name)), changes)
  return sorted([...merged.values()])
}

/** Compiles what is new, and what reads a view whose metadata changed: plans carry visibility. */
async function compileServices(
  current: RegistrySnapshot,
  services: readonly ServiceObject[],
  views: ReadonlyMap<string, AnyViewObject>,
  problems: string[],
): Promise<{ readonly services: readonly ServiceObject[]; readonly plans: ReadonlyMap<string, Plan> }> {
  const unchanged = new Set<unknown>([...current.views, ...(current.on_demand ?? []), ...current.services])
  const plans = new Map<string, Plan>()
  const compiled: ServiceObject[] = []
  for (const service of services) {
    const behind = viewsBehind(
      views,
      service.inputs.map((input) => input.view),
    )
    if (unchanged.has(service) && [...behind].every((id) => unchanged.has(views.get(id)))) {
      compiled.push(service)
      continue
    }
    try {
      const plan = compilePlan(service, views)
      const hash = (await contentHash(plan)).slice(0, PLAN_HASH_DIGITS)
      plans.set(hash, plan)
      const { code: _, reads: __, ...rest } = service
      compiled.push({ ...rest, plan: hash, ...readsOf(service, plan, views), ...(plan.code && { code: plan.code }) })
    } catch (thrown) {
      if (!(thrown instanceof ShorelineError)) throw thrown
      problems.push(thrown.message)
    }
  }
  return { services: compiled, plans }
}

function readsOf(
  { inputs }: ServiceObject,
  plan: Plan,
  views: ReadonlyMap<string, AnyViewObject>,
): Pick<ServiceObject, 'reads'> {
  const stored = inputs.every((input) => {
    const view = views.get(input.view)
    return view && !isOnDemand(view)
  })
  return stored ? {} : { reads: [...new Set(plan.views.map(({ view }) => view))].sort() }
}

/** 80 bits: no two plans of a deployment share a prefix, and the head names one per service version. */
const PLAN_HASH_DIGITS = 20

function record<T extends AnyViewObject | ServiceObject>(
  kind: 'view' | 'service',
  merged: Map<string, T>,
  next: T,
  latest: T | undefined,
  fields: (object: T) => ReadonlyMap<string, string>,
  changes: Change[],
): void {
  const { name, version } = next
  if (!latest) changes.push({ kind, name, version, change: 'created', fields: [] })
  else if (latest.version === version && canonicalJson(latest) === canonicalJson(next)) return
  else {
    const change = latest.version === version ? 'updated' : 'new version'
    changes.push({ kind, name, version, change, fields: fieldChanges(fields(latest), fields(next)) })
  }
  merged.set(viewId(next), next)
}

/** Every version of a name that is no longer defined is marked; older versions of a defined name are merely older. */
function retire<T extends AnyViewObject | ServiceObject>(
  kind: 'view' | 'service',
  merged: Map<string, T>,
  retained: ReadonlyMap<string, readonly T[]>,
  defined: ReadonlySet<string>,
  changes: Change[],
): void {
  for (const [name, versions] of retained) {
    const latest = versions.at(-1)
    if (!latest || latest.retired || defined.has(name)) continue
    changes.push({ kind, name, version: latest.version, change: 'retired', fields: [] })
    merged.set(viewId(latest), { ...latest, retired: true })
  }
}

function sorted<T extends { readonly name: string; readonly version?: number }>(objects: readonly T[]): readonly T[] {
  return [...objects].sort((a, b) =>
    a.name === b.name ? (a.version ?? 0) - (b.version ?? 0) : a.name < b.name ? -1 : 1,
  )
}
