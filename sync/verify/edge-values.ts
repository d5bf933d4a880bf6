/** Values at the edges of their types: what is asked where the lake has no column to take values from, and between real ones. */
import type { ValueType } from '../../core/types.ts'
import { type StoredValue, storedVector } from '../../core/values.ts'

type Scalar = Exclude<ValueType['kind'], 'list' | 'vector'>

const FLOATS = [0, -0, 1, -1, 0.1, -2.5, 5e-324, 1e-7, 1e15, 2 ** 53, 2 ** 63, -(2 ** 31) - 0.5]
const NOT_FINITE = ['NaN', 'Infinity', '-Infinity']

const EDGES: Readonly<Record<Scalar, readonly StoredValue[]>> = {
  bool: [true, false],
  int32: [0, 1, -1, 7, 1000, -10, 2_147_483_647, -2_147_483_648],
  int64: [
    '0',
    '1',
    '-1',
    '1000',
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
  ],
  float64: [...FLOATS, 1e300, -1e300, ...NOT_FINITE],
  float32: [...FLOATS.map(Math.fround), 3.4028234663852886e38, ...NOT_FINITE],
  string: [
    '',
    ' ',
    'a',
    'ABC',
    '  padded ',
    'é',
    'e\u0301',
    'İ',
    'ß',
    '日本語',
    'a😀b',
    '\ufeffbom',
    '100%',
    "it's",
    '\\',
    '1.5',
  ],
  timestamp: [
    ...[0, 1, -1, -1_500_000, 999_999, 951_782_400_000_000, 993_945_600_123_456, -2_208_988_800_000_000],
    ...[-62_135_596_800_000_000, 253_402_300_799_000_000, 9_007_199_254_740_991],
  ],
  date: ['1970-01-01', '1969-12-31', '2000-02-29', '2020-12-31', '2021-01-03', '0001-01-01', '9999-12-31'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    '7fffffff-0000-4000-8000-000000000001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  bytes: ['', 'AA==', 'AP8=', 'YWJj'],
  json: ['{}', '[]', '[1,null,"x"]', '{"a":{"b":0.1}}', '"text"', '0'],
}

const NULLS = 0.1

/** One of them, or null. */
export function edgeValue(random: () => number, type: ValueType): StoredValue {
  return random() < NULLS ? null : presentValue(random, type)
}

/** One that is not null. */
export function presentValue(random: () => number, type: ValueType): StoredValue {
  if (type.kind === 'list') {
    const { of } = type
    return Array.from({ length: Math.floor(random() * 5) }, () => edgeValue(random, of))
  }
  if (type.kind === 'vector')
    return storedVector(
      Float32Array.from({ length: type.size }, () => Number(presentValue(random, { kind: 'float32' }))),
    )
  const values = EDGES[type.kind]
  return values[Math.floor(random() * values.length)] ?? null
}
