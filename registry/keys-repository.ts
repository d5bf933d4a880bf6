/** The API keys in D1: beside `repository.ts` all that speaks SQL to it. Hashes go in and come out, secrets never. */
import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { ShorelineError } from '../core/errors.ts'
import { apiKeys } from './schema.ts'

/** Times are milliseconds since the epoch. */
export type ApiKey = Omit<typeof apiKeys.$inferSelect, 'scopes'> & { readonly scopes: readonly string[] }

export type NewApiKey = Omit<ApiKey, 'revokedAt' | 'lastUsedAt'>

/** Uses that follow one another faster than this are written once: the list shows minutes. */
export const USE_NOTED_EVERY_MS = 60_000

export class KeysRepository {
  readonly #db

  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  async find(id: string): Promise<ApiKey | null> {
    const [row] = await this.#db.select().from(apiKeys).where(eq(apiKeys.id, id))
    return row ? readKey(row) : null
  }

  /** Oldest first. */
  async list(): Promise<readonly ApiKey[]> {
    return (await this.#db.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id))).map(readKey)
  }

  async insert(key: NewApiKey): Promise<void> {
    await this.#db.insert(apiKeys).values({ ...key, scopes: JSON.stringify(key.scopes) })
  }

  /**
   * A key that was revoked before stays revoked since then.
   * @returns when it was revoked
   * @throws ShorelineError UNKNOWN_NAME
   */
  async revoke(id: string, now: number): Promise<number> {
    const [row] = await this.#db
      .update(apiKeys)
      .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${now})` })
      .where(eq(apiKeys.id, id))
      .returning({ revokedAt: apiKeys.revokedAt })
    if (row?.revokedAt === undefined || row.revokedAt === null)
      throw new ShorelineError(
        'UNKNOWN_NAME',
        `There is no key ${JSON.stringify(id)}. "shoreline keys list" shows them.`,
        {
          key: id,
        },
      )
    return row.revokedAt
  }

  /** Every isolate of the world may say so at once: only the first in a minute changes the row. */
  async noteUse(id: string, now: number): Promise<void> {
    const due = or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, now - USE_NOTED_EVERY_MS))
    await this.#db
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(and(eq(apiKeys.id, id), due))
  }
}

function readKey(row: typeof apiKeys.$inferSelect): ApiKey {
  return { ...row, scopes: JSON.parse(row.scopes) as readonly string[] }
}
