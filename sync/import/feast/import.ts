/** A Feast registry as a file of definitions. */
import { ShorelineError } from '../../../core/errors.ts'
import { convert } from './convert.ts'
import { definitionsOf } from './definitions.ts'
import type { Converted } from './model.ts'
import { moduleText } from './module.ts'
import { readRegistry } from './read.ts'

export interface ImportOptions {
  /** Which project, where the registry holds several. */
  readonly project?: string | undefined
  /** `r2://bucket/folder`, where the objects of other stores are to be. */
  readonly bucket?: string | undefined
}

export interface Imported {
  readonly text: string
  readonly converted: Converted
}

/**
 * @param file how errors call the registry
 * @throws ShorelineError MALFORMED when the bytes are no registry, INVALID when it cannot be converted
 */
export function importFeast(file: string, bytes: Uint8Array, options: ImportOptions = {}): Imported {
  const { bucket } = options
  if (bucket !== undefined && !/^r2:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/[^*?]*)?$/.test(bucket))
    throw new ShorelineError(
      'INVALID',
      `--bucket ${JSON.stringify(bucket)} is no bucket. Write r2://bucket or r2://bucket/folder.`,
    )
  const converted = convert(readRegistry(file, bytes, options.project), bucket)
  definitionsOf(converted)
  return { text: moduleText(converted), converted }
}
