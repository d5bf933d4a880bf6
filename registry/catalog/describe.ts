/** One registered object with everything that is known about it: what it is, its versions, who uses it, what happened to it. */
import { ShorelineError } from '../../core/errors.ts'
import type { Head } from '../../core/head.ts'
import { parseReference } from '../../core/name.ts'
import type { Change } from '../apply.ts'
import { nearest } from '../definitions/nearest.ts'
import type { Facts, SourceFacts } from '../facts.ts'
import type {
  EntityObject,
  LakeSourceObject,
  OnDemandObject,
  PushSourceObject,
  RegistrySnapshot,
  ServiceObject,
  SourceObject,
  ViewObject,
} from '../objects.ts'
import { viewId } from '../objects.ts'
import { type AnyViewObject, allViews, isOnDemand, storedReads, viewInputs, viewsBehind } from '../on-demand.ts'
import { findRuns, runsOf } from '../runs.ts'
import { type LineageGraph, lineageGraph, nodeId } from './graph.ts'
import type { HistoryEntry } from './history.ts'
import { type Label, labelsOf } from './labels.ts'

/** The plural is what the address of an object says. */
export const COLLECTIONS = { entities: 'entity', sources: 'source', views: 'view', services: 'service' } as const
export type Collection = keyof typeof COLLECTIONS

interface Described {
  /** The registry revision that this is read from. */
  readonly registry: number
  readonly object: Change['kind']
  /** The object's tags, and those inherited along lineage. */
  readonly labels: readonly Label[]
  readonly used_by: {
    /**
     * Views that read a source, are keyed by an entity, or compute from a view on demand, as `view@version`; retained versions
     * included.
     */
    readonly views?: readonly string[]
    /** Services that take features of it or of what is computed from it, as `service@version`. */
    readonly services: readonly string[]
    /** API keys that asked for it, as far as serving has counted. */
    readonly keys: readonly string[]
  }
  /** Newest first. */
  readonly history: readonly HistoryEntry[]
}

export interface DescribedEntity extends EntityObject, Described {}

interface FoundColumns {
  /** As the last check found them in the source, or as a push source declares them; empty when nothing was checked yet. */
  readonly found: SourceFacts['columns']
}
export type DescribedLakeSource = LakeSourceObject & Described & FoundColumns
export interface DescribedPushSource extends PushSourceObject, Described, FoundColumns {}
export type DescribedSource = DescribedLakeSource | DescribedPushSource

interface DescribedFeatures {
  readonly features: readonly (ViewObject['features'][number] & {
    readonly labels: readonly Label[]
    /** What its values are computed from: columns as `source.column`, or on demand features as `view@version.feature`. */
    readonly from: readonly string[]
  })[]
}

export interface DescribedStoredView extends Omit<ViewObject, 'features'>, Described, DescribedFeatures {
  readonly versions: readonly {
    readonly version: number
    /** The snapshot that is served; null when none is. */
    readonly snapshot: number | null
    readonly services: readonly string[]
  }[]
}

export interface DescribedOnDemandView extends Omit<OnDemandObject, 'features'>, Described, DescribedFeatures {
  readonly versions: readonly { readonly version: number; readonly services: readonly string[] }[]
}

export type DescribedView = DescribedStoredView | DescribedOnDemandView

export interface DescribedService extends ServiceObject, Described {
  readonly versions: readonly {
    readonly version: number
    /** Whether all its views are online, so that it answers. */
    readonly online: boolean
    readonly views: readonly string[]
  }[]
}

export type DescribedObject = DescribedEntity | DescribedSource | DescribedView | DescribedService

export interface Catalog {
  readonly snapshot: RegistrySnapshot
  readonly facts: Facts
  readonly head: Head
  history(kind: Change['kind'], name: string): Promise<readonly HistoryEntry[]>
}

/**
 * @param reference a name; of views and services also `name@version`, and without a version the newest is meant
 * @throws ShorelineError UNKNOWN_NAME
 */
