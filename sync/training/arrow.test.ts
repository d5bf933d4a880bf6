import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { type Data, DataType, tableFromIPC, type Vector } from 'apache-arrow'
import { afterAll, describe, expect, it } from 'vitest'
import { withDuckDB } from '../duckdb.ts'
import type { SetColumn } from './columns.ts'
import { type Part, writeParts } from './write.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoreline-arrow-'))
afterAll(() => rm(folder, { recursive: true }))

/** All rows in one file. */
function whole(rows: number): readonly Part[] {
  return [{ name: null, where: null, rows }]
}

/** Name, declared type, or null for a column of the spine that only DuckDB knows; SQL of a value, from the row's number i. */
const COLUMNS: readonly (readonly [string, string | null, string])[] = [
  ['truth', 'bool', 'i % 3 = 0'],
  ['small', 'int32', '(i * 7919 - 2147483648)::integer'],
  ['whole', 'int64', '9223372036854775807 - i'],
  [
    'half',
    'float32',
    "case i % 5 when 1 then 'nan'::float when 2 then -0.0::float when 3 then '-inf'::float else (i / 3)::float end",
  ],
  [
    'real',
    'float64',
    "case i % 5 when 1 then 'nan'::double when 2 then -0.0::double when 3 then 'inf'::double else i / 7 end",
  ],
  ['name', 'string', "case i % 4 when 0 then '' when 1 then 'é🦊' || i else repeat('x', (i % 40)::integer) end"],
  ['seen', 'timestamp', "timestamp '1969-12-31 23:59:59.999999' + to_microseconds(i * 999983)"],
  ['day', 'date', "date '1969-12-31' + (i % 40000)::integer"],
  ['id', 'uuid', 'md5(i::varchar)::uuid'],
  ['raw', 'bytes', "case i % 3 when 0 then ''::blob else encode('ü' || i) end"],
  ['doc', 'json', `('{"n":' || i || '}')::json`],
  [
    'counts',
    'list(int64)',
    'case i % 4 when 0 then [] when 1 then [i, null] else [i, -i, 9007199254740993] end::bigint[]',
  ],
  [
    'nested',
    'list(list(string))',
    "case i % 3 when 0 then [[], ['a', null]] else [[i::varchar], null] end::varchar[][]",
  ],
  ['times', 'list(timestamp)', "[timestamp '2001-01-01' + to_seconds(i)]"],
  ['flags', 'list(bool)', '[i % 2 = 0, null, true]'],
  ['place', 'vector(3)', '[i / 3, -0.0, i]::float[3]'],
  ['price', null, '(i / 100 - 5)::decimal(9, 2)'],
  ['wide', null, '((i - 1500) * 12345678901234567890)::decimal(38, 5)'],
  ['tiny', null, '(i % 256 - 128)::tinyint'],
  ['unsigned', null, '(18446744073709551615 - i)::ubigint'],
  ['zoned', null, "timestamptz '2001-07-01 00:00:00+02' + to_microseconds(i)"],
  ['nanos', null, 'make_timestamp_ns(i * 1000000007)'],
  ['clock', null, "time '23:59:59.999999' - to_microseconds(i)"],
  ['parts', null, '[i, i + 1]::smallint[2]'],
]

/** A third of the rows is null in each column, in other rows of each. */
function relation(rows: number): string {
  const values = COLUMNS.map(([, , sql], at) => {
    const vector = /\]::\w+\[\d+\]$/.test(sql)
    const type = /::(\w+)\[(\d+)\]$/.exec(sql)
    const nulled = vector
      ? `(case when (i + ${at}) % 3 > 0 then (${sql})::${type?.[1]}[] end)::${type?.[1]}[${type?.[2]}]`
      : `case when (i + ${at}) % 3 > 0 then ${sql} end`
    return `${nulled} as c${at}`
  })
  return `(select i as _row, ${values.join(', ')} from range(${rows}) as r(i))`
}

