import { describe, expect, it } from 'vitest'
import { checkName, isName, parseReference } from './name.ts'

const LONGEST = 'a'.repeat(63)
const NO_NAMES = ['', 'A', '1a', '_a', 'a__b', 'a-b', 'a b', 'a.b', 'a\n', 'é', `${LONGEST}a`, 'view@1']

describe('a name', () => {
  it.each(['a', 'a1', 'airport_delays', 'a_', LONGEST])('may be %s', (name) => {
    expect(isName(name)).toBe(true)
    expect(() => checkName('featureView', name)).not.toThrow()
  })

  it.each([...NO_NAMES, 7, undefined])('is not %j', (name) => {
    expect(() => checkName('featureView', name)).toThrow(
      `featureView: ${JSON.stringify(name)} is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".`,
    )
  })
})

describe('a reference to a version', () => {
  it('names it, or leaves it open', () => {
    expect(parseReference('flight_delay@2')).toEqual({ name: 'flight_delay', version: 2 })
    expect(parseReference('flight_delay')).toEqual({ name: 'flight_delay' })
  })

  it.each([
    '@1',
    'a@',
    'a@0',
    'a@01',
    'a@-1',
    'a@1.5',
    'a@x',
    'a@1@2',
    'a@9999999999',
    'A@1',
    ...NO_NAMES.slice(0, -1),
  ])('is not %j', (text) => {
    expect(parseReference(text)).toBeNull()
  })
})
