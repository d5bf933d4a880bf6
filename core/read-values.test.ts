import { describe, expect, it } from 'vitest'
import { valueReader } from './read-values.ts'
import { parseType } from './types.ts'
import { type StoredValue, valueWriter } from './values.ts'

function read(type: string, value: unknown): StoredValue {
  return valueReader(parseType(type))('x', value)
}

describe('a value that is sent', () => {
  it.each<[string, unknown, StoredValue]>([
    ['bool', true, true],
    ['string', 'ünï 💡', 'ünï 💡'],
    ['int32', 7, 7],
    ['int32', '-2147483648', -2_147_483_648],
    ['int64', 7, '7'],
    ['int64', 9_007_199_254_740_993n, '9007199254740993'],
    ['int64', '9223372036854775807', '9223372036854775807'],
    ['float64', 0.1, 0.1],
    ['float64', 'NaN', 'NaN'],
    ['float64', '-Infinity', '-Infinity'],
    ['float64', 2n ** 60n, 2 ** 60],
    ['float32', 0.1, 0.1],
    ['float32', 1 / 3, 0.33333334],
    ['timestamp', '2001-07-01T00:00:00.000001Z', 993_945_600_000_001],
    ['date', '2001-07-01', '2001-07-01'],
    ['uuid', '0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E', '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ['bytes', 'YQ==', 'YQ=='],
    ['json', { a: [1, 2n ** 60n, 'x'], b: null }, '{"a":[1,1152921504606846976,"x"],"b":null}'],
    ['list(int64)', [1, null, '3'], ['1', null, '3']],
    ['list(list(string))', [['a'], []], [['a'], []]],
    ['vector(2)', [1, 0.5], 'AACAPwAAAD8='],
  ])('as %s is stored: %o', (type, value, stored) => {
    expect(read(type, value)).toEqual(stored)
  })

  it.each<[string, unknown, string]>([
    ['bool', 1, 'x: 1 is not right; send true or false.'],
    ['string', 'a\0', 'send a string without NUL characters.'],
    ['string', '\ud800', 'without lone surrogates'],
    ['int32', 1.5, 'send an integer.'],
    ['int32', 2 ** 31, 'send an integer from -2147483648 to 2147483647.'],
    ['int64', 2 ** 60, 'send the digits of an integer beyond 2^53, without an exponent.'],
    ['int64', '1.0', 'send an integer.'],
    ['float64', '0.1', 'send a number, or "NaN", "Infinity" or "-Infinity".'],
    ['float64', Number.POSITIVE_INFINITY, 'send a number'],
    ['float32', 1e39, 'send a number that a float32 can hold.'],
    ['timestamp', 1_795_356_945, 'send an RFC 3339 timestamp'],
    ['date', '2001-02-29', 'send a date such as'],
    ['uuid', 'x', 'send a UUID such as'],
    ['bytes', 'YQ', 'send bytes as base64.'],
    ['list(int64)', [1, 'a'], 'x[1]: "a" is not right; send an integer.'],
    ['list(int64)', 1, 'send a list.'],
    ['vector(2)', [1], 'send a list of 2 numbers.'],
    ['vector(2)', [1, null], 'x[1]: null is not right; send a number.'],
  ])('as %s is refused: %o', (type, value, message) => {
    expect(() => read(type, value)).toThrow(message)
  })

  it.each<[string, unknown]>([
    ['int64', 9_007_199_254_740_993n],
    ['float64', 0.1],
    ['timestamp', '2001-07-01T12:00:00.5Z'],
    ['uuid', '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ['json', { a: [1, 'x', null] }],
    ['vector(3)', [1, 0.1, -2.5]],
    ['list(float64)', [1.5, 'NaN', null]],
  ])('of %s is answered as it was sent: %o', (type, value) => {
    const text = valueWriter(parseType(type))(read(type, value))
    expect(text.replace('.500Z', '.5Z')).toBe(
      JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)).replace(
        '9007199254740992',
        '9007199254740993',
      ),
    )
  })
})
