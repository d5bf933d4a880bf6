/**
 * A feature view as a service takes it: in a role, with some of its features, under some names. The view itself is its
 * first role; `as`, `pick` and `rename` make others and leave it as it is.
 *
 * @example
 * const origin = airportDelays.as('origin_delays', { airport: 'origin' }).pick('flights_1d', 'avg_delay_7d')
 * const destination = airportDelays
 *   .as('destination_delays', { airport: 'destination' })
 *   .pick('avg_delay_7d')
 *   .rename({ avg_delay_7d: 'destination_delay_7d' })
 */
import { checkName } from '../../core/name.ts'
import type { JoinKey, OnDemandDefinition, RequestField, ServiceInput, ViewDefinition } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import type { Entity } from './entity.ts'
import type { Source } from './file-source.ts'
import { checkColumnName, isRecord } from './options.ts'
import type { PushSource } from './push-source.ts'
import type { AnyRequest } from './request.ts'
import type { Carries, Columns, NewNames, None, Renamed, Show } from './rows.ts'
import type { Statistics } from './statistics.ts'

interface SharedView {
  /** Under their own names. */
  readonly joinKeys: readonly JoinKey[]
  /** Request-time values that it needs, those of its inputs included. */
  readonly request: readonly RequestField[]
}

/** The definition that all roles of a stored view share. */
export interface StoredView extends SharedView {
  readonly kind: 'featureView'
  readonly object: ViewDefinition
  readonly entity: Entity
  /** Its push source among them. */
  readonly sources: readonly (Source | PushSource)[]
}

/** A `URL`, which not every project's types know. */
export interface FileUrl {
  readonly href: string
}

/** The definition that all roles of an on-demand view share. */
export interface OnDemandView extends SharedView {
  readonly kind: 'onDemandView'
  readonly object: OnDemandDefinition
  readonly inputs: readonly (AnyView | AnyRequest | Statistics)[]
  /** Of one in TypeScript: a function of a row. */
  readonly compute?: (row: never) => unknown
  /** Of one in WebAssembly: the file, from the repository's root, or its URL. */
  readonly module?: string | FileUrl
}

/** A view in a role, whatever its columns. */
export interface AnyView<C extends Columns = Columns> extends Definition<'featureView' | 'onDemandView'>, Carries<C> {
  /** The role: the view's own name until `.as()`. */
  readonly name: string
  readonly view: StoredView | OnDemandView
  readonly input: ServiceInput
}

/** `K` join keys, `F` features, `R` request-time values (of on-demand views), each name -> TypeScript type. */
export interface FeatureView<N extends string, K, F, R = None> extends AnyView<Columns<K, F, R>> {
  readonly name: N

  /** Only these features, in this order. */
  pick<const P extends readonly (keyof F & string)[]>(...features: P): FeatureView<N, K, Show<Pick<F, P[number]>>, R>

  /** Features under other names: `{ name: 'new_name' }`. */
  rename<const M extends { readonly [P in keyof F]?: string }>(
    names: M & NewNames<F, M>,
  ): FeatureView<N, K, Show<Renamed<F, M>>, R>

  /** The view in a role, with its join keys under other names in the request: `{ airport: 'origin' }`. */
  as<const A extends string, const M extends { readonly [P in keyof K]?: string } = None>(
    role: A,
    joinKeys?: M & NewNames<K, M>,
  ): FeatureView<A, Show<Renamed<K, M>>, F, R>
}

/** The view as it was defined: all features, every name its own. */
export function firstRole(view: StoredView | OnDemandView): AnyView {
  const { name, features } = view.object
  return inRole(view, {
    view: name,
    as: name,
    keys: Object.fromEntries(view.joinKeys.map((key) => [key.name, key.name])),
    features: features.map((feature) => ({ feature: feature.name, name: feature.name })),
  })
}

export function isView(value: unknown): value is AnyView {
  return isDefinition(value, 'featureView') || isDefinition(value, 'onDemandView')
}

