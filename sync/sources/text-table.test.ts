import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { t, type ValueType } from '../../core/types.ts'
import { type CsvSourceOptions, csvSource } from '../../registry/definitions/csv-source.ts'
import type { Source } from '../../registry/definitions/file-source.ts'
import { ndjsonSource } from '../../registry/definitions/ndjson-source.ts'
import { describe as columnsOf, query, withDuckDB } from '../duckdb.ts'
import { createSourceTable } from '../materialize/source-tables.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-text-'))
})

afterAll(() => rm(folder, { recursive: true }))

type Files = Readonly<Record<string, string | Buffer>>

/** Writes the files below a folder of their own and reads them as the source. */
async function reading<T>(
  source: Source,
  files: Files,
  work: (db: DuckDBConnection, rows: number, paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const own = await mkdtemp(join(folder, 'case-'))
  const paths: string[] = []
  for (const [name, content] of Object.entries(files)) {
    const path = join(own, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    paths.push(path)
  }
  return withDuckDB({ spill: join(own, 'spill'), memory: '500MB' }, async (db) =>
    work(db, await createSourceTable(db, source.object, paths), paths),
  )
}

/** The rows, every value as DuckDB writes it, in the order of their text. */
function rowsOf(source: Source, files: Files): Promise<readonly (readonly (string | null)[])[]> {
  return reading(source, files, async (db, rows) => {
    const columns = (await columnsOf(db, 'from s')).map(({ name }) => `"${name}"::varchar as "${name}"`)
    const found = (await query(db, `select ${columns.join(', ')} from s`)).map((row) =>
      Object.values(row).map((value) => (value === null ? null : String(value))),
    )
    expect(rows).toBe(found.length)
    return found.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  })
}

/** What reading says, the folder of the case left out. */
async function refusal(source: Source, files: Files): Promise<string> {
  const thrown: unknown = await reading(source, files, async () => undefined).catch((error: unknown) => error)
  expect(thrown).toMatchObject({ code: 'INVALID' })
  return thrown instanceof Error ? thrown.message.replaceAll(/[^ ]*\/case-[^/]*\//g, '') : ''
}

function csv(options: Partial<CsvSourceOptions> = {}): Source {
  return csvSource('s', { path: 'file://*.csv', timestamp: 'at', ...options })
}

describe('CSV', () => {
  it('is text, quotes, line ends and empty texts included, where no type is declared', async () => {
    expect(
      await rowsOf(csv(), {
        'a.csv': '\ufeffk,Arrival Delay\r\n007,1.50\r\n"a ""b"", c\nd",\r\n\r\n"",NA\r\n',
      }),
    ).toEqual([
      ['', 'NA'],
      ['007', '1.50'],
      ['a "b", c\nd', null],
    ])
  })

  it('is parsed to the types that are declared, with another delimiter and another null', async () => {
    const types = { n: t.int64(), at: t.timestamp(), late: t.bool(), path: t.list(t.int32()), v: t.vector(2) }
    expect(
      await rowsOf(csv({ types, delimiter: ';', nullText: 'NA' }), {
        'a.csv':
          'k;n;at;late;path;v\nx;9223372036854775807;2001-07-01T02:00:00+02:00;TRUE;[1,null,2];[0.5,1]\nNA;NA;NA;NA;NA;NA\n',
      }),
    ).toEqual([
      ['x', '9223372036854775807', '2001-07-01 00:00:00', 'true', '[1, NULL, 2]', '[0.5, 1.0]'],
      [null, null, null, null, null, null],
    ])
  })

  it('has its columns from types when it has no header, and is unpacked', async () => {
    const source = csv({ header: false, types: { k: t.string(), n: t.int32() } })
    expect(await rowsOf(source, { 'a.csv.gz': gzipSync('k,1\nj,2\n') })).toEqual([
      ['j', '2'],
      ['k', '1'],
    ])
  })

  it('takes columns by name where files order them otherwise, and from folders as text', async () => {
    expect(
      await rowsOf(csv({ types: { n: t.int64() } }), {
        'day=01/a.csv': 'k,n\nx,1\n',
        'day=S%C3%A3o/b.csv': 'n,k\n2,y\n',
      }),
    ).toEqual([
      ['x', '1', '01'],
      ['y', '2', 'São'],
    ])
  })

  it('may name a folder among the types', async () => {
    const source = csv({ types: { day: t.date() } })
    expect(await rowsOf(source, { 'day=2001-07-01/a.csv': 'k\nx\n' })).toEqual([['x', '2001-07-01']])
    expect(await refusal(source, { 'day=july/a.csv': 'k\nx\n' })).toBe(
      "source s: day=july/a.csv: july in the column day is not exactly a DATE. Correct the file, or take day out of types: it is text then, for the view's SQL to parse.",
    )
  })

  it('differs between files only where the source says so', async () => {
    const files = { 'a.csv': 'k,n\nx,1\n', 'b.csv': 'm,k\n2,y\n' }
    expect(await refusal(csv(), files)).toBe(
      "source s: column n is in 1 of 2 files, for example in a.csv. All files of a source must have the same columns, unless it says schemaDrift: 'union'.",
    )
    expect(await rowsOf(csv({ schemaDrift: 'union', types: { n: t.int64(), m: t.int32() } }), files)).toEqual([
      ['x', '1', null],
      ['y', null, '2'],
    ])
  })

  it.each<[string, Files, string]>([
    ['a row that is too short', { 'a.csv': 'k,n\nx,1\ny\n' }, 'a.csv, line 3: it has 1 field, and the header has 2.'],
    [
      'a row that is too long',
      { 'a.csv': 'k,n\nx,1\n\ny,2,3\n' },
      'a.csv, line 4: it has 3 fields, and the header has 2.',
    ],
    ['an open quote', { 'a.csv': 'k,n\n"x,1\n' }, 'a.csv, line 2: a quote is not closed'],
    [
      'something after a quote',
      { 'a.csv': 'k,n\n"x"y,1\n' },
      'a.csv, line 2: a quote is not closed, or something follows it.',
    ],
    [
      'Latin-1',
      { 'a.csv': Buffer.from('k,n\nS\u00e3o,1\n', 'latin1') },
      'a.csv, line 2: it is not UTF-8. Convert the file.',
    ],
    ['nothing at all', { 'a.csv': '' }, 'a.csv is empty. A CSV file has a line with the names of its columns'],
    ['a column without a name', { 'a.csv': 'k,,n\n1,2,3\n' }, 'a.csv, line 1: column 2 has no name.'],
    ['a column twice', { 'a.csv': 'k,K\n1,2\n' }, 'a.csv, line 1: the column K is there twice.'],
    ['what is not packed', { 'a.csv.gz': 'k,n\n' }, 'a.csv.gz cannot be read: incorrect header check'],
  ])('with %s is refused by file and line', async (_what, files, message) => {
    expect(await refusal(csv(), files)).toContain(message)
  })

  it('with a wrong value is refused by file, line and column', async () => {
    const files = { 'a.csv': 'k,n\nx,1\n', 'b.csv': 'k,n\n"a\nb",1\n\ny,1.5\nz,2\n' }
    expect(await refusal(csv({ types: { n: t.int64() } }), files)).toBe(
      "source s: b.csv, line 5: 1.5 in the column n is not exactly a BIGINT. Correct the file, or take n out of types: it is text then, for the view's SQL to parse.",
    )
  })
})

const EXACT: readonly (readonly [ValueType, string, string])[] = [
  [t.int64(), '-9223372036854775808', '-9223372036854775808'],
  [t.int64(), '+5', '5'],
  [t.int64(), '9223372036854775807.0', '9223372036854775807'],
  [t.int32(), '007', '7'],
  [t.float64(), '1e-3', '0.001'],
  [t.float64(), '-0', '-0.0'],
  [t.float64(), '.5', '0.5'],
  [t.float64(), 'NaN', 'nan'],
  [t.float32(), '-Infinity', '-inf'],
  [t.float32(), '0.1', '0.1'],
  [t.bool(), 'False', 'false'],
  [t.timestamp(), '2001-07-01', '2001-07-01 00:00:00'],
  [t.timestamp(), '2001-07-01 10:00:00.1234560', '2001-07-01 10:00:00.123456'],
  [t.timestamp(), '2001-07-01T10:00:00Z', '2001-07-01 10:00:00'],
  [t.timestamp(), '2001-07-01 10:00:00-0330', '2001-07-01 13:30:00'],
  [t.date(), '2000-02-29', '2000-02-29'],
  [t.uuid(), 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  [t.bytes(), 'AAEC', '\\x00\\x01\\x02'],
  [t.bytes(), '', ''],
  [t.json(), '{"a": [1.50]}', '{"a": [1.50]}'],
  [t.list(t.list(t.string())), '[["a"],null,[]]', '[[a], NULL, []]'],
  [t.vector(3), '[1,0.1,-2]', '[1.0, 0.1, -2.0]'],
  [t.list(t.vector(2)), '[[1,2],null]', '[[1.0, 2.0], NULL]'],
]

/** What DuckDB's own casts take, and what nobody should. */
const WRONG: readonly (readonly [ValueType, string])[] = [
  ...['1.5', '0x10', '1e3', '1_000', ' 1', '1 ', '', 'true', '9223372036854775808', '１'].map(
    (text) => [t.int64(), text] as const,
  ),
  ...['2147483648', '-2147483649'].map((text) => [t.int32(), text] as const),
  ...['1e400', '-1e400', '1,5', '1_0', ' 1', '', '0x1p3', '1e', '.'].map((text) => [t.float64(), text] as const),
  [t.float32(), '1e40'],
  ...['t', '1', 'yes', ''].map((text) => [t.bool(), text] as const),
  ...[
    '01/02/2001',
    '2001-1-1',
    '2001-02-30',
    '2001-01-01 10:00:00.1234567',
    '2001-01-01 10:00:60',
    '994000000',
    'now',
    '2001-01-01 10:00:00 Europe/Berlin',
  ].map((text) => [t.timestamp(), text] as const),
  ...['2001-01-01 00:00:00', '2001-13-01', 'today'].map((text) => [t.date(), text] as const),
  [t.uuid(), 'a0eebc99'],
  [t.bytes(), 'AAE'],
  [t.json(), 'x'],
  [t.json(), '{"a":1'],
  [t.list(t.int64()), '[1.5]'],
  [t.list(t.int64()), '1'],
  [t.list(t.list(t.int64())), '[[1],["x"]]'],
  [t.vector(2), '[1]'],
  [t.vector(2), '[1,null]'],
]

describe('a text is a value or it is not', () => {
  it.each(EXACT)('%j takes %s', async (type, text, value) => {
    const files = { 'a.csv': `k,x\n1,${quoted(text)}\n` }
    expect(await rowsOf(csv({ types: { x: type } }), files)).toEqual([['1', value]])
  })

  it('and 46 others are not', async () => {
    expect(WRONG.length).toBe(46)
    for (const [type, text] of WRONG) {
      const files = { 'a.csv': `k,x\n1,${quoted(text)}\n` }
      expect(await refusal(csv({ types: { x: type } }), files), `${JSON.stringify(type)} ${text}`).toContain(
        'a.csv, line 2: ',
      )
    }
  })

  function quoted(text: string): string {
    return `"${text.replaceAll('"', '""')}"`
  }
})

describe('NDJSON', () => {
  const types = {
    k: t.string(),
    n: t.int64(),
    x: t.float64(),
    at: t.timestamp(),
    tags: t.list(t.string()),
    raw: t.json(),
  }
  const source = ndjsonSource('s', { path: 'file://*.ndjson', timestamp: 'at', types })

  it('is its declared members: what is missing is null, and what else there is stays where it is', async () => {
    const file = [
      '{"k":"a","n":1,"x":1,"at":"2001-07-01T02:00:00+02:00","tags":["p",null],"raw":{"deep":[1]},"more":5}',
      '',
      '{"k":"b","n":"9223372036854775807","x":"NaN"}',
      '{"n":5.0,"k":null,"x":0.1,"raw":null}',
    ]
    expect(await rowsOf(source, { 'a.ndjson': file.join('\n'), 'b.ndjson.gz': gzipSync('{"k":"c"}\n') })).toEqual([
      ['a', '1', '1.0', '2001-07-01 00:00:00', '[p, NULL]', '{"deep":[1]}'],
      ['b', '9223372036854775807', 'nan', null, null, null],
      ['c', null, null, null, null, null],
      [null, '5', '0.1', null, null, null],
    ])
  })

  it.each<[string, string]>([
    ['{"n":1.5}', '1.5 in the column n is not exactly a BIGINT.'],
    ['{"n":9007199254740993.0}', 'in the column n is not exactly a BIGINT.'],
    ['{"n":18446744073709551617}', '18446744073709551617 in the column n is not exactly a BIGINT.'],
    ['{"n":true}', 'true in the column n is not exactly a BIGINT.'],
    ['{"n":[1]}', '[1] in the column n is not exactly a BIGINT.'],
    ['{"x":1e400}', '1e400 in the column x is not exactly a DOUBLE.'],
    ['{"x":NaN}', 'the column x is not exactly a DOUBLE.'],
    ['{"k":1}', '1 in the column k is not exactly a VARCHAR.'],
    ['{"at":994000000}', '994000000 in the column at is not exactly a TIMESTAMP.'],
    ['{"tags":"p"}', '"p" in the column tags is not exactly a VARCHAR[].'],
    ['{"tags":[1]}', '[1] in the column tags is not exactly a VARCHAR[].'],
    ['[1]', 'it is no JSON object'],
    ['{"k":"a"', 'it is no JSON object'],
  ])('with %s is refused by file, line and column', async (line, message) => {
    const said = await refusal(source, { 'a.ndjson': '{"k":"a"}\n', 'b.ndjson': `{"k":"b"}\n\n${line}\n{"k":"c"}\n` })
    expect(said).toContain(message)
    // NaN is no JSON to JavaScript, which looks for the line.
    if (!line.includes('NaN')) expect(said).toContain('source s: b.ndjson, line 3: ')
  })

  it('with a member twice in an object is refused', async () => {
    expect(await refusal(source, { 'a.ndjson': '{"k":"a","k":"b"}\n' })).toContain('has duplicate key "k"')
  })
})
