/** Columns of every type and rows of values at their edges, as stored values and as SQL of DuckDB. */
import { parseType, type ValueType } from '../../core/types.ts'
import { type StoredValue, vectorItems } from '../../core/values.ts'
import { literal } from '../sql/text.ts'
import { sqlType } from './types.ts'

export function pick<T>(random: () => number, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) throw new RangeError('nothing to pick from')
  return found
}

/** Types whose values have an order; written here anew, so that the binder's own list is tried. */
export const ORDERED = ['bool', 'int32', 'int64', 'float32', 'float64', 'string', 'timestamp', 'date', 'uuid']
const OF_ITEMS = ['list(int64)', 'list(float64)', 'list(string)', 'vector(3)']

/** What a generated expression may be of. */
export const RESULT_TYPES = [...ORDERED, ...OF_ITEMS]
export const COLUMN_TYPES = [...ORDERED, 'bytes', ...OF_ITEMS]

export interface TestColumn {
  readonly name: string
  readonly type: string
}

/** Three of each type. */
export const COLUMNS: readonly TestColumn[] = COLUMN_TYPES.flatMap((type) =>
  [1, 2, 3].map((at) => ({ name: `${type.replace('list', 'l_').replaceAll(/\W/g, '')}_${at}`, type })),
)

const INT32 = [
  0, 1, -1, 2, 3, 7, 10, -10, 100, 127, 128, 255, 1000, 65_536, 46_341, 2_147_483_647, -2_147_483_648, 2_147_483_646,
]
const INT64 = [
  ...INT32.map(String),
  '4294967296',
  '3037000500',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740991',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775806',
  '1000000000000',
  '-1000000000001',
]
const FLOAT64 = [
  ...[
    0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 0.2, 0.3, 1e-7, 123_456.789, 1e15, 1e16, 1e21, 1e22, 1e300, -1e300,
    5e-324,
  ],
  ...[
    2 ** 31,
    2 ** 31 - 0.5,
    -(2 ** 31) - 0.5,
    2 ** 53,
    2 ** 53 + 2,
    2 ** 63,
    -(2 ** 63),
    2 ** 63 - 1024,
    0.49999999999999994,
  ],
  ...[
    Number.MAX_VALUE,
    2.2250738585072014e-308,
    3.4028234663852886e38,
    3.4028235677973366e38,
    1e-45,
    3.5,
    100,
    1e10,
    12_345_678.5,
  ],
]
const NOT_FINITE = ['NaN', 'Infinity', '-Infinity']
const SPACE = ['\u00a0', '\u2003', '\u3000', '\t', '\n', ' ']
const STRINGS = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'b',
    'abc',
    'ABC',
    'Abc',
    '  padded  ',
    'a,b,c',
    ',',
    '1',
    '42',
    '-7',
    '1.5',
    ' 12 ',
    '1e3',
    'nan',
    'inf',
    'true',
    'f',
  ],
  ...[
    'é',
    'É',
    'e\u0301',
    'ß',
    'İ',
    'ı',
    'Σ',
    'ς',
    'ÅNGSTRÖM',
    '日本語',
    '😀',
    'a😀b',
    '👨‍👩‍👧',
    '\uffff',
    '\u{10000}',
    '\ufeffbom',
    '\u00a0x\u2003',
    'a%b_c',
    '100%',
  ],
  ...[
    '2020-02-29',
    '2020-01-01 12:34:56.789',
    'x.y',
    'a+b',
    '[a]',
    '\\',
    "it's",
    'SFO',
    'sfo-lax',
    '9223372036854775807',
    '9223372036854775808',
    '\u0001',
    'a\u0000b',
    '\u0000',
  ],
]
const TIMESTAMPS = [
  ...[
    0, 1, -1, 999_999, 1_000_000, -1_000_000, 86_399_999_999, 86_400_000_000, -86_400_000_000, -1_500_000,
    951_782_400_000_000,
  ],
  ...[
    994_000_000_000_000, 993_945_600_123_456, 1_582_934_399_999_999, 1_583_020_800_000_000, -2_208_988_800_000_000,
    4_102_444_799_999_999,
  ],
  ...[
    -62_135_596_800_000_000, -62_135_596_799_000_000, 253_402_300_799_000_000, -9_007_199_254_740_991,
    9_007_199_254_740_991,
  ],
]
const DATES = [
  '1970-01-01',
  '1969-12-31',
  '2000-02-29',
  '2001-07-01',
  '1900-02-28',
  '2020-12-31',
  '2021-01-03',
  '0001-01-01',
  '9999-12-31',
  '2024-02-29',
]
const UUIDS = [
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '7fffffff-0000-4000-8000-000000000001',
  '80000000-0000-4000-8000-000000000000',
]
const BYTES = ['', 'AA==', 'AP8=', 'YWJj']

