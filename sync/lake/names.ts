import { ShorelineError } from '../../core/errors.ts'
import type { LocalCopy } from './cache.ts'

/** What is said about copies of a bucket's objects, said of the objects: nobody knows where a cache keeps them. */
export function withObjectNames(text: string, copies: readonly LocalCopy[]): string {
  return copies.reduce(
    (so, { path, object }) => (object.uri.startsWith('file://') ? so : so.replaceAll(path, object.uri)),
    text,
  )
}

/** The same error about the objects; what is no ShorelineError stays. */
export function aboutObjects(thrown: unknown, copies: readonly LocalCopy[]): unknown {
  if (!(thrown instanceof ShorelineError)) return thrown
  const message = withObjectNames(thrown.message, copies)
  return message === thrown.message ? thrown : new ShorelineError(thrown.code, message, thrown.details, thrown)
}
