import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect, collectOnDemand } from './collect.ts'
import { entity } from './entity.ts'
import { featureService } from './feature-service.ts'
import { featureView } from './feature-view.ts'
import { onDemandView } from './on-demand-view.ts'
import { parquetSource } from './parquet-source.ts'
import { request } from './request.ts'

/** As JavaScript calls it. */
const untyped = onDemandView as (name: unknown, options: unknown) => unknown
const untypedRequest = request as (values: unknown) => unknown

const source = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const airport = entity('airport', { joinKeys: { airport: t.string() } })
const delays = featureView('delays', { entity: airport, source, features: { late: t.float64(), flights: t.int64() } })
const origin = delays.as('origin', { airport: 'from_airport' })
const asked = request({ scheduled_at: t.timestamp(), distance: t.float64() })
const risk = onDemandView('risk', {
  description: 'How likely',
  inputs: [origin, asked],
  features: { risk: { type: t.float64(), visibility: 'public' }, weekend: t.bool() },
  sql: { risk: 'origin.late * sqrt(distance)', weekend: 'dayofweek(scheduled_at) in (0, 6)' },
})

describe('onDemandView', () => {
  it('becomes the view of the registry, keyed by what its inputs are', () => {
    expect(risk.view.object).toEqual({
      name: 'risk',
      description: 'How likely',
      inputs: [
        origin.input,
        {
          request: [
            { name: 'scheduled_at', type: 'timestamp' },
            { name: 'distance', type: 'float64' },
          ],
        },
      ],
      features: [
        { name: 'risk', type: 'float64', visibility: 'public' },
        { name: 'weekend', type: 'bool', visibility: 'server' },
      ],
      form: {
        kind: 'sql',
        sql: { risk: 'origin.late * sqrt(distance)', weekend: 'dayofweek(scheduled_at) in (0, 6)' },
        bound: {},
        packs: [],
      },
    })
    expect(risk.input.keys).toEqual({ from_airport: 'from_airport' })
    expect(Object.isFrozen(risk.view.object.features)).toBe(true)
  })

  it('is taken by services in roles, like any other view', () => {
    const service = featureService('s', {
      features: [risk.pick('risk').as('there', { from_airport: 'there' }), delays.pick('flights')],
    })
    expect(service.object.inputs).toEqual([
      { view: 'risk', as: 'there', keys: { from_airport: 'there' }, features: [{ feature: 'risk', name: 'risk' }] },
      expect.objectContaining({ view: 'delays', keys: { airport: 'airport' } }),
    ])
  })

  it('is collected with everything that it reads, and with its function', () => {
    const compute = (): { readonly x: number } => ({ x: 1 })
    const outer = onDemandView('outer', { inputs: [risk.pick('risk')], features: { x: t.float64() }, compute })
    const modules = { service: featureService('s', { features: [outer] }) }
    const { on_demand, views, entities } = collect(modules)
    expect(on_demand?.map((view) => view.name)).toEqual(['outer', 'risk'])
    expect([...views, ...entities].map((one) => one.name)).toEqual(['delays', 'airport'])
    expect(collectOnDemand(modules).get('outer')?.compute).toBe(compute)
    expect(collect({ delays })).not.toHaveProperty('on_demand')
  })

  it('passes on what its inputs ask of the request', () => {
    const outer = onDemandView('outer', {
      inputs: [risk.pick('risk')],
      features: { x: t.float64() },
      sql: { x: 'risk' },
    })
    expect(outer.view.joinKeys).toEqual([{ name: 'from_airport', type: 'string' }])
    expect(outer.view.request.map((field) => field.name)).toEqual(['scheduled_at', 'distance'])
  })

  const features = { x: t.float64() }
  const sql = { x: 'late' }
  it.each([
    [{ features, sql }, 'it has no inputs. Write inputs: [view, request({ name: type })] with at least one.'],
    [{ inputs: delays, features, sql }, 'inputs is featureView delays.'],
    [{ inputs: [airport], features, sql }, 'inputs[0] is entity airport. Pass a view'],
    [{ inputs: [delays, delays], features, sql }, 'two inputs have the role "delays".'],
    [{ inputs: [delays, origin], features, sql }, 'two inputs bring "late". Leave one of them out with .pick()'],
    [{ inputs: [delays, request({ late: t.bool() })], features, sql }, 'two inputs bring "late"'],
    [{ inputs: [delays, request({ airport: t.string() })], features, sql }, 'two inputs bring "airport"'],
    [
      { inputs: [origin.pick('late'), request({ from_airport: t.int64() })], features, sql },
      'the request field "from_airport" is string for origin and int64 for request.',
    ],
    [
      { inputs: [risk, request({ distance: t.int64() })], features, sql },
      'the request field "distance" is float64 for risk and int64',
    ],
    [{ inputs: [delays], features: { airport: t.bool() }, sql }, 'feature "airport" has the name of a join key.'],
    [
      { inputs: [asked], features: { distance: t.bool() }, sql },
      'feature "distance" has the name of a value of the request.',
    ],
    [{ inputs: [delays], features }, 'it has neither sql nor compute nor wasm. Write exactly one of them.'],
    [{ inputs: [delays], features, sql, compute: () => ({}) }, 'it has sql and compute. Write exactly one of them.'],
    [{ inputs: [delays], features, sql: 'late' }, 'sql is "late". Write an expression for each feature'],
    [{ inputs: [delays], features, sql: {} }, 'sql has nothing for the feature x. Write its expression.'],
    [{ inputs: [delays], features, sql: { x: ' ' } }, 'sql has " " for the feature x.'],
    [{ inputs: [delays], features, sql: { x: 'late', y: 'late' } }, 'sql has "y", which is no feature. Use x'],
    [{ inputs: [delays], features, compute: 'late' }, 'compute is "late". Write a function'],
    [{ inputs: [delays], features, sql, ttl: '1d' }, 'there is no option "ttl".'],
  ])('refuses %#', (options, message) => {
    expect(() => untyped('wrong', options)).toThrow(`onDemandView wrong: ${message}`)
  })

  const wasm = { module: 'risk.wasm', export: 'risk', args: ['late'], returns: ['x'] }
  it.each([
    [{ ...wasm, module: '' }, 'module is "". Name the file of the module'],
    [{ ...wasm, export: 1 }, 'export is 1. Name the function'],
    [{ ...wasm, args: 'late' }, 'args is "late". List columns of the row'],
    [{ ...wasm, args: ['lat'] }, 'the argument lat is not in the row. Did you mean late?'],
    [{ ...wasm, args: ['name'] }, 'the argument name is string, which WebAssembly has no number for.'],
    [{ ...wasm, returns: [] }, 'returns is []. List each feature once, in the order of the results: x.'],
    [{ ...wasm, returns: ['x', 'x'] }, 'returns is ["x","x"].'],
    [{ ...wasm, exports: 'x' }, 'there is no option "exports". Did you mean "export"?'],
  ])('refuses wasm %#', (given, message) => {
    const options = { inputs: [delays, request({ name: t.string() })], features, wasm: given }
    expect(() => untyped('wrong', options)).toThrow(`onDemandView wrong: wasm: ${message}`)
  })

  it('refuses a feature of wasm that is no number', () => {
    const options = { inputs: [delays], features: { x: t.string() }, wasm }
    expect(() => untyped('wrong', options)).toThrow('onDemandView wrong: wasm: the feature x is string')
  })
})

