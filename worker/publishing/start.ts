/** A run begins: whoever starts it takes the view's lease, and is told what is online and what an earlier run has left. */

import { ShorelineError } from '../../core/errors.ts'
import type { Head, ViewHead } from '../../core/head.ts'
import { contentHash } from '../../registry/hash.ts'
import type { Leases } from '../../registry/leases.ts'
import { type RegistrySnapshot, type ViewObject, viewId } from '../../registry/objects.ts'
import type { Repository, Run } from '../../registry/repository.ts'
import { findRuns, runsOf } from '../../registry/runs.ts'
import { storedHash } from '../../registry/versions.ts'
import type {
  ComputedRequest,
  LeaseAnswer,
  OnlineRuns,
  RenewRequest,
  StartRunAnswer,
  StartRunRequest,
} from '../../registry/wire/control.ts'
import { truth } from './publish.ts'
import { openRun } from './runs.ts'

/** What starting a run takes. */
export interface Starting {
  readonly repository: Repository
  readonly leases: Leases
  /** The deployment's clock, microseconds since the epoch. */
  readonly now: number
}

/** How long a lease is that says nothing of it. */
export const LEASE_SECONDS = 60

/**
 * Takes the view's lease and pins the sources. Equal input is not computed twice: an open run of the same input is resumed, and
 * a snapshot online that came from it makes the run unnecessary.
 * @throws ShorelineError CONFLICT when somebody else materializes the view, with the holder in its details
 */
export async function startRun(starting: Starting, request: StartRunRequest): Promise<StartRunAnswer> {
  const { repository, leases } = starting
  const head = await truth(repository)
  const registry = await repository.registry(head.registry)
  const definition = findRuns(registry, request.view)
  const view = viewId(definition)
  if (!request.dry_run) await acquire(leases, view, request)
  const answer = await startHeld(starting, request, { head, registry, definition, view })
  if (answer.outcome === 'unchanged' && !request.dry_run) await leases.release(view, request.holder)
  return answer
}

async function acquire(leases: Leases, view: string, request: StartRunRequest): Promise<void> {
  const now = Date.now()
  const { holder, takeover, lease_seconds: seconds = LEASE_SECONDS } = request
  const inTheWay = holder
    ? await leases.acquire({
        view,
        holder,
        now,
        until: now + seconds * 1000,
        ...(takeover === undefined ? {} : { takeover }),
      })
    : await leases.of(view)
  if (!inTheWay || (!holder && inTheWay.expiresAt <= now)) return
  const until = new Date(inTheWay.expiresAt).toISOString()
  throw new ShorelineError(
    'CONFLICT',
    `View ${view} is being materialized by ${inTheWay.holder} since ${new Date(inTheWay.acquiredAt).toISOString()}. Wait until it is done; if it has died, its lease runs out at ${until}.`,
    { view, holder: inTheWay.holder, expires_at: until },
  )
}

interface ViewNow {
  readonly head: Head
  readonly registry: RegistrySnapshot
  /** The version that owns the runs. */
  readonly definition: ViewObject
  readonly view: string
}

async function startHeld(
  { repository, now }: Starting,
  request: StartRunRequest,
  { head, registry, definition, view }: ViewNow,
): Promise<StartRunAnswer> {
  const read = newestReader(registry, definition)
  const input = await contentHash({
    stored: await storedHash(definition),
    sources: request.sources.map(({ uri, etag }) => [uri, etag]),
    // The same rows in another store are another run.
    ...(read.online === 'kv' ? {} : { online: read.online }),
    as_of: request.as_of ?? null,
    ...(request.from === undefined ? {} : { from: request.from }),
    ...(request.to === undefined ? {} : { to: request.to }),
  })
  const online = head.views[view]
  const current = online && (await repository.runOfSnapshot(view, online.snapshot))
  if (
    online &&
    current &&
    !request.full &&
    current.input === input &&
    isStillWhole(definition, current, request.as_of ?? now)
  )
    return {
      outcome: 'unchanged',
      view,
      snapshot: online.snapshot,
      revision: head.revision,
      held: online.held ?? false,
    }
  const runs = online && current ? await onlineRunsOf(repository, view, online, current) : null
  if (request.dry_run) {
    const asOf = request.as_of ?? now
    const snapshot = await repository.nextSnapshot(view)
    return {
      ...STARTED,
      view,
      snapshot,
      run: `${snapshot}-${'0'.repeat(12)}`,
      store: read.online,
      as_of: asOf,
      online: runs,
    }
  }
  const open = await repository.openRun(view)
  if (open?.input === input && isWorthFinishing(definition, open, request, now)) return resumed(repository, open, runs)
  const snapshot = await repository.nextSnapshot(view)
  const run: Run = {
    id: `${snapshot}-${randomId()}`,
    view,
    snapshot,
    kind: 'base',
    base: null,
    store: read.online,
    state: 'started',
    input,
    sources: request.sources,
    asOf: request.as_of ?? now,
    rows: null,
    blocks: null,
    filters: 0,
    changed: null,
    stored: null,
    whole: request.from === undefined && request.to === undefined,
    watermark: null,
    nextEvent: null,
    parts: [],
    statistics: null,
    checks: null,
    report: null,
    error: null,
    startedAt: Date.now(),
    finishedAt: null,
    markedAt: null,
  }
  await repository.startRun(run)
  return { ...STARTED, view, snapshot, run: run.id, store: run.store, as_of: run.asOf, online: runs }
}

