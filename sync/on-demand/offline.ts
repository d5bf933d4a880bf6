/**
 * The offline path: the bound SQL of on-demand features over a relation, vectorized in DuckDB. Each expression runs inside
 * TRY(): an error is null here and INVALID online.
 */
import type { DuckDBConnection } from '@duckdb/node-api'

/** The name of a row's column in the relation that offline SQL reads: `late_share_7d`, or `origin_delays__late_share_7d`. */
export declare function offlineColumn(column: { readonly name: string; readonly role?: string }): string

/** Registers our scalar functions (names start with `shoreline_`) and settings. Once per connection, before its first query. */
export declare function registerFunctions(db: DuckDBConnection): Promise<void>

/**
 * @param relation a table name or subquery in parentheses with the columns that the features read, by `offlineColumn`, cast to their declared types
 * @param keep its columns that go along, as SQL
 * @param features name -> its bound SQL and declared type
 * @returns a select statement
 */
export declare function offlineQuery(
  relation: string,
  keep: readonly string[],
  features: Readonly<Record<string, { readonly sql: string; readonly type: string }>>,
): string
