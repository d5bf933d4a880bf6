import { describe, expect, it } from 'vitest'
import { dumpOf, entityOf, featureOf, fileSource, importDump, viewOf, workOf } from './dump.fixture.ts'

describe('services', () => {
  const other = { entities: ['rider'], batchSource: fileSource('other', '/other.parquet') }
  const riderDump = (features: readonly object[], spec = {}) =>
    dumpOf({
      entities: [entityOf('driver'), entityOf('rider', { valueType: 'STRING', ...spec })],
      featureViews: [viewOf('stats'), viewOf('riders', other)],
      featureServices: [{ spec: { name: 'all', features } }],
    })

  it('gives features that meet the role before their name', () => {
    const { services, renamed } = importDump(riderDump([{ featureViewName: 'stats' }, { featureViewName: 'riders' }]))
    expect(services[0]?.inputs.map((input) => input.rename)).toEqual([
      { trips: 'stats_trips' },
      { trips: 'riders_trips' },
    ])
    expect(renamed).toContainEqual({ object: 'feature of service all', from: 'stats__trips', to: 'stats_trips' })
  })

  it('gives a field of two types two names', () => {
    const keys = { joinKeyMap: { rider_id: 'driver_id' } }
    const converted = importDump(riderDump([{ featureViewName: 'stats' }, { featureViewName: 'riders', ...keys }]))
    expect(converted.services[0]?.inputs[1]?.as).toEqual({ role: 'riders', keys: { rider_id: 'riders_driver_id' } })
    expect(workOf(converted, 'service all')[0]).toContain('driver_id is int64 and, in riders, string')
  })

  it('takes one view from several projections once', () => {
    const features = [featureOf('a'), featureOf('b')]
    const dump = dumpOf({
      featureViews: [viewOf('stats', { features })],
      featureServices: [
        {
          spec: {
            name: 'all',
            features: [
              { featureViewName: 'stats', featureColumns: [featureOf('b')] },
              { featureViewName: 'stats', featureColumns: [featureOf('a'), featureOf('b')], versionTag: 2 },
              { featureViewName: 'stats', featureViewNameAlias: 'Again', joinKeyMap: { driver_id: 'Other' } },
            ],
          },
        },
      ],
    })
    const converted = importDump(dump)
    expect(converted.services[0]?.inputs).toEqual([
      { view: 'stats', pick: ['b', 'a'], rename: { b: 'stats_b', a: 'stats_a' } },
      { view: 'stats', as: { role: 'again', keys: { driver_id: 'other' } }, rename: { a: 'again_a', b: 'again_b' } },
    ])
    expect(workOf(converted, 'service all')[0]).toContain('it asks for version 2 of stats')
  })
})
