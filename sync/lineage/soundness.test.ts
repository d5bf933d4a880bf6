/**
 * No dependency is missing. Random queries are run over random rows; then one column of one table gets other values, and
 * what changes in the answer must have been said. The oracle runs queries and knows nothing of plans.
 */
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { columnLineage } from './lineage.ts'
import { randomQuery, TABLES } from './random-query.fixture.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 300)
const TIMEOUT = 60_000 + RUNS * 50

const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
const db = await instance.connect()
for (const [table, columns] of Object.entries(TABLES))
  await db.run(`create temp table ${table} (${columns.map((column) => `${column} int`).join(', ')})`)
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

type Value = number | null
/** By `table.column`: the values of its rows. */
type Data = ReadonlyMap<string, readonly Value[]>

const ROWS = 5
const COLUMNS = Object.entries(TABLES).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))

const values = fc.array(fc.option(fc.nat(4), { freq: 6 }), { minLength: ROWS, maxLength: ROWS })
const data: fc.Arbitrary<Data> = fc
  .tuple(...COLUMNS.map(() => values))
  .map((lists) => new Map(COLUMNS.map((column, index) => [column, lists[index] ?? []])))
/** Other values for a column: any, and some that are likely to matter. */
const replacements = fc
  .tuple(values, values)
  .map(([one, other]): readonly ((old: readonly Value[]) => readonly Value[])[] => [
    () => one,
    () => other,
    (old) => old.map((value) => (value === null ? 2 : value + 1)),
    (old) => old.map(() => null),
    (old) => [...old.slice(1), ...old.slice(0, 1)],
  ])
const tape = fc.array(fc.nat(9_999), { minLength: 60, maxLength: 120 })

async function fill(table: string, rows: Data): Promise<void> {
  const columns = (TABLES[table] ?? []).map((column) => rows.get(`${table}.${column}`) ?? [])
  const tuples = Array.from(
    { length: ROWS },
    (_, row) => `(${columns.map((column) => String(column[row])).join(', ')})`,
  )
  await db.run(`truncate ${table}; insert into ${table} values ${tuples.join(', ')}`)
}

/** The values of each column, in no order. */
async function answers(sql: string): Promise<readonly string[]> {
  const columns = (await db.runAndReadAll(sql)).getColumnsJson()
  return columns.map((column) => column.map(String).sort().join())
}

describe('column lineage', () => {
  it(
    'names every source column that can change a column of the answer',
    async () => {
      await fc.assert(
        fc.asyncProperty(tape, data, replacements, async (choices, rows, replace) => {
          const { sql, width } = randomQuery(choices)
          const found = await columnLineage(db, sql, Object.keys(TABLES))
          expect(Object.keys(found.columns)).toEqual(Array.from({ length: width }, (_, index) => `c${index}`))
          for (const table of Object.keys(TABLES)) await fill(table, rows)
          const before = await answers(sql)
          const known = Object.values(found.columns).map((columns) => new Set([...columns, ...found.rows]))
          for (const column of COLUMNS) {
            const table = column.slice(0, column.indexOf('.'))
            if (known.every((columns) => columns.has(column)) || !sql.includes(`from ${table}`)) continue
            for (const change of replace) {
              await fill(table, new Map(rows).set(column, change(rows.get(column) ?? [])))
              const after = await answers(sql)
              for (const [index, columns] of known.entries())
                if (!columns.has(column))
                  expect([`c${index} by ${column}`, after[index]]).toEqual([`c${index} by ${column}`, before[index]])
            }
            await fill(table, rows)
          }
        }),
        { numRuns: RUNS, seed: 20_261_124 },
      )
    },
    TIMEOUT,
  )
})
