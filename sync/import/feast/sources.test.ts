import { describe, expect, it } from 'vitest'
import { dumpOf, fileSource, importDump, viewOf, workOf } from './dump.fixture.ts'

const sourcePath = (uri: string, bucket?: string, rest = {}) => {
  const batchSource = fileSource('stats', uri, rest)
  const converted = importDump(dumpOf({ featureViews: [viewOf('stats', { batchSource })] }), { bucket })
  return [converted.sources[0]?.path, workOf(converted, 'source stats')[0]] as const
}

describe('sources', () => {
  it.each([
    ['data/stats.parquet', 'file://data/stats.parquet'],
    ['./data/', 'file://data/**/*.parquet'],
    ['/data/stats', 'file:///data/stats/**/*.parquet'],
    ['file:///data/*.parquet', 'file:///data/*.parquet'],
    ['s3://ride-data/a/b.parquet', 'r2://ride-data/a/b.parquet'],
    ['gs://ride-data/a', 'r2://ride-data/a/**/*.parquet'],
    ['s3://ride-data', 'r2://fill-in/stats/**/*.parquet'],
    ['s3://ride.data/a.parquet', 'r2://fill-in/stats/**/*.parquet'],
    ['hdfs://node/a.parquet', 'r2://fill-in/stats/**/*.parquet'],
    ['a\nb.parquet', 'r2://fill-in/stats/**/*.parquet'],
  ])('%j is read from %s, and something is left to do', (uri, path) => {
    const [ours, work] = sourcePath(uri)
    expect(ours).toBe(path)
    expect(work).toBeDefined()
  })

  it('maps objects to the bucket given, which keeps several apart', () => {
    expect(sourcePath('s3://rides/a.parquet', 'r2://lake/feast/')[0]).toBe('r2://lake/feast/a.parquet')
    expect(sourcePath('hdfs://node/a.parquet', 'r2://lake')[0]).toBe('r2://lake/stats/**/*.parquet')
    const of = (name: string, uri: string) => viewOf(name, { batchSource: fileSource(name, uri) })
    const views = [of('one', 's3://x/a.parquet'), of('two', 's3://y/a.parquet')]
    const { sources } = importDump(dumpOf({ featureViews: views }), { bucket: 'r2://lake' })
    expect(sources.map((source) => source.path)).toEqual(['r2://lake/x/a.parquet', 'r2://lake/y/a.parquet'])
    expect(() => sourcePath('s3://rides/a.parquet', 's3://lake')).toThrow('Write r2://bucket')
  })

  it('takes objects in R2 as they are', () => {
    const fileOptions = { uri: 's3://lake/a.parquet', s3EndpointOverride: 'https://abc.r2.cloudflarestorage.com' }
    expect(sourcePath('', undefined, { fileOptions })).toEqual(['r2://lake/a.parquet', undefined])
  })

  it.each([
    [{ type: 'BATCH_BIGQUERY', bigqueryOptions: { table: 'p.d.t' } }, 'BigQuery table p.d.t'],
    [{ type: 'BATCH_SNOWFLAKE', snowflakeOptions: { query: 'select *\n from t' } }, 'Snowflake query select * from t'],
    [{ type: 'BATCH_REDSHIFT', redshiftOptions: { table: 't' } }, 'Redshift table t'],
    [
      { type: 'BATCH_SPARK', sparkOptions: { path: 's3://b/t', fileFormat: 'csv' } },
      's3://b/t, where its files are csv',
    ],
    [
      { type: 'CUSTOM_SOURCE', dataSourceClassType: 'a.b.OracleSource', customOptions: { configuration: '!' } },
      'Oracle source',
    ],
    [{ fileOptions: { uri: 's3://b/t', fileFormat: { deltaFormat: {} } } }, 's3://b/t, where it is a Delta table'],
  ])('%j is left to fill in', (rest, named) => {
    const [path, work] = sourcePath('', undefined, { fileOptions: undefined, ...rest })
    expect(path).toBe('r2://fill-in/stats/**/*.parquet')
    expect(work).toBe(`fill in the path of its rows as Parquet; in Feast it is ${named}`)
  })

  it('reads Parquet of Spark from its path', () => {
    const sparkOptions = { path: 's3://rides/t', fileFormat: 'parquet' }
    expect(sourcePath('', undefined, { fileOptions: undefined, sparkOptions })[0]).toBe('r2://rides/t/**/*.parquet')
  })

  it('names a source without a name by its path', () => {
    const of = (name: string, uri: string) => viewOf(name, { batchSource: fileSource('', uri) })
    const views = [of('one', 'x/stats.parquet'), of('two', 'y/stats.parquet'), of('three', 'x/stats.parquet')]
    const { sources, views: ours } = importDump(dumpOf({ featureViews: views }))
    expect(sources.map((source) => source.name)).toEqual(['stats', 'stats_2'])
    expect(ours.map((view) => view.source)).toEqual(['stats', 'stats', 'stats_2'])
  })

  it('refuses two different sources of one name', () => {
    const views = [viewOf('one'), viewOf('two', { batchSource: fileSource('stats', '/other.parquet') })]
    expect(() => importDump(dumpOf({ featureViews: views }))).toThrow('Two different data sources are called "stats"')
  })

  it('keeps a source that no view reads, with its mapping', () => {
    const spare = fileSource('spare', '/spare.parquet', { fieldMapping: { A: 'a', B: 'Not Ours' } })
    const { sources } = importDump(dumpOf({ dataSources: [spare] }))
    expect(sources.map((source) => [source.name, source.columns])).toEqual([
      ['spare', { a: 'A' }],
      ['stats', {}],
    ])
  })

  it('reads what early releases called otherwise', () => {
    const batchSource = { type: 'BATCH_FILE', eventTimestampColumn: 'ts', fileOptions: { fileUrl: '/data/x.parquet' } }
    const { sources } = importDump(dumpOf({ featureViews: [viewOf('stats', { batchSource })] }))
    expect(sources[0]).toMatchObject({ name: 'x', path: 'file:///data/x.parquet', timestamp: 'ts' })
  })
})
