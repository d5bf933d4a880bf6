/** Deletes what marked runs have in the stores and in the lake, as much as one invocation may; and weighs it beforehand. */
import { RECLAIM_D1_BLOCKS, RECLAIM_KV_OPERATIONS, RECLAIM_RUNS } from '../../core/limits.ts'
import type { Reclaimed } from '../../core/reclaimed.ts'
import { blockKey, revisionKey, snapshotPrefix } from '../../core/storage.ts'
import type { MarkedRun, Reclaiming } from '../../registry/history/reclaiming.ts'
import type { BlockReaders } from '../online/store.ts'

/** The stores, as far as they are emptied. */
export interface Places {
  readonly kv: Pick<KVNamespace, 'delete' | 'list'>
  readonly lake: Pick<R2Bucket, 'list' | 'head' | 'delete'>
  readonly blocks: BlockReaders
}

export interface Freed extends Reclaimed {
  readonly runs: number
  readonly blocks: number
  readonly revisions: number
  readonly r2Objects: number
}

export const NOTHING_FREED: Freed = {
  runs: 0,
  blocks: 0,
  revisions: 0,
  kvDeletes: 0,
  kvBytes: 0,
  d1Rows: 0,
  d1Bytes: 0,
  r2Objects: 0,
  r2Bytes: 0,
}

function plus(a: Freed, b: Partial<Freed>): Freed {
  const names = Object.keys(a) as (keyof Freed)[]
  return Object.fromEntries(names.map((name) => [name, a[name] + (b[name] ?? 0)])) as unknown as Freed
}

/** What deleting these runs would free. Nothing is deleted. */
export async function weigh(places: Places, runs: readonly MarkedRun[]): Promise<Freed> {
  let freed = NOTHING_FREED
  for (let at = 0; at < runs.length; at += AT_ONCE) {
    const some = runs.slice(at, at + AT_ONCE).map(async (run): Promise<Partial<Freed>> => {
      // What several runs name is in one folder, and weighed with that.
      const [bytes, objects] = await Promise.all([blockBytes(places, run), ownObjects(places, run)])
      const blocks = run.uploaded
      return {
        runs: 1,
        blocks,
        ...(run.store === 'kv'
          ? { kvDeletes: blocks, kvBytes: blocks * bytes }
          : { d1Rows: blocks, d1Bytes: blocks * bytes }),
        r2Objects: objects.length,
        r2Bytes: sizeOf(objects),
      }
    })
    for (const one of await Promise.all(some)) freed = plus(freed, one)
  }
  return freed
}

/** Operations under way at a time. */
const AT_ONCE = 20

/**
 * @param runs to be deleted, in this order
 * @param oldest revisions below it go
 */
export async function reclaim(
  places: Places,
  reclaiming: Reclaiming,
  runs: readonly MarkedRun[],
  oldest: number,
): Promise<{ readonly freed: Freed; readonly more: boolean }> {
  const budget = { kv: RECLAIM_KV_OPERATIONS, d1: RECLAIM_KV_OPERATIONS }
  let freed = NOTHING_FREED
  for (const [at, run] of runs.entries()) {
    if (at >= RECLAIM_RUNS) return { freed, more: true }
    const one = await reclaimRun(places, reclaiming, run, budget)
    freed = plus(freed, one.freed)
    if (!one.done) return { freed, more: true }
  }
  if (budget.kv < 1) return { freed, more: true }
  const revisions = await reclaiming.revisionsBelow(oldest, budget.kv)
  await atOnce(revisions.map((revision) => () => places.kv.delete(revisionKey(revision))))
  if (revisions.length > 0) await reclaiming.deleteRevisions(revisions)
  freed = plus(freed, { revisions: revisions.length, kvDeletes: revisions.length })
  return { freed, more: revisions.length === budget.kv }
}

interface Budget {
  kv: number
  d1: number
}

async function reclaimRun(
  places: Places,
  reclaiming: Reclaiming,
  run: MarkedRun,
  budget: Budget,
): Promise<{ readonly freed: Partial<Freed>; readonly done: boolean }> {
  const bytes = await blockBytes(places, run)
  budget.kv--
  const { deleted, done } =
    run.store === 'kv' ? await emptyKv(places, reclaiming, run, budget) : await emptyD1(reclaiming, run, budget)
  const blocks =
    run.store === 'kv'
      ? { blocks: deleted, kvDeletes: deleted, kvBytes: deleted * bytes }
      : { blocks: deleted, d1Rows: deleted, d1Bytes: deleted * bytes }
  if (!done) return { freed: blocks, done }
  const used = await reclaiming.partsOfOthers(run)
  const objects = [...(await ownObjects(places, run)), ...(await sharedObjects(places, run))].filter(
    ({ key }) => !used.has(key),
  )
  for (let at = 0; at < objects.length; at += R2_DELETE_KEYS)
    await places.lake.delete(objects.slice(at, at + R2_DELETE_KEYS).map(({ key }) => key))
  await reclaiming.reclaimed(run.id)
  return { freed: { ...blocks, runs: 1, r2Objects: objects.length, r2Bytes: sizeOf(objects) }, done }
}

