/** Reads as much of the lake as a run needs, and computes the snapshot's rows from it and from what is online. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { watched } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import { megabytes } from '../progress.ts'
import { planReading, planWindow } from '../pruning/plan.ts'
import type { SourceObjects } from '../pruning/prune.ts'
import { type Computed, compute, computePart, type Part } from './compute.ts'
import type { Materialization } from './materialize.ts'
import type { OnlineFiles } from './rows.ts'
import { type FetchedSources, fetchSources } from './sources.ts'

export interface ComputedRows {
  readonly computed: Computed
  readonly read: readonly LakeObject[]
  /** Why so many. */
  readonly reading: string
}

/**
 * @param file where the Parquet of the snapshot's rows is written
 * @param online what is online, on this machine; null when nothing is
 */
export async function computeRows(
  at: Materialization,
  db: DuckDBConnection,
  file: string,
  online: OnlineFiles | null,
): Promise<ComputedRows> {
  const { view, run } = at
  const plan = await planOf(at, online)
  if (plan.some) {
    const { part, read } = plan.some
    const { files, objects, reading } = await fetched(at, read)
    const computed = await phase(at, db, () =>
      reading(db, () => computePart(db, view, files, { asOf: run.as_of, file, part })),
    )
    if (computed) return { computed: stillAhead(at, computed), read: objects, reading: plan.reason }
  }
  const fetch = await fetched(at, undefined)
  const computed = await phase(at, db, () =>
    fetch.reading(db, () => compute(db, view, fetch.files, { asOf: run.as_of, file })),
  )
  const reading = plan.some ? 'all: a key has no row any more where its newest was' : `all: ${plan.reason}`
  return { computed, read: fetch.objects, reading }
}

async function phase<T extends Computed | null>(
  at: Materialization,
  db: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  const computed = await at.work.progress.phase(
    `${at.run.view}: compute`,
    (update) => watched(db, update, work),
    (found) => (found ? `${found.rowsRead} rows read, ${found.rows} entities` : 'everything has to be read'),
  )
  at.clock.lap('compute')
  return computed
}

async function fetched(at: Materialization, read: SourceObjects | undefined): Promise<FetchedSources> {
  const { work, view, run, listed, clock } = at
  const found = await work.progress.phase(
    `${run.view}: read the lake`,
    (update) => fetchSources(work, view, listed, read, update),
    ({ objects, downloaded }) =>
      `${objects.length} of ${listed.objects.length} objects, ${megabytes(sizeOf(objects))}, ${downloaded} downloaded`,
  )
  clock.lap('read')
  return found
}

export function sizeOf(objects: readonly LakeObject[]): number {
  return objects.reduce((sum, object) => sum + object.size, 0)
}

interface ReadingPlan {
  /** Null when everything is read. */
  readonly some: { readonly part: Part; readonly read: SourceObjects } | null
  readonly reason: string
}

async function planOf(at: Materialization, online: OnlineFiles | null): Promise<ReadingPlan> {
  const { work, view, run, listed, options } = at
  const reading = { view, sources: listed.sources, cache: join(work.folder, 'cache') }
  const { from = null, to = null } = options
  if (from !== null || to !== null) {
    checkWindow(at, online)
    const read = await planWindow(reading, { from, to })
    return { some: { part: { window: { from, to }, online }, read }, reason: '--from or --to was given' }
  }
  if (options.full) return { some: null, reason: '--full was given' }
  if (!run.online || !online) return { some: null, reason: 'there is nothing online to add to' }
  const { sources: objects, as_of: asOf, next_event: nextEvent, whole } = run.online
  const plan = await planReading(reading, { objects, asOf, nextEvent, whole }, run.as_of)
  if (plan.full) return { some: null, reason: plan.reason }
  const read = withWitness(plan.read, listed.sources, new Set(objects.map(({ uri }) => uri)))
  return { some: { part: { outputsFrom: plan.outputsFrom, online }, read }, reason: plan.reason }
}

/** One object of each source that was read before: files must agree on their columns, and its rows change nothing. */
function withWitness(
  read: SourceObjects,
  sources: ReadonlyMap<string, { readonly objects: readonly LakeObject[] }>,
  before: ReadonlySet<string>,
): SourceObjects {
  return new Map(
    [...sources].map(([name, { objects }]) => {
      const chosen = read.get(name) ?? []
      if (chosen.some(({ uri }) => before.has(uri))) return [name, chosen]
      const old = objects.filter(({ uri }) => before.has(uri)).toSorted((a, b) => a.size - b.size)
      return [name, [...old.slice(0, 1), ...chosen]]
    }),
  )
}

function checkWindow({ view, run }: Materialization, online: OnlineFiles | null): void {
  if (run.online && run.as_of < run.online.as_of)
    throw new ShorelineError(
      'INVALID',
      `view ${view.name}: what is online is as of a later instant than --as-of, and --from or --to would keep it. Leave --from and --to out.`,
    )
  if (run.online && !online)
    throw new ShorelineError(
      'INVALID',
      `view ${view.name}: --from and --to keep the other rows as they are, and the Parquet of what is online is not in the lake. Run "shoreline sync --full" first.`,
    )
}

/** What was left out as not yet known stays due, when only a part of the events was taken. */
function stillAhead({ run }: Materialization, computed: Computed): Computed {
  const before = run.online?.next_event ?? null
  const { nextEvent } = computed
  if (before === null) return computed
  return { ...computed, nextEvent: nextEvent === null ? before : Math.min(before, nextEvent) }
}
