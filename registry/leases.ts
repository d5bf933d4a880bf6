/**
 * Who materializes a view now: one at a time. A holder renews its lease while it works; one that died is waited for until it
 * runs out, unless it is known to be dead.
 */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { leases, runs } from './schema.ts'

export interface Lease {
  readonly holder: string
  /** Milliseconds since the epoch, like the following. */
  readonly acquiredAt: number
  readonly expiresAt: number
}

export interface LeaseRequest {
  /** `view@version` */
  readonly view: string
  readonly holder: string
  readonly now: number
  readonly until: number
  /** A holder whose lease need not run out. */
  readonly takeover?: string
}

export class Leases {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  /** @returns null when it was acquired or renewed, else the lease that is in the way; one statement decides */
  async acquire({ view, holder, now, until, takeover }: LeaseRequest): Promise<Lease | null> {
    const [row] = await this.#db
      .insert(leases)
      .values({ view, holder, acquiredAt: now, expiresAt: until })
      .onConflictDoUpdate({
        target: leases.view,
        set: {
          holder,
          acquiredAt: sql`case when ${leases.holder} = ${holder} then ${leases.acquiredAt} else ${now} end`,
          expiresAt: until,
        },
        setWhere: sql`${leases.expiresAt} <= ${now} or ${leases.holder} in (${holder}, ${takeover ?? holder})`,
      })
      .returning({ holder: leases.holder })
    if (row) return null
    // It may have run out or been released since: then there is nobody to name, and another try gets it.
    return (await this.of(view)) ?? { holder: 'somebody', acquiredAt: now, expiresAt: now }
  }

  /** @returns false when the holder has lost it */
  async renew(view: string, holder: string, until: number): Promise<boolean> {
    const rows = await this.#db
      .update(leases)
      .set({ expiresAt: until })
      .where(and(eq(leases.view, view), eq(leases.holder, holder)))
      .returning({ view: leases.view })
    return rows.length > 0
  }

  async of(view: string): Promise<Lease | null> {
    const [row] = await this.#db.select().from(leases).where(eq(leases.view, view))
    return row ?? null
  }

  /** @param holder whoever it is when left out */
  async release(view: string, holder?: string): Promise<void> {
    await this.#db
      .delete(leases)
      .where(and(eq(leases.view, view), holder === undefined ? undefined : eq(leases.holder, holder)))
  }

  /** Of the views of these runs, which are over; one statement for any number of them. */
  async releaseOf(ids: readonly string[]): Promise<void> {
    const views = this.#db
      .select({ view: runs.view })
      .from(runs)
      .where(sql`${runs.id} in (select value from json_each(${JSON.stringify(ids)}))`)
    await this.#db.delete(leases).where(inArray(leases.view, views))
  }
}
