import { describe, expect, it } from 'vitest'
import { parseType, typeText } from '../../../core/types.ts'
import { definitionsOf } from './definitions.ts'
import { dumpOf, entityOf, featureOf, importDump, viewOf, workOf } from './dump.fixture.ts'
import { VALUE_TYPES } from './messages.ts'
import { typeOf } from './value-types.ts'

describe('types', () => {
  it.each([
    ['INT32', 'int32'],
    ['INT64', 'int64'],
    ['FLOAT', 'float32'],
    ['DOUBLE', 'float64'],
    ['STRING', 'string'],
    ['BYTES', 'bytes'],
    ['BOOL', 'bool'],
    ['UNIX_TIMESTAMP', 'timestamp'],
    ['UUID', 'uuid'],
    ['JSON', 'json'],
    ['MAP', 'json'],
    ['STRING_LIST', 'list(string)'],
    ['UNIX_TIMESTAMP_LIST', 'list(timestamp)'],
    ['INT64_SET', 'list(int64)'],
    ['MAP_LIST', 'list(json)'],
  ])('%s is %s', (valueType, ours) => {
    const converted = importDump(dumpOf({ featureViews: [viewOf('stats', { features: [featureOf('x', valueType)] })] }))
    expect(definitionsOf(converted).views[0]?.features[0]?.type).toBe(ours)
  })

  it('converts every type to one whose text reads back, or leaves it out', () => {
    const left = Object.values(VALUE_TYPES).filter((valueType) => {
      const type = typeOf({ valueType, vectorIndex: false, vectorLength: 0 })?.type
      if (type) expect(parseType(typeText(type))).toEqual(type)
      return !type
    })
    expect(left).toEqual([
      ...[
        'INVALID',
        'NULL',
        'VALUE_LIST',
        'VALUE_SET',
        'DECIMAL',
        'DECIMAL_LIST',
        'DECIMAL_SET',
        'SCALAR_MAP',
        'ZONED_TIMESTAMP',
      ],
    ])
  })

  it('leaves out a feature without a counterpart, and a view without features, and says so', () => {
    const some = importDump(
      dumpOf({
        featureViews: [
          viewOf('stats', { features: [featureOf('price', 'DECIMAL'), featureOf('n', 'NEW_TYPE'), featureOf('x')] }),
        ],
      }),
    )
    expect(some.text).toContain('// Left out: price (DECIMAL)\n    // Left out: n (NEW_TYPE)')
    expect(workOf(some, 'view stats')).toHaveLength(2)
    const none = importDump(
      dumpOf({ featureViews: [viewOf('stats', { features: [featureOf('price', 44 as never)] })] }),
    )
    expect(none.views).toEqual([])
    expect(workOf(none, 'view stats')).toContain('not converted: no feature of it is left')
  })
})

