/** All that speaks SQL to D1. Rows in, plain values out; a lost race is a CONFLICT, never a half-written state. */
import { and, desc, eq, inArray, max, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { ShorelineError } from '../core/errors.ts'
import type { Head, ViewHead } from '../core/head.ts'
import type { Plan } from '../core/plan.ts'
import type { Change } from './apply.ts'
import { canonicalJson } from './hash.ts'
import { EMPTY_REGISTRY, type RegistrySnapshot } from './objects.ts'
import { plans, registryObjects, registryRevisions, revisions, runs, snapshots, uploads } from './schema.ts'

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

export type Run = Omit<typeof runs.$inferSelect, 'sources' | 'parts'> & {
  readonly sources: readonly SourceObjectPin[]
  readonly parts: readonly string[]
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
}

export interface ApplyCommit {
  readonly head: Head
  readonly snapshot: RegistrySnapshot
  readonly plans: ReadonlyMap<string, Plan>
  readonly changes: readonly Change[]
  readonly by: string | null
  readonly commit: string | null
  readonly now: number
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

  async revision(revision: number): Promise<StoredRevision | null> {
    const [row] = await this.#db.select().from(revisions).where(eq(revisions.revision, revision))
    return row ?? null
  }

  /**
   * Inserts the next revision, and in the same transaction says what became of its runs.
   * @throws ShorelineError CONFLICT when another revision of that number exists
   */
  async commitRevision(head: Head, reason: string, now: number, published: readonly Run[] = []): Promise<void> {
    await this.#guarded(head.revision, [
      this.#insertRevision(head, reason, now),
      ...published.flatMap((run) => [
        this.#db.insert(snapshots).values(snapshotRow(run, head, now)),
        this.#db.update(runs).set({ state: 'published', finishedAt: now }).where(eq(runs.id, run.id)),
      ]),
    ])
  }

  // ---- registry

  /** The registry at a revision; empty at 0. */
  async registry(revision: number): Promise<RegistrySnapshot> {
    if (revision === 0) return EMPTY_REGISTRY
    const text = await this.registryText(revision)
    if (text === null) throw new ShorelineError('INTERNAL', `registry revision ${revision} is not in D1.`)
    return JSON.parse(text) as RegistrySnapshot
  }

  async registryText(revision: number): Promise<string | null> {
    const [row] = await this.#db
      .select({ snapshot: registryRevisions.snapshot })
      .from(registryRevisions)
      .where(eq(registryRevisions.revision, revision))
    return row?.snapshot ?? null
  }

  async planText(hash: string): Promise<string | null> {
    const [row] = await this.#db.select({ plan: plans.plan }).from(plans).where(eq(plans.hash, hash))
    return row?.plan ?? null
  }

  /** All or nothing. @throws ShorelineError CONFLICT when another revision came between */
  async commitApply({ head, snapshot, plans: compiled, changes, by, commit, now }: ApplyCommit): Promise<void> {
    const registry = snapshot.revision
    const objects = changes.map(({ kind, name, version = 0 }) => ({
      kind,
      name,
      version,
      registry,
      definition: canonicalJson(findObject(snapshot, kind, name, version)),
    }))
    await this.#guarded(head.revision, [
      this.#insertRevision(head, 'apply', now),
      this.#db.insert(registryRevisions).values({
        revision: registry,
        snapshot: canonicalJson(snapshot),
        changes: canonicalJson(changes),
        appliedBy: by,
        commit,
        appliedAt: now,
      }),
      ...objects.map((object) => this.#db.insert(registryObjects).values(object)),
      ...[...compiled].map(([hash, plan]) =>
        this.#db
          .insert(plans)
          .values({ hash, plan: canonicalJson(plan) })
          .onConflictDoNothing(),
      ),
    ])
  }

  // ---- runs

  async run(id: string): Promise<Run> {
    const [row] = await this.#db.select().from(runs).where(eq(runs.id, id))
    if (!row) throw new ShorelineError('UNKNOWN_NAME', `There is no run ${id}.`, { run: id })
    return readRun(row)
  }

  /** The newest run of a view version that may be finished instead of starting another. */
  async openRun(view: string): Promise<Run | null> {
    const [row] = await this.#db
      .select()
      .from(runs)
      .where(and(eq(runs.view, view), inArray(runs.state, ['started', 'computed'])))
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
    const { sources, parts, ...columns } = run
    await this.#db.batch([
      this.#db
        .update(runs)
        .set({ state: 'superseded', finishedAt: run.startedAt })
        .where(and(eq(runs.view, run.view), inArray(runs.state, ['started', 'computed']))),
      this.#db.insert(runs).values({ ...columns, sources: JSON.stringify(sources), parts: JSON.stringify(parts) }),
    ])
  }

  async recordComputed(
    id: string,
    computed: Pick<Run, 'rows' | 'blocks' | 'watermark' | 'nextEvent' | 'parts'>,
  ): Promise<void> {
    await this.#db
      .update(runs)
      .set({ ...computed, parts: JSON.stringify(computed.parts), state: 'computed' })
      .where(and(eq(runs.id, id), inArray(runs.state, ['started', 'computed'])))
  }

  async failRun(id: string, error: string, now: number): Promise<void> {
    await this.#db
      .update(runs)
      .set({ state: 'failed', error, finishedAt: now })
      .where(and(eq(runs.id, id), inArray(runs.state, ['started', 'computed'])))
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
  }
}

function readSnapshot(row: typeof snapshots.$inferSelect): Snapshot {
  return { ...row, pointer: JSON.parse(row.pointer) as ViewHead, parts: JSON.parse(row.parts) as readonly string[] }
}

function findObject(snapshot: RegistrySnapshot, kind: Change['kind'], name: string, version: number): unknown {
  if (kind === 'entity') return snapshot.entities.find((one) => one.name === name)
  if (kind === 'source') return snapshot.sources.find((one) => one.name === name)
  const objects = kind === 'view' ? snapshot.views : snapshot.services
  return objects.find((one) => one.name === name && one.version === version)
}

/** The messages of an error and of what caused it, as one text: drizzle wraps D1's. */
function causes(thrown: unknown): string {
  const messages: string[] = []
  for (let one = thrown; one instanceof Error; one = one.cause) messages.push(one.message)
  return messages.join('\n')
}
