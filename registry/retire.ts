/** Removing retained versions that nothing uses. */
import { ShorelineError } from '../core/errors.ts'
import { parseReference } from '../core/name.ts'
import type { Applied, Change } from './apply.ts'
import type { RegistrySnapshot, ServiceObject } from './objects.ts'
import { viewId } from './objects.ts'
import { type AnyViewObject, allViews, viewInputs } from './on-demand.ts'
import { byName } from './versions.ts'

/** The versions that may be removed, as `name@version`: no longer defined, and used by nothing that is retained. */
export function unusedVersions(snapshot: RegistrySnapshot): readonly string[] {
  const used = uses(snapshot, snapshot)
  const defined = definedOf(snapshot)
  return objectsOf(snapshot)
    .filter((object) => !defined.has(object) && !used.has(object))
    .map(viewId)
}

/**
 * Removes versions; views that only the removed services used may go in the same call.
 * @param references `name@version`, or a retired `name` with all of its versions
 * @throws ShorelineError UNKNOWN_NAME, or CONFLICT with what uses a version
 */
export function retireVersions(snapshot: RegistrySnapshot, references: readonly string[]): Applied {
  const removed = new Set(references.flatMap((reference) => find(snapshot, reference)))
  const left = {
    views: without(snapshot.views, removed),
    on_demand: without(snapshot.on_demand ?? [], removed),
    services: without(snapshot.services, removed),
  }
  const used = uses(snapshot, left)
  const defined = definedOf(snapshot)
  for (const object of removed) {
    if (defined.has(object))
      throw new ShorelineError(
        'CONFLICT',
        `${viewId(object)} is what the definitions say now. Remove it from them and apply, or name an older version.`,
      )
    const users = used.get(object)
    if (users)
      throw new ShorelineError('CONFLICT', `${viewId(object)} is used by ${users.join(', ')}. Retire that first.`, {
        used_by: users,
      })
  }
  const changes = [...removed].map(
    (object): Change => ({
      kind: kindOf(object),
      name: object.name,
      version: object.version,
      change: 'removed',
      fields: [],
    }),
  )
  const last = {
    views: lastGiven(
      [...snapshot.views, ...(snapshot.on_demand ?? [])],
      [...left.views, ...left.on_demand],
      snapshot.last?.views,
    ),
    services: lastGiven(snapshot.services, left.services, snapshot.last?.services),
  }
  const { on_demand: _, ...rest } = snapshot
  const { views, on_demand, services } = left
  const next = { ...rest, views, services, ...(on_demand.length > 0 && { on_demand }) }
  return { snapshot: { ...next, revision: snapshot.revision + 1, last }, changes, plans: new Map() }
}

type Retained = AnyViewObject | ServiceObject

/** Of a name whose newest version goes, which is a retired one, the newest that is left says so in its place. */
function without<T extends Retained>(objects: readonly T[], removed: ReadonlySet<Retained>): readonly T[] {
  const left = objects.filter((object) => !removed.has(object))
  const newest = byName(objects)
  const newestLeft = byName(left)
  return left.map((object) => {
    const last = newest.get(object.name)?.at(-1)
    const isLast = newestLeft.get(object.name)?.at(-1) === object
    return isLast && last !== object ? { ...object, retired: true as const } : object
  })
}

function objectsOf(snapshot: RegistrySnapshot): readonly Retained[] {
  return [...snapshot.views, ...(snapshot.on_demand ?? []), ...snapshot.services]
}

function kindOf(object: Retained): 'service' | 'view' {
  return 'plan' in object ? 'service' : 'view'
}

function find(snapshot: RegistrySnapshot, reference: string): readonly Retained[] {
  const parsed = parseReference(reference)
  const named = objectsOf(snapshot).filter((object) => object.name === parsed?.name)
  const found = named.filter((object) => (parsed?.version === undefined ? true : object.version === parsed.version))
  const kinds = new Set(found.map(kindOf))
  if (found.length === 0)
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `Nothing is registered as ${reference}. "shoreline retire" lists what can go.`,
    )
  if (kinds.size > 1)
    throw new ShorelineError('CONFLICT', `${reference} is a view and a service. Rename one of them in the definitions.`)
  if (parsed?.version === undefined && !found.some((object) => object.retired))
    throw new ShorelineError('CONFLICT', `${reference} is defined. Name the version to retire, as in ${reference}@1.`)
  return found
}

/** Of each name the newest version, unless it is retired. */
function definedOf(snapshot: RegistrySnapshot): ReadonlySet<Retained> {
  const newest = new Map<string, Retained>()
  for (const object of objectsOf(snapshot)) {
    const name = `${kindOf(object)} ${object.name}`
    if (object.version > (newest.get(name)?.version ?? 0)) newest.set(name, object)
  }
  return new Set([...newest.values()].filter((object) => !object.retired))
}

/** What uses each version of the snapshot, among the users that are left: services and on-demand views, and views that read its runs. */
function uses(
  snapshot: RegistrySnapshot,
  left: Pick<RegistrySnapshot, 'views' | 'on_demand' | 'services'>,
): ReadonlyMap<unknown, string[]> {
  const byId = allViews(snapshot)
  const used = new Map<unknown, string[]>()
  const add = (id: string, user: string): void => {
    const view = byId.get(id)
    const users = used.get(view)
    if (!view || users?.includes(user)) return
    if (users) users.push(user)
    else used.set(view, [user])
  }
  for (const service of left.services) for (const input of service.inputs) add(input.view, viewId(service))
  for (const view of left.on_demand ?? []) for (const input of viewInputs(view)) add(input.view, viewId(view))
  for (const view of left.views)
    if (view.runs !== undefined) add(viewId({ name: view.name, version: view.runs }), viewId(view))
  return used
}

function lastGiven(
  before: readonly Retained[],
  after: readonly Retained[],
  last: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const left = byName(after)
  const given = [...byName(before)].flatMap(([name, versions]): [string, number][] => {
    const newest = newestOf(versions)
    return newestOf(left.get(name) ?? []) < newest ? [[name, Math.max(newest, last[name] ?? 0)]] : []
  })
  return { ...last, ...Object.fromEntries(given) }
}

function newestOf(versions: readonly Retained[]): number {
  return Math.max(0, ...versions.map((one) => one.version))
}
