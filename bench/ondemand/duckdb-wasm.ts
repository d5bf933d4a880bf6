/**
 * One row at a time in duckdb-wasm, by a prepared statement: what a Worker or a browser would use for SQL without an evaluator of
 * its own. The package is large and nothing else needs it, so it is measured where somebody has installed it:
 *
 * ```
 * npm install --prefix .shoreline/bench/duckdb-wasm @duckdb/duckdb-wasm@1.32.0
 * ```
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { median } from '../serving/statistics.ts'
import { type Case, COLUMNS, type Row, row } from './cases.ts'

const FOLDER = join(import.meta.dirname, '../../.shoreline/bench/duckdb-wasm')
export const INSTALL = 'npm install --prefix .shoreline/bench/duckdb-wasm @duckdb/duckdb-wasm@1.32.0'

/** Of the package, what is used here; it runs in the thread that calls it, as it would in a Worker. */
interface DuckDBWasm {
  createDuckDB(bundles: object, logger: object, runtime: object): Promise<Database>
  readonly VoidLogger: new () => object
  readonly NODE_RUNTIME: object
}
interface Database {
  instantiate(progress: () => void): Promise<unknown>
  open(config: object): void
  connect(): Connection
}
interface Connection {
  prepare(sql: string): { query(...values: readonly unknown[]): { readonly numRows: number }; close(): void }
  query(sql: string): { toArray(): readonly { readonly version: string }[] }
}

const DUCKDB: Readonly<Record<string, string>> = {
  float64: 'double',
  int32: 'integer',
  string: 'varchar',
  timestamp: 'timestamp',
}

export interface WasmFigures {
  readonly version: string
  /** Nanoseconds a row, by case. */
  readonly perRow: readonly number[]
}

/** @returns null where the package is not installed */
export async function measureDuckDBWasm(
  cases: readonly Case[],
  rounds: number,
  rows: number,
): Promise<WasmFigures | null> {
  if (!existsSync(join(FOLDER, 'node_modules/@duckdb/duckdb-wasm'))) return null
  const load = createRequire(join(FOLDER, 'package.json'))
  const { createDuckDB, VoidLogger, NODE_RUNTIME } = load(
    '@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs',
  ) as DuckDBWasm
  const bundle = (name: string): object => ({
    mainModule: load.resolve(`@duckdb/duckdb-wasm/dist/duckdb-${name}.wasm`),
  })
  const db = await createDuckDB({ mvp: bundle('mvp'), eh: bundle('eh') }, new VoidLogger(), NODE_RUNTIME)
  await db.instantiate(() => {})
  db.open({ path: ':memory:' })
  const connection = db.connect()
  const version = connection.query('select version() as version').toArray()[0]?.version ?? ''
  const perRow = cases.map((one) => {
    const read = COLUMNS.flatMap((column, at) =>
      new RegExp(`\\b${column.name}\\b`).test(one.sql) ? [{ column, at }] : [],
    )
    const columns = read.map(({ column }) => `${parameter(column.type)} as "${column.name}"`)
    const statement = connection.prepare(`select ${one.sql} as f from (select ${columns.join(', ')})`)
    const given = (of: Row): readonly unknown[] => read.map(({ at }) => of[at] ?? null)
    const times: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const started = performance.now()
      for (let i = 0; i < rows; i++)
        if (statement.query(...given(row(i))).numRows !== 1) throw new Error(`${one.name}: no row`)
      times.push(((performance.now() - started) / rows) * 1e6)
    }
    statement.close()
    return median(times.slice(1))
  })
  return { version, perRow }
}

function parameter(type: string): string {
  return type === 'timestamp' ? 'make_timestamp(?::bigint)' : `?::${DUCKDB[type] ?? type}`
}
