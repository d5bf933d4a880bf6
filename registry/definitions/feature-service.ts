/**
 * A feature service is what a model or an application asks for: views in their roles, and the names of their features
 * in one row.
 *
 * @example
 * export const flightDelay = featureService('flight_delay', {
 *   owner: 'growth@example.com',
 *   features: [airportDelays.as('origin_delays', { airport: 'origin' }), routes.pick('distance')],
 * })
 */
import { checkName } from '../../core/name.ts'
import type { ServiceDefinition } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import { checkMetadata, checkOptions, METADATA_OPTIONS, type MetadataOptions } from './options.ts'
import type { InputRow, NoClash, OutputRow } from './rows.ts'
import { type AnyView, isView } from './view.ts'

export interface FeatureServiceOptions<L extends readonly AnyView[] = readonly AnyView[]> extends MetadataOptions {
  /** Views, whole or after `.as()`, `.pick()`, `.rename()`. No two may bring a feature of the same name. */
  readonly features: L & NoClash<L>
}

/** `I`: the row that a caller sends. `O`: the row that comes back. */
export interface FeatureService<N extends string = string, I = unknown, O = unknown>
  extends Definition<'featureService'> {
  readonly name: N
  readonly object: ServiceDefinition
  readonly views: readonly AnyView[]
  /** For inference only. */
  readonly _input?: I
  readonly _output?: O
}

/** @throws ShorelineError INVALID naming the service and the field */
export function featureService<const N extends string, const L extends readonly AnyView[]>(
  name: N,
  options: FeatureServiceOptions<L>,
): FeatureService<N, InputRow<L>, OutputRow<L>> {
  checkName('featureService', name)
  const subject = `featureService ${name}`
  checkOptions(subject, options, ['features', ...METADATA_OPTIONS])
  const views = checkViews(subject, options.features)
  checkRoles(subject, views)
  checkNames(subject, views, checkFields(subject, views))
  const object = { name, ...checkMetadata(subject, options), inputs: views.map((view) => view.input) }
  return Object.freeze({
    [DEFINITION]: 'featureService' as const,
    name,
    object: frozen(object),
    views: Object.freeze(views),
  })
}

export function isService(value: unknown): value is FeatureService {
  return isDefinition(value, 'featureService')
}

function checkViews(subject: string, features: unknown): readonly AnyView[] {
  if (features !== undefined && !Array.isArray(features))
    return refuse(subject, `features is ${shown(features)}. Write features: [view, …] with at least one view.`)
  if (!Array.isArray(features) || features.length === 0)
    return refuse(subject, 'it has no features. Write features: [view, …] with at least one view.')
  return features.map((view: unknown, at) =>
    isView(view)
      ? view
      : refuse(
          subject,
          `features[${at}] is ${shown(view)}. Pass what featureView(), onDemandView(), .as(), .pick() or .rename() returned.`,
        ),
  )
}

function checkRoles(subject: string, views: readonly AnyView[]): void {
  const roles = views.map((view) => view.name)
  const twice = roles.find((role, at) => roles.indexOf(role) !== at)
  if (twice !== undefined)
    refuse(
      subject,
      `two views have the role "${twice}". Take all features in one .pick(), or give one view a role with .as().`,
    )
}

/** The fields of a request, each with the type that all views agree on. */
function checkFields(subject: string, views: readonly AnyView[]): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>()
  for (const { view, input, name } of views) {
    for (const key of view.joinKeys) {
      const field = input.keys[key.name] ?? key.name
      const earlier = fields.get(field)
      if (earlier !== undefined && earlier.type !== key.type)
        refuse(
          subject,
          `the ${earlier.what} "${field}" is ${earlier.type} and, in ${name}, ${key.type}. Give one of them another name with .as('${name}', { ${key.name}: '…' }).`,
        )
      fields.set(field, { what: 'join key', type: key.type })
    }
    for (const { name: field, type } of view.request) {
      const earlier = fields.get(field)
      if (earlier !== undefined && earlier.type !== type)
        refuse(
          subject,
          `the ${earlier.what} "${field}" is ${earlier.type} and, in ${name}, ${type}. Give one of them another name.`,
        )
      if (!earlier) fields.set(field, { what: 'value of the request', type })
    }
  }
  return fields
}

interface Field {
  readonly what: string
  readonly type: string
}

function checkNames(subject: string, views: readonly AnyView[], fields: ReadonlyMap<string, Field>): void {
  const takenFrom = new Map<string, string>()
  for (const { name: role, input } of views) {
    for (const { name } of input.features) {
      const earlier = takenFrom.get(name)
      const field = fields.get(name)
      const fix = `use .pick() to leave it out, or .rename({ ${name}: '${role}_${name}' })`
      if (field) refuse(subject, `the feature "${name}" of ${role} has the name of a ${field.what}; ${fix}.`)
      if (earlier !== undefined) refuse(subject, `"${name}" comes from both ${earlier} and ${role}; ${fix}.`)
      takenFrom.set(name, role)
    }
  }
}
