/** Removing retained versions that nothing uses. */
import { ShorelineError } from '../core/errors.ts'
import { parseReference } from '../core/name.ts'
import type { Applied, Change } from './apply.ts'
import type { RegistrySnapshot, ServiceObject, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import { byName } from './versions.ts'

/** The versions that may be removed, as `name@version`: no longer defined, and used by nothing that is retained. */
export function unusedVersions(snapshot: RegistrySnapshot): readonly string[] {
  const used = uses(snapshot, snapshot)
  return [...snapshot.views, ...snapshot.services]
    .filter((object) => !isDefined(snapshot, object) && !used.has(object))
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
    views: snapshot.views.filter((view) => !removed.has(view)),
    services: snapshot.services.filter((service) => !removed.has(service)),
  }
  const used = uses(snapshot, left)
  for (const object of removed) {
    if (isDefined(snapshot, object))
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
      kind: 'inputs' in object ? 'service' : 'view',
      name: object.name,
      version: object.version,
      change: 'removed',
      fields: [],
    }),
  )
  const last = {
    views: lastGiven(snapshot.views, left.views, snapshot.last?.views),
    services: lastGiven(snapshot.services, left.services, snapshot.last?.services),
  }
  return { snapshot: { ...snapshot, ...left, revision: snapshot.revision + 1, last }, changes, plans: new Map() }
}

function find(snapshot: RegistrySnapshot, reference: string): readonly (ViewObject | ServiceObject)[] {
  const parsed = parseReference(reference)
  const named = [...snapshot.views, ...snapshot.services].filter((object) => object.name === parsed?.name)
  const found = named.filter((object) => (parsed?.version === undefined ? true : object.version === parsed.version))
  const kinds = new Set(found.map((object) => ('inputs' in object ? 'service' : 'view')))
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

function isDefined(snapshot: RegistrySnapshot, object: ViewObject | ServiceObject): boolean {
  const objects: readonly (ViewObject | ServiceObject)[] = 'inputs' in object ? snapshot.services : snapshot.views
  const newest = objects.findLast((one) => one.name === object.name)
  return newest === object && !object.retired
}

/** What uses each version of the snapshot, among the users that are left: services, and views that read its runs. */
function uses(
  snapshot: RegistrySnapshot,
  left: Pick<RegistrySnapshot, 'views' | 'services'>,
): ReadonlyMap<unknown, string[]> {
  const byId = new Map(snapshot.views.map((view) => [viewId(view), view]))
  const used = new Map<unknown, string[]>()
  const add = (id: string, user: string): void => {
    const view = byId.get(id)
    const users = used.get(view)
    if (!view || users?.includes(user)) return
    if (users) users.push(user)
    else used.set(view, [user])
  }
  for (const service of left.services) for (const input of service.inputs) add(input.view, viewId(service))
  for (const view of left.views)
    if (view.runs !== undefined) add(viewId({ name: view.name, version: view.runs }), viewId(view))
  return used
}

function lastGiven(
  before: readonly (ViewObject | ServiceObject)[],
  after: readonly (ViewObject | ServiceObject)[],
  last: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const left = byName(after)
  const given = [...byName(before)].flatMap(([name, versions]): [string, number][] => {
    const newest = versions.at(-1)?.version ?? 0
    return (left.get(name)?.at(-1)?.version ?? 0) < newest ? [[name, Math.max(newest, last[name] ?? 0)]] : []
  })
  return { ...last, ...Object.fromEntries(given) }
}