export async function describeObject(
  catalog: Catalog,
  collection: Collection,
  reference: string,
): Promise<DescribedObject> {
  const found = findObject(catalog.snapshot, collection, reference)
  const history = await catalog.history(COLLECTIONS[collection], found.object.name)
  const about = new About(catalog, history)
  switch (found.kind) {
    case 'entity':
      return about.entity(found.object)
    case 'source':
      return about.source(found.object)
    case 'view':
      return isOnDemand(found.object) ? about.onDemandView(found.object) : about.view(found.object)
    case 'service':
      return about.service(found.object)
  }
}

type Found =
  | { readonly kind: 'entity'; readonly object: EntityObject }
  | { readonly kind: 'source'; readonly object: SourceObject }
  | { readonly kind: 'view'; readonly object: AnyViewObject }
  | { readonly kind: 'service'; readonly object: ServiceObject }

function findObject(snapshot: RegistrySnapshot, collection: Collection, reference: string): Found {
  switch (collection) {
    case 'entities':
      return { kind: 'entity', object: pick('entity', snapshot.entities, reference) }
    case 'sources':
      return { kind: 'source', object: pick('source', snapshot.sources, reference) }
    case 'views':
      return { kind: 'view', object: pick('view', sortedViews(snapshot), reference) }
    case 'services':
      return { kind: 'service', object: pick('service', snapshot.services, reference) }
  }
}

/** Stored and on-demand ones share their names, and a name may have been both. */
function sortedViews(snapshot: RegistrySnapshot): readonly AnyViewObject[] {
  return [...allViews(snapshot).values()].sort((a, b) =>
    a.name === b.name ? a.version - b.version : a.name < b.name ? -1 : 1,
  )
}

/** @param objects sorted by name, then version */
function pick<T extends { readonly name: string; readonly version?: number }>(
  kind: string,
  objects: readonly T[],
  reference: string,
): T {
  const { name, version } = parseReference(reference) ?? { name: reference }
  const versions = objects.filter((object) => object.name === name)
  const found = version === undefined ? versions.at(-1) : versions.find((object) => object.version === version)
  if (found) return found
  const shown = reference.slice(0, 80)
  const names = [...new Set(objects.map((object) => object.name))]
  throw new ShorelineError('UNKNOWN_NAME', `There is no ${kind} ${shown}. ${hint(name, names, versions)}`, {
    [kind]: shown,
  })
}

function hint(name: string, names: readonly string[], versions: readonly { readonly version?: number }[]): string {
  const numbers = versions.flatMap(({ version }) => (version === undefined ? [] : [version]))
  if (numbers.length > 0) return `${name} has the versions ${numbers.join(', ')}.`
  if (versions.length > 0) return `${name} has no versions: the views that read it carry it as it was.`
  const meant = nearest(name, names)
  return meant ? `Did you mean ${meant}?` : 'GET /v1/registry lists what there is.'
}

class About {
  readonly #catalog: Catalog
  readonly #graph: LineageGraph
  readonly #labels: ReadonlyMap<string, readonly Label[]>
  readonly #history: readonly HistoryEntry[]
  /** Of every service what it reads, itself or for what is computed on demand. */
  readonly #reads: ReadonlyMap<ServiceObject, ReadonlySet<string>>

  constructor(catalog: Catalog, history: readonly HistoryEntry[]) {
    this.#catalog = catalog
    this.#history = history
    this.#graph = lineageGraph(catalog.snapshot, catalog.facts)
    this.#labels = labelsOf(this.#graph)
    const all = allViews(catalog.snapshot)
    const behind = ({ inputs }: ServiceObject): ReadonlySet<string> =>
      viewsBehind(
        all,
        inputs.map((input) => input.view),
      )
    this.#reads = new Map(catalog.snapshot.services.map((service) => [service, behind(service)]))
  }

