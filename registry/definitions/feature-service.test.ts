import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from './entity.ts'
import { featureService } from './feature-service.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'

/** As JavaScript calls it. */
const untyped = featureService as (name: unknown, options: unknown) => unknown

const source = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const airport = entity('airport', { joinKeys: { airport: t.string() } })
const gate = entity('gate', { joinKeys: { airport: t.int64() } })
const delays = featureView('delays', { entity: airport, source, features: { flights: t.int64(), late: t.bool() } })
const gates = featureView('gates', { entity: gate, source, features: { open: t.bool() } })

describe('featureService', () => {
  it('becomes the service of the registry', () => {
    const service = featureService('flight_delay', {
      description: 'What the model reads',
      features: [
        delays.as('origin', { airport: 'origin' }),
        delays.as('end').pick('late').rename({ late: 'end_late' }),
      ],
    })
    expect(service.object).toEqual({
      name: 'flight_delay',
      description: 'What the model reads',
      inputs: [
        {
          view: 'delays',
          as: 'origin',
          keys: { airport: 'origin' },
          features: [
            { feature: 'flights', name: 'flights' },
            { feature: 'late', name: 'late' },
          ],
        },
        { view: 'delays', as: 'end', keys: { airport: 'airport' }, features: [{ feature: 'late', name: 'end_late' }] },
      ],
    })
    expect(Object.isFrozen(service) && Object.isFrozen(service.object.inputs)).toBe(true)
  })

  it.each([
    [{}, 'it has no features. Write features: [view, …] with at least one view.'],
    [{ features: [] }, 'it has no features.'],
    [{ features: delays }, 'features is featureView delays. Write features: [view, …] with at least one view.'],
    [{ features: [delays, airport] }, 'features[1] is entity airport. Pass what'],
    [
      { features: [delays, 'gates'] },
      'features[1] is "gates". Pass what featureView(), onDemandView(), .as(), .pick() or .rename() returned.',
    ],
    [{ features: [delays], onwer: 'me' }, 'there is no option "onwer". Did you mean "owner"?'],
    [
      { features: [delays.pick('late'), delays.pick('flights')] },
      'two views have the role "delays". Take all features in one .pick()',
    ],
    [
      { features: [delays, delays.as('end', { airport: 'end' })] },
      `"flights" comes from both delays and end; use .pick() to leave it out, or .rename({ flights: 'end_flights' }).`,
    ],
    [
      { features: [delays.as('origin', { airport: 'late' })] },
      `the feature "late" of origin has the name of a join key; use .pick() to leave it out, or .rename({ late: 'origin_late' }).`,
    ],
    [
      { features: [delays, gates] },
      `the join key "airport" is string and, in gates, int64. Give one of them another name with .as('gates', { airport: '…' }).`,
    ],
  ])('refuses %#', (options, message) => {
    expect(() => untyped('flight_delay', options)).toThrow('featureService flight_delay: ')
    expect(() => untyped('flight_delay', options)).toThrow(message)
  })

  it('refuses a bad name', () => {
    expect(() => untyped('flight-delay', { features: [delays] })).toThrow(
      'featureService: "flight-delay" is not a name.',
    )
  })
})
