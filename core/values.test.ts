import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseType } from './types.ts'
import { float32Text, parseTimestamp, type StoredValue, timestampText, valueWriter } from './values.ts'

/** Little-endian float32, base64. */
function vectorOf(...items: readonly number[]): string {
  const bytes = Buffer.alloc(items.length * 4)
  items.forEach((item, index) => {
    bytes.writeFloatLE(item, index * 4)
  })
  return bytes.toString('base64')
}

describe('a stored value on the wire', () => {
  it.each<[string, StoredValue, string]>([
    ['bool', true, 'true'],
    ['bool', false, 'false'],
    ['int32', -2_147_483_648, '-2147483648'],
    ['int32', 0, '0'],
    ['int64', '9223372036854775807', '9223372036854775807'],
    ['int64', '-9223372036854775808', '-9223372036854775808'],
    ['int64', '9007199254740993', '9007199254740993'],
    ['float64', 0.1, '0.1'],
    ['float64', 412, '412'],
    ['float64', -0, '-0.0'],
    ['float64', 5e-324, '5e-324'],
    ['float64', 1.7976931348623157e308, '1.7976931348623157e+308'],
    ['float64', 'NaN', '"NaN"'],
    ['float64', 'Infinity', '"Infinity"'],
    ['float64', '-Infinity', '"-Infinity"'],
    ['float32', 0.1, '0.1'],
    ['float32', -0, '-0.0'],
    ['float32', 'NaN', '"NaN"'],
    ['string', 'SFO', '"SFO"'],
    ['string', '', '""'],
    ['string', 'a"b\\c\n\u2028😀\u0000', '"a\\"b\\\\c\\n\u2028😀\\u0000"'],
    ['timestamp', 993_945_600_000_000, '"2001-07-01T00:00:00Z"'],
    ['timestamp', -1, '"1969-12-31T23:59:59.999999Z"'],
    ['date', '2001-07-01', '"2001-07-01"'],
    ['uuid', '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e', '"0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e"'],
    ['bytes', 'AAH/', '"AAH/"'],
    ['json', '{"b":[1, 9007199254740993],"a":null}', '{"b":[1, 9007199254740993],"a":null}'],
    ['json', 'null', 'null'],
    ['list(int64)', ['1', null, '-9223372036854775808'], '[1,null,-9223372036854775808]'],
    ['list(string)', ['a"', null, ''], '["a\\"",null,""]'],
    ['list(float64)', [0.1, 'NaN', -0, null], '[0.1,"NaN",-0.0,null]'],
    ['list(timestamp)', [0, null], '["1970-01-01T00:00:00Z",null]'],
    ['list(json)', ['{"a":1}', 'null'], '[{"a":1},null]'],
    ['list(list(int32))', [[1, null], [], null], '[[1,null],[],null]'],
    ['list(bool)', [], '[]'],
    ['vector(3)', vectorOf(1, -2.5, 0.1), '[1,-2.5,0.1]'],
    ['vector(4)', vectorOf(-0, Number.NaN, Infinity, -Infinity), '[-0.0,"NaN","Infinity","-Infinity"]'],
    ['vector(1)', vectorOf(16_777_216), '[16777216]'],
    ['list(vector(2))', [vectorOf(1, 2), null], '[[1,2],null]'],
  ])('%s %j is written %s', (type, stored, wire) => {
    expect(valueWriter(parseType(type))(stored)).toBe(wire)
    expect(() => JSON.parse(wire)).not.toThrow()
  })
})

