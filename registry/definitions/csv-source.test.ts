import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect } from './collect.ts'
import { csvSource } from './csv-source.ts'
import { entity } from './entity.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'

/** As JavaScript calls it. */
const untyped = csvSource as (name: unknown, options: unknown) => unknown

const path = 'r2://offline/flights/**/*.csv'

describe('csvSource', () => {
  it('becomes the source of the registry', () => {
    const flights = csvSource('flights', {
      path,
      timestamp: 'Flown At',
      types: { 'Flown At': t.timestamp(), delay: t.int64(), stops: t.list(t.string()) },
      delimiter: ';',
      nullText: 'NA',
      schemaDrift: 'union',
      owner: 'ops',
    })
    expect(flights.object).toEqual({
      name: 'flights',
      owner: 'ops',
      format: 'csv',
      path,
      timestamp: 'Flown At',
      types: [
        { name: 'Flown At', type: 'timestamp' },
        { name: 'delay', type: 'int64' },
        { name: 'stops', type: 'list(string)' },
      ],
      delimiter: ';',
      null_text: 'NA',
      schema_drift: 'union',
    })
  })

  it('says nothing about what is as usual, so that saying it makes no new version', () => {
    const usual = csvSource('s', { path, timestamp: 'at' })
    expect(
      csvSource('s', { path, timestamp: 'at', delimiter: ',', header: true, nullText: '', types: {} }).object,
    ).toEqual(usual.object)
  })

  it('is a source for views, and another one than a parquetSource of its name', () => {
    const user = entity('user', { joinKeys: { user_id: t.string() } })
    const source = csvSource('s', { path, timestamp: 'at' })
    const view = featureView('v', { entity: user, source, features: { n: t.int64() } })
    expect(collect({ view }).sources).toEqual([source.object])
    const other = parquetSource('s', { path: 'file://a.parquet', timestamp: 'at' })
    expect(() => collect({ view, other })).toThrow('parquetSource s: two different definitions have this name.')
  })

  it.each([
    [{ timestamp: 'at' }, 'path is missing. Write r2://bucket/folder/**/*.csv or file://folder/*.csv.'],
    [{ path }, 'timestamp is missing.'],
    [{ path, timestamp: 'at', types: ['n'] }, 'types is ["n"]. Write { column: type }, as in { clicks: t.int64() }.'],
    [{ path, timestamp: 'at', types: { n: t.int64 } }, 'types.n is a function, not a type. Call it, as in t.int64().'],
    [{ path, timestamp: 'at', types: { n: 'int64' } }, 'types.n has "int64", which is not a type.'],
    [{ path, timestamp: 'at', types: { '': t.int64() } }, 'types is "". Write the name of a column.'],
    [{ path, timestamp: 'at', delimiter: '||' }, 'delimiter is "||". Write one ASCII character but a quote'],
    [{ path, timestamp: 'at', delimiter: '"' }, 'Write one ASCII character but a quote'],
    [{ path, timestamp: 'at', delimiter: '\n' }, 'Write one ASCII character but a quote'],
    [{ path, timestamp: 'at', header: 'no' }, 'header is "no". Write true or false.'],
    [{ path, timestamp: 'at', header: false }, 'it has no header and no types.'],
    [{ path, timestamp: 'at', nullText: null }, 'nullText is null. Write a text without quotes and line ends'],
    [{ path, timestamp: 'at', nullText: '"' }, 'Write a text without quotes and line ends'],
    [{ path, timestamp: 'at', schemaDrift: 'ignore' }, 'schemaDrift is "ignore". Write "union".'],
    [{ path, timestamp: 'at', delimeter: ';' }, 'there is no option "delimeter". Did you mean "delimiter"?'],
  ])('refuses %j', (options, message) => {
    expect(() => untyped('s', options)).toThrow('csvSource s: ')
    expect(() => untyped('s', options)).toThrow(message)
  })
})
