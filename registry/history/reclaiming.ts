/** What gc asks of D1, and what it notes there: which runs and revisions there are, what is marked, what is gone. */
import { jsonBatches } from '../json-batches.ts'
import type { KnownRun, Named, Pointed } from './retention.ts'

/** A marked run that is to be deleted. */
export interface MarkedRun {
  readonly id: string
  readonly view: string
  readonly snapshot: number
  readonly store: 'kv' | 'd1'
  readonly published: boolean
  /** Blocks of rows and of the filter; null when it was never computed. */
  readonly blocks: number | null
  /** Blocks that are known to be in the store. */
  readonly uploaded: number
  readonly parts: readonly string[]
  /** Milliseconds since the epoch. */
  readonly markedAt: number
}

export interface UploadedRange {
  readonly first: number
  readonly count: number
}

export class Reclaiming {
  readonly #d1: D1Database

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  /** Those that are not reclaimed. */
  async runs(): Promise<readonly KnownRun[]> {
    const rows = await this.#all<Omit<KnownRun, 'open' | 'marked'> & { open: number; marked: number }>(
      `select id, view, snapshot, state in ('started', 'computed') as open, base ->> '$.pointer.run' as base,
        base ->> '$.overlay.run' as same, marked_at is not null as marked
      from runs where state <> 'reclaimed'`,
    )
    return rows.map((row) => ({ ...row, open: row.open === 1, marked: row.marked === 1 }))
  }

  /** Those that are not marked. */
  snapshots(): Promise<readonly Pointed[]> {
    return this.#all(
      `select view, snapshot, pointer ->> '$.base.run' as base, pointer ->> '$.overlay.run' as overlay
      from snapshots where marked_at is null`,
    )
  }

  /** What the heads of these revisions name, both ends included, each with the last of them that does. */
  named(from: number, to: number): Promise<readonly Named[]> {
    return this.#all(
      `select one.key as view, one.value ->> '$.snapshot' as snapshot, one.value ->> '$.base.run' as base,
        one.value ->> '$.overlay.run' as overlay, max(revisions.revision) as last
      from revisions, json_each(revisions.head, '$.views') as one
      where revisions.revision between ?1 and ?2
      group by 1, 2, 3, 4`,
      from,
      to,
    )
  }

  /**
   * The revision that was the newest at that instant, milliseconds since the epoch; 0 when there was none. By halves: a row has
   * its whole head before its instant, and is dear to read.
   */
  async revisionAt(instant: number): Promise<number> {
    const [ends] = await this.#all<{ first: number | null; last: number | null }>(
      'select min(revision) as first, max(revision) as last from revisions',
    )
    let [before, after] = [(ends?.first ?? 1) - 1, (ends?.last ?? 0) + 1]
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      const [row] = await this.#all<{ revision: number; at: number }>(
        'select revision, created_at as at from revisions where revision >= ?1 order by revision limit 1',
        middle,
      )
      if (row && row.revision < after && row.at <= instant) before = row.revision
      else after = middle
    }
    return before < (ends?.first ?? 1) ? 0 : before
  }

  async leasedViews(now: number): Promise<ReadonlySet<string>> {
    const rows = await this.#all<{ view: string }>('select view from leases where expires_at > ?1', now)
    return new Set(rows.map(({ view }) => view))
  }

  /**
   * All of them, or none when another revision has come since: it may name them.
   * A run of a retired version that nobody finishes ends with it.
   */
  async mark(runs: readonly string[], snapshots: readonly Pointed[], revision: number, now: number): Promise<boolean> {
    if (runs.length === 0 && snapshots.length === 0) return true
    const current = '(select max(revision) from revisions) = ?2'
    const marks = [
      ...jsonBatches(runs.map((id) => [id])).map((batch) =>
        this.#d1
          .prepare(
            `update runs set marked_at = ?1, finished_at = coalesce(finished_at, ?1),
              state = case when state in ('started', 'computed') then 'cancelled' else state end
            where ${current} and id in (select value ->> 0 from json_each(?3))`,
          )
          .bind(now, revision, batch),
      ),
      ...jsonBatches(snapshots.map(({ view, snapshot }) => [view, snapshot])).map((batch) =>
        this.#d1
          .prepare(
            `update snapshots set marked_at = ?1
            where ${current} and (view, snapshot) in (select value ->> 0, value ->> 1 from json_each(?3))`,
          )
          .bind(now, revision, batch),
      ),
    ]
    const results = await this.#d1.batch(marks)
    return results.some(({ meta }) => meta.changes > 0)
  }

  async revive(runs: readonly string[]): Promise<void> {
    const statements = jsonBatches(runs.map((id) => [id])).map((batch) =>
      this.#d1
        .prepare('update runs set marked_at = null where id in (select value ->> 0 from json_each(?1))')
        .bind(batch),
    )
    if (statements.length > 0) await this.#d1.batch(statements)
  }

  /** Marked and not deleted yet, the longest marked first. */
  async marked(limit: number): Promise<readonly MarkedRun[]> {
    return (await this.#markedWhere('runs.marked_at is not null', limit)).toSorted((a, b) => a.markedAt - b.markedAt)
  }

  /** As if they were marked now. */
  async asMarked(ids: readonly string[], now: number): Promise<readonly MarkedRun[]> {
    const found = await Promise.all(
      jsonBatches(ids.map((id) => [id])).map((batch) =>
        this.#markedWhere('runs.id in (select value ->> 0 from json_each(?2))', ids.length, batch),
      ),
    )
    return found.flat().map((run) => ({ ...run, markedAt: now }))
  }

  async #markedWhere(condition: string, limit: number, ...more: readonly unknown[]): Promise<readonly MarkedRun[]> {
    const rows = await this.#all<Omit<MarkedRun, 'published' | 'parts'> & { published: number; parts: string | null }>(
      `select runs.id, runs.view, runs.snapshot, runs.store, runs.block_count + runs.filter_count as blocks,
        coalesce((select sum(block_count) from uploads where uploads.run = runs.id), 0) as uploaded,
        runs.parts, runs.marked_at as markedAt,
        exists (select 1 from snapshots where snapshots.view = runs.view and snapshots.snapshot = runs.snapshot) as published
      from runs where runs.state <> 'reclaimed' and ${condition}
      order by runs.marked_at, runs.id limit ?1`,
      limit,
      ...more,
    )
    return rows.map((row) => ({
      ...row,
      published: row.published === 1,
      parts: row.parts === null ? [] : (JSON.parse(row.parts) as readonly string[]),
    }))
  }

  uploads(run: string): Promise<readonly UploadedRange[]> {
    return this.#all(
      'select first_block as first, block_count as count from uploads where run = ?1 order by first_block',
      run,
    )
  }

  /** That range is not in the store any more. */
  async forgetUpload(run: string, first: number): Promise<void> {
    await this.#d1.prepare('delete from uploads where run = ?1 and first_block = ?2').bind(run, first).run()
  }

  /** @returns how many were deleted */
  async deleteBlocks(view: string, run: string, limit: number): Promise<number> {
    const { meta } = await this.#d1
      .prepare(
        `delete from online_blocks where view = ?1 and run = ?2
          and block in (select block from online_blocks where view = ?1 and run = ?2 limit ?3)`,
      )
      .bind(view, run, limit)
      .run()
    return meta.changes
  }

  /** Parquet objects that other runs of the view name, marked ones too until they are deleted: a mark may be taken back. */
  async partsOfOthers({ id, view }: Pick<MarkedRun, 'id' | 'view'>): Promise<ReadonlySet<string>> {
    const rows = await this.#all<{ part: string }>(
      `select distinct part.value as part from runs, json_each(runs.parts) as part
      where runs.view = ?1 and runs.id <> ?2 and runs.state <> 'reclaimed'`,
      view,
      id,
    )
    return new Set(rows.map(({ part }) => part))
  }

  /** Nothing of it is left but its record. */
  async reclaimed(run: string): Promise<void> {
    await this.#d1.batch([
      this.#d1.prepare('delete from uploads where run = ?1').bind(run),
      this.#d1.prepare("update runs set state = 'reclaimed' where id = ?1").bind(run),
    ])
  }

  /** `oldest` as the head of that revision says it; 0 when there is none. */
  async oldestOf(revision: number): Promise<number> {
    const [row] = await this.#all<{ oldest: number }>(
      "select head ->> '$.oldest' as oldest from revisions where revision = ?1",
      revision,
    )
    return row?.oldest ?? 0
  }

  async revisionsBelow(revision: number, limit: number): Promise<readonly number[]> {
    const rows = await this.#all<{ revision: number }>(
      'select revision from revisions where revision < ?1 order by revision limit ?2',
      revision,
      limit,
    )
    return rows.map((row) => row.revision)
  }

  async countRevisionsBelow(revision: number): Promise<number> {
    const [row] = await this.#all<{ revisions: number }>(
      'select count(*) as revisions from revisions where revision < ?1',
      revision,
    )
    return row?.revisions ?? 0
  }

  async deleteRevisions(revisions: readonly number[]): Promise<void> {
    await this.#d1
      .prepare('delete from revisions where revision in (select value from json_each(?1))')
      .bind(JSON.stringify(revisions))
      .run()
  }

  async #all<T>(sql: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    const { results } = await this.#d1
      .prepare(sql)
      .bind(...values)
      .all<T>()
    return results
  }
}