/** Year, month and day of a day since the epoch, by counting: 146,097 days are 400 years. */
function civil(days: number): string {
  const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const cycles = Math.floor(days / 146_097)
  let left = days - cycles * 146_097
  let year = 1970 + cycles * 400
  for (; left >= (isLeap(year) ? 366 : 365); year++) left -= isLeap(year) ? 366 : 365
  let month = 1
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  for (const length of lengths) {
    if (left < length) break
    left -= length
    month++
  }
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(left + 1)}`
}

function rfc3339(micros: bigint): string {
  const day = 86_400_000_000n
  const ofDay = ((micros % day) + day) % day
  const [seconds, fraction] = [Number(ofDay / 1_000_000n), String(ofDay % 1_000_000n).padStart(6, '0')]
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':')
  const shown = fraction === '000000' ? '' : `.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}`
  return `${civil(Number((micros - ofDay) / day))}T${clock}${shown}Z`
}

const FIRST = -62_135_596_800_000_000n
const LAST = 253_402_300_799_999_999n

/** Integers of the range that a double holds. */
const instant = fc
  .oneof(fc.bigInt({ min: FIRST, max: LAST }), fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }))
  .map(Number)
  .filter((micros) => BigInt(micros) >= FIRST && BigInt(micros) <= LAST)

describe('an instant', () => {
  it.each([
    [Number(FIRST), '0001-01-01T00:00:00Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [0, '1970-01-01T00:00:00Z'],
    [1000, '1970-01-01T00:00:00.001Z'],
    [1_500_000, '1970-01-01T00:00:01.500Z'],
    [951_782_400_000_000, '2000-02-29T00:00:00Z'],
    [253_402_300_799_000_000, '9999-12-31T23:59:59Z'],
  ])('%i us is %s, and back', (micros, text) => {
    expect(timestampText(micros)).toBe(text)
    expect(parseTimestamp(text)).toBe(micros)
  })

  it('is printed as the calendar says, for every instant of the years 1 to 9999', () => {
    fc.assert(
      fc.property(instant, (micros) => timestampText(micros) === rfc3339(BigInt(micros))),
      { seed: 6, numRuns: 3000 },
    )
  })

  it('is read back exactly as it was printed', () => {
    fc.assert(
      fc.property(instant, (micros) => parseTimestamp(timestampText(micros)) === micros),
      { seed: 7, numRuns: 3000 },
    )
  })

  it.each([
    ['2001-07-01T00:00:00z', 993_945_600_000_000],
    ['2001-07-01t00:00:00Z', 993_945_600_000_000],
    ['2001-07-01T00:00:00', 993_945_600_000_000],
    ['2001-07-01 00:00:00', 993_945_600_000_000],
    ['2001-07-01', 993_945_600_000_000],
    ['2001-07-01T05:30:00+05:30', 993_945_600_000_000],
    ['2001-06-30T19:00:00-05:00', 993_945_600_000_000],
    ['2001-07-01T00:00:00-00:00', 993_945_600_000_000],
    ['2001-07-01T00:00:00.1Z', 993_945_600_100_000],
    ['2001-07-01T00:00:00.000001Z', 993_945_600_000_001],
  ])('may be written %s', (text, micros) => {
    expect(parseTimestamp(text)).toBe(micros)
  })

  it.each([
    ['a day that does not exist', '2001-02-29T00:00:00Z'],
    ['hour 24', '2001-07-01T24:00:00Z'],
    ['a leap second, which no clock of ours has', '2016-12-31T23:59:60Z'],
    ['seven digits of a second', '2001-07-01T00:00:00.1234567Z'],
    ['no digit of a second after the point', '2001-07-01T00:00:00.Z'],
    ['a zone of 99 hours', '2001-07-01T00:00:00+99:00'],
    ['a zone of 60 minutes', '2001-07-01T00:00:00+01:60'],
    ['a zone without a colon', '2001-07-01T00:00:00+0200'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['year 0 by its zone', '0001-01-01T00:00:00+01:00'],
    ['year 10000', '10000-01-01T00:00:00Z'],
    ['year 10000 by its zone', '9999-12-31T23:59:59-01:00'],
    ['microseconds that a double loses', '9999-12-31T23:59:59.999999Z'],
    ['a space before it', ' 2001-07-01T00:00:00Z'],
    ['a line break after it', '2001-07-01T00:00:00Z\n'],
    ['nothing', ''],
    ['a number', '993945600'],
  ])('is refused with %s', (_what, text) => {
    expect(parseTimestamp(text)).toBeNull()
  })
})

describe('the text of a float32', () => {
  /** Decimals of so many significant digits just below and above the value. */
  function around(value: number, digits: number): readonly number[] {
    const exponent = Number(value.toExponential(20).split('e')[1]) - digits + 1
    const middle = Number(value.toPrecision(digits))
    return [-1, 0, 1].map((step) => Number((middle + step * 10 ** exponent).toPrecision(digits)))
  }

  function fewestDigits(value: number): number {
    for (let digits = 1; digits < 10; digits++)
      if (around(value, digits).some((decimal) => Math.fround(decimal) === value)) return digits
    return 10
  }

  function significantDigits(text: string): number {
    return text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length || 1
  }

  function fromBits(bits: number): number {
    return new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0
  }

  it.each([
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
    [16_777_216, '16777216'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.401298464324817e-45, '1e-45'],
    [1.1754943508222875e-38, '1.1754944e-38'],
    [0, '0'],
    [-2.5, '-2.5'],
  ])('%f is %s', (value, text) => {
    expect(float32Text(Math.fround(value))).toBe(text)
  })

  it('is read back as the same number, and no shorter text is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 0x7f7fffff }), fc.integer({ min: 1, max: 0x007fffff })).map(fromBits),
        (value) => {
          const text = float32Text(value)
          expect(Math.fround(Number(text))).toBe(value)
          expect([text, significantDigits(text)]).toEqual([text, fewestDigits(value)])
          expect(float32Text(-value)).toBe(`-${text}`)
        },
      ),
      { seed: 8, numRuns: 3000 },
    )
  })

  it('is read back for every power of two, where the numbers below are closer than those above', () => {
    for (let power = -149; power < 128; power++) expect(Math.fround(Number(float32Text(2 ** power)))).toBe(2 ** power)
  })
})
