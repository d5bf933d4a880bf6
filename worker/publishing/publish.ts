/** Publishing runs: one compare-and-swap of the revision in D1, then the head. */

import { BLOCK_FORMAT } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { EMPTY_HEAD, type Head, parseHead } from '../../core/head.ts'
import { HEAD_REFRESH_MS, HEAD_STALE_MS, KV_MIN_CACHE_TTL_S } from '../../core/limits.ts'
import { nextHead } from '../../registry/publish.ts'
import type { Repository, Run } from '../../registry/repository.ts'
import type { PublishAnswer } from '../../registry/wire/control.ts'
import { blocksOf, viewHead } from './view-head.ts'

/** The writer of `head`, before and after a commit. */
export interface Publisher {
  arm(): Promise<void>
  publish(revision: number): Promise<number>
}

/** What publishing asks of D1, narrow enough to be simulated in tests. */
export type PublishingRepository = Pick<
  Repository,
  'latestRevision' | 'registry' | 'run' | 'uploadedBlocks' | 'snapshots' | 'commitRevision'
>

export interface Publishing<R = PublishingRepository> {
  readonly repository: R
  readonly publisher: Publisher
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** How often a commit is tried again when another one came between. */
const ATTEMPTS = 5

/**
 * A location may have read the old head just before the flip and keep it for the smallest cache ttl; its isolates refresh
 * theirs after 30 s, or, when idle, re-read one older than 90 s before answering.
 */
export const SEEN_EVERYWHERE_WITHIN_S = (HEAD_REFRESH_MS + HEAD_STALE_MS) / 1000 + KV_MIN_CACHE_TTL_S

/** All runs in one flip. @throws ShorelineError CONFLICT when a run is not complete */
export async function publish(publishing: Publishing, runIds: readonly string[]): Promise<PublishAnswer> {
  const { repository } = publishing
  return retrying(async () => {
    const head = await truth(repository)
    // Read again in every attempt: whoever came between may have published these very runs.
    const runs = await Promise.all(runIds.map((id) => repository.run(id)))
    for (const run of runs) await checkComplete(publishing, run)
    const free = runs.filter((run) => !head.views[run.view]?.held && run.state !== 'published')
    const held = runs.filter((run) => head.views[run.view]?.held).map((run) => run.id)
    // The head was read before the runs: one that has been published since is in a later revision than it.
    if (free.length === 0) return publishAnswer(await settled(publishing, (await truth(repository)).revision), held)
    for (const run of free) checkNewer(head, run)
    const views = Object.fromEntries(free.map((run) => [run.view, viewHead(run)]))
    const next = nextHead(head, await repository.registry(head.registry), views)
    await publishing.publisher.arm()
    await repository.commitRevision(
      next,
      `publish ${free.map((run) => `${run.view} ${run.snapshot}`).join(', ')}`,
      publishing.now(),
      { published: free, named: free.filter((run) => run.kind === 'overlay').map((run) => run.view) },
    )
    return publishAnswer(await settled(publishing, next.revision), held)
  })
}

/** What D1 holds now. */
export async function truth(repository: Pick<Repository, 'latestRevision'>): Promise<Head> {
  const stored = await repository.latestRevision()
  return stored ? parseHead(stored.head) : EMPTY_HEAD
}

export async function settled(publishing: Pick<Publishing, 'publisher'>, revision: number): Promise<number> {
  if (revision > 0) await publishing.publisher.publish(revision)
  return revision
}

export function publishAnswer(revision: number, held: readonly string[]): PublishAnswer {
  return { revision, held, seen_everywhere_within_seconds: SEEN_EVERYWHERE_WITHIN_S }
}

async function checkComplete({ repository, now }: Publishing, run: Run): Promise<void> {
  if (run.state === 'published') return
  if (run.state !== 'computed' || run.blocks === null)
    throw new ShorelineError('CONFLICT', `Run ${run.id} of ${run.view} is ${run.state} and cannot be published.`, {
      run: run.id,
    })
  const uploaded = await repository.uploadedBlocks(run.id)
  const blocks = blocksOf(run)
  if (uploaded !== blocks)
    throw new ShorelineError(
      'CONFLICT',
      `Run ${run.id} of ${run.view} has ${uploaded} of ${blocks} blocks (format ${BLOCK_FORMAT}) in KV and cannot be published.`,
      { run: run.id },
    )
  await checkBase(repository, run, now())
}

/** Marks may be taken back until then; gc deletes what has been marked for an hour. */
const REVIVED_WITHIN_MS = 30 * 60_000

/** @throws ShorelineError CONFLICT when what an overlay lies on is being deleted */
async function checkBase(repository: PublishingRepository, run: Run, now: number): Promise<void> {
  for (const id of run.base ? [run.base.pointer.run, ...(run.base.overlay ? [run.base.overlay.run] : [])] : []) {
    const base = await repository.run(id)
    if (base.state === 'published' && now - (base.markedAt ?? now) < REVIVED_WITHIN_MS) continue
    throw new ShorelineError(
      'CONFLICT',
      `Run ${run.id} of ${run.view} lies on run ${id}, which is being reclaimed. Run "shoreline sync ${run.view} --full".`,
      { run: run.id },
    )
  }
}

/** A slow sync must not replace what a later one has published. */
function checkNewer(head: Head, run: Run): void {
  const online = head.views[run.view]
  if (online && online.snapshot > run.snapshot)
    throw new ShorelineError(
      'CONFLICT',
      `Snapshot ${run.snapshot} of ${run.view} is older than snapshot ${online.snapshot}, which is online.`,
      { run: run.id },
    )
}

export async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (thrown) {
      if (
        tries >= ATTEMPTS ||
        !(thrown instanceof ShorelineError) ||
        !('revision' in thrown.details) ||
        thrown.code !== 'CONFLICT'
      )
        throw thrown
    }
  }
}
