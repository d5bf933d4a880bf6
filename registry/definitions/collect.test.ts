import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect } from './collect.ts'
import { entity } from './entity.ts'
import { featureService } from './feature-service.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'

const airport = entity('airport', { joinKeys: { airport: t.string() } })
const flights = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const arrivals = parquetSource('arrivals', { path: 'file://arrivals.parquet', timestamp: 'date' })
const features = { late: t.bool() }
const delays = featureView('delays', { entity: airport, source: [flights, arrivals], sql: 'select 1', features })
const service = featureService('flight_delay', { features: [delays.as('origin', { airport: 'origin' })] })

const names = (lists: object) =>
  Object.fromEntries(Object.entries(lists).map(([kind, list]) => [kind, list.map((one: { name: string }) => one.name)]))

describe('collect', () => {
  it('finds what an exported service refers to', () => {
    expect(collect({ service })).toEqual({
      entities: [airport.object],
      sources: [arrivals.object, flights.object],
      views: [delays.view.object],
      services: [service.object],
    })
  })

  it('takes every kind of export, once, sorted by name, from several modules', () => {
    const zone = entity('a_zone', { joinKeys: {} })
    const found = collect({ service, delays, late: delays.pick('late'), airport }, { zone, again: service, flights })
    expect(names(found)).toEqual({
      entities: ['a_zone', 'airport'],
      sources: ['arrivals', 'flights'],
      views: ['delays'],
      services: ['flight_delay'],
    })
  })

  it('looks into exported arrays, objects and namespaces, and passes other exports over', () => {
    const loop: Record<string, unknown> = { delays }
    loop['self'] = loop
    const exports = { list: [[service]], loop, helper: () => delays, text: 'x', none: null, date: new Date(0) }
    expect(names(collect(exports))).toMatchObject({ views: ['delays'], services: ['flight_delay'] })
  })

  it('yields empty lists for a module without definitions', () => {
    expect(collect({ text: 'x' })).toEqual({ entities: [], sources: [], views: [], services: [] })
  })

  it.each([
    ['entity airport', { airport, other: entity('airport', { joinKeys: { airport: t.string() } }) }],
    ['parquetSource flights', { delays, other: parquetSource('flights', { path: 'file://x', timestamp: 'date' }) }],
    ['featureView delays', { service, other: featureView('delays', { entity: airport, source: flights, features }) }],
    ['featureService flight_delay', { service, other: featureService('flight_delay', { features: [delays] }) }],
  ])('refuses a second %s', (what, exports) => {
    expect(() => collect(exports)).toThrow(
      `${what}: two different definitions have this name. Rename one of them, or define it once and import it.`,
    )
  })

  it('allows one name for definitions of different kinds', () => {
    const view = featureView('airport', { entity: airport, source: flights, features })
    expect(names(collect({ view }))).toMatchObject({ entities: ['airport'], views: ['airport'] })
  })
})
