/**
 * What may be reclaimed. Pure: decided here, carried out elsewhere. A snapshot is wanted while it is online, is one of the
 * newest of its view, or was online within the view's retention; what a wanted snapshot or an open run reads stays.
 */

/** Runs by their ids: what a snapshot is made of. */
export interface Pointed {
  /** `view@version` */
  readonly view: string
  readonly snapshot: number
  readonly base: string
  readonly overlay: string | null
}

export interface KnownRun {
  readonly id: string
  readonly view: string
  readonly snapshot: number
  /** Under way: a sync may finish it. */
  readonly open: boolean
  /** What it lies on; null of a base. */
  readonly base: string | null
  /** The overlay that it names again. */
  readonly same: string | null
  readonly marked: boolean
}

/** What heads have named, and the last revision that did. */
export interface Named extends Pointed {
  readonly last: number
}

export interface Holdings {
  /** The head's own. */
  readonly online: readonly Pointed[]
  /** Those that are not marked. */
  readonly snapshots: readonly Pointed[]
  /** Those that are not reclaimed. */
  readonly runs: readonly KnownRun[]
  /** By every head that has been online since the longest retention began. */
  readonly named: readonly Named[]
}

export interface Retention {
  /** How many of the newest snapshots of a view are wanted, whatever their age. */
  readonly keep: number
  /** The revision that was online when the view's retention began: what was online then or later is wanted. */
  since(view: string): number
  /** False for a version that is retired: nobody can roll it back or finish a run of it. */
  isRegistered(view: string): boolean
  /** Whether somebody materializes it now. */
  isLeased(view: string): boolean
}

export interface Reclaimable {
  /** Ids of runs that nothing needs and that are not marked yet. */
  readonly runs: readonly string[]
  /** Snapshots that cannot be served without them. */
  readonly snapshots: readonly Pointed[]
  /** Marked runs that are needed again. */
  readonly revived: readonly string[]
  isNeeded(run: string): boolean
}

export function reclaimable(holdings: Holdings, retention: Retention): Reclaimable {
  const own = new Map(holdings.runs.map((run) => [snapshotKey(run), run.id]))
  const needed = new Set<string>()
  const need = (...ids: readonly (string | null | undefined)[]): void => {
    for (const id of ids) if (id) needed.add(id)
  }
  for (const one of wanted(holdings, retention)) need(one.base, one.overlay, own.get(snapshotKey(one)))
  const abandoned = ({ open, view }: KnownRun) => open && !retention.isRegistered(view) && !retention.isLeased(view)
  for (const run of holdings.runs) if (run.open && !abandoned(run)) need(run.id, run.base, run.same)
  const runs = holdings.runs.filter((run) => !run.marked && !needed.has(run.id)).map((run) => run.id)
  const kept = new Set(holdings.runs.filter((run) => needed.has(run.id)).map((run) => run.id))
  const isWhole = (one: Pointed) =>
    [one.base, one.overlay, own.get(snapshotKey(one)) ?? ''].every((id) => id === null || kept.has(id))
  return {
    runs,
    snapshots: holdings.snapshots.filter((one) => !isWhole(one)),
    revived: holdings.runs.filter((run) => run.marked && needed.has(run.id)).map((run) => run.id),
    isNeeded: (run) => needed.has(run),
  }
}

function wanted({ online, snapshots, named }: Holdings, retention: Retention): readonly Pointed[] {
  const last = new Map<string, number>()
  for (const one of named) last.set(snapshotKey(one), Math.max(one.last, last.get(snapshotKey(one)) ?? 0))
  const newest = [...Map.groupBy(snapshots, ({ view }) => view)].flatMap(([view, all]) =>
    retention.isRegistered(view) ? all.toSorted((a, b) => b.snapshot - a.snapshot).slice(0, retention.keep) : [],
  )
  const recent = snapshots.filter((one) => (last.get(snapshotKey(one)) ?? -1) >= retention.since(one.view))
  return [...online, ...newest, ...recent]
}

function snapshotKey({ view, snapshot }: { readonly view: string; readonly snapshot: number }): string {
  return `${view} ${snapshot}`
}
