/**
 * What publishing and serving ask of D1: revisions, the registry, runs, their blocks and snapshots. Rows in, plain values out; a
 * lost race is a CONFLICT, never a half-written state.
 */
import { and, desc, eq, inArray, max, or, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { ShorelineError } from '../core/errors.ts'
import type { Head, OverlayPointer, RunPointer, ViewHead } from '../core/head.ts'
import { type ApplyCommit, appliedStatements, factStatements } from './applied.ts'
import type { Change } from './apply.ts'
import type { HistoryEntry } from './catalog/history.ts'
import type { Facts } from './facts.ts'
import { type QuarantinedObject, quarantineStatements } from './history/quarantine.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot } from './objects.ts'
import { unpackRegistry } from './pack.ts'
import {
  OPEN_STATES,
  plans,
  registryFacts,
  registryObjects,
  registryParts,
  registryRevisions,
  revisions,
  runs,
  snapshots,
  uploads,
} from './schema.ts'

export interface StoredRevision {
  readonly revision: number
  readonly registry: number
  /** The head as text, exactly as KV is to hold it. */
  readonly head: string
}

export interface SourceObjectPin {
  readonly uri: string
  readonly etag: string
  readonly size: number
}

/** What an overlay lies on. */
export interface RunBase {
  readonly snapshot: number
  readonly pointer: RunPointer
  /** Set when nothing differs from what is online: the overlay that it is, if any, is named again. */
  readonly overlay?: OverlayPointer
}

export type Run = Omit<typeof runs.$inferSelect, 'sources' | 'parts' | 'base'> & {
  readonly sources: readonly SourceObjectPin[]
  readonly parts: readonly string[]
  readonly base: RunBase | null
}

export interface Snapshot {
  readonly view: string
  readonly snapshot: number
  readonly pointer: ViewHead
  readonly rows: number
  /** Microseconds since the epoch. */
  readonly watermark: number | null
  readonly parts: readonly string[]
  readonly revision: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** When gc found that nothing needs it any more. */
  readonly markedAt: number | null
}

/** What is known of a run once its rows are in the lake. */
export type ComputedRun = Pick<
  Run,
  | 'kind'
  | 'base'
  | 'rows'
  | 'blocks'
  | 'filters'
  | 'changed'
  | 'stored'
  | 'watermark'
  | 'nextEvent'
  | 'parts'
  | 'statistics'
  | 'checks'
>

/** What is committed together with a revision. */
export interface WithRevision {
  /** Runs that it puts online for the first time. */
  readonly published?: readonly Run[]
  /** Views, as `view@version`, that it puts on runs from before. */
  readonly named?: readonly string[]
  readonly quarantined?: readonly QuarantinedObject[]
}

/** Who made a registry revision, when, and from which commit. */
export interface RegistryRevision {
  readonly revision: number
  readonly by: string | null
  readonly commit: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
}

const REVISION_COLUMNS = {
  revision: registryRevisions.revision,
  by: registryRevisions.appliedBy,
  commit: registryRevisions.commit,
  at: registryRevisions.appliedAt,
}

export class Repository {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  // ---- revisions

  async latestRevision(): Promise<StoredRevision | null> {
    const [row] = await this.#db.select().from(revisions).orderBy(desc(revisions.revision)).limit(1)
    return row ?? null
  }

  /** When a revision was committed, milliseconds since the epoch. */
  async committedAt(revision: number): Promise<number | null> {
    const [row] = await this.#db
      .select({ at: revisions.createdAt })
      .from(revisions)
      .where(eq(revisions.revision, revision))
    return row?.at ?? null
  }

  async revision(revision: number): Promise<StoredRevision | null> {
    const [row] = await this.#db.select().from(revisions).where(eq(revisions.revision, revision))
    return row ?? null
  }

  /**
   * Inserts the next revision, and in the same transaction says what became of its runs.
   * @throws ShorelineError CONFLICT when another revision of that number exists
   */
  async commitRevision(head: Head, reason: string, now: number, more: WithRevision = {}): Promise<void> {
    const { published = [], named = [], quarantined = [] } = more
    await this.#guarded(head.revision, [
      this.#insertRevision(head, reason, now),
      ...published.flatMap((run) => [
        this.#db.insert(snapshots).values(snapshotRow(run, head, now)),
        this.#db.update(runs).set({ state: 'published', finishedAt: now }).where(eq(runs.id, run.id)),
      ]),
      ...named.flatMap((view) => this.#unmark(view, head)),
      ...quarantineStatements(this.#db, quarantined),
    ])
  }

  /** gc may have marked it between the moment it was read and now: what the head names stays. */
  #unmark(view: string, head: Head) {
    const { snapshot, base, overlay } = head.views[view] ?? {}
    if (snapshot === undefined || !base) return []
    return [
      this.#db
        .update(snapshots)
        .set({ markedAt: null })
        .where(and(eq(snapshots.view, view), eq(snapshots.snapshot, snapshot))),
      this.#db
        .update(runs)
        .set({ markedAt: null })
        .where(
          or(
            inArray(runs.id, [base.run, ...(overlay ? [overlay.run] : [])]),
            and(eq(runs.view, view), eq(runs.snapshot, snapshot)),
          ),
        ),
    ]
  }

  // ---- registry

  /** The registry at a revision; empty at 0. */
  async registry(revision: number): Promise<RegistrySnapshot> {
    if (revision === 0) return EMPTY_REGISTRY
    const text = await this.registryText(revision)
    if (text === null) throw new ShorelineError('INTERNAL', `registry revision ${revision} is not in D1.`)
    return unpackRegistry(text)
  }

  async registryText(revision: number): Promise<string | null> {
    const [row] = await this.#db
      .select({ snapshot: registryRevisions.snapshot })
      .from(registryRevisions)
      .where(eq(registryRevisions.revision, revision))
    if (!row) return null
    const parts = await this.#db
      .select({ text: registryParts.text })
      .from(registryParts)
      .where(eq(registryParts.revision, revision))
      .orderBy(registryParts.part)
    return row.snapshot + parts.map((part) => part.text).join('')
  }

  async planText(hash: string): Promise<string | null> {
    const [row] = await this.#db.select({ plan: plans.plan }).from(plans).where(eq(plans.hash, hash))
    return row?.plan ?? null
  }

  /** Which apply made a registry revision. */
  async registryRevision(revision: number): Promise<RegistryRevision | null> {
    const [row] = await this.#db
      .select(REVISION_COLUMNS)
      .from(registryRevisions)
      .where(eq(registryRevisions.revision, revision))
    return row ?? null
  }

  /** What every apply did to an object, newest first. */
  async history(kind: Change['kind'], name: string): Promise<readonly HistoryEntry[]> {
    const rows = await this.#db
      .select({ ...REVISION_COLUMNS, change: registryObjects.change, version: registryObjects.version })
      .from(registryObjects)
      .innerJoin(registryRevisions, eq(registryObjects.registry, registryRevisions.revision))
      .where(and(eq(registryObjects.kind, kind), eq(registryObjects.name, name)))
      .orderBy(desc(registryObjects.registry), desc(registryObjects.version))
    return rows.map(({ revision, change, version, by, commit, at }) => ({
      registry: revision,
      change,
      ...(version === 0 ? {} : { version }),
      by,
      commit,
      at: new Date(at).toISOString(),
    }))
  }

  async facts(): Promise<Facts> {
    const rows = await this.#db.select().from(registryFacts)
    const of = (kind: 'source' | 'view') =>
      Object.fromEntries(rows.flatMap((row) => (row.kind === kind ? [[row.object, JSON.parse(row.facts)]] : [])))
    return { sources: of('source'), views: of('view') } as Facts
  }

  async putFacts(facts: Facts): Promise<void> {
    await this.transaction(factStatements(this.#db, facts))
  }

  /** All or nothing. @throws ShorelineError CONFLICT when another revision came between */
  async commitApply(apply: ApplyCommit): Promise<void> {
    const { head, reason, now } = apply
    await this.#guarded(head.revision, [this.#insertRevision(head, reason, now), ...appliedStatements(this.#db, apply)])
  }

  // ---- runs

  async run(id: string): Promise<Run> {
    const [row] = await this.#db.select().from(runs).where(eq(runs.id, id))
    if (!row)
      throw new ShorelineError('UNKNOWN_NAME', `There is no run ${id}. "shoreline runs" shows those that there are.`, {
        run: id,
      })
    return readRun(row)
  }

  /** The newest run of a view version that may be finished instead of starting another. */
  async openRun(view: string): Promise<Run | null> {
    const [row] = await this.#db
      .select()
      .from(runs)
      .where(and(eq(runs.view, view), inArray(runs.state, OPEN_STATES)))
      .orderBy(desc(runs.snapshot))
      .limit(1)
    return row ? readRun(row) : null
  }

  async runOfSnapshot(view: string, snapshot: number): Promise<Run | null> {
    const [row] = await this.#db
      .select()
      .from(runs)
      .where(and(eq(runs.view, view), eq(runs.snapshot, snapshot), eq(runs.state, 'published')))
    return row ? readRun(row) : null
  }

  /** The number the next snapshot of a view version gets. */
  async nextSnapshot(view: string): Promise<number> {
    const [row] = await this.#db
      .select({ last: max(runs.snapshot) })
      .from(runs)
      .where(eq(runs.view, view))
    return (row?.last ?? 0) + 1
  }

  /** Older open runs of the view are superseded: one set of rows is computed at a time. */
  async startRun(run: Run): Promise<void> {
    const { sources, parts, base, ...columns } = run
    await this.#db.batch([
      this.#db
        .update(runs)
        .set({ state: 'superseded', finishedAt: run.startedAt })
        .where(and(eq(runs.view, run.view), inArray(runs.state, OPEN_STATES))),
      this.#db.insert(runs).values({
        ...columns,
        base: base === null ? null : JSON.stringify(base),
        sources: JSON.stringify(sources),
        parts: JSON.stringify(parts),
      }),
    ])
  }

  async recordComputed(id: string, computed: ComputedRun): Promise<void> {
    const { base, parts, ...columns } = computed
    await this.#db
      .update(runs)
      .set({
        ...columns,
        base: base === null ? null : JSON.stringify(base),
        parts: JSON.stringify(parts),
        state: 'computed',
      })
      .where(and(eq(runs.id, id), inArray(runs.state, OPEN_STATES)))
  }

  /** @param found JSON of what its checks and statistics said, where it came so far */
  async failRun(
    id: string,
    error: string,
    now: number,
    found: Partial<Pick<Run, 'statistics' | 'checks'>> = {},
  ): Promise<void> {
    await this.#db
      .update(runs)
      .set({ ...found, state: 'failed', error, finishedAt: now })
      .where(and(eq(runs.id, id), inArray(runs.state, OPEN_STATES)))
  }

  /** @param report JSON */
  async recordReport(id: string, report: string): Promise<void> {
    await this.#db.update(runs).set({ report }).where(eq(runs.id, id))
  }

  /** Blocks that overlays of a base have written since it came, filters included. */
  async overlayBlocks(view: string, baseSnapshot: number): Promise<number> {
    const [row] = await this.#db
      .select({ blocks: sql<number>`sum(${runs.blocks} + ${runs.filters})` })
      .from(runs)
      .where(
        and(
          eq(runs.view, view),
          eq(runs.kind, 'overlay'),
          inArray(runs.state, ['computed', 'published']),
          sql`${runs.base} ->> '$.snapshot' = ${baseSnapshot}`,
        ),
      )
    return Number(row?.blocks ?? 0)
  }

  /** What the last runs that came through did, newest first. */
  async runHistory(
    view: string,
    limit: number,
  ): Promise<readonly { readonly at: number; readonly rows: number; readonly changed: number }[]> {
    const rows = await this.#db
      .select({ at: runs.startedAt, rows: runs.rows, changed: runs.changed })
      .from(runs)
      .where(and(eq(runs.view, view), inArray(runs.state, ['computed', 'published', 'reclaimed'])))
      .orderBy(desc(runs.snapshot))
      .limit(limit)
    return rows.flatMap(({ at, rows, changed }) => (rows === null || changed === null ? [] : [{ at, rows, changed }]))
  }

  // ---- uploads

  async recordUpload(run: string, first: number, blocks: number): Promise<void> {
    await this.#db.insert(uploads).values({ run, first, count: blocks }).onConflictDoNothing()
  }

  async uploads(run: string): Promise<readonly { readonly first: number; readonly count: number }[]> {
    return this.#db
      .select({ first: uploads.first, count: uploads.count })
      .from(uploads)
      .where(eq(uploads.run, run))
      .orderBy(uploads.first)
  }

  async uploadedBlocks(run: string): Promise<number> {
    const [row] = await this.#db
      .select({ blocks: sum(uploads.count) })
      .from(uploads)
      .where(eq(uploads.run, run))
    return Number(row?.blocks ?? 0)
  }

  // ---- snapshots

  /** Newest first. */
  async snapshots(view: string): Promise<readonly Snapshot[]> {
    const rows = await this.#db
      .select()
      .from(snapshots)
      .where(eq(snapshots.view, view))
      .orderBy(desc(snapshots.snapshot))
    return rows.map(readSnapshot)
  }

  /** The snapshots that a head serves, in one query. */
  async snapshotsOf(views: Readonly<Record<string, ViewHead>>): Promise<readonly Snapshot[]> {
    const names = Object.keys(views)
    if (names.length === 0) return []
    // One bound text for any number of views: D1 binds at most 100 parameters.
    const listed = sql`${snapshots.view} in (select value from json_each(${JSON.stringify(names)}))`
    const rows = await this.#db.select().from(snapshots).where(listed)
    return rows.map(readSnapshot).filter((one) => views[one.view]?.snapshot === one.snapshot)
  }

  #insertRevision(head: Head, reason: string, now: number) {
    return this.#db
      .insert(revisions)
      .values({ revision: head.revision, registry: head.registry, head: JSON.stringify(head), reason, createdAt: now })
  }

  async #guarded(revision: number, statements: Parameters<typeof this.transaction>[0]): Promise<void> {
    try {
      await this.transaction(statements)
    } catch (thrown) {
      if (!causes(thrown).includes('UNIQUE constraint failed: revisions.revision')) throw thrown
      throw new ShorelineError('CONFLICT', `Revision ${revision} was published by someone else meanwhile. Try again.`, {
        revision,
      })
    }
  }

  /** D1's `batch` is its only transaction. */
  async transaction(statements: readonly Parameters<ReturnType<typeof drizzle>['batch']>[0][number][]): Promise<void> {
    const [first, ...rest] = statements
    if (first) await this.#db.batch([first, ...rest])
  }
}

