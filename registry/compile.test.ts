import { describe, expect, it } from 'vitest'
import { compilePlan } from './compile.ts'
import { type ServiceInput, type ViewObject, viewId } from './objects.ts'

function view(name: string, change: Partial<ViewObject> = {}): ViewObject {
  return {
    name,
    version: 1,
    hash: 'h',
    entity: 'route',
    sources: ['flights'],
    timestamp: 'event_timestamp',
    online: 'kv',
    join_keys: [
      { name: 'origin', type: 'string' },
      { name: 'destination', type: 'string' },
    ],
    reads: [],
    features: [
      { name: 'flights', type: 'int64', visibility: 'server' },
      { name: 'late', type: 'float32', visibility: 'public' },
      { name: 'route', type: 'list(string)', visibility: 'server' },
    ],
    ...change,
  }
}

function input(change: Partial<ServiceInput> = {}): ServiceInput {
  return {
    view: 'delays@1',
    as: 'delays',
    keys: { origin: 'origin', destination: 'destination' },
    features: [{ feature: 'late', name: 'late' }],
    ...change,
  }
}

function compile(inputs: readonly ServiceInput[], ...views: readonly ViewObject[]) {
  return compilePlan({ name: 'flight_delay', version: 3, inputs }, new Map(views.map((one) => [viewId(one), one])))
}

const DELAYS = view('delays')

describe('a plan', () => {
  it('says per view what to read: keys in the declared order, positions, types, visibility and ttl', () => {
    const features = [
      { feature: 'route', name: 'path' },
      { feature: 'flights', name: 'flights' },
    ]
    expect(compile([input({ features })], view('delays', { ttl: '14d' }))).toEqual({
      format: 1,
      service: 'flight_delay',
      version: 3,
      views: [
        {
          view: 'delays@1',
          as: 'delays',
          keys: [
            { name: 'origin', type: 'string' },
            { name: 'destination', type: 'string' },
          ],
          ttl: 1_209_600_000_000,
          columns: [
            { name: 'path', feature: 'route', index: 2, type: 'list(string)', visibility: 'server' },
            { name: 'flights', feature: 'flights', index: 0, type: 'int64', visibility: 'server' },
          ],
        },
      ],
    })
  })

  it("orders keys as the entity declares them, whatever the order of the role's", () => {
    const plan = compile([input({ keys: { destination: 'to', origin: 'from' } })], DELAYS)
    expect(plan.views[0]?.keys.map(({ name }) => name)).toEqual(['from', 'to'])
  })

  it('has no ttl where the view has none, and no keys for the global entity', () => {
    const plan = compile([input({ keys: {} })], view('delays', { join_keys: [] }))
    expect(plan.views[0]).toMatchObject({ ttl: null, keys: [] })
  })

  it('may use one view in two roles', () => {
    const back = { origin: 'destination', destination: 'origin' }
    const inputs = [input(), input({ as: 'back', keys: back, features: [{ feature: 'late', name: 'late_back' }] })]
    expect(compile(inputs, DELAYS).views.map(({ as, keys }) => [as, ...keys.map(({ name }) => name)])).toEqual([
      ['delays', 'origin', 'destination'],
      ['back', 'destination', 'origin'],
    ])
  })

  it('is the same for the same definitions', () => {
    expect(compile([input()], DELAYS)).toEqual(compile([input()], view('delays', { description: 'other words' })))
  })

  it('takes a join key that is called like something every object has', () => {
    const team = view('delays', { join_keys: [{ name: 'constructor', type: 'string' }] })
    expect(compile([input({ keys: {} })], team).views[0]?.keys).toEqual([{ name: 'constructor', type: 'string' }])
  })
})

describe('a service is refused when', () => {
  const other = view('fares', { join_keys: [{ name: 'origin', type: 'int64' }] })
  const fares = input({ view: 'fares@1', as: 'fares', keys: { origin: 'origin' } })

  it.each<[string, readonly ServiceInput[], readonly ViewObject[], string]>([
    [
      'its view is not registered',
      [input({ view: 'delays@2' })],
      [DELAYS],
      'featureService flight_delay: view delays@2 is not registered.',
    ],
    [
      'its view has no such feature',
      [input({ features: [{ feature: 'fare', name: 'fare' }] })],
      [DELAYS],
      'featureService flight_delay: view delays@1 has no feature fare. It has flights, late, route.',
    ],
    [
      'a request field would have two types',
      [input(), { ...fares, features: [{ feature: 'late', name: 'fare' }] }],
      [DELAYS, other],
      'featureService flight_delay: the request field origin is string for one view and int64 for fares. Rename one with .as().',
    ],
    [
      'two views have one role',
      [input(), input({ features: [{ feature: 'flights', name: 'n' }] })],
      [DELAYS],
      'featureService flight_delay: delays is used twice. Give one of them a role with .as().',
    ],
    [
      'two features have one name',
      [input(), input({ as: 'back' })],
      [DELAYS],
      'featureService flight_delay: late is defined twice. Use .pick(), .rename() or .as().',
    ],
    [
      'a feature has the name of a join key',
      [input({ features: [{ feature: 'late', name: 'origin' }] })],
      [DELAYS],
      'featureService flight_delay: origin is defined twice. Use .pick(), .rename() or .as().',
    ],
    [
      'a join key has a type that has no canonical text',
      [input()],
      [view('delays', { join_keys: [{ name: 'origin', type: 'float64' }] })],
      'view delays: join key origin has type float64.',
    ],
    [
      "its view's ttl is no duration",
      [input()],
      [view('delays', { ttl: 'soon' })],
      'view delays: ttl: "soon" is not a duration.',
    ],
  ])('%s', (_what, inputs, views, message) => {
    expect(() => compile(inputs, ...views)).toThrow(
      expect.objectContaining({ code: 'INVALID', message: expect.stringContaining(message) }),
    )
  })
})
