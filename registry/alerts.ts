/** Which views somebody was told about because they were past their freshness, until they are fresh again. */
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { alerts } from './schema.ts'

/** Milliseconds since the epoch, of the deployment's clock. */
export type Alert = typeof alerts.$inferSelect

export class Alerts {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  list(): Promise<readonly Alert[]> {
    return this.#db.select().from(alerts)
  }

  /** Since when it lasts stays as it was said first. */
  async sent(views: readonly string[], at: number): Promise<void> {
    for (const view of views)
      await this.#db
        .insert(alerts)
        .values({ view, since: at, sentAt: at })
        .onConflictDoUpdate({ target: alerts.view, set: { sentAt: sql`excluded.sent_at` } })
  }

  async end(views: readonly string[]): Promise<void> {
    for (const view of views) await this.#db.delete(alerts).where(eq(alerts.view, view))
  }
}
