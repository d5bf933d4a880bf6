/**
 * The offline path: the bound SQL of on-demand features over a relation, vectorized in DuckDB. Each expression runs inside
 * TRY(): an error is null here and INVALID online.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier } from '../sql/text.ts'
import { registerScalarFunctions } from './scalar-functions.ts'

/** The name of a row's column in the relation that offline SQL reads: `late_share_7d`, or `origin_delays__late_share_7d`. */
export function offlineColumn(column: { readonly name: string; readonly role?: string }): string {
  return column.role === undefined ? column.name : `${column.role}__${column.name}`
}

/**
 * Of DuckDB's optimizers, those that change what an expression computes: they take errors away (`x + 1 = 5` becomes `x = 4`,
 * which cannot overflow), and what is an error would depend on what stands around it.
 */
const REWRITING = ['expression_rewriter', 'statistics_propagation', 'in_clause', 'regex_range', 'common_subexpressions']

/** Registers our scalar functions (names start with `shoreline_`) and settings. Once per connection, before its first query. */
export async function registerFunctions(db: DuckDBConnection): Promise<void> {
  registerScalarFunctions(db)
  await db.run(`set disabled_optimizers = '${REWRITING.join(',')}'`)
}

/**
 * @param relation a table name or subquery in parentheses with the columns that the features read, by `offlineColumn`, cast to their declared types
 * @param keep its columns that go along, as SQL
 * @param features name -> its bound SQL and declared type
 * @returns a select statement
 */
export function offlineQuery(
  relation: string,
  keep: readonly string[],
  features: Readonly<Record<string, { readonly sql: string; readonly type: string }>>,
): string {
  const computed = Object.entries(features).map(([name, { sql }]) => `try(${sql}) as ${identifier(name)}`)
  return `select ${[...keep, ...computed].join(', ')} from ${relation} as shoreline_row`
}
