/** Rows a second of the offline path, beside the text as it was written in a DuckDB with all its optimizers. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { bindExpressions } from '../../sync/on-demand/bind.ts'
import { offlineQuery, registerFunctions } from '../../sync/on-demand/offline.ts'
import { median } from '../serving/statistics.ts'
import { CASES, COLUMNS, ROWS_SQL } from './cases.ts'

export type Bound = Awaited<ReturnType<typeof bindExpressions>>['bound'][string]

/** By case. */
export async function bindCases(): Promise<readonly Bound[]> {
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  await registerFunctions(db)
  const bound: Bound[] = []
  for (const { name, sql, type } of CASES) {
    const one = await bindExpressions(db, { name: 'bench', row: COLUMNS, sql: { f: { text: sql, type } } })
    const { f: feature } = one.bound
    if (!feature) throw new Error(`${name} was not bound`)
    bound.push(feature)
  }
  db.closeSync()
  return bound
}

export interface OfflineFigures {
  readonly name: string
  /** Millions of rows a second. */
  readonly ours: number
  readonly plain: number
  /** Of the times. */
  readonly ratio: number
}

export async function measureOffline(
  bound: readonly Bound[],
  rows: number,
  rounds: number,
): Promise<readonly OfflineFigures[]> {
  const [plain, ours] = [await filled(rows), await filled(rows)]
  await registerFunctions(ours)
  const found: OfflineFigures[] = []
  for (const [at, { name, sql, type }] of CASES.entries()) {
    const offline = offlineQuery('t', [], { f: { sql: bound[at]?.sql ?? '', type } })
    const times: { readonly plain: number; readonly ours: number }[] = []
    for (let round = 0; round <= rounds; round++)
      times.push({
        plain: await seconds(plain, `select count(v) from (select (${sql}) as v from t)`),
        ours: await seconds(ours, `select count(f) from (${offline})`),
      })
    const counted = times.slice(1)
    found.push({
      name,
      ours: rows / median(counted.map((one) => one.ours)) / 1e6,
      plain: rows / median(counted.map((one) => one.plain)) / 1e6,
      ratio: median(counted.map((one) => one.ours / one.plain)),
    })
  }
  plain.closeSync()
  ours.closeSync()
  return found
}

async function filled(rows: number): Promise<DuckDBConnection> {
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  await db.run(`create table t as select ${ROWS_SQL} from range(${rows}) as r(i)`)
  return db
}

async function seconds(db: DuckDBConnection, query: string): Promise<number> {
  const started = performance.now()
  await db.run(query)
  return (performance.now() - started) / 1000
}