/** https://developers.cloudflare.com/r2/api/workers/workers-api-reference/ */
const R2_DELETE_KEYS = 1000

interface Emptied {
  readonly deleted: number
  /** False when there is more of it than was allowed. */
  readonly done: boolean
}

async function emptyKv({ kv }: Places, reclaiming: Reclaiming, run: MarkedRun, budget: Budget): Promise<Emptied> {
  let deleted = 0
  for (const { first, count } of await reclaiming.uploads(run.id)) {
    if (count > budget.kv) return { deleted, done: false }
    const keys = Array.from({ length: count }, (_, index) => blockKey(run.view, run.id, first + index))
    await atOnce(keys.map((key) => () => kv.delete(key)))
    await reclaiming.forgetUpload(run.id, first)
    budget.kv -= count
    deleted += count
  }
  // All blocks of a published run were noted. An upload that was cut off may have left some that nobody noted.
  if (run.published || run.blocks === null) return { deleted, done: true }
  const left = budget.kv - 1
  if (left < 1) return { deleted, done: false }
  const listed = await kv.list({
    prefix: blockKey(run.view, run.id, 0).slice(0, -1),
    limit: Math.min(left, KV_LIST_KEYS),
  })
  await atOnce(
    listed.keys.map(
      ({ name }) =>
        () =>
          kv.delete(name),
    ),
  )
  budget.kv -= 1 + listed.keys.length
  return { deleted: deleted + listed.keys.length, done: listed.list_complete }
}

/** https://developers.cloudflare.com/kv/api/list-keys/ */
const KV_LIST_KEYS = 1000

async function emptyD1(reclaiming: Reclaiming, run: MarkedRun, budget: Budget): Promise<Emptied> {
  for (let deleted = 0; ; ) {
    if (budget.d1 < 1) return { deleted, done: false }
    const some = await reclaiming.deleteBlocks(run.view, run.id, RECLAIM_D1_BLOCKS)
    budget.d1 -= D1_STATEMENT
    deleted += some
    if (some < RECLAIM_D1_BLOCKS) return { deleted, done: true }
  }
}

/** A statement that deletes thousands of rows counts as so many operations: twenty of them are enough for one call. */
const D1_STATEMENT = Math.ceil(RECLAIM_KV_OPERATIONS / 20)

interface Listed {
  readonly key: string
  readonly size: number
}

/** What is in the folder of its snapshot. */
async function ownObjects({ lake }: Places, { view, snapshot }: MarkedRun): Promise<readonly Listed[]> {
  const objects: Listed[] = []
  for (let cursor: string | undefined; ; ) {
    const listed = await lake.list({
      prefix: snapshotPrefix(view, snapshot),
      ...(cursor === undefined ? {} : { cursor }),
    })
    objects.push(...listed.objects.map(({ key, size }) => ({ key, size })))
    if (!listed.truncated) return objects
    cursor = listed.cursor
  }
}

/** What it names in the folders of earlier snapshots, whose overlay it repeats: it may be the last one that does. */
async function sharedObjects({ lake }: Places, { view, snapshot, parts }: MarkedRun): Promise<readonly Listed[]> {
  const own = snapshotPrefix(view, snapshot)
  // Never what is not ours, whatever a run says that it wrote.
  const ours = own.replace(/[0-9]+\/$/, '')
  const shared = parts.filter((key) => key.startsWith(ours) && !key.startsWith(own))
  const found = await Promise.all(shared.map((key) => lake.head(key)))
  return found.flatMap((object) => (object ? [{ key: object.key, size: object.size }] : []))
}

function sizeOf(objects: readonly { readonly size: number }[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0)
}

/** Text of one block, on average over a few of them; 0 when none is there. */
async function blockBytes({ blocks }: Places, run: MarkedRun): Promise<number> {
  const count = Math.min(SAMPLED_BLOCKS, run.uploaded)
  if (count === 0 || run.blocks === null) return 0
  const step = Math.max(1, Math.floor(run.blocks / count))
  const places = Array.from({ length: count }, (_, at) => ({ view: run.view, run: run.id, block: at * step }))
  const texts = [...(await blocks[run.store].read(places, true)).values()]
  const encoder = new TextEncoder()
  return texts.length === 0
    ? 0
    : Math.round(texts.reduce((sum, text) => sum + encoder.encode(text).length, 0) / texts.length)
}

const SAMPLED_BLOCKS = 10

async function atOnce(work: readonly (() => Promise<void>)[]): Promise<void> {
  for (let at = 0; at < work.length; at += AT_ONCE) await Promise.all(work.slice(at, at + AT_ONCE).map((one) => one()))
}
