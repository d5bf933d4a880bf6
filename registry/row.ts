/**
 * What the inputs of an on-demand view add up to: the row that it computes from, and the fields that a request has to bring.
 * Used where a view is defined and where it is registered, so that both mean the same.
 */
import { ShorelineError } from '../core/errors.ts'
import { featureOf, fieldOf } from './input.ts'
import type { FeatureObject, JoinKey, RequestField, RowColumn, ServiceInput } from './objects.ts'

/** What is known of a view that is read. */
export interface ReadView {
  readonly features: readonly Pick<FeatureObject, 'name' | 'type'>[]
  readonly join_keys: readonly JoinKey[]
  readonly request: readonly RequestField[]
}

export type ReadInput =
  | { readonly input: ServiceInput; readonly view: ReadView }
  | { readonly request: readonly RequestField[] }
  | { readonly statistics: readonly RequestField[] }

export interface ComputedRow {
  /** Features in the order of the inputs, then join keys, then the view's own request-time values, then statistics. */
  readonly row: readonly RowColumn[]
  readonly joinKeys: readonly JoinKey[]
  /** Those of the views that are read, too. */
  readonly request: readonly RequestField[]
}

/** @throws ShorelineError INVALID naming the view and what clashes */
export function computedRow(subject: string, inputs: readonly ReadInput[]): ComputedRow {
  const { joinKeys, request } = requestFields(subject, inputs)
  const row = [
    ...inputs.flatMap((one) => ('view' in one ? featureColumns(subject, one.input, one.view) : [])),
    ...joinKeys,
    ...inputs.flatMap((one) => ('request' in one ? one.request : [])),
    ...inputs.flatMap((one) => ('statistics' in one ? one.statistics.map(({ name, type }) => ({ name, type })) : [])),
  ]
  const seen = new Set<string>()
  for (const { name } of row) {
    if (seen.has(name))
      throw new ShorelineError(
        'INVALID',
        `${subject}: two inputs bring "${name}". Leave one of them out with .pick(), or use .rename().`,
      )
    seen.add(name)
  }
  return { row, joinKeys, request }
}

function featureColumns(subject: string, input: ServiceInput, read: ReadView): readonly RowColumn[] {
  return input.features.map(({ feature, name }) => {
    const [, { type }] = featureOf(subject, input, read.features, feature)
    return { name, type, role: input.as }
  })
}

/**
 * The fields of a request, each with the type that everything agrees on. One that is a join key for any view is a join key.
 * @throws ShorelineError INVALID naming the field
 */
export function requestFields(subject: string, inputs: readonly ReadInput[]): Omit<ComputedRow, 'row'> {
  const types = new Map<string, { readonly type: string; readonly from: string }>()
  const keys = new Set<string>()
  const add = (name: string, type: string, from: string): void => {
    const earlier = types.get(name)
    if (earlier && earlier.type !== type)
      throw new ShorelineError(
        'INVALID',
        `${subject}: the request field "${name}" is ${earlier.type} for ${earlier.from} and ${type} for ${from}. Give one of them another name: a join key with .as().`,
      )
    if (!earlier) types.set(name, { type, from })
  }
  for (const one of inputs) {
    if ('request' in one) for (const { name, type } of one.request) add(name, type, 'request')
    else if ('view' in one) {
      for (const key of one.view.join_keys) {
        const field = fieldOf(one.input, key.name)
        add(field, key.type, one.input.as)
        keys.add(field)
      }
      for (const { name, type } of one.view.request) add(name, type, one.input.as)
    }
  }
  const fields = [...types].map(([name, { type }]) => ({ name, type }))
  return {
    joinKeys: fields.filter(({ name }) => keys.has(name)),
    request: fields.filter(({ name }) => !keys.has(name)),
  }
}
