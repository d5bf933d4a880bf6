import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { t } from '../../core/types.ts'
import { entity } from './entity.ts'

/** As JavaScript calls it. */
const untyped = entity as (name: unknown, options: unknown) => unknown

describe('entity', () => {
  it('keeps its join keys in the declared order', () => {
    const route = entity('route', { joinKeys: { to: t.string(), from: t.int64() }, owner: 'ops', tags: { tier: '1' } })
    expect(route.object).toEqual({
      name: 'route',
      owner: 'ops',
      tags: { tier: '1' },
      join_keys: [
        { name: 'to', type: 'string' },
        { name: 'from', type: 'int64' },
      ],
    })
  })

  it('is global without join keys', () => {
    expect(entity('world', { joinKeys: {} }).object.join_keys).toEqual([])
  })

  it('is frozen to its leaves', () => {
    const { object } = entity('airport', { joinKeys: { airport: t.string() } })
    expect(Object.isFrozen(object)).toBe(true)
    expect(Object.isFrozen(object.join_keys[0])).toBe(true)
  })

  it.each([
    ['Airport', { joinKeys: {} }, 'entity: "Airport" is not a name. Use lower-case letters'],
    ['a__b', { joinKeys: {} }, 'entity: "a__b" is not a name.'],
    ['e', undefined, 'entity e: the options are undefined. Pass an object with joinKeys, description, owner, tags.'],
    ['e', {}, 'entity e: joinKeys is missing. Write { name: type }, or {} for the global entity.'],
    ['e', { joinkeys: {} }, 'entity e: there is no option "joinkeys". Did you mean "joinKeys"?'],
    [
      'e',
      { joinKeys: {}, colour: 'red' },
      'entity e: there is no option "colour". There are joinKeys, description, owner, tags.',
    ],
    ['e', { joinKeys: { Code: t.string() } }, 'entity e: join key "Code" is not a name. Use lower-case letters'],
    [
      'e',
      { joinKeys: { event_timestamp: t.timestamp() } },
      'entity e: join key "event_timestamp" has the name of the column with the event timestamp.',
    ],
    [
      'e',
      { joinKeys: { x: t.float64() } },
      'entity e: join key x is float64, which has no canonical text. Use string, int32, int64, uuid, bool, date, timestamp.',
    ],
    [
      'e',
      { joinKeys: { x: t.list(t.string()) } },
      'entity e: join key x is list(string), which has no canonical text.',
    ],
    ['e', { joinKeys: { x: t.string } }, 'entity e: join key x is a function, not a type. Call it, as in t.int64().'],
    [
      'e',
      { joinKeys: { x: 'string' } },
      'entity e: join key x has "string", which is not a type. Write t.int64() or another of bool, int32',
    ],
    ['e', { joinKeys: {}, owner: 3 }, 'entity e: owner is 3. Write a text, or leave it out.'],
    ['e', { joinKeys: {}, description: ' ' }, 'entity e: description is " ". Write a text, or leave it out.'],
    ['e', { joinKeys: {}, tags: ['a'] }, 'entity e: tags is ["a"]. Write an object of strings'],
    ['e', { joinKeys: {}, tags: { a: 1 } }, 'entity e: the tag "a" is 1. Write a string.'],
  ])('refuses %j %j', (name, options, message) => {
    const attempt = () => untyped(name, options)
    expect(attempt).toThrow(ShorelineError)
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID', message: expect.stringContaining(message) }))
  })
})
