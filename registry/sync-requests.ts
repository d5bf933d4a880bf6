/**
 * What somebody asked the sync service to do, and which services are there to do it. A request stays until the service that
 * took it says that it is done: one that dies on the way leaves it for the next, and doing it twice changes nothing.
 */
import { and, eq, isNull, lt, notInArray, or, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { ShorelineError } from '../core/errors.ts'
import { syncRequests, syncServices } from './schema.ts'

/** A service that was not heard of for this long is taken for dead. It reports every ten seconds. */
export const ALIVE_MS = 60_000

/** How long a service that is gone is still listed. */
const REMEMBERED_MS = 86_400_000

/** More than this wait only when nobody does them. */
const MAX_OPEN = 100

export interface Wanted {
  /** Names, or `view@version`; empty for all that are kept materialized. */
  readonly views: readonly string[]
  /** Bounds of event timestamps, microseconds since the epoch. */
  readonly from: number | null
  readonly to: number | null
}

export interface SyncRequest extends Wanted {
  readonly id: number
  /** Milliseconds since the epoch, like the following. */
  readonly requestedAt: number
  readonly takenBy: string | null
  readonly takenAt: number | null
}

export interface Heartbeat {
  /** No other service has it, and the same one has another after a restart. */
  readonly name: string
  readonly startedAt: number
  readonly now: number
  /** Requests of this service that need not be kept any more. */
  readonly done: readonly number[]
  /** It takes nothing more, and what it has not done is anybody's. */
  readonly stopping: boolean
}

export type SyncService = typeof syncServices.$inferSelect

export class SyncRequests {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  /**
   * One transaction: no request is taken by two.
   * @returns all that this service has and has not done, oldest first; an answer that was lost is answered again
   */
  async heartbeat({ name, startedAt, now, done, stopping }: Heartbeat): Promise<readonly SyncRequest[]> {
    const end = this.#db
      .delete(syncRequests)
      .where(
        and(
          eq(syncRequests.takenBy, name),
          sql`${syncRequests.id} in (select value from json_each(${JSON.stringify(done)}))`,
        ),
      )
    if (stopping) {
      await this.#db.batch([
        end,
        this.#db.update(syncRequests).set({ takenBy: null, takenAt: null }).where(eq(syncRequests.takenBy, name)),
        this.#db.delete(syncServices).where(eq(syncServices.name, name)),
      ])
      return []
    }
    const alive = this.#db
      .select({ name: syncServices.name })
      .from(syncServices)
      .where(sql`${syncServices.seenAt} > ${now - ALIVE_MS}`)
    const [, , , , mine] = await this.#db.batch([
      end,
      this.#db
        .insert(syncServices)
        .values({ name, startedAt, seenAt: now })
        .onConflictDoUpdate({ target: syncServices.name, set: { startedAt, seenAt: now } }),
      this.#db.delete(syncServices).where(lt(syncServices.seenAt, now - REMEMBERED_MS)),
      this.#db
        .update(syncRequests)
        .set({ takenBy: name, takenAt: now })
        .where(or(isNull(syncRequests.takenBy), notInArray(syncRequests.takenBy, alive))),
      this.#db.select().from(syncRequests).where(eq(syncRequests.takenBy, name)).orderBy(syncRequests.id),
    ])
    return mine.map(read)
  }

  /** The same as one that nobody has taken yet is that one. @returns its id. @throws ShorelineError RATE_LIMITED */
  async ask(wanted: Wanted, now: number): Promise<number> {
    const open = await this.#db.select().from(syncRequests).where(isNull(syncRequests.takenBy))
    const views = JSON.stringify(wanted.views)
    const same = open.find((one) => one.views === views && one.from === wanted.from && one.to === wanted.to)
    if (same) return same.id
    if (open.length >= MAX_OPEN)
      throw new ShorelineError(
        'RATE_LIMITED',
        `${open.length} requests wait for the sync service already. Ask again when it has done some; GET /v1/sync lists them.`,
      )
    const [row] = await this.#db
      .insert(syncRequests)
      .values({ views, from: wanted.from, to: wanted.to, requestedAt: now })
      .returning({ id: syncRequests.id })
    if (!row) throw new Error('an insert returns its row')
    return row.id
  }

  async isAnyAlive(now: number): Promise<boolean> {
    const [row] = await this.#db
      .select({ name: syncServices.name })
      .from(syncServices)
      .where(sql`${syncServices.seenAt} > ${now - ALIVE_MS}`)
      .limit(1)
    return row !== undefined
  }

  /** Services by name, requests oldest first. */
  async list(): Promise<{ readonly services: readonly SyncService[]; readonly requests: readonly SyncRequest[] }> {
    const [services, requests] = await this.#db.batch([
      this.#db.select().from(syncServices).orderBy(syncServices.name),
      this.#db.select().from(syncRequests).orderBy(syncRequests.id),
    ])
    return { services, requests: requests.map(read) }
  }
}

function read({ views, ...one }: typeof syncRequests.$inferSelect): SyncRequest {
  return { ...one, views: JSON.parse(views) as readonly string[] }
}
