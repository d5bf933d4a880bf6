import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { t } from '../../core/types.ts'
import { entity } from './entity.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'

/** As JavaScript calls it. */
const untyped = featureView as (name: unknown, options: unknown) => unknown

const airport = entity('airport', { joinKeys: { airport: t.string() } })
const flights = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date', created: 'loaded' })
const weather = parquetSource('weather', { path: 'file://weather.parquet', timestamp: 'at' })
const renaming = parquetSource('renaming', { path: 'file://a.parquet', timestamp: 'at', columns: { late: 'LATE' } })
const features = { late: t.bool() }
const sql = 'select origin as airport, date as event_timestamp, late from flights'

describe('featureView', () => {
  it('becomes the view of the registry', () => {
    const view = featureView('airport_delays', {
      entity: airport,
      source: [flights, weather],
      sql: `  ${sql} ; -- the end`,
      ttl: '14d',
      lookback: '7d',
      freshness: '1d',
      lag: '2h',
      retention: '4w',
      schedule: '*/15 2-4 * * mon',
      online: 'd1',
      owner: 'delays@example.com',
      features: {
        flights_1d: t.int64(),
        embedding: { type: t.list(t.vector(3)), description: 'Where it is', tags: { pii: 'no' }, visibility: 'public' },
      },
    })
    expect(view.view.object).toEqual({
      name: 'airport_delays',
      owner: 'delays@example.com',
      entity: 'airport',
      sources: ['flights', 'weather'],
      sql,
      timestamp: 'event_timestamp',
      ttl: '14d',
      lookback: '7d',
      freshness: '1d',
      lag: '2h',
      retention: '4w',
      schedule: '*/15 2-4 * * mon',
      online: 'd1',
      features: [
        { name: 'flights_1d', type: 'int64', visibility: 'server' },
        {
          name: 'embedding',
          type: 'list(vector(3))',
          description: 'Where it is',
          tags: { pii: 'no' },
          visibility: 'public',
        },
      ],
    })
    expect(Object.isFrozen(view) && Object.isFrozen(view.view.object.features[1]?.tags)).toBe(true)
  })

  it('takes its times from the source when there is no sql, unless it says otherwise', () => {
    const plain = featureView('plain', { entity: airport, source: flights, features })
    expect(plain.view.object).toEqual({
      name: 'plain',
      entity: 'airport',
      sources: ['flights'],
      timestamp: 'date',
      created: 'loaded',
      online: 'kv',
      features: [{ name: 'late', type: 'bool', visibility: 'server' }],
    })
    const own = featureView('own', { entity: airport, source: flights, timestamp: 'at', created: 'written', features })
    expect(own.view.object).toMatchObject({ timestamp: 'at', created: 'written' })
  })

  it('has no created timestamp with sql unless it names the column', () => {
    expect(featureView('v', { entity: airport, source: flights, sql, features }).view.object).not.toHaveProperty(
      'created',
    )
    expect(
      featureView('v', { entity: airport, source: flights, sql, created: 'loaded', features }).view.object,
    ).toMatchObject({ created: 'loaded' })
  })

  it('takes an option that is undefined as left out', () => {
    const view = untyped('v', { entity: airport, source: flights, ttl: undefined, sql: undefined, features })
    expect(view).toMatchObject({ view: { object: { name: 'v' } } })
  })

  it.each([
    [{ tll: '14d' }, 'there is no option "tll". Did you mean "ttl"?'],
    [{ push: 'x' }, 'push is "x". Pass what pushSource() returned.'],
    [{ entity: 'airport' }, 'entity is "airport". Pass what entity() returned.'],
    [{ entity: undefined }, 'entity is missing. Pass what entity() returned.'],
    [{ source: undefined }, 'source is missing. Pass what parquetSource() returned.'],
    [{ source: [flights, airport] }, 'Pass what parquetSource() returned.'],
    [{ source: [] }, 'it has no source. Name at least one.'],
    [{ source: [flights, flights], sql }, 'source flights is listed twice. List it once.'],
    [{ source: [flights, weather] }, 'it has 2 sources and no sql. Write the sql that joins them, or keep one source.'],
    [
      { source: renaming, sql },
      'source renaming has columns, which are for views without sql. Rename the columns in the sql',
    ],
    [
      { ttl: '14 days' },
      'ttl: "14 days" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
    ],
    [{ ttl: '0d' }, 'ttl: "0d" is not a duration.'],
    [{ lookback: 7 }, 'lookback: 7 is not a duration.'],
    [{ freshness: '' }, 'freshness: "" is not a duration.'],
    [{ lag: '-1h' }, 'lag: "-1h" is not a duration.'],
    [{ retention: '1y' }, 'retention: "1y" is not a duration.'],
    [{ timestamp: '' }, 'timestamp is "". Write the name of a column.'],
    [{ created: 1 }, 'created is 1. Write the name of a column.'],
    [{ online: 'redis' }, 'online is "redis". Write "kv" or "d1".'],
    [{ schedule: 'daily' }, 'schedule "daily" is not cron: it has 1 field instead of 5. Write minute, hour'],
    [{ schedule: '0 24 * * *' }, 'schedule "0 24 * * *" is not cron: the hour "24" is not within 0-23.'],
    [{ schedule: 5 }, 'schedule 5 is not cron: it is not a text.'],
    [{ sql: 5 }, 'sql is 5. Write one select statement.'],
    [{ sql: 'select now()' }, 'sql uses now()'],
    [{ features: undefined }, 'it has no features. Write features: { name: type } with at least one.'],
    [{ features: {} }, 'it has no features.'],
    [{ features: { airport: t.string() } }, 'feature "airport" has the name of a join key. Give it another name.'],
    [
      { features: { event_timestamp: t.timestamp() } },
      'feature "event_timestamp" has the name of the column with the event timestamp.',
    ],
    [{ features: { Late: t.bool() } }, 'feature "Late" is not a name. Use lower-case letters'],
    [{ features: { a__b: t.bool() } }, 'feature "a__b" is not a name.'],
    [{ features: { late: t.bool } }, 'feature late: it is a function, not a type. Call it, as in t.int64().'],
    [
      { features: { late: 'bool' } },
      'feature late: it has "bool", which is not a type. Write t.int64() or another of bool',
    ],
    [{ features: { late: { kind: 'int46' } } }, 'feature late: it has {"kind":"int46"}, which is not a type.'],
    [
      { features: { late: t.vector(0) } },
      'feature late: it is a vector of size 0. Write a whole number from 1 to 100000',
    ],
    [{ features: { late: { type: 'bool' } } }, 'feature late: it has "bool", which is not a type.'],
    [
      { features: { late: { type: t.bool(), visiblity: 'public' } } },
      'feature late: there is no option "visiblity". Did you mean "visibility"?',
    ],
    [
      { features: { late: { type: t.bool(), visibility: 'all' } } },
      'feature late: visibility is "all". Write "server" or "public".',
    ],
    [{ features: { late: { type: t.bool(), tags: { a: 1 } } } }, 'feature late: the tag "a" is 1. Write a string.'],
  ])('refuses %j', (wrong, message) => {
    const attempt = () => untyped('airport_delays', { entity: airport, source: flights, features, ...wrong })
    expect(attempt).toThrow(ShorelineError)
    expect(attempt).toThrow('featureView airport_delays: ')
    expect(attempt).toThrow(message)
  })
})
