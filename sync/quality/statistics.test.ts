import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeatureStatistics, SnapshotStatistics } from '../../registry/quality.ts'
import { snapshotStatistics as shape } from '../../registry/wire/answers/quality.ts'
import { type Bench, openBench } from './bench.fixture.ts'
import { described, finite, KINDS, sqlOf, type Value } from './statistics.fixture.ts'
import { snapshotStatistics } from './statistics.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 25)

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** A feature of each kind, called by its place. */
const view = { features: KINDS.map(({ type }, at) => ({ name: `f${at}`, type, visibility: 'server' as const })) }

function statistics(rows: readonly (readonly Value[])[]): Promise<SnapshotStatistics> {
  return snapshotStatistics(bench.db, view, relationOf(rows))
}

function relationOf(rows: readonly (readonly Value[])[]): string {
  const of = (row: readonly Value[]): string =>
    KINDS.map((kind, at) => `${sqlOf(kind, row[at] ?? null)} as f${at}`).join(', ')
  const selects = rows.map((row, at) => `select ${at} as id, make_timestamp(${at}) as event_timestamp, ${of(row)}`)
  const none = `select 1 as id, make_timestamp(0) as event_timestamp, ${of([])} where false`
  return `(${selects.length > 0 ? selects.join(' union all ') : none})`
}

async function ofOne(
  type: string,
  values: string,
  tags?: Readonly<Record<string, string>>,
): Promise<FeatureStatistics> {
  const feature = { name: 'f', type, visibility: 'server' as const, ...(tags && { tags }) }
  const found = await snapshotStatistics(
    bench.db,
    { features: [feature] },
    `(select make_timestamp(0) as event_timestamp, f from ${values})`,
  )
  const { f } = found.features
  if (!f) throw new Error('no statistics')
  return f
}

