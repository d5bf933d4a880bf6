/** Which versions of a view store rows of their own, and which of those are kept materialized. */
import { ShorelineError } from '../core/errors.ts'
import { parseReference } from '../core/name.ts'
import type { RegistrySnapshot, ViewObject } from './objects.ts'
import { viewId } from './objects.ts'
import { storedReads } from './on-demand.ts'

/** The `view@version` whose runs hold this version's rows: its own, or an earlier one's that stores the same. */
export function runsOf(view: Pick<ViewObject, 'name' | 'version' | 'runs'>): string {
  return viewId({ name: view.name, version: view.runs ?? view.version })
}

/** A stored view version that is to be materialized, and for whom. */
export interface KeptView {
  /** The version that owns the runs. */
  readonly view: ViewObject
  /** The newest version that reads these runs: its freshness and schedule are the ones that count. */
  readonly read: ViewObject
  /** Whether a view's defined version reads these runs; else only retained services do. */
  readonly defined: boolean
  /** The retained service versions that read these runs, as `service@version`. */
  readonly services: readonly string[]
}

/**
 * What a sync keeps materialized: the defined version of every view, and every version that a retained service names.
 * Sorted by name, then version.
 */
export function keptViews(snapshot: RegistrySnapshot): readonly KeptView[] {
  const views = new Map(snapshot.views.map((view) => [viewId(view), view]))
  const services = new Map<string, Set<string>>()
  for (const service of snapshot.services)
    for (const read of storedReads(service)) {
      const view = views.get(read)
      if (!view) continue
      const id = runsOf(view)
      services.set(id, (services.get(id) ?? new Set()).add(viewId(service)))
    }
  const newest = new Map(snapshot.views.map((view) => [view.name, view]))
  const read = new Map(snapshot.views.map((view) => [runsOf(view), view])) // sorted by version: the last one stays
  const defined = new Set([...newest.values()].filter((view) => !view.retired).map(runsOf))
  return snapshot.views.flatMap((view) => {
    const id = viewId(view)
    const users = services.get(id)
    if (view.runs !== undefined || view.sources.length === 0 || (!defined.has(id) && !users)) return []
    return [{ view, read: read.get(id) ?? view, defined: defined.has(id), services: [...(users ?? [])] }]
  })
}

/**
 * A view by `name` (its newest version) or `name@version`, as the version that owns its runs.
 * @throws ShorelineError UNKNOWN_NAME
 */
export function findRuns(snapshot: RegistrySnapshot, reference: string): ViewObject {
  const found = findView(snapshot, reference)
  const owner = found.runs === undefined ? found : findView(snapshot, runsOf(found))
  return owner
}

/** @throws ShorelineError UNKNOWN_NAME */
export function findView(snapshot: RegistrySnapshot, reference: string): ViewObject {
  const parsed = parseReference(reference)
  const versions = parsed ? snapshot.views.filter((view) => view.name === parsed.name) : []
  const view = parsed?.version === undefined ? versions.at(-1) : versions.find((one) => one.version === parsed.version)
  if (view) return view
  if (versions.length > 0)
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `There is no view ${reference}. ${parsed?.name} has the versions ${versions.map((one) => one.version).join(', ')}.`,
      { view: reference },
    )
  if (snapshot.on_demand?.some((one) => one.name === parsed?.name))
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `${reference} is computed on demand: nothing of it is stored. Name one of the views that it reads.`,
      { view: reference },
    )
  const names = [...new Set(snapshot.views.map((one) => one.name))]
  throw new ShorelineError(
    'UNKNOWN_NAME',
    `There is no view ${reference}. ${names.length > 0 ? `There are: ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}.` : 'Nothing is registered yet: run "shoreline apply".'}`,
    { view: reference },
  )
}

/** How many names an error lists. */
const LISTED = 20
