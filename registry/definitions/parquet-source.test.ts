import { describe, expect, it } from 'vitest'
import { parquetSource } from './parquet-source.ts'

/** As JavaScript calls it. */
const untyped = parquetSource as (name: unknown, options: unknown) => unknown

describe('parquetSource', () => {
  it('becomes the source of the registry', () => {
    const flights = parquetSource('flights', {
      path: 'r2://offline/flights/**/*.parquet',
      timestamp: 'DATE',
      created: 'loaded at',
      columns: { delay: 'ARR_DELAY' },
      columnTags: { 'tail number': { pii: 'aircraft' } },
      description: 'All US flights',
    })
    expect(flights.object).toEqual({
      name: 'flights',
      description: 'All US flights',
      format: 'parquet',
      path: 'r2://offline/flights/**/*.parquet',
      timestamp: 'DATE',
      created: 'loaded at',
      columns: { delay: 'ARR_DELAY' },
      column_tags: { 'tail number': { pii: 'aircraft' } },
    })
  })

  it.each([
    'r2://abc/x.parquet',
    'r2://a-1/y=*/*.parquet',
    'file:///data/x.parquet',
    'file://./x.parquet',
    'file://*.parquet',
  ])('reads %s', (path) => {
    expect(parquetSource('s', { path, timestamp: 'ts' }).object.path).toBe(path)
  })

  it.each([
    [{ timestamp: 'ts' }, 'path is missing. Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.'],
    [
      { path: 's3://bucket/x.parquet', timestamp: 'ts' },
      'path "s3://bucket/x.parquet" is in S3. Only R2 and files are read: copy it into an R2 bucket, then write r2://bucket/x.parquet.',
    ],
    [{ path: 'flights.parquet', timestamp: 'ts' }, 'path "flights.parquet" is neither in R2 nor a file.'],
    [
      { path: 'r2:///x.parquet', timestamp: 'ts' },
      'path "r2:///x.parquet" names no bucket: 3 to 63 lower-case letters',
    ],
    [{ path: 'r2://Off_line/x', timestamp: 'ts' }, 'path "r2://Off_line/x" names no bucket'],
    [{ path: 'r2://offline', timestamp: 'ts' }, 'path "r2://offline" names a folder, not files.'],
    [{ path: 'r2://offline/flights/', timestamp: 'ts' }, 'names a folder, not files. Write r2://'],
    [{ path: 'file://', timestamp: 'ts' }, 'path "file://" names a folder, not files.'],
    [{ path: 'file://a\nb', timestamp: 'ts' }, 'holds a control character.'],
    [{ path: 'file://a' }, 'timestamp is missing. Name the column with the event timestamp.'],
    [{ path: 'file://a', timestamp: '' }, 'timestamp is "". Write the name of a column.'],
    [{ path: 'file://a', timestamp: 'ts', created: 5 }, 'created is 5. Write the name of a column.'],
    [{ path: 'file://a', timestamp: 'ts', columns: ['a'] }, `columns is ["a"]. Write { feature: 'COLUMN' }.`],
    [
      { path: 'file://a', timestamp: 'ts', columns: { 'A B': 'x y' } },
      'columns names the feature "A B", which is not a name.',
    ],
    [
      { path: 'file://a', timestamp: 'ts', columns: { DELAY: 'delay' } },
      "columns has them the wrong way round: the feature comes first. Write { delay: 'DELAY' }.",
    ],
    [{ path: 'file://a', timestamp: 'ts', columns: { a: '' } }, 'columns.a is "". Write the name of a column.'],
    [
      { path: 'file://a', timestamp: 'ts', columnTags: ['email'] },
      `columnTags is ["email"]. Write { column: { tag: 'value' } }, as in { email: { pii: 'true' } }.`,
    ],
    [{ path: 'file://a', timestamp: 'ts', columnTags: { '': {} } }, 'columnTags is "". Write the name of a column.'],
    [{ path: 'file://a', timestamp: 'ts', columnTags: { email: 'pii' } }, `columnTags.email: tags is "pii".`],
    [{ path: 'file://a', timestamp: 'ts', columnTags: { email: { pii: true } } }, 'columnTags.email: '],
    [{ path: 'file://a', timestampp: 'ts' }, 'there is no option "timestampp". Did you mean "timestamp"?'],
  ])('refuses %j', (options, message) => {
    expect(() => untyped('s', options)).toThrow(`parquetSource s: `)
    expect(() => untyped('s', options)).toThrow(message)
  })
})
