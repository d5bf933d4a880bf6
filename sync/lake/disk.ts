/** What the local disk says, as one clear sentence. */
import { ShorelineError } from '../../core/errors.ts'

export function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code
}

/** A full disk becomes a sentence with the fix; everything else stays what it was. */
export function explainDisk(thrown: unknown, path: string): unknown {
  if (!hasCode(thrown, 'ENOSPC') && !hasCode(thrown, 'EDQUOT')) return thrown
  return new ShorelineError(
    'UNAVAILABLE',
    `The disk is full: ${path} cannot be written. Free some space, or put the cache on a larger disk, and run again; what is complete is kept`,
    { path },
    thrown,
  )
}
