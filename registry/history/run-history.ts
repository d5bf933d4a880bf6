/** Runs as operators look back at them: newest first, by view, by the source objects that they read; and ending one. */
import { and, eq, getTableColumns, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { SourceObjectPin } from '../repository.ts'
import { leases, OPEN_STATES, runs } from '../schema.ts'

export type ListedRun = Omit<typeof runs.$inferSelect, 'sources' | 'parts' | 'statistics' | 'base'> & {
  /** The object that was asked for, as the run read it. */
  readonly read: SourceObjectPin | null
}

export interface RunsOf {
  /** `name` for all its versions, or `name@version`. */
  readonly view?: string | undefined
  /** The URI of a source object that they read. */
  readonly object?: string | undefined
  readonly limit: number
}

export class RunHistory {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  async list({ view, object, limit }: RunsOf): Promise<readonly ListedRun[]> {
    const { sources, parts: _, statistics: __, base: ___, ...columns } = getTableColumns(runs)
    const pin = sql<
      string | null
    >`(select value from json_each(${sources}) where value ->> 'uri' = ${object ?? ''} limit 1)`
    const rows = await this.#db
      .select({ ...columns, read: object === undefined ? sql<null>`null`.as('read') : pin.as('read') })
      .from(runs)
      .where(
        and(
          view === undefined ? undefined : ofView(view),
          object === undefined
            ? undefined
            : sql`exists (select 1 from json_each(${sources}) where value ->> 'uri' = ${object})`,
        ),
      )
      // In the order in which they began.
      .orderBy(sql`${runs}.rowid desc`)
      .limit(limit)
    return rows.map(({ read, ...row }) => ({
      ...row,
      read: read === null ? null : (JSON.parse(read) as SourceObjectPin),
    }))
  }

  /** By snapshot: how many rows differ from the one before. */
  async changes(view: string): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#db
      .select({ snapshot: runs.snapshot, changed: runs.changed })
      .from(runs)
      .where(eq(runs.view, view))
    return new Map(rows.flatMap(({ snapshot, changed }) => (changed === null ? [] : [[snapshot, changed] as const])))
  }

  /** Only an open run; with it the lease of its view goes, so that the next sync need not wait. */
  async cancel(id: string, view: string, now: number): Promise<void> {
    await this.#db.batch([
      this.#db
        .delete(leases)
        .where(
          and(
            eq(leases.view, view),
            sql`exists (select 1 from ${runs} where ${runs.id} = ${id} and ${inArray(runs.state, OPEN_STATES)})`,
          ),
        ),
      this.#db
        .update(runs)
        .set({ state: 'cancelled', finishedAt: now })
        .where(and(eq(runs.id, id), inArray(runs.state, OPEN_STATES))),
    ])
  }
}

/** All versions of a name lie between `name@` and the character after it, where the index finds them. */
function ofView(view: string): SQL | undefined {
  return view.includes('@') ? eq(runs.view, view) : and(gte(runs.view, `${view}@`), lt(runs.view, `${view}A`))
}
