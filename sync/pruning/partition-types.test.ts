import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describe as columnsOf, withDuckDB } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import { literal } from '../sql/text.ts'
import { withPartitionTypes } from './partition-types.ts'

function listed(...values: readonly string[]): readonly LakeObject[] {
  return values.map((value) => {
    const key = `p=${value}/a.parquet`
    return { uri: `r2://lake/${key}`, key, etag: 'e', size: 1 }
  })
}

describe('a part of a lake has the types of the whole', () => {
  it.each<[string, readonly string[]]>([
    ['numbers', ['1', '2', '30']],
    ['numbers with zeros', ['001', '2', '0']],
    ['months', ['01', '02', '10', '11']],
    ['negative numbers', ['-3', '2']],
    ['numbers that are too great', ['9223372036854775808', '2']],
    ['numbers and text', ['001', '2', 'a12']],
    ['text that begins with digits', ['1st', '2nd', 'x']],
    ['almost numbers', ['1e3', 'abc', '1_000']],
    ['dates', ['2001-07-01', '2001-07-02']],
    ['dates and times', ['2001-07-01', '2001-07-01 10%3A00%3A00']],
    ['dates and numbers', ['2001-07-01', '5']],
    ['infinity', ['infinity', 'text']],
  ])('of %s, whichever object is chosen', async (_what, values) => {
    const folder = await mkdtemp(join(tmpdir(), 'shoreline-types-'))
    try {
      await withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, async (db) => {
        const all = listed(...values)
        for (const { key } of all) {
          await mkdir(dirname(join(folder, key)), { recursive: true })
          await db.run(`copy (select 1 as n) to ${literal(join(folder, key))} (format parquet)`)
        }
        const typesOf = async (objects: readonly LakeObject[]): Promise<unknown> =>
          columnsOf(
            db,
            `select p from read_parquet([${objects.map(({ key }) => literal(join(folder, key))).join(', ')}], hive_partitioning = true)`,
          )
        const whole = await typesOf(all)
        for (const object of all) expect(await typesOf(withPartitionTypes(all, [object]))).toEqual(whole)
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('and no more of it than that', () => {
    const all = listed('2001-07-01', '2001-07-02', '2001-07-03')
    expect(withPartitionTypes(all, all.slice(1, 2))).toEqual(all.slice(1, 2))
    const mixed = listed('1', '2', 'a', 'b')
    expect(withPartitionTypes(mixed, mixed.slice(1, 2)).map(({ key }) => key)).toEqual([
      'p=2/a.parquet',
      'p=a/a.parquet',
    ])
  })
})
