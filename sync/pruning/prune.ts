/**
 * Which objects a sync has to read. Where a lake only grew, what is online and the new objects say what reading everything
 * would; everywhere else everything is read.
 */
import { parseDuration } from '../../core/duration.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { LakeObject } from '../lake/lake.ts'
import { readsAsOf } from '../sql/as-of.ts'
import type { TimeRange } from './ranges.ts'

/** Source -> its objects. */
export type SourceObjects = ReadonlyMap<string, readonly LakeObject[]>

/** The run whose snapshot is online. */
export interface PreviousRun {
  /** Everything that was listed for it, read or not. */
  readonly objects: readonly { readonly uri: string; readonly etag: string; readonly size: number }[]
  /** Microseconds since the epoch. */
  readonly asOf: number
  /** The first instant at which the same objects give other rows; null when there is none. */
  readonly nextEvent: number | null
  /** False for a run of `--from` or `--to`: of other events it says nothing. */
  readonly whole: boolean
}

export interface PruneRequest {
  readonly view: Pick<ViewObject, 'sql' | 'lookback' | 'reads'>
  readonly current: SourceObjects
  /** Null when nothing is online. */
  readonly previous: PreviousRun | null
  /** Microseconds since the epoch. */
  readonly asOf: number
}

/** What to read. */
export type Pruned =
  | { readonly full: true; readonly reason: string }
  | {
      readonly full: false
      readonly reason: string
      readonly read: SourceObjects
      /**
       * Events from then on are computed anew, microseconds since the epoch: they take the place of those online, see
       * `merge.ts`. Null for a view without SQL, whose rows only join those online.
       */
      readonly outputsFrom: number | null
    }

/**
 * Why everything has to be read, as far as it can be said without looking at any object; null when it need not be.
 * @returns null also when only `prune` can tell
 */
export function whyFull({ view, current, previous, asOf }: PruneRequest): string | null {
  if (!previous) return 'nothing is online yet'
  if (!previous.whole) return 'what is online holds a part of the events'
  if (asOf < previous.asOf) return 'it is as of an earlier instant than what is online'
  if (previous.nextEvent !== null && previous.nextEvent <= asOf) return 'rows that lay in the future have come due'
  const listed = new Map([...current.values()].flat().map(({ uri, etag }) => [uri, etag]))
  for (const { uri, etag } of previous.objects) {
    const now = listed.get(uri)
    if (now === undefined) return `${uri} was removed`
    if (now !== etag) return `${uri} was changed`
  }
  if (addedTo(current, previous).size === 0) return 'no object was added'
  const uneven = view.reads.find((source) => source.schema_drift !== undefined)
  if (uneven) return `the files of ${uneven.name} may differ in their columns`
  if (view.sql === undefined) return null
  if (view.lookback === undefined) return 'its SQL may read any event: the view declares no lookback'
  return readsAsOf(view.sql) ? 'its SQL reads $as_of' : null
}

/**
 * A view without SQL reads the added objects: of them and what is online the newest is the newest of all. A view with SQL
 * reads what its outputs near the added events come from: an output depends on the events within `lookback` of it, on either
 * side, so that one at the start of its hour counts as well as one at its end.
 * @param rangeOf where an object's events lie; asked only for views with SQL
 */
export function prune(request: PruneRequest, rangeOf: (source: string, object: LakeObject) => TimeRange): Pruned {
  const { view, current, previous, asOf } = request
  const reason = whyFull(request)
  if (reason !== null || !previous) return { full: true, reason: reason ?? 'nothing is online yet' }
  const added = addedTo(current, previous)
  const many = count(added)
  const grew = `${many} ${many === 1 ? 'object was' : 'objects were'} added`
  if (view.sql === undefined) return { full: false, reason: grew, read: added, outputsFrom: null }
  const lookback = parseDuration('lookback', view.lookback)
  // Events after it are not known yet, and an object without rows has none.
  let first = asOf
  for (const [source, objects] of added)
    for (const object of objects) {
      const { from } = rangeOf(source, object)
      if (from === Number.NEGATIVE_INFINITY)
        return { full: true, reason: `${object.uri} does not say when its events are` }
      first = Math.min(first, from)
    }
  const outputsFrom = first - lookback
  const read = new Map(
    [...current].map(([source, objects]) => [
      source,
      atLeastOne(objects, (object) => rangeOf(source, object).to >= outputsFrom - lookback),
    ]),
  )
  if (count(read) === count(current)) return { full: true, reason: `${grew}, and all are within its lookback` }
  return { full: false, reason: grew, read, outputsFrom }
}

/**
 * The objects that can hold what events of a window are computed from, for `--from` and `--to`.
 * @param lookback microseconds; 0 for a view without SQL
 */
export function overlapping(
  objects: readonly LakeObject[],
  rangeOf: (object: LakeObject) => TimeRange,
  window: { readonly from: number | null; readonly to: number | null },
  lookback: number,
): readonly LakeObject[] {
  const from = (window.from ?? Number.NEGATIVE_INFINITY) - lookback
  const to = (window.to ?? Number.POSITIVE_INFINITY) + lookback
  return atLeastOne(objects, (object) => {
    const range = rangeOf(object)
    return range.to >= from && range.from <= to
  })
}

/** A table needs a file to have its columns from: the smallest, where none is needed for its rows. */
function atLeastOne(objects: readonly LakeObject[], needed: (object: LakeObject) => boolean): readonly LakeObject[] {
  const found = objects.filter(needed)
  return found.length > 0 ? found : objects.toSorted((a, b) => a.size - b.size).slice(0, 1)
}

/** The objects that are new, by source; sources without are left out. */
function addedTo(current: SourceObjects, { objects }: PreviousRun): SourceObjects {
  const before = new Set(objects.map(({ uri }) => uri))
  const added = [...current].map(([source, listed]) => [source, listed.filter(({ uri }) => !before.has(uri))] as const)
  return new Map(added.filter(([, listed]) => listed.length > 0))
}

function count(objects: SourceObjects): number {
  return [...objects.values()].reduce((sum, list) => sum + list.length, 0)
}
