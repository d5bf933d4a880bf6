import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { watched, withDuckDB } from './duckdb.ts'
import { amount } from './progress.ts'

const folder = await mkdtemp(join(tmpdir(), 'shoreline-progress-'))
afterAll(() => rm(folder, { recursive: true }))

describe('progress', () => {
  it('says how much of how much', () => {
    expect(amount(1_200_000, 10_000_000, 'rows')).toBe('1,200,000 of 10,000,000 rows')
    expect(amount(12_400_000, 63_000_000, 'bytes')).toBe('12 of 63 MB')
    expect(amount(120_000, 1_400_000, 'bytes')).toBe('0.12 of 1.40 MB')
  })

  it('of a statement that DuckDB runs is told while it runs, in rows', async () => {
    const seen: (readonly [number, number, string])[] = []
    await withDuckDB({ spill: folder, memory: '500MB' }, (db) =>
      watched(
        db,
        (...update) => seen.push(update),
        async () => {
          // Until it was told: however fast the machine is.
          for (let rows = 4_000_000; seen.length === 0 && rows < 1e10; rows *= 2)
            await db.run(`select count(distinct hash(range) % 1000) from range(${rows})`)
        },
      ),
    )
    expect(seen.length).toBeGreaterThan(0)
    for (const [done, total, unit] of seen) {
      expect(done).toBeLessThanOrEqual(total)
      expect(unit).toBe('rows')
    }
  })
})