describe('request', () => {
  it.each([
    [{}, 'request: it has no values. Write request({ name: type }).'],
    ['x', 'request: it has "x".'],
    [{ Distance: t.float64() }, 'request: value "Distance" is not a name.'],
    [{ event_timestamp: t.timestamp() }, 'request: value "event_timestamp" has the name of the column'],
    [{ at: t.timestamp }, 'request: value at is a function, not a type.'],
  ])('refuses %#', (values, message) => {
    expect(() => untypedRequest(values)).toThrow(message)
  })
})

describe('a service with on-demand views', () => {
  const service = featureService as (name: unknown, options: unknown) => unknown
  const wide = featureView('wide', { entity: airport, source, features: { distance: t.float64() } })
  const typed = onDemandView('typed', {
    inputs: [request({ distance: t.int64() })],
    features: { far: t.bool() },
    sql: { far: 'distance > 1' },
  })
  it.each([
    [[risk, wide], 'the feature "distance" of wide has the name of a value of the request; use .pick()'],
    [
      [risk, typed],
      'the value of the request "distance" is float64 and, in typed, int64. Give one of them another name.',
    ],
    [[risk.pick('risk'), risk.pick('weekend')], 'two views have the role "risk".'],
  ])('refuses %#', (features, message) => {
    expect(() => service('s', { features })).toThrow(`featureService s: ${message}`)
  })
})
