/**
 * Puts back blocks that a store has lost, exactly as they were: they are built from the snapshot's Parquet, and the same rows
 * give the same bytes.
 */
import { join } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { RunDescription } from '../../registry/wire/history.ts'
import type { Control } from '../control.ts'
import { withDuckDB } from '../duckdb.ts'
import { localCopies } from '../lake/cache.ts'
import { openLake } from '../lake/resolve.ts'
import { buildBlocks } from '../materialize/blocks.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { type Range, type Uploaded, uploadBlocks } from '../materialize/upload.ts'

export interface RepairedRun {
  readonly run: string
  readonly kind: 'base' | 'overlay'
  readonly blocks: number
  /** How many were lost. */
  readonly missing: number
  /** How many of them were put back. */
  readonly repaired: number
}

/** @param wait between looking again: a location of KV remembers for half a minute that a block was not there */
export async function repairRun(
  work: Workplace,
  view: ViewObject,
  id: string,
  wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<RepairedRun> {
  const { control } = work
  const lost = await missingOf(control, id)
  const run = await control.run(id)
  const found = { run: id, kind: run.kind, blocks: lost.blocks, missing: countOf(lost.ranges) }
  if (lost.ranges.length === 0) return { ...found, repaired: 0 }
  const { blocks } = await rebuild(work, view, run, lost)
  await seen(control, id, wait)
  return { ...found, repaired: blocks }
}

interface Lost {
  readonly ranges: readonly Range[]
  /** Of the whole run. */
  readonly blocks: number
}

async function missingOf(control: Control, run: string): Promise<Lost> {
  const ranges: Range[] = []
  for (let from = 0; ; ) {
    const { missing, blocks, next } = await control.missing(run, from)
    ranges.push(...missing)
    if (next === null) return { ranges, blocks }
    from = next
  }
}

function rebuild(work: Workplace, view: ViewObject, run: RunDescription, lost: Lost): Promise<Uploaded> {
  const spill = join(work.folder, 'spill')
  return withDuckDB({ spill, memory: work.memory }, async (db) => {
    const spec = {
      run: run.run,
      file: await fetchPart(work, run),
      kind: run.kind,
      rows: run.stored ?? run.rows ?? 0,
      blocks: run.blocks ?? 0,
      filters: run.filters,
    }
    return uploadBlocks(buildBlocks(db, view, spec, spill), presentIn(lost), (first, body) =>
      work.control.repair(run.run, first, body),
    )
  })
}

/** @throws ShorelineError INVALID when the lake has lost it, too */
async function fetchPart({ bucket, lake: access, folder }: Workplace, run: RunDescription): Promise<string> {
  const lake = openLake(bucket, access)
  const [part = ''] = run.parts
  const object = part === '' ? null : await lake.head(part)
  if (!object)
    throw new ShorelineError(
      'INVALID',
      `${bucket}/${part}, from which run ${run.run} of ${run.view} was made, is not in the lake any more. Run "shoreline sync ${run.view} --full".`,
      { run: run.run },
    )
  const [copy] = await localCopies(lake, [object], join(folder, 'cache'))
  return copy?.path ?? ''
}

/** Half a minute is what KV remembers a miss for, and a little more is what it takes to be seen. */
const LOOK_AGAIN_MS = 20_000
const LOOKS = 6

/** @throws ShorelineError UNAVAILABLE when blocks that were written are not to be seen */
async function seen(control: Control, run: string, wait: (ms: number) => Promise<void>): Promise<void> {
  for (let look = 1; ; look++) {
    const { ranges } = await missingOf(control, run)
    if (ranges.length === 0) return
    if (look === LOOKS)
      throw new ShorelineError(
        'UNAVAILABLE',
        `${countOf(ranges)} blocks of run ${run} were written and cannot be read yet. Run "shoreline repair" again in a few minutes.`,
        { run },
      )
    await wait(LOOK_AGAIN_MS)
  }
}

function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0)
}

/** What lies between the lost ranges, which are in order. */
export function presentIn({ ranges, blocks }: Lost): readonly Range[] {
  const present: Range[] = []
  let first = 0
  for (const range of [...ranges, { first: blocks, count: 0 }]) {
    if (range.first > first) present.push({ first, count: range.first - first })
    first = range.first + range.count
  }
  return present
}
