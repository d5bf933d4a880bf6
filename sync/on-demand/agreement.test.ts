/** What the fuzz found, each once: rows on which DuckDB and the evaluator differed before something was done about it. */
import { readFile } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compileExpression } from '../../core/expressions/compile.ts'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import { type RuntimeValue, runtimeReader, storedWriter } from '../../core/expressions/values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { bindExpressions } from './bind.ts'
import { offlineQuery, registerFunctions } from './offline.ts'
import { CALLED } from './parity-expressions.fixture.ts'
import { valueSql } from './parity-values.fixture.ts'

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:')).connect()
  await registerFunctions(db)
})
afterAll(() => db.closeSync())

type Value = readonly [type: string, value: StoredValue]

/** @returns what each path makes of it, as a block would store it; null where it is an error */
async function both(text: string, type: string, ...values: readonly Value[]) {
  const row = values.map(([of], at) => ({ name: ['x', 'y', 'z'][at] ?? '', type: of }))
  const { bound } = await bindExpressions(db, { name: 'agreement', row, sql: { f: { text, type } } })
  const feature = bound['f']
  if (!feature) throw new RangeError('nothing was bound')
  const columns = values.map(([of, value], at) => `${valueSql(value, of)} as ${row[at]?.name}`)
  const relation = `(select ${[...columns, '1 as one'].join(', ')} from range(3))`
  const statement = offlineQuery(relation, [], { f: { sql: feature.sql, type } })
  const [offline] = (await db.runAndReadAll(statement)).getRowsJson()
  const inputs = values.map(([of, value]) => runtimeReader(parseType(of))(value))
  const online = storedWriter(parseType(type))(valueOr(() => compileExpression(feature.tree, ALL_PACKS)(inputs)))
  return { offline: offline?.[0] ?? null, online }
}

function valueOr(evaluate: () => RuntimeValue): RuntimeValue {
  try {
    return evaluate()
  } catch {
    return null
  }
}

it.each<[string, string, readonly Value[], unknown]>([
  // DuckDB compares with the greatest integer before it rounds.
  ['x::integer', 'int32', [['float64', 2147483647.5]], null],
  ['x::integer', 'int32', [['float64', -2147483648.5]], -2147483648],
  [
    'x % y',
    'int32',
    [
      ['int32', -2147483648],
      ['int32', -1],
    ],
    null,
  ],
  ['x % 0', 'int64', [['int64', '7']], null],
  [
    'x // y',
    'int64',
    [
      ['int64', '-9223372036854775808'],
      ['int64', '-1'],
    ],
    null,
  ],
  ['x + 1', 'int64', [['int64', '9223372036854775807']], null],
  ['x * 3', 'int64', [['int64', '3074457345618258602']], '9223372036854775806'],
  // TRY() over CASE, with an error in the row: DuckDB 1.5 wrote beyond its memory.
  ['case when x > 0 then x + 9223372036854775807 else 0 end', 'int64', [['int64', '1']], null],
  // Both sides are evaluated, whatever the first says.
  ['x < 0 and x + 1 > 0', 'bool', [['int64', '9223372036854775807']], null],
  // The rewriting optimizer would make it x = 4 and take the overflow away.
  ['x + 1 = 5', 'bool', [['int64', '9223372036854775807']], null],
  [
    "split_part(x, ',', y + 1)",
    'string',
    [
      ['string', null],
      ['int32', 2147483647],
    ],
    null,
  ],
  ["split_part(x, ',', -1)", 'string', [['string', 'a,b,c']], 'c'],
  [
    'left(x, y)',
    'string',
    [
      ['string', 'é'],
      ['int64', '4294967296'],
    ],
    null,
  ],
  ['substr(x, 0, 2)', 'string', [['string', 'a😀b']], 'a'],
  ['x::varchar', 'string', [['float32', 3502562.25]], '3502562.3'],
  ['x::date', 'date', [['string', '2020-01-01 12:34:56']], null],
  [
    'x + y',
    'date',
    [
      ['date', '9999-12-31'],
      ['int32', 1],
    ],
    null,
  ],
  ['length(x)', 'int64', [['string', '👨‍👩‍👧']], '5'],
  ['lower(x)', 'string', [['string', 'ÄB']], 'Äb'],
  ["list_position(['a', 'b'], x)", 'int32', [['string', 'b']], 2],
  ["array_position(['a', 'b'], x)", 'int32', [['string', null]], null],
  // A null is found where one is looked for.
  [
    'list_indexof(x, y)',
    'int32',
    [
      ['list(int64)', ['1', null]],
      ['int64', null],
    ],
    2,
  ],
  ["x < '\u{10000}'", 'bool', [['string', '\uffff']], true],
])('%s as %s agrees', async (text, type, values, wanted) => {
  const { offline, online } = await both(text, type, ...values)
  expect({ offline, online }).toEqual({ offline: wanted, online: wanted })
})

it('computes 1.1 + 2.2 in doubles, though DuckDB would compute it in decimals', async () => {
  expect(await both('1.1 + 2.2', 'float64')).toEqual({ offline: 1.1 + 2.2, online: 1.1 + 2.2 })
})

it('has pairs recorded of every function, for engines without DuckDB', async () => {
  const golden = JSON.parse(await readFile(new URL('../../core/expressions/golden.json', import.meta.url), 'utf8'))
  const recorded = JSON.stringify(golden.expressions.map(({ tree }: { readonly tree: unknown }) => tree))
  expect(CALLED.map(({ call }) => call).filter((call) => !recorded.includes(`"call":"${call}"`))).toEqual([])
})
