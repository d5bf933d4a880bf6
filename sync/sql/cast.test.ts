import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, it } from 'vitest'
import { duckdbType, parseType } from '../../core/types.ts'
import { describe as columnsOf, duckdbError, query } from '../duckdb.ts'
import { castExpression } from './cast.ts'

const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
await db.run("set TimeZone = 'UTC'")
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

const LABEL = 'view delays: feature late'

/** Casts one value of a table's column, as a materialization does; its DuckDB type and its text, or what is refused. */
async function cast(value: string, to: string): Promise<readonly [type: string, text: unknown]> {
  await db.run(`create or replace temp table data as select ${value} as v`)
  const [column] = await columnsOf(db, 'select v from data')
  const expression = castExpression(LABEL, '"v"', column?.type ?? '', parseType(to))
  try {
    const [row] = await query(db, `select typeof(${expression}) as type, (${expression})::varchar as text from data`)
    return [String(row?.['type']), row?.['text']]
  } catch (thrown) {
    throw duckdbError('view delays', thrown)
  }
}

const BIG = '9007199254740993' // 2^53 + 1

describe('a column of another type is taken when the value stays the same', () => {
  it.each<[to: string, value: string, text: string]>([
    ['bool', 'true', 'true'],
    ['int32', '7::utinyint', '7'],
    ['int32', '-7::smallint', '-7'],
    ['int32', '2147483647::hugeint', '2147483647'],
    ['int32', '42.0::double', '42'],
    ['int32', '42.00::decimal(5,2)', '42'],
    ['int64', '9223372036854775807::hugeint', '9223372036854775807'],
    ['int64', '-9223372036854775808::hugeint', '-9223372036854775808'],
    ['int64', '9223372036854775807::ubigint', '9223372036854775807'],
    ['int64', `${BIG}::decimal(38,0)`, BIG],
    ['int64', '1e18::double', '1000000000000000000'],
    ['int64', '(select sum(x) from range(4) as t(x))', '6'],
    ['float64', '9007199254740992::bigint', '9007199254740992.0'],
    ['float64', '1.5', '1.5'],
    ['float64', '0.1::float', '0.10000000149011612'],
    ['float64', "'-0.0'::double", '-0.0'],
    ['float64', "'nan'::float", 'nan'],
    ['float64', "'-inf'::float", '-inf'],
    ['float32', '16777216::integer', '16777216.0'],
    ['float32', '0.1::double', '0.1'],
    ['float32', '0.1::decimal(3,1)', '0.1'],
    ['float32', "'inf'::double", 'inf'],
    ['float32', "'nan'::double", 'nan'],
    ['string', "'é\u2028😀'", 'é\u2028😀'],
    ['string', "'late'::enum('early', 'late')", 'late'],
    ['timestamp', "timestamp '2001-07-01 00:00:00.000001'", '2001-07-01 00:00:00.000001'],
    ['timestamp', "timestamp '0001-01-01'", '0001-01-01 00:00:00'],
    ['timestamp', "timestamp '9999-12-31'", '9999-12-31 00:00:00'],
    ['timestamp', "timestamptz '2001-07-01 00:00:00+02'", '2001-06-30 22:00:00'],
    ['timestamp', "timestamp_s '2001-07-01 00:00:01'", '2001-07-01 00:00:01'],
    ['timestamp', "timestamp_ms '2001-07-01 00:00:00.001'", '2001-07-01 00:00:00.001'],
    ['timestamp', "timestamp_ns '2001-07-01 00:00:00.000001'", '2001-07-01 00:00:00.000001'],
    ['timestamp', "date '2001-07-01'", '2001-07-01 00:00:00'],
    ['date', "date '0001-01-01'", '0001-01-01'],
    ['date', "date '9999-12-31'", '9999-12-31'],
    ['date', "timestamp '2001-07-01'", '2001-07-01'],
    ['date', "timestamptz '2001-07-01 00:00:00+00'", '2001-07-01'],
    ['uuid', "'0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E'", '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ['uuid', "'0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'::uuid", '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ['bytes', "'\\x00\\xFF'::blob", '\\x00\\xFF'],
    ['json', `'{"a": [1, ${BIG}]}'`, `{"a": [1, ${BIG}]}`],
    ['json', `'{"NaN": "inf, nan,]", "b": "\\",}"}'::json`, '{"NaN": "inf, nan,]", "b": "\\",}"}'],
    ['json', "'null'", 'null'],
    ['list(int64)', '[1, null]::integer[]', '[1, NULL]'],
    ['list(int64)', '[1.0, 2.0]::double[]', '[1, 2]'],
    ['list(int32)', '[1, 2]::integer[2]', '[1, 2]'],
    ['list(int64)', '[]::integer[]', '[]'],
    ['list(float32)', '[0.1, null]::double[]', '[0.1, NULL]'],
    ['list(float64)', "['nan', '-inf']::float[]", '[nan, -inf]'],
    ['list(uuid)', "['0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E']", '[0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e]'],
    ['list(string)', "['a', null, '']", "[a, NULL, '']"],
    ['list(list(int64))', '[[1], null, [null]]::integer[][]', '[[1], NULL, [NULL]]'],
    ['vector(3)', '[1, 2, 3]::float[3]', '[1.0, 2.0, 3.0]'],
    ['vector(3)', '[0.1, 2, 3]::double[]', '[0.1, 2.0, 3.0]'],
    ['vector(2)', '[1, 2]::integer[]', '[1.0, 2.0]'],
    ['vector(2)', "['nan', 'inf']::float[]", '[nan, inf]'],
    ['list(vector(2))', '[[1, 2], null]::float[2][]', '[[1.0, 2.0], NULL]'],
  ])('%s <- %s', async (to, value, text) => {
    expect(await cast(value, to)).toEqual([duckdbType(parseType(to)), text])
  })

  it.each(['int64', 'float32', 'timestamp', 'date', 'json', 'list(int64)', 'vector(3)'])('%s <- null', async (to) => {
    const other = { int64: 'double', float32: 'double', 'list(int64)': 'integer[]', 'vector(3)': 'double[]' }[to]
    expect((await cast(`null::${duckdbType(parseType(to))}`, to))[1]).toBeNull()
    if (other) expect((await cast(`null::${other}`, to))[1]).toBeNull()
  })
})

describe('a type that cannot hold the declared one is refused before anything runs', () => {
  it.each<[to: string, value: string, has: string]>([
    ['bool', '1', 'INTEGER'],
    ['bool', "'true'", 'VARCHAR'],
    ['int32', "'7'", 'VARCHAR'],
    ['int64', 'true', 'BOOLEAN'],
    ['int64', "date '2001-07-01'", 'DATE'],
    ['float64', "'0.5'", 'VARCHAR'],
    ['float64', "interval '1 day'", 'INTERVAL'],
    ['string', '7', 'INTEGER'],
    ['string', `'{}'::json`, 'JSON'],
    ['string', "'a'::blob", 'BLOB'],
    ['timestamp', '993945600', 'INTEGER'],
    ['timestamp', "'2001-07-01'", 'VARCHAR'],
    ['timestamp', "time '12:00:00'", 'TIME'],
    ['date', "'2001-07-01'", 'VARCHAR'],
    ['uuid', '7', 'INTEGER'],
    ['bytes', "'a'", 'VARCHAR'],
    ['json', '{a: 1}', 'STRUCT(a INTEGER)'],
    ['json', '7', 'INTEGER'],
    ['list(int64)', '7', 'INTEGER'],
    ['list(int64)', "['7']", 'VARCHAR[]'],
    ['list(list(int64))', '[1]::bigint[]', 'BIGINT[]'],
    ['vector(3)', '7', 'INTEGER'],
    ['vector(3)', "['1', '2', '3']", 'VARCHAR[]'],
    ['vector(3)', '[1, 2]::float[2]', 'FLOAT[2]'],
  ])('%s <- %s', async (to, value, has) => {
    await expect(cast(value, to)).rejects.toMatchObject({
      code: 'INVALID',
      message: `${LABEL} is declared ${duckdbType(parseType(to))}, and the data has ${has}. Cast it in the view's SQL, or declare another type.`,
    })
  })
})

describe('a value that would change is refused, and named', () => {
  it.each<[to: string, value: string, shown: string]>([
    ['int64', '1.5', '1.5'],
    ['int64', '1.5::double', '1.5'],
    ['int64', '9223372036854775808::hugeint', '9223372036854775808'],
    ['int64', '9223372036854775808::ubigint', '9223372036854775808'],
    ['int64', '9223372036854775807::double', '9.223372036854776e+18'],
    ['int64', "'nan'::double", 'nan'],
    ['int64', "'inf'::double", 'inf'],
    ['int32', "'nan'::float", 'nan'],
    ['int32', '2147483648::bigint', '2147483648'],
    ['int32', '2147483647.5', '2147483647.5'],
    ['float64', `${BIG}::bigint`, BIG],
    ['float64', '9223372036854775807::bigint', '9223372036854775807'],
    ['float64', '18446744073709551615::ubigint', '18446744073709551615'],
    ['float64', '170141183460469231731687303715884105727::hugeint', '170141183460469231731687303715884105727'],
    ['float32', '16777217::integer', '16777217'],
    ['float32', '2147483647::integer', '2147483647'],
    ['float32', '1e39::double', '1e+39'],
    ['float32', '-1e300::double', '-1e+300'],
    ['timestamp', "'infinity'::timestamp", 'infinity'],
    ['timestamp', "'-infinity'::timestamptz", '-infinity'],
    ['timestamp', "timestamp '10000-01-01'", '10000-01-01 00:00:00'],
    ['timestamp', "timestamp '0001-12-31 (BC)'", '0001-12-31 (BC) 00:00:00'],
    ['timestamp', "timestamp '9999-12-31 23:59:59.999999'", '9999-12-31 23:59:59.999999'],
    ['timestamp', "timestamp_ns '2001-07-01 00:00:00.000000001'", '2001-07-01 00:00:00.000000001'],
    ['timestamp', "date '5000000-01-01'", '5000000-01-01'],
    ['date', "timestamp '2001-07-01 12:00:00'", '2001-07-01 12:00:00'],
    ['date', "'infinity'::date", 'infinity'],
    ['date', "date '10000-01-01'", '10000-01-01'],
    ['uuid', "'x'", 'x'],
    ['uuid', "''", ''],
    ['json', "'{'", '{'],
    ['json', "''", ''],
    ['json', "'NaN'", 'NaN'],
    ['json', `'{"a": [1, -Infinity]}'`, '{"a": [1, -Infinity]}'],
    ['json', "'[1, inf]'::json", '[1, inf]'],
    ['json', "'[1, ]'", '[1, ]'],
    ['json', `'{"a\\"": nan}'`, '{"a\\"": nan}'],
    ['json', `'{"a": 1,}'::json`, '{"a": 1,}'],
    ['list(int64)', '[1.0, 1.5]::double[]', '[1.0, 1.5]'],
    ['list(int64)', '[null, 9223372036854775808]::hugeint[]', '[NULL, 9223372036854775808]'],
    ['list(float64)', `[${BIG}]::bigint[]`, `[${BIG}]`],
    ['list(float32)', '[0.5, 1e300]::double[]', '[0.5, 1e+300]'],
    ['list(timestamp)', "['infinity'::timestamp]", '[infinity]'],
    ['list(date)', "[date '2001-07-01', date '10000-01-01']", '[2001-07-01, 10000-01-01]'],
    ['list(uuid)', "['x']", '[x]'],
    ['list(json)', "['1', 'NaN']", '[1, NaN]'],
    ['list(list(int64))', '[[1], [1.5]]::double[][]', '[[1.0], [1.5]]'],
    ['vector(3)', '[1, 2]::float[]', '[1.0, 2.0]'],
    ['vector(3)', '[1, 2, 3, 4]::double[]', '[1.0, 2.0, 3.0, 4.0]'],
    ['vector(3)', '[1, null, 3]::float[3]', '[1.0, NULL, 3.0]'],
    ['vector(3)', '[1, null, 3]::double[]', '[1.0, NULL, 3.0]'],
    ['vector(3)', '[1, 1e300, 3]::double[]', '[1.0, 1e+300, 3.0]'],
    ['vector(1)', '[16777217]::integer[]', '[16777217]'],
    ['list(vector(2))', '[[1, null]]::float[2][]', '[[1.0, NULL]]'],
  ])('%s <- %s', async (to, value, shown) => {
    await expect(cast(value, to)).rejects.toMatchObject({
      code: 'INVALID',
      message: `${LABEL}: the value ${shown} is not exactly a ${duckdbType(parseType(to))}. Correct the source, or cast it in the view's SQL.`,
    })
  })
})

it('a vector that is null stays null beside those that are not', async () => {
  const expression = castExpression(LABEL, 'v', 'DOUBLE[]', parseType('vector(2)'))
  const rows = await query(db, `select ${expression} as v from (values ([1.5, 2]::double[]), (null), ([3, 4])) as t(v)`)
  expect(rows.map(({ v }) => v)).toEqual([[1.5, 2], null, [3, 4]])
})
