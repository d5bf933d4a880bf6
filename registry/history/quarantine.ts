/**
 * Source objects, as they were when they did harm, that syncs and training leave out. An object that is replaced has another
 * ETag, and is not in quarantine any more: that is how a source is mended.
 */
import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { jsonBatches } from '../json-batches.ts'
import { quarantine } from '../schema.ts'

export interface ObjectVersion {
  readonly uri: string
  readonly etag: string
}

export type QuarantinedObject = Omit<typeof quarantine.$inferSelect, 'releasedAt'>

/** What a rollback takes back. */
export interface Undone {
  /** `view@version` */
  readonly view: string
  /** The snapshot that it goes back to. */
  readonly target: number
}

export class Quarantine {
  readonly #d1
  readonly #db

  constructor(d1: D1Database) {
    this.#d1 = d1
    this.#db = drizzle(d1)
  }

  /** What is left out now, oldest first. @param view only what its rollbacks put here */
  async list(view?: string): Promise<readonly QuarantinedObject[]> {
    const { uri, etag, view: of, snapshot, at } = quarantine
    return this.#db
      .select({ uri, etag, view: of, snapshot, at })
      .from(quarantine)
      .where(and(isNull(quarantine.releasedAt), view === undefined ? undefined : eq(quarantine.view, view)))
      .orderBy(asc(at), asc(uri), asc(etag))
  }

  /** Whether this version of an object is left out. */
  async holds({ uri, etag }: ObjectVersion): Promise<boolean> {
    const rows = await this.#db
      .select({ uri: quarantine.uri })
      .from(quarantine)
      .where(and(isNull(quarantine.releasedAt), eq(quarantine.uri, uri), eq(quarantine.etag, etag)))
      .limit(1)
    return rows.length > 0
  }

  /** The objects that snapshots after the target read and none up to it: what came in with what is undone. */
  async readFirst({ view, target }: Undone, now: number): Promise<readonly QuarantinedObject[]> {
    const { results } = await this.#d1
      .prepare(READ_FIRST)
      .bind(view, target)
      .all<ObjectVersion & { readonly snapshot: number }>()
    return results.map(({ uri, etag, snapshot }) => ({ uri, etag, view, snapshot, at: now }))
  }

  async add(objects: readonly QuarantinedObject[]): Promise<void> {
    const [first, ...rest] = quarantineStatements(this.#db, objects)
    if (first) await this.#db.batch([first, ...rest])
  }

  /**
   * Lets them in again. Those that were released before count, so that asking twice is answered twice.
   * @param etag every version of the object when it is left out
   */
  async release(
    of:
      | { readonly view: string }
      | { readonly objects: readonly { readonly uri: string; readonly etag?: string | undefined }[] },
    now: number,
  ): Promise<readonly ObjectVersion[]> {
    return this.#db
      .update(quarantine)
      .set({ releasedAt: sql`coalesce(${quarantine.releasedAt}, ${now})` })
      .where('view' in of ? eq(quarantine.view, of.view) : isOneOf(of.objects))
      .returning({ uri: quarantine.uri, etag: quarantine.etag })
  }
}

function isOneOf(objects: readonly { readonly uri: string; readonly etag?: string | undefined }[]): SQL {
  const wanted = JSON.stringify(objects.map(({ uri, etag }) => [uri, etag ?? null]))
  return sql`exists (select 1 from json_each(${wanted}) as wanted where wanted.value ->> 0 = ${quarantine.uri} and coalesce(wanted.value ->> 1, ${quarantine.etag}) = ${quarantine.etag})`
}

/** In a transaction with what makes it necessary. What is there stays as it was put; what was released comes back. */
export function quarantineStatements(db: DrizzleD1Database, objects: readonly QuarantinedObject[]) {
  const rows = objects.map(({ uri, etag, view, snapshot, at }) => [uri, etag, view, snapshot, at])
  return jsonBatches(rows).map((batch) =>
    db
      .insert(quarantine)
      .select(
        sql`select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, null from json_each(${batch}) where true`,
      )
      .onConflictDoUpdate({
        target: [quarantine.uri, quarantine.etag],
        set: {
          view: sql`excluded.view`,
          snapshot: sql`excluded.snapshot`,
          at: sql`excluded.at`,
          releasedAt: null,
        },
        setWhere: sql`${quarantine.releasedAt} is not null`,
      }),
  )
}

/** Only what was published counts: what a failed run read has harmed nobody. */
const READ_FIRST = `
  with pins as (
    select pin.value ->> 'uri' as uri, pin.value ->> 'etag' as etag, runs.snapshot as snapshot
    from runs
    join snapshots on snapshots.view = runs.view and snapshots.snapshot = runs.snapshot
    cross join json_each(runs.sources) as pin
    where runs.view = ?1
  )
  select uri, etag, min(snapshot) as snapshot from pins
  group by uri, etag
  having min(snapshot) > ?2
  order by snapshot, uri, etag`
