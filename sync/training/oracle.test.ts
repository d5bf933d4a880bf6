/**
 * Training sets against the oracle: any histories, any spine, as plain views, views with SQL, views that read `$as_of`, roles, the
 * global entity and pushed views have them. SHORELINE_RUNS is how many groups of entities, each with histories and instants of
 * its own; a set joins many of them at once.
 */
import { describe, expect, it } from 'vitest'
import { query } from '../duckdb.ts'
import { GROUPS, randomSet } from './random-set.fixture.ts'
import { atDesk, SECOND, START } from './training.fixture.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 400)
const SETS = Math.ceil(RUNS / GROUPS)

describe('a training set', () => {
  it(`has for ${RUNS.toLocaleString('en')} groups of entities what nested loops over their histories find`, async () => {
    const statuses: Record<string, number> = {}
    await atDesk(async (desk) => {
      for (let seed = 1; seed <= SETS; seed++) {
        const { request, columns, rows } = await randomSet(desk, seed)
        await desk.train(request)
        const found = await desk.rows(columns)
        expect(found.length).toBe(rows.length)
        for (const [at, row] of rows.entries()) {
          expect(found[at], `set ${seed}, row ${at}`).toEqual(row)
          for (const [name, value] of Object.entries(row))
            if (name.endsWith(' status')) statuses[String(value)] = (statuses[String(value)] ?? 0) + 1
        }
      }
    })
    // None of them is rare: what is compared is not all of one kind.
    const all = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    for (const status of ['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE'])
      expect((statuses[status] ?? 0) / all, status).toBeGreaterThan(0.03)
  })

  it('without a spine has everyone who has a row at each instant that has not expired', async () => {
    let some = 0
    await atDesk(async (desk) => {
      for (let seed = 1; seed <= SETS / 2; seed++) {
        const { active, request } = await randomSet(desk, seed)
        const { feature, keys, sql } = active
        // In the midst of what happened to every third group.
        const [from, step] = [START - 496 * SECOND, 60 * SECOND]
        const instants = Array.from({ length: 16 }, (_, at) => from + at * step)
        const { asKnown = false } = request
        const right = sql(instants)
        const spine = { from, to: instants.at(-1) ?? from, every: '60s' }
        const made = desk.train({ subject: { features: [feature] }, spine, asKnown })
        if (right === null) {
          // A row that can only be read once it has expired, say.
          await expect(made).rejects.toThrow('no entity of these features had a row from')
          continue
        }
        await made
        some++
        const file = desk.path('out/set.parquet')
        await desk.db.run(
          `create or replace temp table found as select ${keys}, event_timestamp from read_parquet('${file}')`,
        )
        await desk.db.run(`create or replace temp table right_ones as ${right}`)
        const [counts] = await query(
          desk.db,
          `select (select count(*) from found)::integer as found, (select count(*) from right_ones)::integer as there,
            (select count(*) from (from found except from right_ones))::integer as wrong`,
        )
        expect(counts, `set ${seed}`).toEqual({ found: counts?.['there'], there: expect.any(Number), wrong: 0 })
      }
    })
    expect(some).toBeGreaterThan(SETS / 4)
  })
})
