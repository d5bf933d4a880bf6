/**
 * Blocks of runs in D1, beside what `Repository` holds: on the path of requests, where a query builder would be most of the
 * work. Rows are immutable, so any replica that has one has the right one.
 */
export interface BlockPlace {
  readonly view: string
  readonly run: string
  readonly block: number
}

/** The list is the outer loop, whatever the planner knows about the sizes: each block is then one look-up by primary key. */
const READ = `
  select wanted.key as place, online_blocks.text as text
  from json_each(?1) as wanted
  cross join online_blocks
  where online_blocks.view = wanted.value ->> 0
    and online_blocks.run = wanted.value ->> 1
    and online_blocks.block = wanted.value ->> 2`

const WRITE = `
  insert into online_blocks (view, run, block, text)
  select ?1, ?2, ?3 + key, value from json_each(?4) where true
  on conflict do nothing`

/** UTF-16 units of the texts of one statement: a bound text may have 2 MB, whatever it is in UTF-8. */
const STATEMENT_UNITS = 600_000

export class OnlineBlocks {
  readonly #d1: D1Database

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  /**
   * The texts of those that are there, by position.
   * @param fresh from the primary; else from the nearest replica, which may not have what was written just now
   */
  async read(blocks: readonly BlockPlace[], fresh: boolean): Promise<ReadonlyMap<number, string>> {
    const wanted = JSON.stringify(blocks.map(({ view, run, block }) => [view, run, block]))
    const session = this.#d1.withSession(fresh ? 'first-primary' : 'first-unconstrained')
    const { results } = await session.prepare(READ).bind(wanted).all<{ place: number; text: string }>()
    return new Map(results.map(({ place, text }) => [place, text]))
  }

  /** Consecutive blocks from number `first` on; those that are there already stay. */
  async write(view: string, run: string, first: number, texts: readonly string[]): Promise<void> {
    const statements: D1PreparedStatement[] = []
    for (let at = 0; at < texts.length; ) {
      const part: string[] = []
      for (let units = 0; at < texts.length; at++) {
        const text = texts[at] ?? ''
        units += text.length
        if (part.length > 0 && units > STATEMENT_UNITS) break
        part.push(text)
      }
      statements.push(this.#d1.prepare(WRITE).bind(view, run, first + at - part.length, JSON.stringify(part)))
    }
    if (statements.length > 0) await this.#d1.batch(statements)
  }
}