/** How errors call a role. */
function roleName(view: AnyView['view'], { as }: ServiceInput): string {
  const name = `${view.kind} ${view.object.name}`
  return view.object.name === as ? name : `${name} as ${as}`
}

function inRole(view: AnyView['view'], input: ServiceInput): AnyView {
  const subject = roleName(view, input)
  const role = {
    [DEFINITION]: view.kind,
    name: input.as,
    view,
    input: frozen(input),
    pick: (...features: readonly string[]) => inRole(view, picked(subject, input, features)),
    rename: (names: unknown) => inRole(view, renamed(subject, input, names)),
    as: (name: unknown, joinKeys: unknown = {}) => inRole(view, withRole(view, input, name, joinKeys)),
  }
  return Object.freeze(role)
}

function picked(role: string, input: ServiceInput, names: readonly string[]): ServiceInput {
  const subject = `${role}: pick`
  if (names.length === 0) refuse(subject, `no feature is named. Name at least one of ${featureNames(input)}.`)
  const features = names.map((name, at) => {
    if (Array.isArray(name))
      refuse(subject, `${shown(name)} is a list. Name features one after the other, as in .pick('a', 'b').`)
    if (names.indexOf(name) !== at) refuse(subject, `"${name}" is named twice. Name it once.`)
    return input.features.find((feature) => feature.name === name) ?? unknownFeature(subject, name, input)
  })
  return { ...input, features }
}

function renamed(role: string, input: ServiceInput, names: unknown): ServiceInput {
  const subject = `${role}: rename`
  const map = nameMap(subject, names, "{ feature: 'new_name' }")
  for (const name of map.keys())
    if (!input.features.some((feature) => feature.name === name)) unknownFeature(subject, name, input)
  const features = input.features.map(({ feature, name }) => ({ feature, name: map.get(name) ?? name }))
  refuseRepeated(
    subject,
    features.map((feature) => feature.name),
    'features',
  )
  return { ...input, features }
}

const KEYLESS = { featureView: 'The entity is global and has none.', onDemandView: 'None of its inputs has one.' }

function withRole(view: AnyView['view'], input: ServiceInput, role: unknown, joinKeys: unknown): ServiceInput {
  const subject = `${roleName(view, input)}: as`
  if (typeof role !== 'string')
    refuse(subject, `the role is ${shown(role)}. Name it first, as in .as('role', { join_key: 'name' }).`)
  checkName(subject, role)
  const map = nameMap(subject, joinKeys, "{ join_key: 'name' }")
  const fields = Object.values(input.keys)
  for (const key of map.keys())
    if (!fields.includes(key))
      refuse(
        subject,
        `there is no join key "${key}". ${fields.length > 0 ? `Use ${fields.join(', ')}.` : KEYLESS[view.kind]}`,
      )
  const keys = Object.fromEntries(Object.entries(input.keys).map(([key, field]) => [key, map.get(field) ?? field]))
  refuseRepeated(subject, Object.values(keys), 'join keys')
  return { ...input, as: role, keys }
}

function nameMap(subject: string, names: unknown, form: string): ReadonlyMap<string, string> {
  if (!isRecord(names)) refuse(subject, `${shown(names)} is no map of names. Write ${form}.`)
  return new Map(
    Object.entries(names).flatMap(([from, to]) => {
      if (to === undefined) return []
      checkColumnName(subject, 'the new name', to)
      return [[from, to] as const]
    }),
  )
}

function refuseRepeated(subject: string, names: readonly string[], what: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) refuse(subject, `two ${what} would be called "${twice}". Give one of them another name.`)
}

function unknownFeature(subject: string, name: string, input: ServiceInput): never {
  return refuse(subject, `there is no feature "${name}". Use ${featureNames(input)}.`)
}

function featureNames(input: ServiceInput): string {
  return input.features.map((feature) => feature.name).join(', ')
}
