/** Feast's two ways of writing: by push source, as applications call it, and by view, as its SDK does. */
import { ShorelineError } from '../../core/errors.ts'
import { MAX_ROWS } from '../../core/limits.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import type { PushedRows } from '../../registry/pushed-rows.ts'
import { runsOf } from '../../registry/runs.ts'
import { type PushOptions, schemaFor, writeRows } from '../push/push.ts'
import { checkRows } from '../push/rows.ts'
import type { PushSchema } from '../push/schema.ts'
import { type DataFrame, dataFrameRows } from './rows.ts'

/** @throws ShorelineError UNKNOWN_NAME, which the caller turns into Feast's own */
export function ofSource(registry: RegistrySnapshot, name: string): PushSchema {
  return schemaFor(registry, name)
}

/**
 * The push source of a view, bringing features of this view alone.
 * @throws ShorelineError UNKNOWN_NAME, or INVALID when nobody may push to the view
 */
export function ofView(registry: RegistrySnapshot, name: string): PushSchema {
  const view = registry.views.findLast((one) => one.name === name)
  const shown = name.slice(0, 80)
  if (!view) {
    const meant = nearest(name, [...new Set(registry.views.map((one) => one.name))])
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `Can't recognize feast object with a name ${shown}. ${meant ? `Did you mean ${meant}?` : 'GET /v1/registry lists the views.'}`,
      { object: shown },
    )
  }
  if (view.push === undefined)
    throw new ShorelineError(
      'INVALID',
      `View ${shown} has no push source, so only a sync writes it. Add push: pushSource(…) to its definition.`,
      { object: shown },
    )
  const schema = schemaFor(registry, view.push)
  const owner = runsOf(view)
  return { ...schema, targets: schema.targets.filter((target) => target.view === owner) }
}

/** All rows are checked before any is written. @throws ShorelineError INVALID, MALFORMED, UNAVAILABLE */
export async function writeDataFrame(
  pushed: PushedRows,
  schema: PushSchema,
  df: DataFrame,
  options: PushOptions,
): Promise<{ readonly bookmark: string | null }> {
  const rows = checkRows(schema, dataFrameRows(schema, df))
  let bookmark: string | null = null
  for (let at = 0; at < rows.length; at += MAX_ROWS)
    bookmark = (await writeRows(pushed, schema, rows.slice(at, at + MAX_ROWS), options)).bookmark
  return { bookmark }
}
