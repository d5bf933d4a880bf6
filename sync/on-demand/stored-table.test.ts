import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { randomOf } from '../verify/random.ts'
import { COLUMN_TYPES, pick, storedOf } from './parity-values.fixture.ts'
import { isSameValue } from './same-value.ts'
import { appendStored, createStoredTable, readStored } from './stored-table.ts'

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' })).connect()
})
afterAll(() => db.closeSync())

const JSON_TEXTS = ['{}', '{"a": [1, null, 9007199254740993]}', '"\u2028\\u0000"', '[]', '-0.0']

it('gives back every stored value as it was, whatever its type', async () => {
  const random = randomOf(11)
  const fields = [...COLUMN_TYPES, 'list(vector(2))', 'list(list(timestamp))', 'list(bytes)', 'json'].map(
    (type, at) => ({
      name: `a "name" ${at}`,
      type,
    }),
  )
  const rows = 5000
  const columns = fields.map(({ type }): readonly StoredValue[] => {
    const of = parseType(type)
    return Array.from({ length: rows }, () => (type === 'json' ? pick(random, JSON_TEXTS) : storedOf(random, of)))
  })
  await createStoredTable(db, 'all', fields)
  await appendStored(db, 'all', fields, columns, { first: 0, rows })
  const found = await readStored(db, '"all"', fields)
  for (const [at, { type }] of fields.entries()) {
    const of = parseType(type)
    expect(found[at]).toHaveLength(rows)
    const different = columns[at]?.findIndex((value, row) => !isSameValue(of, value, found[at]?.[row] ?? null)) ?? 0
    expect([type, different, columns[at]?.[different], found[at]?.[different]]).toEqual([
      type,
      -1,
      undefined,
      undefined,
    ])
  }
})

it('goes on where the rows before end', async () => {
  const fields = [{ name: 'n', type: 'int64' }]
  await createStoredTable(db, 'more', fields)
  await appendStored(db, 'more', fields, [['7', null]], { first: 0, rows: 2 })
  await appendStored(db, 'more', fields, [['-7']], { first: 2, rows: 1 })
  expect(await readStored(db, 'more', fields)).toEqual([['7', null, '-7']])
  expect(await readStored(db, 'more', fields, '_row >= 1')).toEqual([[null, '-7']])
})

it.each([
  ['float64', 0, -0, false],
  ['float64', 'NaN', 'NaN', true],
  ['float32', 0.1, 0.10000000149011612, true],
  ['float32', 0.1, 0.1000001, false],
  ['int64', '9007199254740993', '9007199254740992', false],
  ['list(float64)', [1, null, -0], [1, null, 0], false],
  ['list(float64)', [1, null], [1, null], true],
  ['list(float64)', [1], [1, 1], false],
  ['list(int64)', [null], ['0'], false],
  // Two NaNs with other bits, and the two zeros.
  ['vector(1)', 'AADAfw==', 'AQDAfw==', true],
  ['vector(1)', 'AAAAAA==', 'AAAAgA==', false],
  ['json', '{"a":1,"b":[]}', '{"b": [], "a": 1.0}', true],
  ['json', '9007199254740993', '9007199254740992', false],
  ['json', '[]', '{}', false],
  ['string', 'é', 'e\u0301', false],
  ['bool', null, false, false],
] as const)('compares %s %j with %j: %s', (type, one, other, same) => {
  expect(isSameValue(parseType(type), one, other)).toBe(same)
})