describe('statistics of a snapshot', () => {
  it('say of every type what is true row by row', async () => {
    const row = fc.tuple(...KINDS.map(({ values }) => fc.option(values, { freq: 4 })))
    const rows = fc.array(row, { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const found = await statistics(given)
        expect(shape.parse(JSON.parse(JSON.stringify(found)))).toEqual(found)
        expect(found.rows).toBe(given.length)
        for (const [at, kind] of KINDS.entries()) {
          const column = given.map((one) => one[at] ?? null)
          const { quantiles, histogram, top, ...rest } = found.features[`f${at}`] ?? {}
          expect(rest).toEqual(close(described(kind, column)))
          checkTop(kind.type, top, column)
          if (/float|int/.test(kind.type) && !kind.type.startsWith('list')) {
            const numbers = kind.type.startsWith('int')
              ? column.filter((one) => one !== null).map(Number)
              : finite(kind.type, column)
            checkQuantiles(quantiles, numbers)
            checkHistogram(histogram, numbers)
          }
        }
      }),
      { numRuns: RUNS, seed: 7 },
    )
  })

  it('are the same of a Parquet file, which knows fewer types', async () => {
    const [first, second] = fc.sample(fc.tuple(...KINDS.map(({ values }) => values)), { numRuns: 2, seed: 7 })
    const relation = relationOf([first ?? [], second ?? [], KINDS.map(() => null)])
    const file = join(bench.folder, 'snapshot.parquet')
    await bench.db.run(`copy (from ${relation}) to '${file}' (format parquet)`)
    expect(await snapshotStatistics(bench.db, view, `read_parquet('${file}')`)).toEqual(
      await snapshotStatistics(bench.db, view, relation),
    )
  })

  it('are of no rows, too', async () => {
    const found = await statistics([])
    expect(found).toMatchObject({ rows: 0, event_timestamp: null })
    expect(found.features['f3']).toEqual({
      type: 'float64',
      count: 0,
      nulls: 0,
      null_share: 0,
      approx_distinct: 0,
      nan: 0,
      infinite: 0,
    })
    expect(found.features['f0']).toEqual({ type: 'bool', count: 0, nulls: 0, null_share: 0, approx_distinct: 0 })
  })

  it('have the event timestamps', async () => {
    const found = await snapshotStatistics(
      bench.db,
      { features: [] },
      "(select timestamp '2001-07-01' + interval (i) minute as event_timestamp from range(101) t(i))",
    )
    expect(found.event_timestamp).toMatchObject({ min: '2001-07-01T00:00:00Z', max: '2001-07-01T01:40:00Z' })
    expect(String(found.event_timestamp?.quantiles['0.5'])).toMatch(/^2001-07-01T00:(49|50)/)
  })

  it('have quantiles within a percent of the rows, and numbers of distinct values within five, of a million values', async () => {
    const found = await ofOne('float64', '(select (hash(i) % 700000)::double as f from range(1000000) t(i))')
    for (const [q, value] of Object.entries(found.quantiles ?? {}))
      expect(Math.abs(Number(value) / 700_000 - Number(q))).toBeLessThan(0.01)
    // 700,000 * (1 - e^(-1 / 0.7)) values come up.
    expect(Math.abs(found.approx_distinct / 532_248 - 1)).toBeLessThan(0.05)
    expect(found.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(1_000_000)
    for (const count of found.histogram?.counts.slice(1, -1) ?? [])
      expect(Math.abs(count / 49_000 - 1)).toBeLessThan(0.05)
  })

  it('count distinct values exactly up to sixteen thousand', async () => {
    expect(await ofOne('int64', '(select i % 9000 as f from range(50000) t(i))')).toMatchObject({
      approx_distinct: 9000,
    })
  })

  it('say how often the most frequent values occur, of values that occur more than once', async () => {
    const found = await ofOne(
      'string',
      "(select case when i % 2 = 0 then 'half' when i % 5 = 0 then 'tenth' else 'x' || i end as f from range(1000) t(i))",
    )
    expect(found.top).toEqual([
      { value: 'half', count: 500 },
      { value: 'tenth', count: 100 },
    ])
  })

  it('have no mean where a sum of squares is beyond a double', async () => {
    const found = await ofOne('float64', '(values (1e308), (-1e308), (1.7e308), (5)) t(f)')
    expect(found).toMatchObject({ min: -1e308, max: 1.7e308, count: 4 })
    expect(found).not.toHaveProperty('mean')
    expect(found).not.toHaveProperty('stddev')
  })

  it('have quantiles within the ends, of numbers that are all negative or zero too', async () => {
    const zero = await ofOne('float64', '(values (-1), (0), (0)) t(f)')
    expect(zero.quantiles).toMatchObject({ '0.01': -1, '0.99': 0 })
    const negative = await ofOne('float64', '(select (-900 - i)::double as f from range(101) t(i))')
    expect(Number(negative.quantiles?.['0.99'])).toBeLessThanOrEqual(-900)
    expect(Number(negative.quantiles?.['0.95'])).toBeCloseTo(-905, -1)
  })

  it('count values far out apart, so that they do not hide how the others lie', async () => {
    const found = await ofOne(
      'float64',
      '(select case when i < 5 then 1e9 else i % 100 end::double as f from range(10000) t(i))',
    )
    expect(found.histogram?.to).toBeLessThan(101)
    expect(found.histogram?.counts.at(-1)).toBeGreaterThanOrEqual(5)
  })

  it('hold no value of a feature that is tagged as sensitive', async () => {
    const names = "(select 'name ' || (i % 3) as f from range(300) t(i))"
    const text = await ofOne('string', names, { pii: 'name' })
    expect(text).toEqual({
      type: 'string',
      count: 300,
      nulls: 0,
      null_share: 0,
      approx_distinct: 3,
      lengths: { min: 6, max: 6, mean: 6 },
      sensitive: true,
    })
    const number = await ofOne('int64', '(select 5550100 + i as f from range(300) t(i))', { PII: 'phone' })
    expect(number).toMatchObject({ mean: 5550249.5, sensitive: true })
    for (const left of ['min', 'max', 'top']) expect(number).not.toHaveProperty(left)
    const few = await ofOne('float64', '(values (1234.5), (99.25)) t(f)', { confidential: 'yes' })
    expect(JSON.stringify(few)).not.toMatch(/1234|99/)
    expect(await ofOne('string', names, { pii: 'false' })).toMatchObject({ min: 'name 0' })
  })

  it('take the tags of a view for those of its features, which may say otherwise', async () => {
    const features = [
      { name: 'a', type: 'string', visibility: 'server' as const },
      { name: 'b', type: 'string', visibility: 'server' as const, tags: { pii: 'no' } },
    ]
    const rows = "(select make_timestamp(0) as event_timestamp, 'x' as a, 'y' as b)"
    const found = await snapshotStatistics(bench.db, { features, tags: { pii: 'contact' } }, rows)
    expect([found.features['a']?.min, found.features['b']?.min]).toEqual([undefined, 'y'])
  })

  it('are of features whatever their names are', async () => {
    const names = ['c0', 'c1', 'c0v', 'event', 'rows', 'select']
    const features = names.map((name) => ({ name, type: 'int64', visibility: 'server' as const }))
    const columns = names.map((name, at) => `${at} + i as "${name}"`)
    const rows = `(select make_timestamp(i) as event_timestamp, ${columns.join(', ')} from range(3) t(i))`
    const found = await snapshotStatistics(bench.db, { features }, rows)
    expect(names.map((name) => found.features[name]?.min)).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('of five hundred features stay below a megabyte, whatever their texts are', async () => {
    const features = Array.from({ length: 500 }, (_, at) => ({
      name: `f${at}`,
      type: 'string',
      visibility: 'server' as const,
    }))
    // A control character is six characters of JSON.
    const columns = features.map(({ name }) => `repeat(chr((1 + i % 7)::int), 300) as ${name}`)
    const rows = `(select make_timestamp(0) as event_timestamp, ${columns.join(', ')} from range(50) t(i))`
    const found = await snapshotStatistics(bench.db, { features }, rows)
    expect(found.features['f0']?.top).toHaveLength(5)
    expect(JSON.stringify(found).length).toBeLessThan(1_000_000)
  })
})

/** Sums of doubles depend on their order. */
function close(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(fields).map(([name, value]) =>
    (name === 'mean' || name === 'stddev') && typeof value === 'number'
      ? [name, closeTo(value, fields)]
      : [name, value],
  )
  return Object.fromEntries(entries)
}

function closeTo(value: number, fields: Readonly<Record<string, unknown>>): unknown {
  const size = Math.max(Math.abs(Number(fields['min'] ?? 0)), Math.abs(Number(fields['max'] ?? 0)), 1e-300)
  return { asymmetricMatch: (found: unknown) => typeof found === 'number' && Math.abs(found - value) <= size * 1e-9 }
}

function checkTop(type: string, top: FeatureStatistics['top'], column: readonly Value[]): void {
  if (!['bool', 'string', 'int32', 'int64'].includes(type)) {
    expect(top).toBeUndefined()
    return
  }
  const cut = (value: Value): unknown =>
    type === 'string' ? [...String(value)].slice(0, 100).join('') : typeof value === 'bigint' ? String(value) : value
  const values = column.filter((value) => value !== null).map(cut)
  const occurs = (value: unknown): number => values.filter((one) => one === value).length
  for (const { value, count } of top ?? []) expect(count).toBe(occurs(value))
  const kinds = new Set(values)
  if (kinds.size <= 10) expect(top?.length ?? 0).toBe(kinds.size)
  else expect(top?.length ?? 0).toBeLessThanOrEqual(10)
}

/** A quantile lies between the values around its rank. */
function checkQuantiles(quantiles: FeatureStatistics['quantiles'], numbers: readonly number[]): void {
  if (numbers.length === 0) {
    expect(quantiles).toBeUndefined()
    return
  }
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (rank: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? 0
  for (const [q, value] of Object.entries(quantiles ?? {})) {
    const rank = Number(q) * (sorted.length - 1)
    expect(Number(value)).toBeGreaterThanOrEqual(at(Math.floor(rank) - 1))
    expect(Number(value)).toBeLessThanOrEqual(at(Math.ceil(rank) + 1))
  }
  expect(Object.keys(quantiles ?? {})).toHaveLength(7)
}

function checkHistogram(histogram: FeatureStatistics['histogram'], numbers: readonly number[]): void {
  if (new Set(numbers).size < 2) expect(histogram).toBeUndefined()
  if (!histogram) return // one number, or too near or too far apart for bins
  const { from, to, counts } = histogram
  const width = (to - from) / (counts.length - 2)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(numbers.length)
  expect(counts[0]).toBe(numbers.filter((one) => one <= from).length)
  expect(counts.at(-1)).toBe(numbers.filter((one) => one > to).length)
  expect(width).toBeGreaterThan(0)
}
