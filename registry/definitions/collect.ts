/** From the exports of feature modules to the registry's plain data. */
import type { Definitions } from '../objects.ts'
import { constructorOf, frozen, refuse } from './definition.ts'
import { type Entity, isEntity } from './entity.ts'
import { type FeatureService, isService } from './feature-service.ts'
import { isSource, type Source } from './file-source.ts'
import { isRecord } from './options.ts'
import { isPushSource, type PushSource } from './push-source.ts'
import { isView, type OnDemandView, type StoredView } from './view.ts'

/** Found definitions by name. */
interface Found {
  readonly entities: Map<string, Entity>
  readonly sources: Map<string, Source | PushSource>
  /** Stored and on-demand ones: they share their names. */
  readonly views: Map<string, StoredView | OnDemandView>
  readonly services: Map<string, FeatureService>
}

/**
 * Everything that the modules export, and everything that it refers to: a view is found through a service that uses
 * it, an entity through its view. Definitions may also stand in exported arrays and objects; other exports are passed over.
 *
 * @throws ShorelineError INVALID when two different definitions of one kind have the same name
 * @example
 * const definitions = collect(await import('./features/flights.ts'), await import('./features/weather.ts'))
 */
export function collect(...modules: readonly Readonly<Record<string, unknown>>[]): Definitions {
  const found = find(modules)
  const views = [...found.views.values()]
  const onDemand = views.filter((view) => view.kind === 'onDemandView')
  return frozen({
    entities: objectsOf(found.entities.values()),
    sources: objectsOf(found.sources.values()),
    views: objectsOf(views.filter((view) => view.kind === 'featureView')),
    ...(onDemand.length > 0 && { on_demand: objectsOf(onDemand) }),
    services: objectsOf(found.services.values()),
  })
}

/** The on-demand views among them, with their functions and modules, by name. */
export function collectOnDemand(
  ...modules: readonly Readonly<Record<string, unknown>>[]
): ReadonlyMap<string, OnDemandView> {
  const views = [...find(modules).views.values()].filter((view) => view.kind === 'onDemandView')
  return new Map(views.map((view) => [view.object.name, view]))
}

function find(modules: readonly Readonly<Record<string, unknown>>[]): Found {
  const found: Found = { entities: new Map(), sources: new Map(), views: new Map(), services: new Map() }
  const seen = new Set<unknown>()
  for (const exported of modules) visit(exported, found, seen)
  return found
}

function visit(value: unknown, found: Found, seen: Set<unknown>): void {
  if (seen.has(value)) return
  seen.add(value)
  if (isService(value)) {
    if (add(found.services, 'featureService', value.name, value))
      for (const { view } of value.views) addView(view, found)
  } else if (isView(value)) addView(value.view, found)
  else if (isEntity(value)) add(found.entities, 'entity', value.name, value)
  else if (isSource(value) || isPushSource(value)) addSource(value, found)
  else if (Array.isArray(value) || isContainer(value)) for (const part of Object.values(value)) visit(part, found, seen)
}

/** A module namespace or an object literal; instances of classes may have getters that do anything. */
function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function addView(view: StoredView | OnDemandView, found: Found): void {
  if (!add(found.views, view.kind, view.object.name, view)) return
  if (view.kind === 'onDemandView') {
    for (const input of view.inputs) if (isView(input)) addView(input.view, found)
    return
  }
  add(found.entities, 'entity', view.entity.name, view.entity)
  for (const source of view.sources) addSource(source, found)
}

function addSource(source: Source | PushSource, found: Found): void {
  add(found.sources, constructorOf(source), source.name, source)
}

/** Whether the definition is new. Roles of one view share its definition, so identity tells two views apart. */
function add<T>(found: Map<string, T>, kind: string, name: string, definition: T): boolean {
  const earlier = found.get(name)
  if (earlier === definition) return false
  if (earlier !== undefined)
    refuse(
      `${kind} ${name}`,
      `two different definitions have this name. Rename one of them, or define it once and import it.`,
    )
  found.set(name, definition)
  return true
}

/** Sorted by name; names are ASCII, so the order of code units is the order of everyone. */
function objectsOf<D extends { readonly object: { readonly name: string } }>(
  found: Iterable<D>,
): readonly D['object'][] {
  return [...found].map((definition) => definition.object).sort((a, b) => (a.name < b.name ? -1 : 1))
}
