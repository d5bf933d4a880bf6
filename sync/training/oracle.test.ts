/**
 * Training sets against the oracle: any histories, any spine, as plain views, views with SQL, views that read `$as_of`, roles, the
 * global entity and pushed views have them. SHORELINE_RUNS is how many groups of entities, each with histories and instants of
 * its own; a set joins many of them at once.
 */
import { describe, expect, it } from 'vitest'
import { GROUPS, randomSet } from './random-set.fixture.ts'
import { atDesk } from './training.fixture.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 600)
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
})
