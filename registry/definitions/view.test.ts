import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from './entity.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'

const source = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const route = entity('route', { joinKeys: { origin: t.string(), destination: t.string() } })
const world = entity('world', { joinKeys: {} })
const delays = featureView('delays', { entity: route, source, features: { a: t.int64(), b: t.bool(), c: t.date() } })
const totals = featureView('totals', { entity: world, source, features: { n: t.int64() } })

/** As JavaScript calls it. */
interface Untyped {
  pick(...names: unknown[]): Untyped
  rename(names?: unknown): Untyped
  as(role?: unknown, keys?: unknown): Untyped
}
const untyped = delays as unknown as Untyped

describe('a role of a view', () => {
  it('is at first the view itself', () => {
    expect(delays.name).toBe('delays')
    expect(delays.input).toEqual({
      view: 'delays',
      as: 'delays',
      keys: { origin: 'origin', destination: 'destination' },
      features: [
        { feature: 'a', name: 'a' },
        { feature: 'b', name: 'b' },
        { feature: 'c', name: 'c' },
      ],
    })
  })

  it('leaves the view as it is and shares its definition', () => {
    const back = delays.as('back', { origin: 'destination', destination: 'origin' })
    expect(back.input.keys).toEqual({ origin: 'destination', destination: 'origin' })
    expect(back.name).toBe('back')
    expect(back.view).toBe(delays.view)
    expect(delays.input.keys).toEqual({ origin: 'origin', destination: 'destination' })
    expect(Object.isFrozen(back.input.keys)).toBe(true)
  })

  it('renames the join keys of the role before it', () => {
    const twice = delays.as('one', { origin: 'from' }).as('two', { from: 'start' })
    expect(twice.input).toMatchObject({ as: 'two', keys: { origin: 'start', destination: 'destination' } })
  })

  it('picks in the order of the picks, by the names of the role before it', () => {
    const some = delays.rename({ a: 'b', b: 'a' }).pick('c', 'a')
    expect(some.input.features).toEqual([
      { feature: 'c', name: 'c' },
      { feature: 'b', name: 'a' },
    ])
  })

  it.each([
    ['as: a bad name', () => untyped.as('Back'), 'featureView delays: as: "Back" is not a name.'],
    ['as: no name', () => untyped.as(), 'featureView delays: as: the role is undefined. Name it first'],
    [
      'as: an unknown join key',
      () => untyped.as('x', { orgin: 'o' }),
      'featureView delays: as: there is no join key "orgin". Use origin, destination.',
    ],
    [
      'as: a join key of the global entity',
      () => (totals as unknown as Untyped).as('x', { id: 'i' }),
      'featureView totals: as: there is no join key "id". The entity is global and has none.',
    ],
    [
      'as: one name for two join keys',
      () => untyped.as('x', { origin: 'destination' }),
      'featureView delays: as: two join keys would be called "destination". Give one of them another name.',
    ],
    [
      'as: a bad name for a join key',
      () => untyped.as('x', { origin: 'A B' }),
      'featureView delays: as: the new name "A B" is not a name.',
    ],
    [
      'as: no map',
      () => untyped.as('x', 'origin'),
      `featureView delays: as: "origin" is no map of names. Write { join_key: 'name' }.`,
    ],
    [
      'pick: nothing',
      () => untyped.pick(),
      'featureView delays: pick: no feature is named. Name at least one of a, b, c.',
    ],
    [
      'pick: an unknown feature',
      () => untyped.as('x').pick('d'),
      'featureView delays as x: pick: there is no feature "d". Use a, b, c.',
    ],
    ['pick: twice', () => untyped.pick('a', 'a'), 'featureView delays: pick: "a" is named twice. Name it once.'],
    [
      'rename: an unknown feature',
      () => untyped.pick('a').rename({ b: 'x' }),
      'featureView delays: rename: there is no feature "b". Use a.',
    ],
    [
      'rename: to a name in use',
      () => untyped.rename({ a: 'b' }),
      'featureView delays: rename: two features would be called "b". Give one of them another name.',
    ],
    [
      'rename: a reserved name',
      () => untyped.rename({ a: 'event_timestamp' }),
      'featureView delays: rename: the new name "event_timestamp" has the name of the column',
    ],
    [
      'rename: no map',
      () => untyped.rename(),
      `featureView delays: rename: undefined is no map of names. Write { feature: 'new_name' }.`,
    ],
  ])('refuses %s', (_what, attempt, message) => {
    expect(attempt).toThrow(message)
  })
})
