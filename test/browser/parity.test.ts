/**
 * What DuckDB computes is what Chromium computes, bit for bit: every recorded pair of an expression and a row, and pairs made at
 * random, as many as SHORELINE_RUNS says: `npm run test:long -- browser` tries a million.
 */
import { readFile } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Golden } from '../../core/expressions/golden.fixture.ts'
import { bindExpressions } from '../../sync/on-demand/bind.ts'
import { registerFunctions } from '../../sync/on-demand/offline.ts'
import { type Compared, makeRows, offlineValues } from '../../sync/on-demand/parity.fixture.ts'
import { Expressions } from '../../sync/on-demand/parity-expressions.fixture.ts'
import { COLUMNS, pick, RESULT_TYPES } from '../../sync/on-demand/parity-values.fixture.ts'
import { randomOf } from '../../sync/verify/random.ts'
import { evaluate, open, type Visit } from './browser.fixture.ts'
import { type ParityBatch, type ParityRows, signed, write } from './parity-values.fixture.ts'
import { bundle, html, ROOT, type Site, serve } from './site.fixture.ts'

const PAIRS = Number(process.env['SHORELINE_RUNS'] ?? 30_000)
const SEED = Number(process.env['SHORELINE_SEED'] ?? 8)
const ROWS = 1000
const ROWS_EACH = 200
const TOGETHER = 8

let db: DuckDBConnection
let site: Site
let visit: Visit
/** By path: what the page asks for. */
const texts = new Map<string, string>()

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await registerFunctions(db)
  const { files } = await bundle("import './test/browser/parity.page.ts'")
  site = await serve(
    { '/': html(), ...files, '/golden': await readFile(`${ROOT}core/expressions/golden.json`) },
    { answer: ({ path }) => (texts.has(path) ? new Response(texts.get(path)) : null) },
  )
  visit = await open(site.origin)
  await visit.page.waitForFunction("document.title === 'ready'")
})
afterAll(async () => {
  await visit?.close()
  await site?.close()
  db?.closeSync()
})

it('agrees on every recorded pair', async () => {
  const golden = JSON.parse(await readFile(`${ROOT}core/expressions/golden.json`, 'utf8')) as Golden
  expect(golden.expressions.length * golden.rows.length).toBeGreaterThan(3000)
  expect(await evaluate(visit.page, "golden('/golden')")).toEqual([])
})

it('agrees on every pair of an expression and a row made at random', async () => {
  const random = randomOf(SEED)
  const { stored } = await makeRows(db, ROWS, SEED)
  const rows: ParityRows = { columns: COLUMNS.map(({ type }) => type), rows: stored.map((row) => row.map(signed)) }
  texts.set('/rows', JSON.stringify(rows))
  await evaluate(visit.page, 'prepare()')
  const expressions = new Expressions(random)
  const found: string[] = []
  let pairs = 0
  let values = 0
  let batches = 0
  while (pairs < PAIRS && found.length < 12) {
    const list: Compared[] = []
    while (list.length < TOGETHER) {
      const one = await made(expressions, random)
      if (one) list.push(one)
    }
    const from = Math.floor(random() * (ROWS - ROWS_EACH))
    const offline = await offlineValues(db, list, from, from + ROWS_EACH)
    values += offline.flat().filter((value) => value !== null).length
    const path = `/batch/${batches++}`
    const batch: ParityBatch = {
      from,
      expressions: list.map(({ sql, tree }, at) => ({ sql, tree, values: (offline[at] ?? []).map(write) })),
    }
    texts.set(path, JSON.stringify(batch))
    found.push(...(await evaluate<readonly string[]>(visit.page, `compare('${path}')`)))
    texts.delete(path)
    pairs += list.length * ROWS_EACH
  }
  expect(found).toEqual([])
  expect(pairs).toBeGreaterThanOrEqual(PAIRS)
  // Most pairs have a value: nulls agree easily.
  expect(values).toBeGreaterThan(pairs / 3)
  expect(visit.problems).toEqual([])
})

/** Undefined for one that is refused when it is bound. */
async function made(expressions: Expressions, random: () => number): Promise<Compared | undefined> {
  const type = pick(random, RESULT_TYPES)
  const text = expressions.of(type, 1 + Math.floor(random() * 4))
  try {
    const { bound } = await bindExpressions(db, { name: 'parity', row: COLUMNS, sql: { f: { text, type } } })
    return bound['f'] && { ...bound['f'], type }
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'ShorelineError') throw thrown
    return undefined
  }
}
