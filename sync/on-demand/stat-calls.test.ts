/** What `stat(…)` stands for is the very value, of every type: in the tree that runs online, and in the SQL that runs offline. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { storedWriter } from '../../core/expressions/values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { SetStatistics, StatisticValue } from '../../registry/statistics.ts'
import { bindExpressions } from './bind.ts'
import { offlineQuery, registerFunctions } from './offline.ts'
import { StatisticsOfSets } from './statistics.ts'
import { readStored } from './stored-table.ts'

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await registerFunctions(db)
})
afterAll(() => db.closeSync())

const RUNS = 50

/** The expression over one row, with what its statistics come to. */
async function bind(text: string, type: string, known: Readonly<Record<string, StatisticValue>>) {
  const row = [
    { name: 'x', type: 'float64' },
    { name: 'carrier', type: 'string' },
    { name: 'n', type: 'int32' },
  ]
  const { bound, statistics } = await bindExpressions(db, {
    name: 'scaled',
    row,
    sql: { f: { text, type } },
    statistics: async (reference) => ({
      ...reference,
      ...(known[reference.statistic] ?? { type: 'float64', value: 0 }),
      set: 'late@3',
    }),
  })
  if (!bound['f']) throw new RangeError('nothing was bound')
  return { ...bound['f'], statistics }
}

async function both(text: string, type: string, known: Readonly<Record<string, StatisticValue>>, row: Row = NO_ROW) {
  const { sql, tree } = await bind(text, type, known)
  const [x, carrier, n] = row
  const online = storedWriter(parseType(type))(compileExpression(tree, ALL_PACKS)([x, carrier, n]))
  const relation = `(select cast(${x} as double) as x, ${carrier === null ? 'null::varchar' : `'${carrier}'`} as carrier, cast(${n} as integer) as n)`
  await db.run(
    `create or replace temp table computed as ${offlineQuery(relation, ['0 as _row'], { f: { sql, type } })}`,
  )
  const [[offline = null] = []] = await readStored(db, 'computed', [{ name: 'f', type }])
  return { online, offline, root: tree.root }
}

type Row = readonly [x: number | null, carrier: string | null, n: number | null]
const NO_ROW: Row = [null, null, null]

const INT64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const TEXT = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))
const SCALARS: Readonly<Record<string, fc.Arbitrary<StoredValue>>> = {
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  int64: INT64,
  string: TEXT,
  bool: fc.boolean(),
  timestamp: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }).map((seconds) => seconds * 1_000_000),
  date: fc
    .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
}
const LISTS = {
  'list(int64)': fc.array(INT64, { minLength: 1, maxLength: 4 }),
  'list(string)': fc.array(TEXT, { minLength: 1, maxLength: 4 }),
  'list(bool)': fc.array(fc.boolean(), { minLength: 1, maxLength: 2 }),
}

describe('a statistic in SQL', () => {
  it.each(Object.entries(SCALARS))('is a literal of %s, and exactly the value', async (type, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const found = await both("stat('late', 'delay', 'min')", type, { min: { type, value } })
        expect(found).toEqual({ online: value, offline: value, root: { literal: value, type } })
      }),
      { numRuns: RUNS, seed: 7 },
    )
  })

  it.each(Object.entries(LISTS))('is a %s of literals', async (type, values) => {
    await fc.assert(
      fc.asyncProperty(values as fc.Arbitrary<readonly StoredValue[]>, async (value) => {
        const found = await both("stat('late', 'carrier', 'vocabulary')", type, { vocabulary: { type, value } })
        expect(found).toMatchObject({ online: value, offline: value })
      }),
      { numRuns: RUNS, seed: 7 },
    )
  })

  it.each([5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e21, 123456789.12345679])(
    'is %s to the last bit',
    async (value) => {
      const { root } = await both("stat('late', 'delay', 'mean')", 'float64', { mean: { type: 'float64', value } })
      expect(root).toEqual({ literal: value, type: 'float64' })
    },
  )

  it('scales a column as plain JavaScript does', async () => {
    const known = { mean: { type: 'float64', value: 8.1 }, stddev: { type: 'float64', value: 31.7 } }
    const text = "(x - stat('late', 'delay', 'mean')) / stat('late', 'delay', 'stddev')"
    const { online, offline } = await both(text, 'float64', known, [12.3, null, null])
    expect({ online, offline }).toEqual({ online: (12.3 - 8.1) / 31.7, offline: (12.3 - 8.1) / 31.7 })
  })

  it('compares an int32 with the ends of another without an overflow', async () => {
    const known = { min: { type: 'int64', value: '-2147483648' } }
    const { online, offline } = await both("n - stat('late', 'n', 'min')", 'int64', known, [null, null, 2147483647])
    expect({ online, offline }).toEqual({ online: '4294967295', offline: '4294967295' })
  })

  it.each([
    ['WN', 2, true],
    ['ZZ', 0, false],
    [null, 0, null],
  ])('encodes %s by its place in a vocabulary', async (carrier, place, known) => {
    const vocabulary = { type: 'list(string)', value: ['AA', 'WN', "O'Hare"] }
    const list = "stat('late', 'carrier', 'vocabulary')"
    const row: Row = [null, carrier, null]
    const placed = await both(`coalesce(list_position(${list}, carrier), 0)`, 'int32', { vocabulary }, row)
    expect([placed.online, placed.offline]).toEqual([place, place])
    const held = await both(`list_contains(${list}, carrier)`, 'bool', { vocabulary }, row)
    expect([held.online, held.offline]).toEqual([known, known])
  })

  it('is kept with the view, once each', async () => {
    const text = "stat('late', 'x', 'mean') + STAT('late', 'x', 'mean') + stat('late', 'x', 'count')"
    const { statistics } = await bind(text, 'float64', { mean: { type: 'float64', value: 1.5 } })
    expect(statistics).toEqual([
      { set: 'late@3', column: 'x', statistic: 'count', type: 'float64', value: 0 },
      { set: 'late@3', column: 'x', statistic: 'mean', type: 'float64', value: 1.5 },
    ])
    expect((await bind('x', 'float64', {})).statistics).toBeUndefined()
  })
})

describe('stat', () => {
  it.each([
    ["stat('late', 'x')", 'stat with other arguments than three texts'],
    ["stat('late', carrier, 'mean')", "write stat('training_set', 'column', 'mean')"],
    ["stat('late', 'x', 1)", 'three texts'],
    ["stat('late', 'x', null)", 'three texts'],
    ["stat('late', 'x', lower('MEAN'))", 'three texts'],
    ['stat()', 'three texts'],
    ["other.stat('late', 'x', 'mean')", 'Write stat alone'],
  ])('%s is refused', async (text, says) => {
    await expect(bind(text, 'float64', {})).rejects.toThrow(says)
  })

  it('says which view and which feature names what is not there', async () => {
    const set: SetStatistics = { name: 'late', version: 1, statistics: { features: {} } }
    const sets = new StatisticsOfSets({ find: async () => set, registry: null }).of('scaled')
    const refused = bindExpressions(db, {
      name: 'scaled',
      row: [],
      sql: { f: { text: "stat('late', 'x', 'mean')", type: 'float64' } },
      statistics: (reference) => sets.resolve(reference),
    })
    await expect(refused).rejects.toThrow(
      `view scaled: feature f: stat('late', 'x', 'mean'): the training set late@1 has no feature "x".`,
    )
  })
})
