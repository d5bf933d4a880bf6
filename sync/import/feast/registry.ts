/** One project of a Feast registry: the form that a JSON dump and a registry file are both read into. */
import { ShorelineError } from '../../../core/errors.ts'
import type { Dump, FeastEntity, FeastOnDemandView, FeastService, FeastSource, FeastView } from './schema.ts'

/** Lists are sorted by name, so that the order in a registry file, which is that of history, does not matter. */
export interface FeastRegistry {
  readonly project: string
  readonly entities: readonly FeastEntity[]
  readonly sources: readonly FeastSource[]
  readonly views: readonly FeastView[]
  readonly services: readonly FeastService[]
  readonly onDemandViews: readonly FeastOnDemandView[]
  readonly streamViews: readonly string[]
  /** What has no counterpart and is only named: saved datasets, permissions and the like. */
  readonly others: readonly { readonly kind: string; readonly name: string }[]
}

/** @throws ShorelineError INVALID when it is not clear which project is meant, or there is nothing in it */
export function projectOf(dump: Dump, asked: string | undefined): FeastRegistry {
  const project = chosenProject(dump, asked)
  const own = <T extends Member>(members: readonly T[]) => byName(members.filter((one) => isOf(one, project)))
  const specs = <T extends Member>(members: readonly { readonly spec: T }[]) => own(members.map((one) => one.spec))
  const others = (kind: string, members: readonly Member[]) => own(members).map(({ name }) => ({ kind, name }))
  const registry: FeastRegistry = {
    project,
    entities: specs(dump.entities),
    sources: own(dump.dataSources),
    views: specs(dump.featureViews),
    services: specs(dump.featureServices),
    onDemandViews: specs(dump.onDemandFeatureViews),
    streamViews: specs(dump.streamFeatureViews).map((view) => view.name),
    others: [
      ...others(
        'label view',
        dump.labelViews.map((view) => view.spec),
      ),
      ...others(
        'saved dataset',
        dump.savedDatasets.map((dataset) => dataset.spec),
      ),
      ...others('validation reference', dump.validationReferences),
      ...others(
        'permission',
        dump.permissions.map((permission) => permission.spec),
      ),
    ],
  }
  if (registry.entities.length + registry.sources.length + registry.views.length === 0)
    throw new ShorelineError(
      'INVALID',
      `The registry${project && ` of the Feast project "${project}"`} holds no entities, sources or feature views. Run "feast apply" in the Feast repository first, then import again.`,
    )
  return registry
}

interface Member {
  readonly name: string
  readonly project: string
}

/** Registries of early releases do not say whose an object is. */
function isOf(member: Member, project: string): boolean {
  return member.project === '' || member.project === project
}

function chosenProject(dump: Dump, asked: string | undefined): string {
  const projects = projectsOf(dump)
  const names = projects.map((name) => `"${name}"`).join(', ')
  if (asked !== undefined) {
    if (projects.length > 0 && !projects.includes(asked))
      throw new ShorelineError('INVALID', `The registry has no project "${asked}". It has ${names}.`)
    return asked
  }
  if (projects.length > 1)
    throw new ShorelineError(
      'INVALID',
      `The registry holds several Feast projects: ${names}. Choose one with --project.`,
    )
  return projects[0] ?? ''
}

function projectsOf(dump: Dump): readonly string[] {
  if (dump.project !== '') return [dump.project]
  const specs = [...dump.entities, ...dump.featureViews, ...dump.featureServices, ...dump.onDemandFeatureViews]
  const names = [
    ...dump.projects.map((one) => one.spec.name),
    ...dump.projectMetadata.map((one) => one.project),
    ...specs.map((one) => one.spec.project),
    ...dump.dataSources.map((one) => one.project),
  ]
  return [...new Set(names.filter((name) => name !== ''))].sort()
}

function byName<T extends Member>(members: readonly T[]): readonly T[] {
  return members.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
