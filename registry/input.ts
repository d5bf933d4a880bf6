/** A view in a role, as services and on-demand views take it: which field of the request a join key is, and its features by name. */
import { ShorelineError } from '../core/errors.ts'
import type { ServiceInput } from './objects.ts'

/** The field of the request that a join key of the view comes from. */
export function fieldOf({ keys }: Pick<ServiceInput, 'keys'>, key: string): string {
  return (Object.hasOwn(keys, key) ? keys[key] : undefined) ?? key
}

/** @throws ShorelineError INVALID when the view has no such feature */
export function featureOf<F extends { readonly name: string }>(
  subject: string,
  { view }: Pick<ServiceInput, 'view'>,
  features: readonly F[],
  name: string,
): readonly [index: number, feature: F] {
  const index = features.findIndex((one) => one.name === name)
  const feature = features[index]
  if (feature) return [index, feature]
  throw new ShorelineError(
    'INVALID',
    `${subject}: view ${view} has no feature ${name}. It has ${features.map((one) => one.name).join(', ')}.`,
  )
}
