import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkKeyLength, joinKeyParts, keyReader } from './keys.ts'
import type { KeyKind } from './types.ts'

function read(kind: KeyKind, value: unknown): string {
  return keyReader({ name: 'id', kind })(value)
}

describe('a join key becomes', () => {
  it.each<[KeyKind, unknown, string]>([
    ['string', 'SFO', 'SFO'],
    ['string', '', ''],
    ['string', 'a|b\\c', 'a|b\\c'],
    ['string', ' É\u0301 😀 ', ' É\u0301 😀 '],
    ['string', '\ufeffbom', '\ufeffbom'],
    ['string', 'e\u0301', 'e\u0301'],
    ['int32', 0, '0'],
    ['int32', -0, '0'],
    ['int32', '-0', '0'],
    ['int32', 2_147_483_647, '2147483647'],
    ['int32', '-2147483648', '-2147483648'],
    ['int64', 9_007_199_254_740_991, '9007199254740991'],
    ['int64', '9007199254740993', '9007199254740993'],
    ['int64', 9_007_199_254_740_993n, '9007199254740993'],
    ['int64', '9223372036854775807', '9223372036854775807'],
    ['int64', '-9223372036854775808', '-9223372036854775808'],
    ['bool', true, 'true'],
    ['bool', false, 'false'],
    ['uuid', '0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E', '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ['date', '2001-07-01', '2001-07-01'],
    ['date', '2000-02-29', '2000-02-29'],
    ['timestamp', '2001-07-01T00:00:00Z', '993945600000000'],
    ['timestamp', '2001-07-01T02:00:00+02:00', '993945600000000'],
    ['timestamp', '2001-07-01 00:00:00.000001', '993945600000001'],
    ['timestamp', '1969-12-31T23:59:59.999999Z', '-1'],
    ['timestamp', '2001-07-01', '993945600000000'],
  ])('%s %o -> %j', (kind, value, text) => {
    expect(read(kind, value)).toBe(text)
  })
})

describe('a join key is refused, naming the field and what to send, when it is', () => {
  it.each<[KeyKind, unknown, string]>([
    ['string', 'a\ud800b', 'id: "a\\ud800b" is not right; send well-formed Unicode, without lone surrogates.'],
    ['string', '\udc00', 'without lone surrogates'],
    ['string', 'a\0b', 'id: "a\\u0000b" is not right; send a string without NUL characters.'],
    ['string', 7, 'id: 7 is not right; send a string.'],
    ['string', null, 'id: null is not right; send a string.'],
    ['string', undefined, 'id: undefined is not right; send a string.'],
    ['string', ['SFO'], 'id: ["SFO"] is not right; send a string.'],
    ['int32', 1001.5, 'id: 1001.5 is not right; send an integer.'],
    ['int32', '1001.0', 'id: "1001.0" is not right; send an integer.'],
    ['int32', '007', 'send an integer.'],
    ['int32', '+7', 'send an integer.'],
    ['int32', ' 7', 'send an integer.'],
    ['int32', '', 'send an integer.'],
    ['int32', '1e3', 'send an integer.'],
    ['int32', '0x10', 'send an integer.'],
    ['int32', true, 'id: true is not right; send an integer.'],
    ['int32', Number.NaN, 'send an integer.'],
    ['int32', 2_147_483_648, 'send an integer from -2147483648 to 2147483647.'],
    ['int32', '-2147483649', 'send an integer from -2147483648 to 2147483647.'],
    ['int64', 9_007_199_254_740_992, 'send the digits of an integer beyond 2^53, without an exponent.'],
    ['int64', -1e18, 'send the digits of an integer beyond 2^53, without an exponent.'],
    ['int64', 2n ** 63n, 'id: 9223372036854775808 is not right; send an integer from'],
    ['int32', 2n ** 53n, 'send an integer from -2147483648 to 2147483647.'],
    ['string', 2n ** 53n, 'id: 9007199254740992 is not right; send a string.'],
    ['string', [2n ** 60n], 'send a string.'],
    ['int64', '9223372036854775808', 'send an integer from -9223372036854775808 to 9223372036854775807.'],
    ['int64', '99999999999999999999', 'send an integer.'],
    ['bool', 'true', 'id: "true" is not right; send true or false.'],
    ['bool', 1, 'id: 1 is not right; send true or false.'],
    ['uuid', '0b8e2a6c1f4d4c539a772f5f6f1c3d2e', 'send a UUID such as'],
    ['uuid', '{0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e}', 'send a UUID such as'],
    ['uuid', 7, 'send a UUID such as'],
    ['date', '2001-02-29', 'id: "2001-02-29" is not right; send a date such as "2001-07-01".'],
    ['date', '2001-7-1', 'send a date'],
    ['date', '2001-07-01T00:00:00Z', 'send a date'],
    ['timestamp', '2001-07-01T00:00:00.0000001Z', 'send an RFC 3339 timestamp with at most six digits of a second.'],
    ['timestamp', '2001-13-01T00:00:00Z', 'send an RFC 3339 timestamp'],
    ['timestamp', 993_945_600_000_000, 'send an RFC 3339 timestamp'],
  ])('%s %o', (kind, value, message) => {
    expect(() => read(kind, value)).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        message: expect.stringContaining(message),
        details: { field: 'id' },
      }),
    )
  })

  it('longer than an error should repeat: the beginning is shown', () => {
    expect(() => read('int32', 'x'.repeat(10_000))).toThrow(`id: "${'x'.repeat(59)}… (10002 characters) is not right`)
  })
})

