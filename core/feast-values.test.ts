import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feastFloatText, feastValueWriter, KEY_ECHOES } from './feast-values.ts'
import { parseType } from './types.ts'
import { parseTimestamp, type StoredValue } from './values.ts'

/** Little-endian float32, base64. */
function vectorOf(...items: readonly number[]): string {
  const bytes = Buffer.alloc(items.length * 4)
  items.forEach((item, index) => {
    bytes.writeFloatLE(item, index * 4)
  })
  return bytes.toString('base64')
}

describe("a stored value on Feast's surface", () => {
  it.each<[string, StoredValue, string]>([
    ['bool', true, 'true'],
    ['int32', -2_147_483_648, '-2147483648'],
    ['int64', '9223372036854775807', '9223372036854775807'],
    ['float64', 2, '2.0'],
    ['float64', 0.1, '0.1'],
    ['float64', -0, '-0.0'],
    ['float64', 0, '0.0'],
    ['float64', 1e300, '1e+300'],
    ['float64', 1e21, '1e+21'],
    ['float64', 999_999_999_999_999_900_000, '999999999999999900000.0'],
    ['float64', 5e-324, '5e-324'],
    ['float64', 'NaN', 'null'],
    ['float64', '-Infinity', 'null'],
    ['float32', 0.1, '0.10000000149011612'],
    ['float32', 0.9, '0.8999999761581421'],
    ['float32', 3, '3.0'],
    ['float32', 3.4028235e38, '3.4028234663852886e+38'],
    ['float32', 'Infinity', 'null'],
    ['string', 'a"b\n😀', '"a\\"b\\n😀"'],
    ['string', 'null', '"null"'],
    ['timestamp', 1_795_371_345_999_999, '1795371345'],
    ['timestamp', -1, '0'],
    ['timestamp', -1_500_000, '-1'],
    ['timestamp', 253_402_300_799_000_000, '253402300799'],
    ['date', '2001-07-01', '"2001-07-01"'],
    ['uuid', '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e', '"0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e"'],
    ['bytes', 'YQ==', '"YQ=="'],
    ['json', '{"a": 1}', '"{\\"a\\": 1}"'],
    ['json', 'null', '"null"'],
    ['list(int64)', ['1', null, '-9223372036854775808'], '[1,null,-9223372036854775808]'],
    ['list(float32)', [0.1, 'NaN', null], '[0.10000000149011612,null,null]'],
    ['list(timestamp)', [1_000_000, null], '[1,null]'],
    ['list(json)', ['{"a":1}', 'null'], '["{\\"a\\":1}","null"]'],
    ['list(list(float64))', [[1, null], [], null], '[[1.0,null],[],null]'],
    ['vector(3)', vectorOf(1, -2.5, 0.1), '[1.0,-2.5,0.10000000149011612]'],
    ['vector(4)', vectorOf(-0, Number.NaN, Infinity, -Infinity), '[-0.0,null,null,null]'],
  ])('%s %j is written %s', (type, stored, wire) => {
    expect(feastValueWriter(parseType(type))(stored)).toBe(wire)
    expect(() => JSON.parse(wire)).not.toThrow()
  })
})

describe('a float', () => {
  it('reads back as itself, and never as an integer', () => {
    const floats = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer().map((whole) => whole * 2 ** 20),
    )
    fc.assert(
      fc.property(floats, (value) => {
        const text = feastFloatText(value)
        expect(text).toMatch(/[.e]/)
        expect(JSON.parse(text)).toBe(value)
      }),
      { seed: 22, numRuns: 500 },
    )
  })
})

describe('a join key', () => {
  it.each([
    ['string', 'a"b', '"a\\"b"'],
    ['string', '5', '"5"'],
    ['int64', '-9223372036854775808', '-9223372036854775808'],
    ['bool', 'true', 'true'],
    ['date', '2001-07-01', '"2001-07-01"'],
    ['timestamp', String(parseTimestamp('2026-11-22T10:00:00Z')), '1795341600'],
  ] as const)('of type %s, %s, is echoed as %s', (kind, canonical, wire) => {
    expect(KEY_ECHOES[kind](canonical)).toBe(wire)
  })
})