/** One that is not null. */
function presentOf(random: () => number, type: ValueType): StoredValue {
  switch (type.kind) {
    case 'bool':
      return random() < 0.5
    case 'int32':
      return random() < 0.6 ? pick(random, INT32) : Math.floor((random() - 0.5) * 2 ** Math.ceil(random() * 32))
    case 'int64':
      return random() < 0.6
        ? pick(random, INT64)
        : String(BigInt(Math.floor((random() - 0.5) * 2 ** Math.ceil(random() * 63))))
    case 'float64':
      return floatOf(random)
    case 'float32': {
      const float = floatOf(random)
      if (typeof float !== 'number') return float
      return Number.isFinite(Math.fround(float)) ? Math.fround(float) : 'Infinity'
    }
    case 'string':
      return stringOf(random)
    case 'timestamp':
      return random() < 0.5 ? pick(random, TIMESTAMPS) : Math.floor((random() - 0.3) * 3e15)
    case 'date':
      return random() < 0.5
        ? pick(random, DATES)
        : new Date(Math.floor((random() - 0.3) * 3e12)).toISOString().slice(0, 10)
    case 'uuid':
      return pick(random, UUIDS)
    case 'bytes':
      return pick(random, BYTES)
    case 'json':
      return '{}'
    case 'list':
      return Array.from({ length: Math.floor(random() * 5) }, () => storedOf(random, type.of))
    case 'vector':
      return vectorOf(Array.from({ length: type.size }, () => Math.fround(Number(smallFloat(random)))))
  }
}

export function storedOf(random: () => number, type: ValueType): StoredValue {
  return random() < 0.1 ? null : presentOf(random, type)
}

function smallFloat(random: () => number): number {
  return random() < 0.3
    ? pick(random, [0, -0, 1, -1, 0.1, 1e20, 1e-20, Number.NaN, Number.POSITIVE_INFINITY])
    : (random() - 0.5) * 4
}

const bits = new DataView(new ArrayBuffer(8))

function floatOf(random: () => number): StoredValue {
  const kind = random()
  if (kind < 0.08) return pick(random, NOT_FINITE)
  if (kind < 0.5) return pick(random, FLOAT64)
  if (kind < 0.85) return (random() - 0.5) * 10 ** Math.floor(random() * 8)
  bits.setUint32(0, Math.floor(random() * 2 ** 32))
  bits.setUint32(4, Math.floor(random() * 2 ** 32))
  const any = bits.getFloat64(0)
  return Number.isFinite(any) ? any : String(any)
}

function stringOf(random: () => number): string {
  if (random() < 0.7) return pick(random, STRINGS)
  const alphabet = [...'abcABCxyz019 ,.-_%é😀日', ...SPACE]
  return Array.from({ length: Math.floor(random() * 8) }, () => pick(random, alphabet)).join('')
}

function vectorOf(items: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(items.length * 4))
  items.forEach((item, at) => {
    view.setFloat32(at * 4, item, true)
  })
  return Buffer.from(view.buffer).toString('base64')
}

export function valueSql(value: StoredValue, type: string): string {
  if (value === null) return `null::${sqlType(type)}`
  const parsed = parseType(type)
  if (parsed.kind === 'list' && Array.isArray(value)) {
    const items = value.map((item) => valueSql(item as StoredValue, type.slice(5, -1)))
    return `[${items.join(', ')}]::${sqlType(type)}`
  }
  if (parsed.kind === 'vector')
    return `[${vectorItems(value)
      .map((item) => valueSql(floatText(item), 'float32'))
      .join(', ')}]::${sqlType(type)}`
  if (parsed.kind === 'timestamp') return `make_timestamp(${String(value)}::bigint)`
  if (parsed.kind === 'bytes') return `from_base64(${literal(String(value))})`
  // No SQL text has a NUL; strings have.
  if (parsed.kind === 'string' && String(value).includes('\0'))
    return `concat(${Array.from(String(value), (one) => (one === '\0' ? 'chr(0)' : literal(one))).join(', ')})`
  return `${literal(Object.is(value, -0) ? '-0.0' : String(value))}::${sqlType(type)}`
}

function floatText(item: number): StoredValue {
  return Number.isFinite(item) ? item : String(item)
}
