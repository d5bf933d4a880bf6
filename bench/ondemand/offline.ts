/** Rows a second of the offline path, beside the text as it was written in a DuckDB with all its optimizers. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { PlanEntry } from '../../core/plan.ts'
import type { OnDemandObject } from '../../registry/objects.ts'
import { bindExpressions } from '../../sync/on-demand/bind.ts'
import { importModules } from '../../sync/on-demand/import-modules.ts'
import { offlineQuery, registerFunctions } from '../../sync/on-demand/offline.ts'
import { computeOffline, type OfflinePlan } from '../../sync/on-demand/offline-plan.ts'
import { median } from '../serving/statistics.ts'
import { CASES, COLUMNS, COMPUTES, ROWS_SQL, WASMS } from './cases.ts'
import { computeText, planOf, sqlEntry, typescriptEntry, wasmEntry, wasmModules } from './plan.ts'

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

interface Round {
  readonly ours: number
  readonly plain: number
}

/** By case: the query alone, of which one value is answered. */
export async function measureQueries(
  bound: readonly Bound[],
  rows: number,
  rounds: number,
): Promise<readonly OfflineFigures[]> {
  const [plain, ours] = [await filled(rows), await filled(rows)]
  await registerFunctions(ours)
  const times = CASES.map((): Round[] => [])
  // The first round is not counted.
  for (let round = -1; round < rounds; round++)
    for (const [at, { sql, type }] of CASES.entries()) {
      // Of a count, DuckDB leaves out what cannot be null.
      const written = `select max(v) from (select (${sql}) as v from t)`
      const offline = `select max(f) from (${offlineQuery('t', [], { f: { sql: bound[at]?.sql ?? '', type } })})`
      const measured = await inTurn(
        round,
        () => seconds(ours, offline),
        () => seconds(plain, written),
      )
      if (round >= 0) times[at]?.push(measured)
    }
  plain.closeSync()
  ours.closeSync()
  return CASES.map(({ name }, at) => figures(name, times[at] ?? [], rows))
}

/** The same function in each form, from a table into a table, as training sets and `verify` have it computed. */
export async function measureForms(
  bound: readonly Bound[],
  rows: number,
  rounds: number,
): Promise<readonly OfflineFigures[]> {
  const db = await filled(rows)
  const plain = await filled(rows)
  await registerFunctions(db)
  const written = `create or replace temp table written as select _row, ${CASES[0]?.sql} as f from t`
  const forms = Object.entries(await riskForms(bound)).map(([name, plan]) => ({ name, plan, times: [] as Round[] }))
  for (let round = -1; round < rounds; round++)
    for (const { plan, times } of forms) {
      const compute = async (): Promise<number> => {
        const started = performance.now()
        await computeOffline(db, plan, { table: 't', column: (from) => ('field' in from ? from.field : '') })
        return (performance.now() - started) / 1000
      }
      const measured = await inTurn(round, compute, () => seconds(plain, written))
      if (round >= 0) times.push(measured)
    }
  plain.closeSync()
  db.closeSync()
  return forms.map(({ name, times }) => figures(name, times, rows))
}

async function riskForms(bound: readonly Bound[]): Promise<Readonly<Record<string, OfflinePlan>>> {
  const [[one], [feature], [compute], [wasm]] = [CASES, bound, COMPUTES, WASMS]
  if (!(one && feature && compute && wasm)) throw new Error('there is nothing to compute')
  const { 'risk.wasm': bytes = new Uint8Array() } = wasmModules()
  const modules = await importModules(
    new Map([
      ['counted0', { kind: 'js', text: computeText(compute, 'counted') }],
      ['risk', { kind: 'wasm', bytes }],
    ]),
  )
  const view: OnDemandObject = {
    ...{ name: 'sql', version: 1, hash: '', inputs: [], join_keys: [], request: [], row: COLUMNS },
    features: [{ name: 'f0', type: one.type, visibility: 'server' }],
    form: { kind: 'sql', sql: { f0: one.sql }, bound: { f0: feature }, packs: feature.tree.packs },
  }
  const of = (entry: PlanEntry): OfflinePlan => ({ plan: planOf([entry]), views: new Map([['sql@1', view]]), modules })
  return {
    SQL: of(sqlEntry([{ type: one.type, bound: feature }])),
    TypeScript: of(typescriptEntry(compute, 'counted0')),
    WebAssembly: of(wasmEntry(wasm)),
  }
}

async function inTurn(round: number, ours: () => Promise<number>, plain: () => Promise<number>): Promise<Round> {
  if (round % 2 === 0) return { ours: await ours(), plain: await plain() }
  const first = await plain()
  return { ours: await ours(), plain: first }
}

function figures(name: string, rounds: readonly Round[], rows: number): OfflineFigures {
  return {
    name,
    ours: rows / median(rounds.map(({ ours }) => ours)) / 1e6,
    plain: rows / median(rounds.map(({ plain }) => plain)) / 1e6,
    ratio: median(rounds.map(({ ours, plain }) => ours / plain)),
  }
}

async function filled(rows: number): Promise<DuckDBConnection> {
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  await db.run(`create table t as select i as _row, ${ROWS_SQL} from range(${rows}) as r(i)`)
  return db
}

async function seconds(db: DuckDBConnection, query: string): Promise<number> {
  const started = performance.now()
  await db.run(query)
  return (performance.now() - started) / 1000
}
