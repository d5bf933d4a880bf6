/** Feast's `view:feature`, `view@v2:feature`, `view@2:feature` and `view@latest:feature` as our `view[@2]:feature`. */
import { ShorelineError } from '../../core/errors.ts'
import { isName } from '../../core/name.ts'

/**
 * In the order of the request, each once.
 * @throws ShorelineError MALFORMED for what is no reference, UNKNOWN_NAME for a view that could not be called so
 */
export function readReferences(references: readonly string[]): readonly string[] {
  return [...new Set(references.map(readReference))]
}

const REFERENCE = /^([^:@]+)(?:@(?:latest|[vV]?([1-9][0-9]{0,8})))?:([^:]+)$/

function readReference(reference: string): string {
  const match = REFERENCE.exec(reference)
  const [, view, version, feature] = match ?? []
  if (view === undefined || feature === undefined)
    throw new ShorelineError(
      'MALFORMED',
      `Invalid feature reference ${JSON.stringify(shorten(reference))}. Write "view:feature", or "view@v2:feature" for a version.`,
      { field: 'features' },
    )
  if (!isName(view))
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `Feature view ${shorten(view)} does not exist: names here are in lower case with single underscores, as "shoreline import feast" writes them.`,
      { view: shorten(view) },
    )
  return `${view}${version === undefined ? '' : `@${version}`}:${feature}`
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
