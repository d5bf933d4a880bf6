/** Publishing, rolling back and resuming: each is one compare-and-swap of the revision in D1, then the head. */

import { BLOCK_FORMAT } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import { EMPTY_HEAD, type Head, parseHead, type ViewHead } from '../../core/head.ts'
import { HEAD_REFRESH_MS, HEAD_STALE_MS, KV_MIN_CACHE_TTL_S } from '../../core/limits.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import type { Repository, Run, Snapshot } from '../../registry/repository.ts'
import { findRuns } from '../../registry/runs.ts'
import type { PublishAnswer, RollbackAnswer } from '../../registry/wire/control.ts'
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
    for (const run of runs) await checkComplete(repository, run)
    const free = runs.filter((run) => !head.views[run.view]?.held && run.state !== 'published')
    const held = runs.filter((run) => head.views[run.view]?.held).map((run) => run.id)
    // The head was read before the runs: one that has been published since is in a later revision than it.
    if (free.length === 0) return answer(await settled(publishing, (await truth(repository)).revision), held)
    for (const run of free) checkNewer(head, run)
    const views = Object.fromEntries(free.map((run) => [run.view, viewHead(run)]))
    const next = nextHead(head, await repository.registry(head.registry), views)
    await publishing.publisher.arm()
    await repository.commitRevision(
      next,
      `publish ${free.map((run) => `${run.view} ${run.snapshot}`).join(', ')}`,
      publishing.now(),
      free,
    )
    return answer(await settled(publishing, next.revision), held)
  })
}

/** Each view goes back to an earlier snapshot and is held there; the registry stays. */
export async function rollback(
  publishing: Publishing,
  names: readonly string[],
  to: number | undefined,
): Promise<RollbackAnswer> {
  const { repository } = publishing
  return retrying(async () => {
    const head = await truth(repository)
    const registry = await repository.registry(head.registry)
    const moves = await Promise.all(names.map((name) => findMove(repository, head, registry, name, to)))
    const views = Object.fromEntries(
      moves.map(({ view, target }): [string, ViewHead] => [view, { ...target.pointer, held: true }]),
    )
    const next = nextHead(head, registry, views)
    await publishing.publisher.arm()
    await repository.commitRevision(
      next,
      `rollback ${moves.map(({ view, target }) => `${view} to ${target.snapshot}`).join(', ')}`,
      publishing.now(),
    )
    const moved = moves.map(({ view, from, target }) => ({ view, from, to: target.snapshot }))
    return { ...answer(await settled(publishing, next.revision), []), views: moved }
  })
}

/** Lets syncs publish these views again. */
export async function resume(publishing: Publishing, names: readonly string[]): Promise<PublishAnswer> {
  const { repository } = publishing
  return retrying(async () => {
    const head = await truth(repository)
    const registry = await repository.registry(head.registry)
    const ids = names.map((name) => viewId(findRuns(registry, name)))
    const held = ids.flatMap((id): [string, ViewHead][] => {
      const view = head.views[id]
      if (!view?.held) return []
      const { held: _, ...free } = view
      return [[id, free]]
    })
    if (held.length === 0) return answer(await settled(publishing, head.revision), [])
    const next = nextHead(head, registry, Object.fromEntries(held))
    await publishing.publisher.arm()
    await repository.commitRevision(next, `resume ${held.map(([id]) => id).join(', ')}`, publishing.now())
    return answer(await settled(publishing, next.revision), [])
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

function answer(revision: number, held: readonly string[]): PublishAnswer {
  return { revision, held, seen_everywhere_within_seconds: SEEN_EVERYWHERE_WITHIN_S }
}

async function checkComplete(repository: PublishingRepository, run: Run): Promise<void> {
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

async function findMove(
  repository: PublishingRepository,
  head: Head,
  registry: RegistrySnapshot,
  name: string,
  to: number | undefined,
): Promise<{ readonly view: string; readonly from: number; readonly target: Snapshot }> {
  const view = viewId(findRuns(registry, name))
  const online = head.views[view]
  if (!online)
    throw new ShorelineError('CONFLICT', `View ${view} is not online, so there is nothing to roll back.`, { view })
  const snapshots = await repository.snapshots(view)
  const target = snapshots.find((one) => (to === undefined ? one.snapshot < online.snapshot : one.snapshot === to))
  if (target) return { view, from: online.snapshot, target }
  const kept = snapshots.map((one) => one.snapshot).join(', ')
  throw new ShorelineError(
    'CONFLICT',
    `View ${view} has no ${to === undefined ? `snapshot before ${online.snapshot}` : `snapshot ${to}`}; it has ${kept}.`,
    { view },
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