const SET: readonly SetColumn[] = COLUMNS.map(([name, type], at) => ({
  name,
  type: type ?? (name === 'parts' ? 'SMALLINT[2]' : 'DECIMAL(9,2)'),
  from: 'x',
  is: type === null ? 'passed' : 'feature',
  sql: `c${at}`,
}))

const PLACE = COLUMNS.findIndex(([name]) => name === 'place')

function duck<T>(work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
  return withDuckDB({ spill: join(folder, 'spill'), memory: '1GB' }, work)
}

/** Text of a value that two equal values share, and no others: minus zero and NaN are what they are. */
function ofDuck(value: DuckDBValue): string {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return `[${value.items.map(ofDuck).join(',')}]`
  if (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampTZValue ||
    value instanceof DuckDBTimeValue
  )
    return String(value.micros)
  if (value instanceof DuckDBTimestampNanosecondsValue) return String(value.nanos)
  if (value instanceof DuckDBDateValue) return String(value.days)
  if (value instanceof DuckDBDecimalValue) return String(value.value)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBUUIDValue) return value.toString()
  return Object.is(value, -0) ? '-0' : String(value)
}

function ofArrow(data: Data, at: number): string {
  if (!data.getValid(at)) return 'null'
  const { type, values, valueOffsets, children } = data
  const [child] = children
  if (child) {
    const size = DataType.isFixedSizeList(type) ? type.listSize : 0
    const [from, to] = size > 0 ? [at * size, (at + 1) * size] : [valueOffsets[at], valueOffsets[at + 1]]
    return `[${Array.from({ length: to - from }, (_, item) => ofArrow(child, from + item)).join(',')}]`
  }
  if (DataType.isBool(type)) return String((values[at >> 3] & (1 << (at & 7))) !== 0)
  if (DataType.isDecimal(type)) {
    const [low, high] = new BigInt64Array(values.buffer, values.byteOffset + 16 * at, 2)
    return String(((high ?? 0n) << 64n) + BigInt.asUintN(64, low ?? 0n))
  }
  if (valueOffsets) {
    const bytes = Buffer.from(values.subarray(valueOffsets[at], valueOffsets[at + 1]))
    return bytes.toString(DataType.isBinary(type) ? 'hex' : 'utf8')
  }
  return Object.is(values[at], -0) ? '-0' : String(values[at])
}

function texts(column: Vector | null | undefined): readonly string[] {
  return (column?.data ?? []).flatMap((data) => Array.from({ length: data.length }, (_, at) => ofArrow(data, at)))
}

describe('a training set as Parquet', () => {
  it('has vectors as lists, among which pandas reads nulls', async () => {
    await duck(async (db) => {
      const types = ['vector(3)', 'list(float32)'] as const
      const [vectors, lists] = await Promise.all(
        types.map((type) =>
          writeParts(
            db,
            relation(9),
            [{ ...column('v', type), sql: `c${PLACE}${type === 'vector(3)' ? '' : '::float[]'}` }],
            whole(9),
            join(folder, `${type}.parquet`),
            'parquet',
          ),
        ),
      )
      expect(vectors?.[0]?.sha256).toBe(lists?.[0]?.sha256)
    })
  })
})

