import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { duckdbType, parseType } from '../../core/types.ts'
import { type StoredValue, valueWriter } from '../../core/values.ts'
import { query } from '../duckdb.ts'
import { storedExpression } from './stored.ts'
import { literal } from './text.ts'

const folder = await mkdtemp(join(tmpdir(), 'shoreline-stored-'))
const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
await db.run("set TimeZone = 'UTC'")
afterAll(async () => {
  db.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
})

/** From values through a snapshot's Parquet and a block's JSON to the wire. */
async function onTheWire(type: string, values: readonly string[]): Promise<readonly string[]> {
  const valueType = parseType(type)
  const file = literal(join(folder, 'snapshot.parquet'))
  const rows = values.map((value, n) => `(${n}, (${value})::${duckdbType(valueType)})`)
  await db.run(`copy (select * from (values ${rows.join(', ')}) as t(n, v)) to ${file} (format parquet)`)
  const found = await query(
    db,
    `select json_array(${storedExpression('"v"', valueType)})::varchar as json from read_parquet(${file}) order by n`,
  )
  const write = valueWriter(valueType)
  return found.map(({ json }) => {
    const [stored] = JSON.parse(String(json)) as readonly StoredValue[]
    return stored === null || stored === undefined ? 'null' : write(stored)
  })
}

const TEXT = 'a"b\\c\'\n\t\u2028😀\u0001'