describe('names', () => {
  it.each([
    ['DriverStats', 'driver_stats'],
    ['driver-stats', 'driver_stats'],
    ['driver__stats', 'driver_stats'],
    ['HTTPErrors', 'http_errors'],
    ['AVG_TRIPS', 'avg_trips'],
    ['_private', 'private'],
    ['7d_trips', 'view_7d_trips'],
    ['Zoë.Fahrten', 'zoe_fahrten'],
    ['数', 'view'],
    ['event_timestamp', 'event_timestamp_view'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('%s becomes %s', (feast, ours) => {
    const { views, renamed } = importDump(dumpOf({ featureViews: [viewOf(feast)] }))
    expect(views.map((view) => view.name)).toEqual([ours])
    expect(renamed).toContainEqual({ object: 'view', from: feast, to: ours })
  })

  it('refuses two that become one', () => {
    expect(() => importDump(dumpOf({ featureViews: [viewOf('a-b'), viewOf('a_b')] }))).toThrow(
      '"a-b" and "a_b" would both be called "a_b"',
    )
    const features = [featureOf('Trips'), featureOf('trips')]
    expect(() => importDump(dumpOf({ featureViews: [viewOf('stats', { features })] }))).toThrow(
      'view stats: "Trips" and "trips" would both be called "trips"',
    )
    expect(() => importDump(dumpOf({ featureViews: [viewOf('v', { features: [featureOf('Driver_ID')] })] }))).toThrow(
      'would both be called "driver_id"',
    )
  })

  it('refuses one name for two columns of a source', () => {
    const views = [viewOf('a', { features: [featureOf('Trips')] }), viewOf('b', { features: [featureOf('trips')] })]
    expect(() => importDump(dumpOf({ featureViews: views }))).toThrow(/source stats: its columns "Trips" and "trips"/)
  })

  it('makes identifiers that are unique and no word of the language', () => {
    const dump = dumpOf({
      entities: [entityOf('driver'), entityOf('class'), entityOf('t')],
      featureViews: [viewOf('driver'), viewOf('new'), viewOf('driver_view')],
      featureServices: [{ spec: { name: 'driver', features: [{ featureViewName: 'new' }] } }],
    })
    const identifiers = [...importDump(dump).text.matchAll(/^export const (\w+) =/gm)].map(([, name]) => name)
    expect(identifiers).toEqual([
      ...['classEntity', 'driver', 'tEntity', 'statsSource', 'driverView', 'driverView2', 'newView', 'driverService'],
    ])
  })
})

describe('entities', () => {
  it('takes the type of the column over its own', () => {
    const entities = [entityOf('driver', { valueType: 'STRING' })]
    const views = [viewOf('stats', { entityColumns: [featureOf('driver_id', 'INT32')] })]
    expect(importDump(dumpOf({ entities, featureViews: views })).entities[0]?.joinKeys[0]?.type.kind).toBe('int32')
  })

  it('is a text where nothing or no key type is known', () => {
    const unknown = importDump(dumpOf({ entities: [entityOf('driver', { valueType: undefined })] }))
    expect(unknown.entities[0]?.joinKeys[0]?.type.kind).toBe('string')
    expect(workOf(unknown, 'entity driver')[0]).toContain('does not say the type')
    const float = importDump(dumpOf({ entities: [entityOf('driver', { valueType: 'FLOAT' })] }))
    expect(workOf(float, 'entity driver')[0]).toContain('is FLOAT, which cannot be a key')
  })

  it('makes one composite of entities in one order, and another where the name is taken', () => {
    const of = (name: string, entities: readonly string[]) => viewOf(name, { entities })
    const { entities, views } = importDump(
      dumpOf({
        entities: [entityOf('a'), entityOf('b'), entityOf('a_b')],
        featureViews: [of('one', ['a', 'b']), of('two', ['a', 'b']), of('three', ['b', 'a'])],
      }),
    )
    expect(entities.map((entity) => [entity.name, entity.joinKeys.map((key) => key.name)])).toEqual([
      ['a', ['a_id']],
      ['a_b', ['a_b_id']],
      ['a_b_2', ['a_id', 'b_id']],
      ['b', ['b_id']],
      ['b_a', ['b_id', 'a_id']],
    ])
    expect(views.map((view) => view.entity)).toEqual(['a_b_2', 'b_a', 'a_b_2'])
  })

  it('leaves out a view of an entity that is not there', () => {
    const converted = importDump(dumpOf({ featureViews: [viewOf('stats', { entities: ['rider'] })] }))
    expect(workOf(converted, 'view stats')[0]).toContain('not all of its entities (rider)')
  })
})

describe('views', () => {
  it.each([
    ['604800s', '1w'],
    ['2592000s', '30d'],
    ['7200s', '2h'],
    ['90s', '90s'],
    ['0s', undefined],
    ['', undefined],
    ['0.5s', '1s'],
    ['-1s', undefined],
    ['60000000001s', undefined],
  ])('a ttl of %j is %s', (ttl, ours) => {
    expect(importDump(dumpOf({ featureViews: [viewOf('stats', { ttl })] })).views[0]?.ttl).toBe(ours)
  })

  it.each([
    [{ online: false }, 'it is not online in Feast'],
    [{ disabled: true }, 'it is disabled in Feast'],
  ])('with %j is converted, and noted', (spec, note) => {
    const converted = importDump(dumpOf({ featureViews: [viewOf('stats', spec)] }))
    expect(converted.views).toHaveLength(1)
    expect(workOf(converted, 'view stats')[0]).toContain(note)
  })

  it.each([
    [{ featureTransformation: { userDefinedFunction: {} } }, 'a transformation computes it'],
    [{ sourceViews: [{ name: 'other' }] }, 'it is computed from other views'],
    [{ batchSource: undefined }, 'it has no batch source'],
  ])('with %j is left to write', (spec, reason) => {
    const service = { spec: { name: 'all', features: [{ featureViewName: 'stats' }] } }
    const converted = importDump(dumpOf({ featureViews: [viewOf('stats', spec)], featureServices: [service] }))
    expect(converted.views).toEqual([])
    expect(workOf(converted, 'view stats')[0]).toContain(reason)
    expect(workOf(converted, 'service all')).toEqual([
      'without view stats, which is not converted',
      'not converted: nothing of it is left',
    ])
  })
})