  entity(entity: EntityObject): DescribedEntity {
    const views = this.#catalog.snapshot.views.filter((view) => view.entity === entity.name).map(viewId)
    return { ...entity, ...this.#described('entity', nodeId.entity(entity.name), this.#servicesOf(views), views) }
  }

  source(source: SourceObject): DescribedSource {
    const { snapshot, facts } = this.#catalog
    const views = snapshot.views
      .filter((view) => view.sources.includes(source.name) || view.push === source.name)
      .map(viewId)
    const described = this.#described('source', nodeId.source(source.name), this.#servicesOf(views), views)
    if (source.format === 'push') return { ...source, ...described, found: source.schema }
    const found = Object.hasOwn(facts.sources, source.name) ? (facts.sources[source.name]?.columns ?? []) : []
    return { ...source, ...described, found }
  }

  view(view: ViewObject): DescribedStoredView {
    const id = viewId(view)
    return {
      ...view,
      ...this.#described('view', nodeId.view(id), this.#servicesOf([id]), this.#computing(id)),
      features: this.#features(view, 'column:'),
      versions: this.#catalog.snapshot.views
        .filter((one) => one.name === view.name)
        .map((one) => ({
          version: one.version,
          snapshot: this.#catalog.head.views[runsOf(one)]?.snapshot ?? null,
          services: this.#servicesOf([viewId(one)]),
        })),
    }
  }

  onDemandView(view: OnDemandObject): DescribedOnDemandView {
    const id = viewId(view)
    return {
      ...view,
      ...this.#described('view', nodeId.view(id), this.#servicesOf([id]), this.#computing(id)),
      features: this.#features(view, 'feature:'),
      versions: (this.#catalog.snapshot.on_demand ?? [])
        .filter((one) => one.name === view.name)
        .map((one) => ({ version: one.version, services: this.#servicesOf([viewId(one)]) })),
    }
  }

  /** @param kind how the ids of what is named in `from` begin */
  #features<T extends AnyViewObject>(view: T, kind: string): DescribedView['features'] {
    const id = viewId(view)
    const sources = Map.groupBy(
      this.#graph.edges.filter((edge) => edge.kind === 'values' && edge.from.startsWith(kind)),
      (edge) => edge.to,
    )
    return view.features.map((feature) => {
      const node = nodeId.feature(id, feature.name)
      const from = (sources.get(node) ?? []).map((edge) => edge.from.slice(kind.length)).sort()
      return { ...feature, labels: this.#labels.get(node) ?? [], from }
    })
  }

  /** The on-demand views that read a view themselves; undefined where there are none at all. */
  #computing(id: string): readonly string[] | undefined {
    return this.#catalog.snapshot.on_demand
      ?.filter((view) => viewInputs(view).some((input) => input.view === id))
      .map(viewId)
  }

  service(service: ServiceObject): DescribedService {
    const { snapshot, head } = this.#catalog
    const online = (view: string): boolean => {
      const runs = findRuns(snapshot, view)
      return runs.sources.length === 0 || Object.hasOwn(head.views, viewId(runs))
    }
    return {
      ...service,
      ...this.#described('service', nodeId.service(viewId(service)), [viewId(service)]),
      versions: snapshot.services
        .filter((one) => one.name === service.name)
        .map((one) => {
          const views = [...new Set(one.inputs.map((input) => input.view))]
          return { version: one.version, online: storedReads(one).every(online), views }
        }),
    }
  }

  #described(
    kind: Change['kind'],
    node: string,
    services: readonly string[],
    views?: readonly string[] | undefined,
  ): Described {
    return {
      registry: this.#catalog.snapshot.revision,
      object: kind,
      labels: this.#labels.get(node) ?? [],
      used_by: { ...(views === undefined ? {} : { views }), services, keys: [] },
      history: this.#history,
    }
  }

  #servicesOf(views: readonly string[]): readonly string[] {
    return [...this.#reads].flatMap(([service, read]) =>
      views.some((view) => read.has(view)) ? [viewId(service)] : [],
    )
  }
}