function snapshotRow(run: Run, head: Head, now: number): typeof snapshots.$inferInsert {
  const pointer = head.views[run.view]
  if (!pointer || run.rows === null)
    throw new ShorelineError('INTERNAL', `run ${run.id} is published without being in the head.`)
  return {
    view: run.view,
    snapshot: run.snapshot,
    pointer: JSON.stringify(pointer),
    rows: run.rows,
    watermark: run.watermark,
    parts: JSON.stringify(run.parts),
    revision: head.revision,
    createdAt: now,
  }
}

function readRun(row: typeof runs.$inferSelect): Run {
  return {
    ...row,
    sources: JSON.parse(row.sources) as readonly SourceObjectPin[],
    parts: row.parts === null ? [] : (JSON.parse(row.parts) as readonly string[]),
    base: row.base === null ? null : (JSON.parse(row.base) as RunBase),
  }
}

function readSnapshot(row: typeof snapshots.$inferSelect): Snapshot {
  return { ...row, pointer: JSON.parse(row.pointer) as ViewHead, parts: JSON.parse(row.parts) as readonly string[] }
}

/** The messages of an error and of what caused it, as one text: drizzle wraps D1's. */
function causes(thrown: unknown): string {
  const messages: string[] = []
  for (let one = thrown; one instanceof Error; one = one.cause) messages.push(one.message)
  return messages.join('\n')
}