describe('a training set as an Arrow file', () => {
  it('has every value of the Parquet, of every type, bit for bit, and the same nulls', async () => {
    await duck(async (db) => {
      const rows = relation(3000)
      await writeParts(db, rows, SET, whole(3000), join(folder, 'all.parquet'), 'parquet')
      const [file] = await writeParts(db, rows, SET, whole(3000), join(folder, 'all.arrow'), 'arrow')
      expect(file).toMatchObject({ file: 'all.arrow', rows: 3000 })
      const parquet = await db.runAndReadAll(`from read_parquet('${join(folder, 'all.parquet')}')`)
      const table = tableFromIPC(readFileSync(join(folder, 'all.arrow')))
      expect(table.schema.fields.map(({ name }) => name)).toEqual(COLUMNS.map(([name]) => name))
      for (const [at, values] of parquet.getColumns().entries()) {
        const [name] = COLUMNS[at] ?? ['']
        const expected = values.map(ofDuck)
        expect(
          expected.filter((text) => text === 'null'),
          name,
        ).toHaveLength(1000)
        expect(texts(table.getChild(name)), name).toEqual(expected)
      }
    })
  })

  it('has types that data frames read', async () => {
    await duck((db) => writeParts(db, relation(1), SET, whole(1), join(folder, 'types.arrow'), 'arrow'))
    const { schema } = tableFromIPC(readFileSync(join(folder, 'types.arrow')))
    expect(Object.fromEntries(schema.fields.map(({ name, type }) => [name, String(type)]))).toMatchInlineSnapshot(`
      {
        "clock": "Time64<MICROSECOND>",
        "counts": "List<Int64>",
        "day": "Date32<DAY>",
        "doc": "Utf8",
        "flags": "List<Bool>",
        "half": "Float32",
        "id": "Utf8",
        "name": "Utf8",
        "nanos": "Timestamp<NANOSECOND>",
        "nested": "List<List<Utf8>>",
        "parts": "FixedSizeList[2]<Int16>",
        "place": "FixedSizeList[3]<Float32>",
        "price": "Decimal[9e+2]",
        "raw": "Binary",
        "real": "Float64",
        "seen": "Timestamp<MICROSECOND>",
        "small": "Int32",
        "times": "List<Timestamp<MICROSECOND>>",
        "tiny": "Int8",
        "truth": "Bool",
        "unsigned": "Uint64",
        "whole": "Int64",
        "wide": "Decimal[38e+5]",
        "zoned": "Timestamp<MICROSECOND, UTC>",
      }
    `)
  })

  it('is written in batches, in the order of the rows, and the same rows are the same bytes on any number of threads', async () => {
    const rows = `(select i as _row, i as n, repeat('x', (i % 7)::integer) as text from range(300000) as r(i) order by hash(i))`
    const set = [column('n', 'int64'), column('text', 'string')]
    const files: string[] = []
    for (const threads of [1, 4])
      await duck(async (db) => {
        await db.run(`set threads = ${threads}`)
        const [file] = await writeParts(db, rows, set, whole(300_000), join(folder, `t${threads}.arrow`), 'arrow')
        files.push(file?.sha256 ?? '')
      })
    expect(files[0]).toBe(files[1])
    const { batches } = tableFromIPC(readFileSync(join(folder, 't4.arrow')))
    expect(batches.map(({ numRows }) => numRows)).toEqual([122_880, 122_880, 54_240])
    const numbers = batches.flatMap((batch) => [...(batch.getChild('n') ?? [])])
    expect(numbers.findIndex((n, at) => n !== BigInt(at))).toBe(-1)
  })

  it('has smaller batches where rows are large, so that its memory has a bound', async () => {
    const rows = `(select i as _row, repeat('x', 270000) as text from range(300) as r(i))`
    await duck((db) =>
      writeParts(db, rows, [column('text', 'string')], whole(300), join(folder, 'large.arrow'), 'arrow'),
    )
    const { batches } = tableFromIPC(readFileSync(join(folder, 'large.arrow')))
    expect(batches.map(({ numRows }) => numRows)).toEqual([256, 44])
  })

  it('can be read where there is no row', async () => {
    const none = [{ name: null, where: 'false', rows: 0 }]
    await duck((db) => writeParts(db, relation(1), SET, none, join(folder, 'none.arrow'), 'arrow'))
    const table = tableFromIPC(readFileSync(join(folder, 'none.arrow')))
    expect([table.numRows, table.numCols]).toEqual([0, COLUMNS.length])
  })
})

function column(name: string, type: string): SetColumn {
  return { name, type, from: 'x', is: 'feature', sql: name }
}
