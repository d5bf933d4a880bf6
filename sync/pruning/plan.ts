/** Decides what a sync reads of a listed lake, looking at no more objects than that takes. */
import { parseDuration } from '../../core/duration.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { LakeObject } from '../lake/lake.ts'
import type { Source } from '../lake/resolve.ts'
import { objectRanges } from './object-ranges.ts'
import { withPartitionTypes } from './partition-types.ts'
import { overlapping, type PreviousRun, type Pruned, prune, type SourceObjects, whyFull } from './prune.ts'
import { ALWAYS, type TimeRange } from './ranges.ts'

export interface Reading {
  readonly view: Pick<ViewObject, 'sql' | 'lookback' | 'timestamp' | 'reads'>
  /** Every source of the view as it is listed now, by name. */
  readonly sources: ReadonlyMap<string, Source>
  /** Folder of the local copies, `.shoreline/cache`. */
  readonly cache: string
}

/**
 * What an incremental sync reads.
 * @param previous the run whose snapshot is online; null when nothing is
 * @param asOf microseconds since the epoch
 * @throws ShorelineError CONFLICT when an object changed after it was listed, UNAVAILABLE when the store fails
 */
export async function planReading(reading: Reading, previous: PreviousRun | null, asOf: number): Promise<Pruned> {
  const { view, sources } = reading
  const current: SourceObjects = new Map([...sources].map(([name, { objects }]) => [name, objects]))
  const request = { view, current, previous, asOf }
  const ranges = view.sql === undefined || whyFull(request) !== null ? new Map() : await allRanges(reading)
  const plan = prune(request, (source, { uri }) => ranges.get(source)?.get(uri) ?? ALWAYS)
  return plan.full ? plan : { ...plan, read: typed(reading, plan.read) }
}

/**
 * What a sync of `--from` and `--to` reads: the objects that can reach into the window, with the lookback of a view with SQL
 * on either side; all objects when the SQL has none.
 * @param window event timestamps, microseconds since the epoch, both ends included; null where it is open
 */
export async function planWindow(
  reading: Reading,
  window: { readonly from: number | null; readonly to: number | null },
): Promise<SourceObjects> {
  const { view, sources } = reading
  const every = [...sources].map(([name, { objects }]): [string, readonly LakeObject[]] => [name, objects])
  const uneven = view.reads.some((source) => source.schema_drift !== undefined)
  if (uneven || (view.sql !== undefined && view.lookback === undefined)) return new Map(every)
  const ranges = await allRanges(reading)
  const lookback = view.sql === undefined ? 0 : parseDuration('lookback', view.lookback)
  const read = every.map(([name, objects]): [string, readonly LakeObject[]] => [
    name,
    overlapping(objects, ({ uri }) => ranges.get(name)?.get(uri) ?? ALWAYS, window, lookback),
  ])
  return typed(reading, new Map(read))
}

function typed({ sources }: Reading, read: SourceObjects): SourceObjects {
  return new Map(
    [...read].map(([name, objects]) => [name, withPartitionTypes(sources.get(name)?.objects ?? [], objects)]),
  )
}

async function allRanges({
  view,
  sources,
  cache,
}: Reading): Promise<ReadonlyMap<string, ReadonlyMap<string, TimeRange>>> {
  const ranges = new Map<string, ReadonlyMap<string, TimeRange>>()
  for (const source of view.reads) {
    const found = sources.get(source.name)
    if (!found) continue
    // Without SQL the view may name another column of the source.
    const column = view.sql === undefined ? view.timestamp : source.timestamp
    ranges.set(source.name, await objectRanges(found.lake, source, column, found.objects, cache))
  }
  return ranges
}
