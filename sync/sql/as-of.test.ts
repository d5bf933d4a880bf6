import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, it } from 'vitest'
import { query } from '../duckdb.ts'
import { bindAsOf, readsAsOf } from './as-of.ts'
import { identifier, literal, timestampLiteral } from './text.ts'

const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

/** 2001-07-01T00:00:00.000001Z */
const AS_OF = 993_945_600_000_001
const INSTANT = '2001-07-01 00:00:00.000001'

describe('$as_of', () => {
  it.each([
    ['select $as_of', [INSTANT]],
    ['select $as_of,$as_of-interval 1 day', [INSTANT, '2001-06-30 00:00:00.000001']],
    ["select '$as_of', $as_of", ['$as_of', INSTANT]],
    ["select 'it''s $as_of', $as_of", ["it's $as_of", INSTANT]],
    ["select E'\\'$as_of', $as_of", ["'$as_of", INSTANT]],
    ['select $as_of as "$as_of"', [INSTANT]],
    ['select $q$ $as_of $q$, $as_of', [' $as_of ', INSTANT]],
    ['select $as_of -- and not $as_of', [INSTANT]],
    ['select /* $as_of /* nested $as_of */ */ $as_of', [INSTANT]],
    ["select epoch_us($as_of) - 1 = epoch_us(timestamp '2001-07-01')", ['true']],
    ['select\n$as_of\n', [INSTANT]],
  ])('is the instant in %j, and stays text in strings, names and comments', async (sql, values) => {
    expect(readsAsOf(sql)).toBe(true)
    const [row = {}] = await query(db, `select columns(*)::varchar from (${bindAsOf(sql, AS_OF)}\n)`)
    expect(Object.values(row)).toEqual(values)
  })

  it.each(["select '$as_of'", 'select 1 -- $as_of', 'select "$as_of" from t', 'select $q$ $as_of $q$', '$as_of_day'])(
    'is not read by %j',
    (sql) => {
      expect(readsAsOf(sql)).toBe(false)
      expect(bindAsOf(sql, AS_OF)).toBe(sql)
    },
  )
})

describe('text in SQL', () => {
  it.each(['plain', "it's", '"quoted"', "'; drop table t; --", 'a\\b', 'é😀\n$as_of', ''])(
    'is the text itself, as a value: %j',
    async (text) => {
      expect(await query(db, `select ${literal(text)} as v`)).toEqual([{ v: text }])
    },
  )

  it.each(['plain', 'Mixed Case', 'a"b', "it's", 'select', 'é😀'])(
    'is the name itself, as a column: %j',
    async (name) => {
      expect(await query(db, `select 1 as ${identifier(name)}`)).toEqual([{ [name]: 1 }])
    },
  )

  it.each([
    [0, '1970-01-01 00:00:00'],
    [-1, '1969-12-31 23:59:59.999999'],
    [-62_135_596_800_000_000, '0001-01-01 00:00:00'],
    [253_402_300_799_000_000, '9999-12-31 23:59:59'],
  ])('of %i microseconds is the instant %s', async (micros, text) => {
    expect(await query(db, `select (${timestampLiteral(micros)})::varchar as v`)).toEqual([{ v: text }])
  })
})
