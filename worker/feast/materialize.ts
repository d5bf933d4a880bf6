/** Feast's requests for a materialization, as what the sync service is asked to do. */
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import { type RegistrySnapshot, viewId } from '../../registry/objects.ts'
import { findRuns, keptViews } from '../../registry/runs.ts'
import type { Wanted } from '../../registry/sync-requests.ts'
import type { FeastMaterializeIncrementalRequest, FeastMaterializeRequest } from '../../registry/wire/feast.ts'

/**
 * `POST /materialize`: both bounds are inclusive, as they are in Feast.
 * @param now of the deployment, microseconds. @throws ShorelineError INVALID, MALFORMED, UNKNOWN_NAME
 */
export function wantedBetween(registry: RegistrySnapshot, body: FeastMaterializeRequest, now: number): Wanted {
  if (body.disable_event_timestamp)
    throw new ShorelineError(
      'INVALID',
      'disable_event_timestamp: rows are known by their event timestamps here, and nothing materializes without. Send start_ts and end_ts.',
      { field: 'disable_event_timestamp' },
    )
  if (!body.start_ts || !body.end_ts)
    throw new ShorelineError('INVALID', 'start_ts and end_ts are required.', { field: 'start_ts' })
  const from = instantOf('start_ts', body.start_ts)
  const to = instantOf('end_ts', body.end_ts)
  if (from >= to)
    throw new ShorelineError(
      'INVALID',
      `start_ts ${body.start_ts} is not before end_ts ${body.end_ts}: nothing lies between them.`,
      { field: 'start_ts' },
    )
  return { views: viewsOf(registry, body), from, to: bounded(to, now) }
}

/** `POST /materialize-incremental`: what changed since the last sync is its own to find. */
export function wantedUntil(registry: RegistrySnapshot, body: FeastMaterializeIncrementalRequest, now: number): Wanted {
  return { views: viewsOf(registry, body), from: null, to: bounded(instantOf('end_ts', body.end_ts), now) }
}

/** No event after now is ever taken: a bound there leaves out nothing. */
function bounded(to: number, now: number): number | null {
  return to >= now ? null : to
}

/** `2026-11-22T10:00:00.123456+00:00`; without a zone it is UTC, and digits of a second beyond the sixth are cut. */
function instantOf(field: string, text: string): number {
  const micros = parseTimestamp(text.trim().replace(/(\.\d{6})\d+/, '$1'))
  if (micros !== null) return micros
  throw new ShorelineError(
    'MALFORMED',
    `${field} is ${JSON.stringify(text.slice(0, 80))}; write an RFC 3339 instant such as "2026-11-22T10:00:00Z".`,
    { field },
  )
}

interface Named {
  readonly feature_views?: readonly string[] | null | undefined
  readonly version?: string | null | undefined
}

/** @returns `view` or `view@version`, sorted; empty for all */
function viewsOf(registry: RegistrySnapshot, { feature_views: named, version }: Named): readonly string[] {
  if (!version) return [...new Set((named ?? []).map((name) => stored(registry, name)))].sort()
  const [only, ...more] = named ?? []
  const number = /^v?([1-9][0-9]{0,8})$/.exec(version)?.[1]
  if (only === undefined || more.length > 0 || number === undefined)
    throw new ShorelineError(
      'INVALID',
      `version ${JSON.stringify(version.slice(0, 80))}: name exactly one feature view with it, and write it as in "v2".`,
      { field: 'version' },
    )
  return [stored(registry, `${only}@${number}`)]
}

/** @throws ShorelineError UNKNOWN_NAME, or INVALID when no sync materializes it */
function stored(registry: RegistrySnapshot, reference: string): string {
  const runs = findRuns(registry, reference)
  const kept = keptViews(registry).some(({ view }) =>
    reference.includes('@') ? viewId(view) === viewId(runs) : view.name === runs.name,
  )
  if (kept) return reference
  throw new ShorelineError(
    'INVALID',
    `View ${reference} is not kept materialized: it has no source to read, or it is retired and no service reads it.`,
    { view: reference },
  )
}