describe('the length of a key', () => {
  it.each([
    ['1,024 bytes of ASCII', 'x'.repeat(1024)],
    ['1,024 bytes of emoji', '😀'.repeat(256)],
    ['1,023 bytes of three each', '€'.repeat(341)],
  ])('may be %s', (_what, key) => {
    expect(() => checkKeyLength(['id'], key)).not.toThrow()
  })

  it.each([
    ['x'.repeat(1025), 1025],
    ['x'.repeat(10_240), 10_240],
    ['€'.repeat(342), 1026],
    [`${'😀'.repeat(256)}a`, 1025],
  ])('may not be more', (key, bytes) => {
    expect(() => checkKeyLength(['origin', 'destination'], key)).toThrow(
      `origin, destination: the key is ${bytes} bytes long; at most 1024 are allowed.`,
    )
  })
})

describe('a composite key', () => {
  it.each<[readonly string[], string]>([
    [[], ''],
    [['SFO'], 'SFO'],
    [['a|b'], 'a|b'],
    [['a\\b'], 'a\\b'],
    [['SFO', 'JFK'], 'SFO|JFK'],
    [['', ''], '|'],
    [['', '', ''], '||'],
    [['a|b', 'c'], 'a\\|b|c'],
    [['a', 'b|c'], 'a|b\\|c'],
    [['a\\', 'b'], 'a\\\\|b'],
    [['a', '\\b'], 'a|\\\\b'],
    [['\\|', '|\\'], '\\\\\\||\\|\\\\'],
  ])('of the parts %j is %j', (parts, key) => {
    expect(joinKeyParts(parts)).toBe(key)
  })

  /** Reads the parts back, character by character. */
  function split(key: string): readonly string[] {
    const parts = ['']
    for (let at = 0; at < key.length; at++) {
      if (key[at] === '|') parts.push('')
      else parts.push(`${parts.pop() ?? ''}${key[at] === '\\' ? key[++at] : key[at]}`)
    }
    return parts
  }

  it('never stands for two different tuples: its parts can be read back', () => {
    const part = fc.oneof(fc.string({ unit: fc.constantFrom('|', '\\', 'a', '😀') }), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
        expect(split(joinKeyParts(parts))).toEqual(parts)
      }),
      { seed: 5, numRuns: 600 },
    )
  })
})
