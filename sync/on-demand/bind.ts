/**
 * DuckDB parses, binds and types the expressions of an on-demand view; what comes back is a typed tree for the evaluator and
 * SQL text for the offline path, with every type explicit and every name qualified. What is not proven to agree on both paths
 * is refused by name, with the nearest that works.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ExpressionJson } from '../../core/expressions/tree.ts'

/** Like `RowColumn` and `FeatureObject` of the registry. */
export interface SqlView {
  readonly name: string
  /** The view's row: trees read columns by their place in it. */
  readonly row: readonly { readonly name: string; readonly type: string; readonly role?: string }[]
  /** Feature -> its expression and declared type. */
  readonly sql: Readonly<Record<string, { readonly text: string; readonly type: string }>>
}

export interface BoundSql {
  /** Like `BoundExpression` of the registry: `reads` are the names of columns as `offlineColumn` gives them. */
  readonly bound: Readonly<Record<string, BoundFeature>>
  /** Packs of all features, sorted. */
  readonly packs: readonly string[]
}

export interface BoundFeature {
  readonly sql: string
  readonly tree: ExpressionJson
  readonly reads: readonly string[]
}

/**
 * @param db any connection prepared with `registerFunctions` (offline.ts); nothing is left in it
 * @throws ShorelineError INVALID with every problem of the view in `details.problems`, a paragraph each
 */
export declare function bindExpressions(db: DuckDBConnection, view: SqlView): Promise<BoundSql>