const STARTED = { outcome: 'started', computed: null, uploaded: [] } as const

/** How many of the last runs a sync learns the rate of change from. */
const HISTORY = 48

async function onlineRunsOf(
  repository: Repository,
  view: string,
  online: ViewHead,
  current: Run,
): Promise<OnlineRuns | null> {
  const baseSnapshot = current.kind === 'base' ? current.snapshot : (current.base?.snapshot ?? 0)
  const base = current.kind === 'base' ? current : await repository.runOfSnapshot(view, baseSnapshot)
  // A base that is not known any more: the next run is one.
  if (!base || base.rows === null || current.rows === null) return null
  const overlay = online.overlay
  return {
    snapshot: online.snapshot,
    rows: current.rows,
    watermark: online.watermark,
    next_event: current.nextEvent,
    as_of: current.asOf,
    whole: current.whole,
    sources: current.sources,
    statistics: current.statistics === null ? null : JSON.parse(current.statistics),
    base: {
      snapshot: base.snapshot,
      pointer: online.base,
      filters: 0,
      rows: base.rows,
      parts: base.parts,
    },
    overlay: overlay
      ? {
          snapshot: online.snapshot,
          pointer: { store: overlay.store, run: overlay.run, blocks: overlay.blocks },
          filters: overlay.filters,
          rows: current.stored ?? 0,
          parts: current.parts,
        }
      : null,
    overlay_blocks: await repository.overlayBlocks(view, base.snapshot),
    history: (await repository.runHistory(view, HISTORY)).map(({ at, rows, changed }) => ({
      at: new Date(at).toISOString(),
      rows,
      changed,
    })),
  }
}

/** @throws ShorelineError CONFLICT when the holder has lost the lease, or the run is over */
export async function renewLease(
  { repository, leases }: Pick<Starting, 'repository' | 'leases'>,
  id: string,
  { holder, lease_seconds: seconds = LEASE_SECONDS }: RenewRequest,
): Promise<LeaseAnswer> {
  const run = await openRun(repository, id)
  const until = Date.now() + seconds * 1000
  if (await leases.renew(run.view, holder, until)) return { run: id, expires_at: new Date(until).toISOString() }
  throw new ShorelineError('CONFLICT', `The lease of ${run.view} is not ${holder}'s any more.`, { run: id })
}

/** The version that reads the run last: another store makes no new version, so that its definition counts. */
function newestReader(registry: RegistrySnapshot, runs: ViewObject): ViewObject {
  return registry.views.findLast((view) => runsOf(view) === viewId(runs)) ?? runs
}

/** The same sources give the same rows until the clock passes an event that was still in the future. */
function isStillWhole(view: ViewObject, run: Run, asOf: number): boolean {
  return !readsClock(view) && (run.nextEvent === null || asOf < run.nextEvent)
}

/** One that has computed nothing is as good as a new one; what has been computed must still be what would be computed now. */
function isWorthFinishing(view: ViewObject, open: Run, { full, as_of: asked }: StartRunRequest, now: number): boolean {
  // Whoever started it may not have got the answer, and asks again: that is no second run.
  if (open.state === 'started') return asked !== undefined || Math.abs(now - open.asOf) < LEASE_SECONDS * 1_000_000
  // A part of the events was joined with what was online then, and something else may be now.
  return !full && open.whole && (asked !== undefined || isStillWhole(view, open, now))
}

function readsClock(view: ViewObject): boolean {
  return view.sql?.includes('$as_of') ?? false
}

async function resumed(repository: Repository, run: Run, online: OnlineRuns | null): Promise<StartRunAnswer> {
  const computed = run.state === 'computed' ? computedOf(run) : null
  return {
    outcome: 'resumed',
    view: run.view,
    snapshot: run.snapshot,
    run: run.id,
    store: run.store,
    as_of: run.asOf,
    online,
    computed,
    uploaded: computed ? await repository.uploads(run.id) : [],
  }
}

function computedOf(run: Run): ComputedRequest | null {
  const { kind, rows, changed, stored, blocks, filters, watermark, nextEvent, parts, base } = run
  if (rows === null || blocks === null) return null
  return {
    kind,
    rows,
    changed: changed ?? rows,
    stored: stored ?? rows,
    blocks,
    filters,
    watermark,
    next_event: nextEvent,
    parts: [...parts],
    ...(base ? { base_snapshot: base.snapshot } : {}),
  }
}

function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 12)
}
