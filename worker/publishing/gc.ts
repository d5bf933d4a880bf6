/**
 * Reclaims what no retained revision needs. In this order: decide; raise `oldest`, by a revision like any other, so that nobody
 * may ask for what goes; mark; and in a later call, an hour after the mark, delete. A call does as much as an invocation may,
 * and says whether there is more.
 */
import { parseDuration } from '../../core/duration.ts'
import type { Head, ViewHead } from '../../core/head.ts'
import { KEPT_SNAPSHOTS, MARKED_FOR_MS, RETENTION } from '../../core/limits.ts'
import type { MarkedRun, Reclaiming } from '../../registry/history/reclaiming.ts'
import { type Named, type Pointed, type Reclaimable, reclaimable } from '../../registry/history/retention.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import { runsOf } from '../../registry/runs.ts'
import { type Publishing, retrying, settled, truth } from './publish.ts'
import { type Freed, NOTHING_FREED, type Places, reclaim, weigh } from './reclaim.ts'

export interface Collecting extends Publishing {
  readonly reclaiming: Reclaiming
  readonly places: Places
}

export interface GcOptions {
  readonly dryRun?: boolean | undefined
  /** Newest snapshots of a view that stay. */
  readonly keep?: number | undefined
  /** A duration, in place of the default, for views that say none. */
  readonly olderThan?: string | undefined
}

export interface Collected {
  readonly revision: number
  readonly oldest: number
  /** Marked by this call, or what would be. */
  readonly runs: number
  readonly snapshots: readonly Pointed[]
  /** Marked less than an hour ago. */
  readonly waiting: readonly MarkedRun[]
  readonly freed: Freed
  readonly more: boolean
}

/** Runs that a dry run looks into, and that wait at most: beyond them it says that there are more. */
const LISTED_RUNS = 500

/** @throws ShorelineError INVALID when `olderThan` is no duration */
export async function collect(collecting: Collecting, options: GcOptions): Promise<Collected> {
  const { reclaiming, places, now } = collecting
  const { head, decided } = await retrying(() => decide(collecting, options))
  const marked = await reclaiming.marked(LISTED_RUNS)
  const gone = marked.filter((run) => !decided.isNeeded(run.id))
  const due = gone.filter((run) => run.markedAt <= now() - MARKED_FOR_MS)
  const waiting = gone.filter((run) => run.markedAt > now() - MARKED_FOR_MS)
  const told = { revision: head.revision, runs: decided.runs.length, snapshots: decided.snapshots }
  if (options.dryRun) {
    const would = await reclaiming.asMarked(decided.runs.slice(0, LISTED_RUNS), now())
    const listed = [...gone, ...would].slice(0, LISTED_RUNS)
    const freed = await weigh(places, listed)
    const old = await reclaiming.countRevisionsBelow(Math.min(decided.looksBackTo, decided.oldest))
    return {
      ...told,
      oldest: decided.oldest,
      waiting,
      freed: { ...freed, revisions: old, kvDeletes: freed.kvDeletes + old },
      more: gone.length + decided.runs.length > listed.length,
    }
  }
  const unneeded = Math.min(await oldestWhenMarked(collecting), decided.looksBackTo)
  const { freed, more } = due.length > 0 || unneeded > 1 ? await reclaim(places, reclaiming, due, unneeded) : NOTHING
  return { ...told, oldest: head.oldest, waiting, freed, more: more || marked.length === LISTED_RUNS }
}

const NOTHING = { freed: NOTHING_FREED, more: false }

interface Decided extends Reclaimable {
  /** The oldest revision whose runs all stay. */
  readonly oldest: number
  /** The first revision that the longest retention needs to know. */
  readonly looksBackTo: number
}

/** Decides and, but in a dry run, marks. */
async function decide(
  collecting: Collecting,
  options: GcOptions,
): Promise<{ readonly head: Head; readonly decided: Decided }> {
  const { repository, reclaiming, now } = collecting
  const current = await truth(repository)
  const registry = await repository.registry(current.registry)
  const decided = await decideFor(collecting, current, registry, options)
  if (options.dryRun) return { head: current, decided }
  const head = decided.oldest > current.oldest ? await raise(collecting, current, registry, decided.oldest) : current
  const marked = await reclaiming.mark(decided.runs, decided.snapshots, head.revision, now())
  // Somebody published meanwhile, perhaps the very runs: everything is decided anew.
  if (!marked) return decide(collecting, options)
  await reclaiming.revive(decided.revived)
  return { head, decided }
}

