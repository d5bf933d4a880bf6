/**
 * Records `core/expressions/golden.json`: some thousand pairs of an expression and a row, with what DuckDB makes of them:
 * at random, and every function and cast.
 *
 *     node sync/on-demand/record-golden.ts
 */
import { writeFile } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { messageOf } from '../../core/errors.ts'
import { storedWriter } from '../../core/expressions/values.ts'
import { parseType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import { randomOf } from '../verify/random.ts'
import { bindExpressions } from './bind.ts'
import { castCall } from './casts.ts'
import { registerFunctions } from './offline.ts'
import { makeRows, offlineValues } from './parity.fixture.ts'
import { CALLED, Expressions } from './parity-expressions.fixture.ts'
import { COLUMNS, pick, RESULT_TYPES } from './parity-values.fixture.ts'
import { sqlType } from './types.ts'

const SEED = 2001
const ROWS = 24
const EACH = 40
/** A tree beyond it says no more than a smaller one, and the file is read by people too. */
const LONGEST = 1500
/** How often a function is tried until a row has a value. */
const TRIES = 200
const PACKS = ['arithmetic', 'transcendental', 'strings', 'time', 'lists']

const db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
await registerFunctions(db)
const rows = await makeRows(db, ROWS, SEED)
const random = randomOf(SEED)
const expressions: unknown[] = []
for (const pack of PACKS) {
  const made = new Expressions(random, pack)
  for (let count = 0; count < EACH; ) {
    const type = pick(random, RESULT_TYPES)
    if (await record(made.of(type, 1 + Math.floor(random() * 3)), type)) count++
  }
}
// And each function and cast at least once, whatever chance left out.
const any = new Expressions(random)
for (const call of new Set(CALLED.map((one) => one.call))) {
  const shapes = CALLED.filter((one) => one.call === call)
  let tries = 0
  do {
    const { text, type } = any.calling(pick(random, shapes), 0)
    if (await record(text, type)) break
  } while (++tries < TRIES)
  if (tries === TRIES) throw new RangeError(`Nothing that calls ${call} has a value`)
}
for (const { name, type: from } of COLUMNS.filter((column) => column.name.endsWith('_1')))
  for (const type of RESULT_TYPES)
    if (from !== type && typeof castCall(from, type) !== 'string') await record(`${name}::${sqlType(type)}`, type)

const golden = { columns: COLUMNS, rows: rows.stored.map((row) => row.map(signed)), expressions }
const text = JSON.stringify(golden).replaceAll('{"sql":', '\n{"sql":').replaceAll('],[', '],\n[')
await writeFile(new URL('../../core/expressions/golden.json', import.meta.url), `${text}\n`)
process.stdout.write(`${expressions.length * ROWS} pairs\n`)

/** @returns whether it is one to keep */
async function record(written: string, type: string): Promise<boolean> {
  const bound = await attempt(written, type)
  if (!bound || JSON.stringify(bound.tree).length > LONGEST) return false
  const [values = []] = await offlineValues(db, [{ sql: bound.sql, type }], 0, ROWS)
  if (values.every((value) => value === null)) return false
  const write = storedWriter(parseType(type))
  expressions.push({ sql: bound.sql, type, tree: bound.tree, values: values.map((value) => signed(write(value))) })
  return true
}

async function attempt(text: string, type: string) {
  try {
    return (await bindExpressions(db, { name: 'golden', row: COLUMNS, sql: { f: { text, type } } })).bound['f']
  } catch (thrown) {
    process.stderr.write(`left out: ${messageOf(thrown).slice(0, 100)}\n`)
    return undefined
  }
}

/** JSON has no minus zero. */
function signed(value: StoredValue): StoredValue {
  if (Array.isArray(value)) return value.map(signed)
  return Object.is(value, -0) ? '-0' : value
}
