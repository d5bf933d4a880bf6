import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { check } from '../definitions/checks.ts'
import { collect } from '../definitions/collect.ts'
import { csvSource } from '../definitions/csv-source.ts'
import { entity } from '../definitions/entity.ts'
import { featureService } from '../definitions/feature-service.ts'
import { featureView } from '../definitions/feature-view.ts'
import { ndjsonSource } from '../definitions/ndjson-source.ts'
import { parquetSource } from '../definitions/parquet-source.ts'
import { applyRequest } from './registry.ts'

const metadata = { description: 'Words', owner: 'flights@example.com', tags: { team: 'delays' } }

const airport = entity('airport', { joinKeys: { airport: t.string(), terminal: t.int32() }, ...metadata })
const planet = entity('planet', { joinKeys: {} })
const source = parquetSource('flights', {
  path: 'r2://offline/flights/**/*.parquet',
  timestamp: 'date',
  created: 'written',
  columns: { late: 'LATE' },
  columnTags: { LATE: { pii: 'false' } },
  schemaDrift: 'union',
  ...metadata,
})
const plain = parquetSource('weather', { path: 'file://weather.parquet', timestamp: 'at' })
const csv = csvSource('tables', {
  path: 'file://tables/*.csv',
  timestamp: 'at',
  types: { 'Flown At': t.timestamp() },
  delimiter: ';',
  header: false,
  nullText: 'NA',
})
const ndjson = ndjsonSource('lines', { path: 'file://lines/*.ndjson', timestamp: 'at', types: { at: t.timestamp() } })

/** Every option that a view has. */
const full = featureView('delays', {
  entity: airport,
  source: plain,
  sql: 'select 1',
  timestamp: 'at',
  created: 'written',
  lookback: '7d',
  ttl: '14d',
  freshness: '2d',
  schedule: '0 3 * * *',
  lag: '1h',
  online: 'kv',
  retention: '30d',
  checks: [check.notNull('flights', { share: 0.9 }), check.unique('terminal')],
  features: {
    flights: { type: t.int64(), description: 'Departures', tags: { unit: 'count' }, visibility: 'public' },
    embedding: t.vector(3),
    path: t.list(t.list(t.json())),
  },
  ...metadata,
})
const bare = featureView('late', { entity: airport, source, features: { late: t.bool() } })
const world = featureView('world', { entity: planet, source: plain, features: { heat: t.float64() } })
const service = featureService('flight_delay', {
  features: [full.as('origin', { airport: 'origin', terminal: 'gate' }).pick('flights').rename({ flights: 'n' }), bare],
  ...metadata,
})

describe('a request to apply definitions', () => {
  it('takes whatever definitions yield, unchanged', () => {
    const definitions = collect({ service, full, world, csv, ndjson })
    expect(definitions).toMatchObject({ views: { length: 3 }, entities: { length: 2 }, sources: { length: 4 } })
    const sent: unknown = JSON.parse(JSON.stringify({ definitions, by: 'me', commit: 'abc' }))
    expect(applyRequest.parse(sent)).toEqual({ definitions, by: 'me', commit: 'abc' })
  })

  it('takes nothing at all', () => {
    const definitions = collect({})
    expect(applyRequest.parse({ definitions })).toEqual({ definitions })
  })

  const late = { set: 'late@3', column: 'x', statistic: 'mean', type: 'float64', value: 1.5 }
  const withStatistic = (changed: object) => ({
    ...{ entities: [], sources: [], views: [], services: [] },
    on_demand: [
      {
        name: 'scaled',
        inputs: [
          { request: [{ name: 'x', type: 'float64' }] },
          { statistics: [{ name: 'mean', ...late, ...changed }] },
        ],
        features: [{ name: 'z', type: 'float64', visibility: 'server' }],
        form: { kind: 'sql', sql: {}, bound: {}, packs: [], statistics: [{ ...late, ...changed }] },
      },
    ],
  })

  it.each([{}, { type: 'int64', value: '9' }, { type: 'list(string)', value: ['a'] }, { statistic: 'p50' }])(
    'takes a statistic that is looked up: %j',
    (changed) => {
      expect(applyRequest.safeParse({ definitions: withStatistic(changed) }).error).toBeUndefined()
    },
  )

  // Evaluators take constants on trust: one that is none would stop every plan that has it.
  it.each([
    { value: null },
    { value: '1.5' },
    { type: 'int64', value: 9 },
    { type: 'list(int64)', value: ['x'] },
    { type: 'vector(2)', value: 'AAAA' },
    { type: 'number' },
    { set: 'late' },
    { statistic: 'p2' },
  ])('refuses a statistic that is not: %j', (changed) => {
    expect(applyRequest.safeParse({ definitions: withStatistic(changed) }).success).toBe(false)
  })

  const { entities, sources, views, services } = collect({ service })
  const [view] = views
  it.each<[string, object, string]>([
    ['a field that does not exist', { entities, sources, views: [{ ...view, tll: '14d' }], services }, '"tll"'],
    ['a name that is none', { entities, sources, views: [{ ...view, name: 'Late' }], services }, 'is not a name'],
    ['no features', { entities, sources, views: [{ ...view, features: [] }], services }, 'features'],
    ['another store', { entities, sources, views: [{ ...view, online: 'redis' }], services }, 'online'],
    ['a service of nothing', { entities, sources, views, services: [{ name: 's', inputs: [] }] }, 'inputs'],
    ['another format', { entities, sources: [{ ...sources[0], format: 'orc' }], views, services }, 'format'],
    ['no list of views', { entities, sources, services }, 'views'],
  ])('is refused with %s', (_what, definitions, named) => {
    const { error } = applyRequest.safeParse({ definitions })
    expect(JSON.stringify(error?.issues)).toContain(JSON.stringify(named).slice(1, -1))
  })
})
