/** Feature services: projections become roles with picked features, under names that do not clash. */
import { type NewInput, type NewService, saidOf, sorted } from './model.ts'
import type { FeastRegistry } from './registry.ts'
import { freeName, Names, type Report } from './report.ts'
import type { FeastProjection, FeastService } from './schema.ts'
import type { ConvertedView } from './views.ts'

/** A view in a role, with Feast's names beside ours. */
interface Role {
  readonly of: ConvertedView
  readonly role: string
  /** How Feast begins the full names of its features. */
  readonly feastRole: string
  /** Join key -> field of the request; mutable until no two fields of one name differ in type. */
  readonly fields: Map<string, string>
  readonly features: string[]
}

export function convertServices(
  registry: FeastRegistry,
  views: ReadonlyMap<string, ConvertedView>,
  report: Report,
): readonly NewService[] {
  const names = new Names(report)
  return registry.services.flatMap((feast) => {
    const object = `service ${feast.name}`
    if (feast.loggingConfig) report.left(object, 'its logging of what was served is not converted')
    const roles = rolesOf(feast, views, registry, report)
    if (roles.length === 0) {
      report.left(object, 'not converted: nothing of it is left')
      return []
    }
    separateFields(object, roles, report)
    const renamed = separateFeatures(object, roles, report)
    const inputs = roles.map((role, at) => inputOf(role, renamed[at] ?? new Map()))
    return [{ name: names.claim('service', feast.name), ...saidOf(feast), inputs }]
  })
}

function rolesOf(
  feast: FeastService,
  views: ReadonlyMap<string, ConvertedView>,
  registry: FeastRegistry,
  report: Report,
): Role[] {
  const object = `service ${feast.name}`
  const fieldNames = new Names(report, object)
  const roleNames = new Names(report, object)
  const roles: Role[] = []
  for (const projection of feast.features) {
    const { featureViewName, featureViewNameAlias: alias, versionTag } = projection
    const of = views.get(featureViewName)
    if (!of) {
      report.left(object, `without ${missing(projection, registry)}`)
      continue
    }
    if (versionTag !== undefined)
      report.left(object, `it asks for version ${versionTag} of ${featureViewName}, and has the one of now`)
    const fields = new Map(
      of.keys.map((key) => {
        const field = projection.joinKeyMap[key.feast]
        return [key.name, fieldNames.claim('request_field', field || key.feast)] as const
      }),
    )
    const features = pickedOf(object, projection, of, report)
    if (features.length === 0) continue
    const feastRole = alias || featureViewName
    const same = roles.find((role) => role.feastRole === feastRole && role.of === of && sameFields(role.fields, fields))
    if (same) same.features.push(...features.filter((name) => !same.features.includes(name)))
    else {
      const role = roleNames.invent('role', feastRole)
      if (alias) report.rename(`role of ${object}`, alias, role)
      roles.push({ of, role, feastRole, fields, features })
    }
  }
  return roles
}

function missing({ featureViewName: name, featureColumns }: FeastProjection, registry: FeastRegistry): string {
  const features = featureColumns.map((column) => column.name).join(', ')
  const kind = registry.onDemandViews.some((view) => view.name === name)
    ? 'on-demand view'
    : registry.streamViews.includes(name)
      ? 'stream view'
      : 'view'
  return `${kind} ${name}${features && ` (${features})`}, which is not converted`
}

/** Our names of the projected features; of all, where Feast had not yet resolved them. */
function pickedOf(object: string, projection: FeastProjection, of: ConvertedView, report: Report): string[] {
  const { featureViewName, featureColumns } = projection
  if (featureColumns.length === 0) return [...of.features.values()]
  const picked = featureColumns.flatMap(({ name }) => {
    const ours = of.features.get(name)
    if (ours === undefined && !of.keys.some((key) => key.feast === name))
      report.left(object, `without feature ${name} of ${featureViewName}, which is not converted`)
    return ours ?? []
  })
  return [...new Set(picked)]
}

function sameFields(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return [...one].every(([key, field]) => other.get(key) === field)
}

/** Two views may call different things by one name: a field of the request has one type. */
function separateFields(object: string, roles: readonly Role[], report: Report): void {
  const types = new Map<string, string>()
  for (const { of, role, fields } of roles)
    for (const { name: key, type } of of.keys) {
      const field = fields.get(key) ?? key
      if ((types.get(field) ?? type) === type) types.set(field, type)
      else {
        const other = freeName(`${role}_${field}`, (name) => types.has(name) || [...fields.values()].includes(name))
        fields.set(key, other)
        types.set(other, type)
        report.left(
          object,
          `${field} is ${types.get(field)} and, in ${role}, ${type}: there the request calls it ${other}`,
        )
      }
    }
}

/** Where names meet, each takes its role before it, as Feast's full names do. One map of new names per role. */
function separateFeatures(object: string, roles: readonly Role[], report: Report): readonly Map<string, string>[] {
  const fields = roles.flatMap((role) => [...role.fields.values()])
  const all = roles.flatMap((role) => role.features)
  const taken = new Set([...fields, ...all])
  return roles.map(({ role, feastRole, of, features }) => {
    const renamed = new Map<string, string>()
    for (const feature of features) {
      const meets = fields.includes(feature) || all.filter((name) => name === feature).length > 1
      if (!meets) continue
      const name = freeName(`${role}_${feature}`, (wish) => taken.has(wish))
      taken.add(name)
      renamed.set(feature, name)
      const feast = [...of.features].find(([, ours]) => ours === feature)?.[0] ?? feature
      report.rename(`feature of ${object}`, `${feastRole}__${feast}`, name)
    }
    return renamed
  })
}

function inputOf({ of, role, fields, features }: Role, renamed: ReadonlyMap<string, string>): NewInput {
  const { view } = of
  const all = view.features.map((feature) => feature.name)
  const keys = [...fields].filter(([key, field]) => key !== field)
  const isWhole = features.length === all.length && features.every((name, at) => name === all[at])
  return {
    view: view.name,
    ...((role !== view.name || keys.length > 0) && { as: { role, keys: sorted(Object.fromEntries(keys)) } }),
    ...(!isWhole && { pick: features }),
    ...(renamed.size > 0 && { rename: Object.fromEntries(renamed) }),
  }
}
