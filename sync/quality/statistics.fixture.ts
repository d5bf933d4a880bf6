/** Values of every type with everything odd that they have, as SQL, and their statistics worked out row by row. */
import fc from 'fast-check'
import type { Json } from '../../core/types.ts'

/** Types -> a value as this test has it, which is plain JSON but for int64. */
export type Value = Json | bigint

export interface Kind {
  readonly type: string
  readonly duckdb: string
  readonly values: fc.Arbitrary<Value>
}

const texts = fc.constantFrom('', 'AA', 'UA', "O'Hare", 'ä€😀', 'z'.repeat(250), '😀'.repeat(120), '￿', '"\\', '\n')
const double = fc.oneof(
  fc.constantFrom(0, -0, 1, 0.1, -2.5, 1e139, 5e-324, 'NaN', 'Infinity', '-Infinity'),
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8),
)
const int64 = fc.oneof(
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n),
  fc.bigInt({ min: -50n, max: 50n }),
)

export const KINDS: readonly Kind[] = [
  { type: 'bool', duckdb: 'BOOLEAN', values: fc.boolean() },
  {
    type: 'int32',
    duckdb: 'INTEGER',
    values: fc.oneof(fc.constantFrom(2147483647, -2147483648), fc.integer({ min: 0, max: 9 })),
  },
  { type: 'int64', duckdb: 'BIGINT', values: int64 },
  { type: 'float64', duckdb: 'DOUBLE', values: double },
  { type: 'float32', duckdb: 'FLOAT', values: double.filter((value) => value !== 1e139 && value !== 5e-324) },
  { type: 'string', duckdb: 'VARCHAR', values: texts },
  {
    type: 'timestamp',
    duckdb: 'TIMESTAMP',
    values: fc.constantFrom(
      '0001-01-01T00:00:00Z',
      '2001-07-01T00:00:00.000001Z',
      '2001-07-01T12:00:00Z',
      '9999-12-31T23:59:59Z',
    ),
  },
  { type: 'date', duckdb: 'DATE', values: fc.constantFrom('0001-01-01', '1969-12-31', '2001-07-01', '9999-12-31') },
  {
    type: 'uuid',
    duckdb: 'UUID',
    values: fc.constantFrom('00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  },
  { type: 'bytes', duckdb: 'BLOB', values: fc.constantFrom('', '00', 'ff00ff') },
  { type: 'json', duckdb: 'JSON', values: fc.constantFrom('null', '{"a":1}', '"ä"', '[1,2]') },
  { type: 'list(int64)', duckdb: 'BIGINT[]', values: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }) },
  { type: 'vector(2)', duckdb: 'FLOAT[2]', values: fc.constantFrom([0.5, 1], [2, 3]) },
]

/** SQL of a value of the type; null is NULL. */
export function sqlOf({ type, duckdb }: Kind, value: Value): string {
  if (value === null) return `null::${duckdb}`
  if (type === 'bytes') return `unhex('${String(value)}')`
  if (Array.isArray(value)) return `[${value.join(', ')}]::${duckdb}`
  const text = Object.is(value, -0) ? '-0' : String(value)
  return `'${text.replaceAll("'", "''").replace(/Z$/, type === 'timestamp' ? '' : 'Z')}'::${duckdb}`
}

/** What is said of a column but for its quantiles, histogram and frequent values, one value after the other. */
export function described(kind: Kind, column: readonly Value[]): Readonly<Record<string, unknown>> {
  const values = column.filter((value) => value !== null)
  const nulls = column.length - values.length
  const distinct = new Set(values.map((value) => (value === 0 ? '0' : JSON.stringify(value, bigintText))))
  return {
    type: kind.type,
    count: values.length,
    nulls,
    null_share: column.length === 0 ? 0 : nulls / column.length,
    approx_distinct: distinct.size,
    ...numbers(kind, values),
    ...ends(kind, values),
    ...lengths(kind, values),
  }
}

function numbers({ type }: Kind, values: readonly Value[]): Readonly<Record<string, unknown>> {
  if (type === 'bool') return values.length === 0 ? {} : { mean: values.filter(Boolean).length / values.length }
  if (type === 'int32' || type === 'int64') return moments(values.map(Number))
  if (type !== 'float64' && type !== 'float32') return {}
  const nan = values.filter((value) => value === 'NaN').length
  const infinite = values.filter((value) => value === 'Infinity' || value === '-Infinity').length
  return { nan, infinite, ...moments(finite(type, values)) }
}

/** The numbers that are neither NaN nor infinite, as the column's type holds them. */
export function finite(type: string, values: readonly Value[]): readonly number[] {
  return values
    .filter((value) => typeof value === 'number')
    .map((value) => (type === 'float32' ? Math.fround(value) : value) + 0)
}

function moments(numbers: readonly number[]): Readonly<Record<string, unknown>> {
  if (numbers.length === 0) return {}
  const mean = numbers.reduce((sum, number) => sum + number / numbers.length, 0)
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2 / numbers.length, 0)
  return { mean, stddev: Math.sqrt(variance) }
}

function ends({ type }: Kind, values: readonly Value[]): Readonly<Record<string, unknown>> {
  const least = (list: readonly (number | bigint)[], order: 1 | -1): unknown =>
    list.reduce((best, one) => (order * (one < best ? -1 : 1) < 0 ? one : best))
  const of = (list: readonly (number | bigint)[], write: (one: unknown) => unknown) =>
    list.length === 0 ? {} : { min: write(least(list, 1)), max: write(least(list, -1)) }
  if (type === 'int64')
    return of(
      values.map((value) => BigInt(String(value))),
      String,
    )
  if (type === 'int32') return of(values.map(Number), Number)
  // The decimals of a float32 are as they were written, so that they are compared before they are rounded.
  if (type === 'float64' || type === 'float32') return of(finite('float64', values), Number)
  if (type !== 'string' && type !== 'timestamp' && type !== 'date') return {}
  const sorted = values
    .map((value) => [...String(value)].slice(0, 100).join(''))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return sorted.length === 0 ? {} : { min: sorted[0], max: sorted.at(-1) }
}

function lengths({ type }: Kind, values: readonly Value[]): Readonly<Record<string, unknown>> {
  const length = LENGTHS[type]
  if (!length || values.length === 0) return {}
  const all = values.map(length)
  return {
    lengths: { min: Math.min(...all), max: Math.max(...all), mean: all.reduce((a, b) => a + b, 0) / all.length },
  }
}

const LENGTHS: Readonly<Record<string, (value: Value) => number>> = {
  string: (value) => [...String(value)].length,
  json: (value) => [...String(value)].length,
  bytes: (value) => String(value).length / 2,
  'list(int64)': (value) => (Array.isArray(value) ? value.length : 0),
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
