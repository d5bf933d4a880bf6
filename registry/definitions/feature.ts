/**
 * A feature is a type, or a type with something to say about it.
 *
 * @example
 * features: {
 *   flights_1d: t.int64(),
 *   avg_delay_7d: { type: t.float64(), description: 'Mean arrival delay in minutes', visibility: 'public' },
 * }
 */
import { isType, type Type, typeNames, typeText, type ValueType } from '../../core/types.ts'
import type { FeatureObject } from '../objects.ts'
import { refuse, shown } from './definition.ts'
import {
  checkChoice,
  checkColumnName,
  checkOptions,
  checkTags,
  checkText,
  isRecord,
  present,
  type Tags,
} from './options.ts'

/** Whether a browser token may read the feature (`public`) or only a server's key. */
export type Visibility = 'server' | 'public'

export interface FeatureOptions {
  readonly type: Type
  readonly description?: string
  readonly tags?: Tags
  /** `server` unless said otherwise. */
  readonly visibility?: Visibility
}

export type FeatureInput = Type | FeatureOptions
export type FeatureInputs = Readonly<Record<string, FeatureInput>>

/** The features and the TypeScript types of their values. */
export type FeatureValues<F> = {
  readonly [P in keyof F]: F[P] extends Type<infer T> ? T : F[P] extends { readonly type: Type<infer T> } ? T : never
}

/** The features of a view, in the order in which they were written. */
export function featureObjects(subject: string, features: unknown, keys: readonly string[]): readonly FeatureObject[] {
  if (features !== undefined && !isRecord(features))
    refuse(subject, `features is ${shown(features)}. Write features: { name: type } with at least one.`)
  if (!isRecord(features) || Object.keys(features).length === 0)
    refuse(subject, 'it has no features. Write features: { name: type } with at least one.')
  return Object.entries(features).map(([name, input]) => {
    checkColumnName(subject, 'feature', name)
    if (keys.includes(name)) refuse(subject, `feature "${name}" has the name of a join key. Give it another name.`)
    return featureObject(`${subject}: feature ${name}`, name, input)
  })
}

/** The end of a sentence about what was given in place of a type. */
export function notAType(value: unknown): string {
  if (typeof value === 'function') return 'is a function, not a type. Call it, as in t.int64().'
  const kind = isRecord(value) ? value['kind'] : undefined
  if (kind === 'list') return 'is a list of no type. Name the type of its elements, as in t.list(t.int64()).'
  if (kind === 'vector')
    return `is a vector of size ${shown(isRecord(value) && value['size'])}. Write a whole number from 1 to 100000, as in t.vector(384).`
  return `has ${shown(value)}, which is not a type. Write t.int64() or another of ${typeNames()}.`
}

function featureObject(subject: string, name: string, input: unknown): FeatureObject {
  if (isType(input)) return { name, type: typeText(input), visibility: 'server' }
  if (isRecord(input) && !('kind' in input) && !('type' in input))
    return refuse(subject, `it has no type. Write { type: t.int64() } or another type beside what describes it.`)
  if (!isDescribed(input)) return refuse(subject, `it ${notAType(input)}`)
  checkOptions(subject, input, ['type', 'description', 'tags', 'visibility'])
  const { type, ...options } = input
  if (!isType(type)) return refuse(subject, `it ${notAType(type)}`)
  checkText(subject, 'description', options.description)
  checkTags(subject, options.tags)
  checkChoice(subject, 'visibility', options.visibility, ['server', 'public'])
  const { tags, ...rest } = present(options, ['description', 'tags'])
  return {
    name,
    type: typeText(type),
    ...rest,
    ...(tags && { tags: { ...tags } }),
    visibility: options.visibility ?? 'server',
  }
}

/** Only the presence of `type`: what it holds and what stands beside it is checked next. */
function isDescribed(input: unknown): input is Omit<FeatureOptions, 'type'> & { readonly type: ValueType | undefined } {
  return isRecord(input) && 'type' in input
}