async function decideFor(
  { reclaiming, now }: Collecting,
  head: Head,
  registry: RegistrySnapshot,
  options: GcOptions,
): Promise<Decided> {
  const since = await retentions(reclaiming, registry, options, now())
  const looksBackTo = Math.min(...since.values())
  const history = new Heads(reclaiming, head)
  await history.readTo(Math.min(head.revision, looksBackTo))
  const [runs, snapshots, leased] = await Promise.all([
    reclaiming.runs(),
    reclaiming.snapshots(),
    reclaiming.leasedViews(now()),
  ])
  const registered = new Set(registry.views.map(runsOf))
  const decided = reclaimable(
    { online: Object.entries(head.views).map(pointed), snapshots, runs, named: history.named },
    {
      keep: options.keep ?? KEPT_SNAPSHOTS,
      since: (view) => since.get(view) ?? since.get('') ?? 0,
      isRegistered: (view) => registered.has(view),
      isLeased: (view) => leased.has(view),
    },
  )
  const known = new Set(runs.map((run) => run.id))
  const stays = (run: string) => known.has(run) && decided.isNeeded(run)
  return { ...decided, oldest: Math.min(head.revision, await history.oldestOf(stays)), looksBackTo }
}

/** What heads have named, read from the newest revision back, as far as is needed. */
class Heads {
  readonly #reclaiming: Reclaiming
  readonly #head: Head
  readonly named: Named[] = []
  #from: number

  constructor(reclaiming: Reclaiming, head: Head) {
    this.#reclaiming = reclaiming
    this.#head = head
    this.#from = head.revision + 1
  }

  async readTo(revision: number): Promise<void> {
    const first = Math.max(1, revision)
    while (this.#from > first) {
      const from = Math.max(first, this.#from - HEADS_AT_ONCE)
      this.named.push(...(await this.#reclaiming.named(from, this.#from - 1)))
      this.#from = from
    }
  }

  /** The oldest retained revision from which on every head names only runs that stay. */
  async oldestOf(stays: (run: string) => boolean): Promise<number> {
    const retained = Math.max(1, this.#head.oldest)
    for (;;) {
      const lost = this.named.filter(({ base, overlay }) => !stays(base) || (overlay !== null && !stays(overlay)))
      const last = Math.max(0, ...lost.map((one) => one.last))
      if (last >= this.#from || this.#from <= retained) return Math.max(retained, last + 1)
      await this.readTo(Math.max(retained, this.#from - HEADS_AT_ONCE))
    }
  }
}

/** Heads that D1 takes apart in one statement: some 10 MB of text where there are a hundred views. */
const HEADS_AT_ONCE = 500

function pointed([view, { snapshot, base, overlay }]: [string, ViewHead]): Pointed {
  return { view, snapshot, base: base.run, overlay: overlay?.run ?? null }
}

/** View -> the revision that was online when its retention began; under the empty name that of all others. */
async function retentions(
  reclaiming: Reclaiming,
  registry: RegistrySnapshot,
  { olderThan = RETENTION }: GcOptions,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  // Sorted by version: the newest one that reads the runs says for how long.
  const declared = new Map(registry.views.map((view) => [runsOf(view), view.retention ?? olderThan]))
  const durations = new Set([olderThan, ...declared.values()])
  const revisions = new Map<string, number>()
  for (const duration of durations)
    revisions.set(duration, await reclaiming.revisionAt(now - parseDuration('older_than', duration) / 1000))
  const since = (duration: string): number => revisions.get(duration) ?? 0
  return new Map([['', since(olderThan)], ...[...declared].map(([view, one]): [string, number] => [view, since(one)])])
}

/** @throws ShorelineError CONFLICT when somebody publishes at the same time */
async function raise(collecting: Collecting, current: Head, registry: RegistrySnapshot, oldest: number): Promise<Head> {
  const next = { ...nextHead(current, registry), oldest }
  await collecting.publisher.arm()
  await collecting.repository.commitRevision(next, `gc, oldest ${oldest}`, collecting.now())
  await settled(collecting, next.revision)
  return next
}

/** The oldest revision that was retained an hour ago: a pinned request may still ask for those since. */
async function oldestWhenMarked({ reclaiming, now }: Collecting): Promise<number> {
  return reclaiming.oldestOf(await reclaiming.revisionAt(now() - MARKED_FOR_MS))
}
