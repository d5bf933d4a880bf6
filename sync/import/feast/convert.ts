/** From a Feast registry to our definitions, with what was renamed and what is left to do. */
import { Entities } from './entities.ts'
import type { Converted } from './model.ts'
import type { FeastRegistry } from './registry.ts'
import { Report } from './report.ts'
import { convertServices } from './services.ts'
import { Sources } from './sources.ts'
import { convertViews } from './views.ts'

/** @throws ShorelineError INVALID when two names become one */
export function convert(registry: FeastRegistry, bucket?: string): Converted {
  // One each, so that their lines stand together, whenever they are found.
  const reports = { entities: new Report(), sources: new Report(), views: new Report(), services: new Report() }
  const entities = new Entities(registry, reports.entities)
  const sources = new Sources(registry, reports.sources, bucket)
  const views = convertViews(registry, entities, sources, reports.views)
  const services = convertServices(registry, views, reports.services)
  const newSources = sources.all()
  const all = Object.values(reports)
  return {
    project: registry.project,
    entities: byName(entities.all()),
    sources: byName(newSources),
    views: byName([...views.values()].map((one) => one.view)),
    services: byName(services),
    renamed: all.flatMap((report) => report.renamed),
    workLeft: all.flatMap((report) => report.workLeft),
  }
}

function byName<T extends { readonly name: string }>(objects: readonly T[]): readonly T[] {
  return objects.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
