/**
 * The on-demand part of a plan over many rows, offline: what training sets hold and what the Worker's answers are compared with.
 * SQL runs vectorized in DuckDB; TypeScript and WebAssembly run here, on the same values and by the same code as in the Worker.
 * A value that is INVALID online is null, and so is one that is null.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { packsOf } from '../../core/expressions/packs.ts'
import { readyEntry } from '../../core/on-demand/entry.ts'
import type { CodeModules } from '../../core/on-demand/modules.ts'
import type { OnDemandPlan, PlanEntry, PlanInput, PlanOrigin, PlanSqlEntry } from '../../core/plan.ts'
import { type AnyViewObject, isOnDemand } from '../../registry/on-demand.ts'
import { query } from '../duckdb.ts'
import { identifier } from '../sql/text.ts'
import { offlineColumn, offlineQuery } from './offline.ts'
import { printConstant } from './print.ts'
import { appendStored, createStoredTable, ROW, readStored } from './stored-table.ts'

export interface OfflinePlan {
  readonly plan: OnDemandPlan
  /** The view versions of its entries, by `view@version`. */
  readonly views: ReadonlyMap<string, AnyViewObject>
  /** By content hash. */
  readonly modules: CodeModules
}

export interface OfflineRows {
  /** With a column `_row` that numbers its rows from 0, and one for each input of the plan, in its declared type. */
  readonly table: string
  /** The name of the column. */
  readonly column: (from: Exclude<PlanOrigin, { readonly entry: number } | { readonly constant: unknown }>) => string
}

/**
 * @param db prepared with `registerFunctions`
 * @returns for each entry of the plan a temporary table: `_row`, and its features by their names
 */
export async function computeOffline(
  db: DuckDBConnection,
  { plan, views, modules }: OfflinePlan,
  rows: OfflineRows,
): Promise<readonly string[]> {
  const tables: string[] = []
  for (const [at, entry] of plan.onDemand.entries()) {
    const table = `${rows.table}_entry_${at}`
    const relation = inputsOf(plan, entry, rows, tables, names(entry, views))
    if (entry.form === 'sql') await computeSql(db, table, relation, entry, views)
    else await computeRows(db, table, relation, entry, modules)
    tables.push(table)
  }
  return tables
}

/** What the relation calls an input: SQL knows the columns of the view's row, which are qualified by their roles. */
function names({ view, form }: PlanEntry, views: ReadonlyMap<string, AnyViewObject>): (input: PlanInput) => string {
  if (form !== 'sql') return ({ name }) => name
  const { row } = onDemandView(views, view)
  return ({ name, at }) => offlineColumn(row[at] ?? { name })
}

/** SQL of a relation: `_row`, and the entry's inputs. */
function inputsOf(
  { onDemand }: OnDemandPlan,
  { inputs, form }: PlanEntry,
  { table, column }: OfflineRows,
  tables: readonly string[],
  nameOf: (input: PlanInput) => string,
): string {
  const read = new Set(inputs.flatMap(({ from }) => ('entry' in from ? [from.entry] : [])))
  const placeOf = ({ from, type }: PlanInput): string => {
    if ('constant' in from) return printConstant(from.constant, type)
    if (!('entry' in from)) return `r.${identifier(column(from))}`
    return `e${from.entry}.${identifier(onDemand[from.entry]?.features[from.feature]?.feature ?? '')}`
  }
  // What runs here has its constants itself.
  const taken = form === 'sql' ? inputs : inputs.filter(isVarying)
  const columns = taken.map((input) => `${placeOf(input)} as ${identifier(nameOf(input))}`)
  const joins = [...read].map((at) => `join ${identifier(tables[at] ?? '')} as e${at} on e${at}.${ROW} = r.${ROW}`)
  return `(select ${[`r.${ROW}`, ...columns].join(', ')} from ${identifier(table)} as r ${joins.join(' ')})`
}

function isVarying({ from }: PlanInput): boolean {
  return !('constant' in from)
}

async function computeSql(
  db: DuckDBConnection,
  table: string,
  relation: string,
  entry: PlanSqlEntry,
  views: ReadonlyMap<string, AnyViewObject>,
): Promise<void> {
  const { form } = onDemandView(views, entry.view)
  const bound = form.kind === 'sql' ? form.bound : {}
  const features = entry.features.map(({ feature, type }) => {
    const sql = bound[feature]?.sql
    if (sql === undefined) throw new ShorelineError('INTERNAL', `${entry.view} has no bound SQL of ${feature}.`)
    return [feature, { sql, type }] as const
  })
  await db.run(
    `create or replace temp table ${identifier(table)} as ${offlineQuery(relation, [ROW], Object.fromEntries(features))}`,
  )
}

/** What crosses into JavaScript at a time. */
const BATCH = 20_480

async function computeRows(
  db: DuckDBConnection,
  table: string,
  relation: string,
  entry: Exclude<PlanEntry, PlanSqlEntry>,
  modules: CodeModules,
): Promise<void> {
  const varying = entry.inputs.filter(isVarying)
  const run = readyEntry(entry, { packs: packsOf([]), modules })
  const fields = entry.features.map(({ feature, type }) => ({ name: feature, type }))
  await createStoredTable(db, table, fields)
  const [counted] = await query(db, `select count(*)::integer as rows from ${relation} as counted`)
  const count = Number(counted?.['rows'])
  for (let first = 0; first < count; first += BATCH) {
    const rows = Math.min(BATCH, count - first)
    const where = `${ROW} >= ${first} and ${ROW} < ${first + rows}`
    const values = varying.length === 0 ? [] : await readStored(db, `${relation} as inputs`, varying, where)
    const computed = run(
      entry.inputs.map((input) => values[varying.indexOf(input)] ?? []),
      rows,
    )
    await appendStored(
      db,
      table,
      fields,
      computed.map(({ values }) => values),
      { first, rows },
    )
  }
}

function onDemandView(views: ReadonlyMap<string, AnyViewObject>, id: string) {
  const view = views.get(id)
  if (view && isOnDemand(view)) return view
  throw new ShorelineError('INTERNAL', `${id} is no on-demand view that is registered.`)
}
