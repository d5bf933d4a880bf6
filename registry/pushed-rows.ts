/**
 * Pushed rows in D1. The unit of newest-wins is the feature: newest event first, then newest created, then the value's text,
 * so that any order of the same pushes ends in the same row. All of it is one statement, atomic under any concurrency.
 */
import { exactJson } from '../core/json.ts'
import type { StoredValue } from '../core/values.ts'

/** A value, its event timestamp and its created timestamp, microseconds since the epoch. */
export type PushedCell = readonly [value: StoredValue, event: number, created: number | null]

/** By feature. Under the empty name, when the entity was removed: what is not newer than that counts as never pushed. */
export type PushedPayload = Readonly<Record<string, PushedCell>>
export const REMOVED = ''

export interface PushedRow {
  /** The `view@version` that owns the runs. */
  readonly view: string
  /** The canonical key. */
  readonly key: string
  readonly payload: PushedPayload
}

export interface OutboxEntry {
  readonly id: number
  readonly source: string
  readonly rows: string
}

/** Earlier than every created timestamp: a row without one counts as the oldest of its event. */
const NO_CREATED = '-9223372036854775808'

const ORDER = (cell: string): string => `(${cell} ->> 1, coalesce(${cell} ->> 2, ${NO_CREATED}), ${cell} -> 0)`

const MERGE = `
  insert into pushed_rows (view, key, payload, newest)
  select value ->> 0, value ->> 1, value -> 2, value ->> 3 from json_each(?1) where true
  on conflict (view, key) do update set
    payload = (
      select json_group_object(feature, json(cell)) from (
        select coalesce(new.key, old.key) as feature,
          case when old.key is null then new.value
               when new.key is null then old.value
               when ${ORDER('new.value')} > ${ORDER('old.value')} then new.value
               else old.value end as cell
        from json_each(excluded.payload) as new
        full outer join json_each(pushed_rows.payload) as old on new.key = old.key
      )
    ),
    newest = max(newest, excluded.newest)`

const READ = `
  select wanted.key as place, pushed_rows.payload as payload
  from json_each(?1) as wanted
  cross join pushed_rows
  where pushed_rows.view = wanted.value ->> 0 and pushed_rows.key = wanted.value ->> 1`

const ENQUEUE = 'insert into outbox (source, rows, created_at) values (?1, ?2, ?3)'

export class PushedRows {
  readonly #d1: D1Database

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  /**
   * Merges the rows, and keeps what was sent for the lake, all or nothing.
   * @param kept the request's rows as the lake will have them, JSON
   * @returns what is stored afterwards, by position, and a bookmark that reads at least this write
   */
  async push(
    rows: readonly PushedRow[],
    source: string,
    kept: string,
    now: number,
  ): Promise<{ readonly stored: ReadonlyMap<number, PushedPayload>; readonly bookmark: string | null }> {
    const session = this.#d1.withSession('first-primary')
    const list = exactJson(rows.map(({ view, key, payload }) => [view, key, payload, newestOf(payload)]))
    const enqueue = session.prepare(ENQUEUE).bind(source, kept, now)
    if (rows.length === 0) {
      await session.batch([enqueue])
      return { stored: new Map(), bookmark: session.getBookmark() }
    }
    const [, , read] = await session.batch<{ place: number; payload: string }>([
      session.prepare(MERGE).bind(list),
      enqueue,
      session.prepare(READ).bind(JSON.stringify(rows.map(({ view, key }) => [view, key]))),
    ])
    return { stored: payloads(read?.results ?? []), bookmark: session.getBookmark() }
  }

  /**
   * What was pushed for these, by position.
   * @param from `first-primary`, `first-unconstrained`, or the bookmark of a write that has to be seen
   */
  async read(
    places: readonly Pick<PushedRow, 'view' | 'key'>[],
    from: string,
  ): Promise<{ readonly stored: ReadonlyMap<number, PushedPayload>; readonly bookmark: string | null }> {
    const session = this.#d1.withSession(from)
    const list = JSON.stringify(places.map(({ view, key }) => [view, key]))
    const { results } = await session.prepare(READ).bind(list).all<{ place: number; payload: string }>()
    return { stored: payloads(results), bookmark: session.getBookmark() }
  }

  /** Rows all of whose values are older than that. @returns how many went */
  async removeOlder(view: string, than: number): Promise<number> {
    const { meta } = await this.#d1
      .prepare('delete from pushed_rows where view = ?1 and newest < ?2')
      .bind(view, than)
      .run()
    return meta.changes
  }

  /** How many entries wait for the queue. */
  async outboxSize(): Promise<number> {
    return (await this.#d1.prepare('select count(*) as entries from outbox').first<number>('entries')) ?? 0
  }

  /** The oldest entries. */
  async outbox(limit: number): Promise<readonly OutboxEntry[]> {
    const { results } = await this.#d1
      .prepare('select id, source, rows from outbox order by id limit ?1')
      .bind(limit)
      .all<OutboxEntry>()
    return results
  }

  /** Entries that are in the queue now. */
  async sent(ids: readonly number[]): Promise<void> {
    await this.#d1
      .prepare('delete from outbox where id in (select value from json_each(?1))')
      .bind(JSON.stringify(ids))
      .run()
  }
}

function payloads(
  rows: readonly { readonly place: number; readonly payload: string }[],
): ReadonlyMap<number, PushedPayload> {
  return new Map(rows.map(({ place, payload }) => [place, JSON.parse(payload) as PushedPayload]))
}

function newestOf(payload: PushedPayload): number {
  return Math.max(...Object.values(payload).map(([, event]) => event))
}
