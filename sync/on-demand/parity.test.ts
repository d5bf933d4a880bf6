/**
 * What is computed in the request is what is computed in training, bit for bit: expressions made at random over rows of every
 * type, in DuckDB and in the evaluator. SHORELINE_RUNS is how many pairs of an expression and a row.
 */

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { randomOf } from '../verify/random.ts'
import { bindExpressions } from './bind.ts'
import { registerFunctions } from './offline.ts'
import { type Compared, differences, makeRows, type Rows, shrink } from './parity.fixture.ts'
import { Expressions } from './parity-expressions.fixture.ts'
import { COLUMNS, pick, RESULT_TYPES } from './parity-values.fixture.ts'

const PAIRS = Number(process.env['SHORELINE_RUNS'] ?? 200_000)
const SEED = Number(process.env['SHORELINE_SEED'] ?? 6)
const ROWS = 1000
const ROWS_EACH = 200
const TOGETHER = 8

let db: DuckDBConnection
let rows: Rows

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await registerFunctions(db)
  rows = await makeRows(db, ROWS, SEED)
})
afterAll(() => db.closeSync())

it('agrees on every pair of an expression and a row', async () => {
  const random = randomOf(SEED)
  const expressions = new Expressions(random, process.env['SHORELINE_PACK'])
  let pairs = 0
  let refused = 0
  const reasons = new Map<string, number>()
  const found: string[] = []
  while (pairs < PAIRS && found.length < 12) {
    const list: Compared[] = []
    while (list.length < TOGETHER) {
      const type = pick(random, RESULT_TYPES)
      const text = expressions.of(type, 1 + Math.floor(random() * 4))
      try {
        const { bound } = await bindExpressions(db, { name: 'parity', row: COLUMNS, sql: { f: { text, type } } })
        if (bound['f']) list.push({ ...bound['f'], type })
      } catch (thrown) {
        refused++
        const reason = String(thrown).replace(/^.*feature f: /, '')
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        if (!(thrown instanceof Error) || thrown.name !== 'ShorelineError') throw thrown
      }
    }
    const from = Math.floor(random() * (ROWS - ROWS_EACH))
    for (const { sql, row } of await differences(db, rows, list, from, from + ROWS_EACH)) {
      const one = list.find((candidate) => candidate.sql === sql)
      if (one) found.push(await shrink(db, rows, one, row))
    }
    pairs += list.length * ROWS_EACH
  }
  if (process.env['SHORELINE_RUNS']) {
    process.stdout.write(`${pairs} pairs, ${refused} expressions refused\n`)
    for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 12))
      process.stdout.write(`${times} x ${reason}\n`)
  }
  expect(found.join('\n\n')).toBe('')
})
