import { createHash } from 'node:crypto'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PARTITIONS, overlapping, partitionOf } from './partition.ts'

/** floor(h * count / 2^32) in integers, with OpenSSL's MD5. */
function reference(key: string, count: number): number {
  const h = BigInt(`0x${createHash('md5').update(key).digest('hex').slice(0, 8)}`)
  return Number((h * BigInt(count)) >> 32n)
}

/** What keys are made of when they are odd: separators, quotes, every plane of Unicode, combining marks, a BOM. */
const ODD = [
  '|',
  '\\',
  "'",
  '"',
  ' ',
  '\n',
  '\t',
  'a',
  'Z',
  '0',
  '-',
  'é',
  'e\u0301',
  '€',
  '\u2028',
  '\ufeff',
  '\uffff',
]
const ODDER = ['😀', '𝒳', '\u{10ffff}', '\u{e000}', 'ß', 'İ', 'ﬀ', '中', '\u0001', '\u007f', '%', '$as_of', '\u200d']

/** The same keys every time; some empty, some as long as a key may be. */
function oddKeys(count: number): readonly string[] {
  const parts = [...ODD, ...ODDER]
  let state = 42
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: count }, (_, index) => {
    if (index % 10 === 0) return String(index)
    const length = index % 1000 === 1 ? 250 : next(9)
    return Array.from({ length }, () => parts[next(parts.length)]).join('')
  })
}

describe('the partition of a key', () => {
  it('is the one that DuckDB computes, for 100,000 odd keys', async () => {
    const keys = oddKeys(100_000)
    const instance = await DuckDBInstance.create(':memory:')
    const db = await instance.connect()
    await db.run('create table keys (n integer, k varchar)')
    const appender = await db.createAppender('keys')
    for (const [n, key] of keys.entries()) {
      appender.appendInteger(n)
      appender.appendVarchar(key)
      appender.endRow()
    }
    appender.closeSync()
    for (const count of [1, 15, 1_000_003, MAX_PARTITIONS]) {
      const result = await db.runAndReadAll(
        `select (('0x' || substr(md5(k), 1, 8))::ubigint * ${count}) >> 32 from keys order by n`,
      )
      const [column = []] = result.getColumnsJson()
      expect(keys.map((key) => partitionOf(key, count))).toEqual(column.map(Number))
    }
    db.closeSync()
    instance.closeSync()
  })

  it('is exact for every number of partitions that is allowed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: MAX_PARTITIONS }),
        (key, count) => partitionOf(key, count) === reference(key, count),
      ),
      { seed: 3, numRuns: 2000 },
    )
  })

  it('spreads keys evenly', () => {
    const rows = new Array<number>(16).fill(0)
    for (let key = 0; key < 16_000; key++) {
      const partition = partitionOf(String(key), 16)
      rows[partition] = (rows[partition] ?? 0) + 1
    }
    expect(Math.min(...rows)).toBeGreaterThan(850)
    expect(Math.max(...rows)).toBeLessThan(1150)
  })
})

/** The first h of a partition: the smallest with floor(h * count / 2^32) = partition. */
function firstOf(partition: number, count: number): bigint {
  return ((BigInt(partition) << 32n) + BigInt(count) - 1n) / BigInt(count)
}

describe('the partitions that replace one', () => {
  it('are exactly those that may share a key with it', () => {
    for (let from = 1; from <= 25; from++)
      for (let to = 1; to <= 25; to++)
        for (let partition = 0; partition < from; partition++) {
          const lowest = firstOf(partition, from)
          const highest = firstOf(partition + 1, from) - 1n
          const shared = Array.from({ length: to }, (_, other) => other).filter(
            (other) => firstOf(other, to) <= highest && firstOf(other + 1, to) - 1n >= lowest,
          )
          expect(overlapping(partition, from, to)).toEqual(shared)
        }
  })

  it('include the one that every key moves to', () => {
    const count = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(fc.string(), count, count, (key, from, to) =>
        overlapping(partitionOf(key, from), from, to).includes(partitionOf(key, to)),
      ),
      { seed: 4, numRuns: 2000 },
    )
  })
})
