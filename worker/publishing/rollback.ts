/** Undo: views go back to earlier snapshots and stay there, in one revision; what came in with the undone may be locked away. */
import { ShorelineError } from '../../core/errors.ts'
import type { Head, ViewHead } from '../../core/head.ts'
import type { Quarantine, QuarantinedObject } from '../../registry/history/quarantine.ts'
import { type RegistrySnapshot, viewId } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import type { Snapshot } from '../../registry/repository.ts'
import { findRuns } from '../../registry/runs.ts'
import type { RollbackAnswer } from '../../registry/wire/control.ts'
import { type Publishing, type PublishingRepository, publishAnswer, retrying, settled, truth } from './publish.ts'

export interface RollbackOptions {
  /** A snapshot of the one view that is named. */
  readonly to?: number | undefined
  /** Where each view goes back to, by its name or `view@version`; the others to the snapshot before. */
  readonly targets?: Readonly<Record<string, number>> | undefined
  /** Where the objects go that the undone snapshots read first; they stay in use without it. */
  readonly quarantine?: Pick<Quarantine, 'readFirst' | 'add'> | undefined
}

interface Move {
  /** `view@version` */
  readonly view: string
  readonly online: ViewHead
  readonly target: Snapshot
}

/**
 * The registry stays. With `to` or `targets` it may be asked again: a view that is there and held is left as it is.
 * @throws ShorelineError CONFLICT when a view has no such snapshot any more
 */
export async function rollback(
  publishing: Publishing,
  names: readonly string[],
  options: RollbackOptions = {},
): Promise<RollbackAnswer> {
  const { repository, now } = publishing
  return retrying(async () => {
    const head = await truth(repository)
    const registry = await repository.registry(head.registry)
    const targets = targetsOf(registry, names, options)
    const moves = await Promise.all([...targets].map(([view, to]) => findMove(repository, head, view, to)))
    const quarantined = await readFirst(moves, options, now())
    const open = moves.filter(({ online, target }) => !online.held || online.snapshot !== target.snapshot)
    const revision = open.length === 0 ? head.revision : head.revision + 1
    if (open.length > 0) {
      const views = open.map(({ view, target }): [string, ViewHead] => [view, { ...target.pointer, held: true }])
      await publishing.publisher.arm()
      await repository.commitRevision(
        nextHead(head, registry, Object.fromEntries(views)),
        `rollback ${open.map(({ view, target }) => `${view} to ${target.snapshot}`).join(', ')}`,
        now(),
        { named: open.map(({ view }) => view), quarantined },
      )
    } else await options.quarantine?.add(quarantined)
    return {
      ...publishAnswer(await settled(publishing, revision), []),
      views: moves.map(({ view, online, target }) => ({ view, from: online.snapshot, to: target.snapshot })),
      quarantined: quarantined.map(({ uri, etag, view, snapshot }) => ({ uri, etag, view, snapshot })),
    }
  })
}

/** View -> the number of its target, undefined for the one before. @throws ShorelineError MALFORMED, UNKNOWN_NAME */
function targetsOf(
  registry: RegistrySnapshot,
  names: readonly string[],
  { to, targets = {} }: RollbackOptions,
): ReadonlyMap<string, number | undefined> {
  const found = new Map(names.map((name): [string, number | undefined] => [viewId(findRuns(registry, name)), to]))
  for (const [name, target] of Object.entries(targets)) {
    const view = viewId(findRuns(registry, name))
    if (!found.has(view))
      throw new ShorelineError('MALFORMED', `targets: ${name} is not among the views that are rolled back.`, {
        field: 'targets',
      })
    found.set(view, target)
  }
  return found
}

async function findMove(
  repository: PublishingRepository,
  head: Head,
  view: string,
  to: number | undefined,
): Promise<Move> {
  const online = head.views[view]
  if (!online)
    throw new ShorelineError('CONFLICT', `View ${view} is not online, so there is nothing to roll back.`, { view })
  const all = await repository.snapshots(view)
  const kept = all.filter((one) => one.markedAt === null)
  const target = kept.find((one) => (to === undefined ? one.snapshot < online.snapshot : one.snapshot === to))
  if (target) return { view, online, target }
  const which = to === undefined ? `snapshot before ${online.snapshot}` : `snapshot ${to}`
  const gone = all.some((one) => one.snapshot === to)
  throw new ShorelineError(
    'CONFLICT',
    gone
      ? `Snapshot ${to} of ${view} is being reclaimed and cannot be served any more. It has ${listOf(kept)}; a longer retention of the view keeps them for longer.`
      : `View ${view} has no ${which}; it has ${listOf(kept)}.`,
    { view },
  )
}

function listOf(snapshots: readonly Snapshot[]): string {
  return snapshots.map((one) => one.snapshot).join(', ')
}

async function readFirst(
  moves: readonly Move[],
  { quarantine }: RollbackOptions,
  now: number,
): Promise<readonly QuarantinedObject[]> {
  if (!quarantine) return []
  const found = await Promise.all(
    moves.map(({ view, target }) => quarantine.readFirst({ view, target: target.snapshot }, now)),
  )
  return found.flat()
}