describe('a value in a snapshot is on the wire', () => {
  it.each<[string, readonly [value: string, wire: string][]]>([
    [
      'bool',
      [
        ['true', 'true'],
        ['false', 'false'],
        ['null', 'null'],
      ],
    ],
    [
      'int32',
      [
        ['-2147483648', '-2147483648'],
        ['2147483647', '2147483647'],
        ['null', 'null'],
      ],
    ],
    [
      'int64',
      [
        ['9223372036854775807', '9223372036854775807'],
        ["'-9223372036854775808'", '-9223372036854775808'],
        ['9007199254740993', '9007199254740993'],
        ['null', 'null'],
      ],
    ],
    [
      'float64',
      [
        ['0.1', '0.1'],
        ['412', '412'],
        ["'-0.0'", '-0.0'],
        ["'nan'", '"NaN"'],
        ["'inf'", '"Infinity"'],
        ["'-inf'", '"-Infinity"'],
        ["'5e-324'", '5e-324'],
        ["'1.7976931348623157e308'", '1.7976931348623157e+308'],
        ["'1e23'", '1e+23'],
        ["'9007199254740993'", '9007199254740992'],
        ['null', 'null'],
      ],
    ],
    [
      'float32',
      [
        ['0.1', '0.1'],
        ['16777216', '16777216'],
        ["'-0.0'", '-0.0'],
        ["'nan'", '"NaN"'],
        ["'inf'", '"Infinity"'],
        ["'-inf'", '"-Infinity"'],
        ["'1e-45'", '1e-45'],
        ["'3.4028235e38'", '3.4028235e+38'],
        ['null', 'null'],
      ],
    ],
    [
      'string',
      [
        [literal(TEXT), JSON.stringify(TEXT)],
        ["''", '""'],
        ["'\ufeffBOM'", '"\ufeffBOM"'],
        ["'null'", '"null"'],
        ["chr(0) || 'x'", '"\\u0000x"'],
        ['null', 'null'],
      ],
    ],
    [
      'timestamp',
      [
        ["'2001-07-01'", '"2001-07-01T00:00:00Z"'],
        ["'2001-07-01 12:34:56.789'", '"2001-07-01T12:34:56.789Z"'],
        ["'1969-12-31 23:59:59.999999'", '"1969-12-31T23:59:59.999999Z"'],
        ["'0001-01-01'", '"0001-01-01T00:00:00Z"'],
        ["'9999-12-31 23:59:59'", '"9999-12-31T23:59:59Z"'],
        ['null', 'null'],
      ],
    ],
    [
      'date',
      [
        ["'2001-07-01'", '"2001-07-01"'],
        ["'0001-01-01'", '"0001-01-01"'],
        ['null', 'null'],
      ],
    ],
    [
      'uuid',
      [
        ["'0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E'", '"0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e"'],
        ['null', 'null'],
      ],
    ],
    [
      'bytes',
      [
        ["'\\x00\\x01\\xFF'", '"AAH/"'],
        ["''", '""'],
        ["repeat('a', 60)", `"${'YWFh'.repeat(20)}"`],
        ['null', 'null'],
      ],
    ],
    [
      'json',
      [
        [`'{"b": [1, 9007199254740993],"a":"é\\n"}'`, '{"b": [1, 9007199254740993],"a":"é\\n"}'],
        ["'null'", 'null'],
        [`'"x"'`, '"x"'],
        ['null', 'null'],
      ],
    ],
    [
      'list(bool)',
      [
        ['[true, null]', '[true,null]'],
        ['[]', '[]'],
        ['null', 'null'],
      ],
    ],
    ['list(int32)', [['[1, null]', '[1,null]']]],
    ['list(int64)', [['[9007199254740993, null]', '[9007199254740993,null]']]],
    ['list(float64)', [["['0.1', 'nan', null, '-0.0']::double[]", '[0.1,"NaN",null,-0.0]']]],
    ['list(float32)', [["['0.1', '-inf', null]::float[]", '[0.1,"-Infinity",null]']]],
    ['list(string)', [["['a\"', null, '']", '["a\\"",null,""]']]],
    ['list(timestamp)', [["[timestamp '2001-07-01', null]", '["2001-07-01T00:00:00Z",null]']]],
    ['list(date)', [["[date '2001-07-01', null]", '["2001-07-01",null]']]],
    [
      'list(uuid)',
      [["['0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e', null]", '["0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e",null]']],
    ],
    ['list(bytes)', [["['\\x00\\x01\\xFF'::blob, null]", '["AAH/",null]']]],
    ['list(json)', [[`['{"a":1}'::json, null, 'null'::json]`, '[{"a":1},null,null]']]],
    [
      'list(list(int64))',
      [
        ['[[1, null], null, []]', '[[1,null],null,[]]'],
        ['null', 'null'],
      ],
    ],
    [
      'vector(3)',
      [
        ['[1, -2.5, 0.1]', '[1,-2.5,0.1]'],
        ["['nan', 'inf', '-0.0']::float[3]", '["NaN","Infinity",-0.0]'],
        ['null', 'null'],
      ],
    ],
    [
      'list(vector(2))',
      [
        ['[[1, 2], null, [3, 4]]', '[[1,2],null,[3,4]]'],
        ['[]', '[]'],
      ],
    ],
  ])('exactly what it was: %s', async (type, cases) => {
    const wire = await onTheWire(
      type,
      cases.map(([value]) => value),
    )
    expect(wire).toEqual(cases.map(([, expected]) => expected))
  })

  const sampled = { seed: 15, numRuns: 2000 }

  it('bit for bit, for any float64', async () => {
    const numbers = fc.sample(fc.double({ noDefaultInfinity: true, noNaN: true }), sampled)
    const wire = await onTheWire(
      'float64',
      numbers.map((number) => `'${Object.is(number, -0) ? '-0.0' : number}'`),
    )
    expect(wire.map(Number)).toEqual(numbers)
  })

  it('bit for bit, for any float32, as text and in a vector', async () => {
    const numbers = fc.sample(fc.float({ noDefaultInfinity: true, noNaN: true }), sampled)
    const sql = numbers.map((number) => (Object.is(number, -0) ? '-0.0' : String(number)))
    expect(
      (
        await onTheWire(
          'float32',
          sql.map((one) => `'${one}'`),
        )
      ).map((text) => Math.fround(Number(text))),
    ).toEqual(numbers)
    const vectors = await onTheWire(
      'vector(2)',
      sql.map((one) => `['${one}', '1']`),
    )
    expect(vectors.map((text) => Math.fround((JSON.parse(text) as readonly number[])[0] ?? 0))).toEqual(numbers)
  })

  it('character for character, for any string', async () => {
    const texts = fc.sample(fc.string({ unit: 'binary' }), sampled).filter((text) => !text.includes('\0'))
    const wire = await onTheWire('string', texts.map(literal))
    expect(wire.map((text): unknown => JSON.parse(text))).toEqual(texts)
  })

  it('byte for byte, for any bytes', async () => {
    const all = fc
      .sample(fc.uint8Array({ maxLength: 100 }), { seed: 16, numRuns: 500 })
      .map((bytes) => Buffer.from(bytes))
    const wire = await onTheWire(
      'bytes',
      all.map((bytes) => `unhex('${bytes.toString('hex')}')`),
    )
    expect(wire).toEqual(all.map((bytes) => JSON.stringify(bytes.toString('base64'))))
  })
})
