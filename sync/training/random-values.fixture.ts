/** Values of every type, each with its SQL, its text as DuckDB writes it, and its place among the others. */
import type { Value } from './oracle.fixture.ts'

export interface Kind {
  readonly type: string
  readonly duckdb: string
  /** The least first; null, which is greater than all, is not among them. */
  readonly values: readonly SqlValue[]
}

export interface SqlValue extends Value {
  readonly sql: string
}

/** @param values SQL and DuckDB's own text, the least first */
function kind(
  type: string,
  duckdb: string,
  values: readonly (readonly [sql: string, text: string, json?: string])[],
): Kind {
  return {
    type,
    duckdb,
    values: values.map(([sql, text, json = text], rank) => ({ sql: `(${sql})::${duckdb}`, text, json, rank })),
  }
}

const quoted = (text: string): readonly [string, string, string] => [
  `'${text.replaceAll("'", "''")}'`,
  text,
  JSON.stringify(text),
]

export const INT64 = kind(
  'int64',
  'BIGINT',
  ['-9223372036854775807', '-9007199254740993', '-1', '0', '7', '9007199254740993', '9223372036854775807'].map(
    (text) => [text, text, `"${text}"`],
  ),
)
export const STRING = kind('string', 'VARCHAR', ['', '"', "O'Hare", 'a|b', 'a|b\\', 'null', 'ä', '😀'].map(quoted))
export const FLOAT64 = kind('float64', 'DOUBLE', [
  ["'-inf'", '-inf'],
  ['-2.5', '-2.5'],
  ["'-0.0'", '-0.0'],
  ["'5e-324'", '5e-324'],
  ['0.1', '0.1'],
  ["'1.7976931348623157e308'", '1.7976931348623157e+308'],
  ["'inf'", 'inf'],
  ["'nan'", 'nan'],
])

export const KINDS: readonly Kind[] = [
  INT64,
  STRING,
  FLOAT64,
  kind('float32', 'FLOAT', [
    ['-1.5', '-1.5'],
    ["'-0.0'", '-0.0'],
    ['0.1', '0.1'],
    ['16777216', '16777216.0'],
    ["'nan'", 'nan'],
  ]),
  kind('bool', 'BOOLEAN', [
    ['false', 'false'],
    ['true', 'true'],
  ]),
  kind('int32', 'INTEGER', [
    ['-2147483648', '-2147483648'],
    ['0', '0'],
    ['2147483647', '2147483647'],
  ]),
  kind(
    'timestamp',
    'TIMESTAMP',
    ['0001-01-01 00:00:00', '1969-12-31 23:59:59.999999', '2001-07-01 00:00:00.000001'].map(quoted),
  ),
  kind('date', 'DATE', ['0001-01-01', '2001-07-01', '9999-12-31'].map(quoted)),
  kind(
    'uuid',
    'UUID',
    [
      '00000000-0000-0000-0000-000000000001',
      '7fffffff-ffff-4fff-bfff-ffffffffffff',
      'ffffffff-ffff-4fff-bfff-ffffffffffff',
    ].map(quoted),
  ),
  kind('bytes', 'BLOB', [
    ["''", ''],
    ["'\\x00'", '\\x00'],
    ["'a\\xFF'", 'a\\xFF'],
  ]),
  kind('json', 'JSON', ['"ä"', '[1, 2]', 'null', '{"a": 12345678901234567890}'].map(quoted)),
  kind('list(int64)', 'BIGINT[]', [
    ['[]', '[]'],
    ['[1, 9007199254740993]', '[1, 9007199254740993]'],
    ['[2, null]', '[2, NULL]'],
  ]),
  kind('list(float64)', 'DOUBLE[]', [
    ["['-0.0'::double, null]", '[-0.0, NULL]'],
    ["[1, 'nan'::double]", '[1.0, nan]'],
  ]),
  kind('list(list(string))', 'VARCHAR[][]', [
    ["[['a', null], []]", '[[a, NULL], []]'],
    ["[['b']]", '[[b]]'],
  ]),
  kind('vector(2)', 'FLOAT[2]', [
    ["[1, '-0.0'::float]", '[1.0, -0.0]'],
    ["[2.5, 'nan'::float]", '[2.5, nan]'],
  ]),
]

/** Keys: any number of them that are different from each other. */
export interface KeyKind {
  readonly type: string
  readonly duckdb: string
  readonly sql: (n: number) => string
}

export const KEY_KINDS: readonly KeyKind[] = [
  {
    type: 'string',
    duckdb: 'VARCHAR',
    sql: (n) => `'${['', '|', '\\', '\\|', 'ä', '😀 ', "''", '|\\'][n % 8]}${n >> 3}'`,
  },
  { type: 'int64', duckdb: 'BIGINT', sql: (n) => `${9007199254740992n + BigInt(n)}` },
  { type: 'int32', duckdb: 'INTEGER', sql: (n) => `${n - 50}` },
  { type: 'date', duckdb: 'DATE', sql: (n) => `date '0001-01-01' + ${n}` },
  { type: 'timestamp', duckdb: 'TIMESTAMP', sql: (n) => `make_timestamp(${n - 40}::bigint)` },
  {
    type: 'uuid',
    duckdb: 'UUID',
    sql: (n) => `'${(n % 2 === 0 ? '0' : 'f').repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}'::uuid`,
  },
  // Only two of them: what tells the entities apart is the next key.
  { type: 'bool', duckdb: 'BOOLEAN', sql: (n) => (n % 2 === 0 ? 'true' : 'false') },
]
