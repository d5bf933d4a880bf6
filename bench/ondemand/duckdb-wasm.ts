/**
 * One row at a time in duckdb-wasm, by a prepared statement: what a Worker or a browser would use for SQL without an evaluator of
 * its own. It runs in the thread that calls it, as it would in a Worker, from node_modules alone.
 */
import { createRequire } from 'node:module'
import { median } from '../serving/statistics.ts'
import { type Case, COLUMNS, type Row, row } from './cases.ts'

/** Of the package, what is used here: its types are those of a browser. */
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
  prepare(sql: string): { query(...values: Row): ArrowTable }
  query(sql: string): ArrowTable
}
interface ArrowTable {
  getChildAt(column: number): { get(row: number): unknown } | null
}

const PARAMETER: Readonly<Record<string, string>> = {
  float64: '?::double',
  int32: '?::integer',
  int64: '?::bigint',
  string: '?::varchar',
  timestamp: 'make_timestamp(?::bigint)',
}

export interface DuckDBWasmRounds {
  readonly version: string
  /** Every case once more, a row at a time. @param isCounted false to warm up */
  measure(isCounted: boolean): void
  /** Median nanoseconds a row, by case. */
  perRow(): readonly number[]
}

/** @param rows of each case in each round */
export async function startDuckDBWasm(cases: readonly Case[], rows: number): Promise<DuckDBWasmRounds> {
  const connection = await connect()
  const ready = cases.map((one) => {
    const evaluate = prepare(connection, one)
    check(one, evaluate)
    return { evaluate, times: [] as number[] }
  })
  return {
    version: String(firstValue(connection.query('select version()'))),
    measure: (isCounted) => {
      for (const { evaluate, times } of ready) {
        const started = performance.now()
        for (let i = 0; i < rows; i++) evaluate(row(i))
        if (isCounted) times.push(((performance.now() - started) / rows) * 1e6)
      }
    },
    perRow: () => ready.map(({ times }) => median(times)),
  }
}

async function connect(): Promise<Connection> {
  const load = createRequire(import.meta.url)
  const { createDuckDB, VoidLogger, NODE_RUNTIME } = load(
    '@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs',
  ) as DuckDBWasm
  const bundle = (name: string): object => ({
    mainModule: load.resolve(`@duckdb/duckdb-wasm/dist/duckdb-${name}.wasm`),
  })
  const db = await createDuckDB({ mvp: bundle('mvp'), eh: bundle('eh') }, new VoidLogger(), NODE_RUNTIME)
  await db.instantiate(() => {})
  db.open({ path: ':memory:' })
  return db.connect()
}

function prepare(connection: Connection, { sql }: Case): (row: Row) => unknown {
  const read = COLUMNS.flatMap((column, at) => (new RegExp(`\\b${column.name}\\b`).test(sql) ? [{ column, at }] : []))
  const columns = read.map(({ column }) => `${PARAMETER[column.type]} as "${column.name}"`)
  const statement = connection.prepare(`select ${sql} as f from (select ${columns.join(', ')})`)
  return (of) => firstValue(statement.query(...read.map(({ at }) => of[at] ?? null)))
}

function firstValue(table: ArrowTable): unknown {
  return table.getChildAt(0)?.get(0)
}

/** Another version of DuckDB, and another `exp`: about the same is the same. */
function check({ name, hand }: Case, evaluate: (row: Row) => unknown): void {
  for (let i = 0; i < 100; i++) {
    const [value, expected] = [evaluate(row(i)), hand(row(i))]
    const isSame = typeof expected === 'number' ? Math.abs(Number(value) - expected) < 1e-9 : value === expected
    if (!isSame) throw new Error(`duckdb-wasm, ${name}, row ${i}: ${value} and not ${expected}`)
  }
}
