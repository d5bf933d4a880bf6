/** `union`, `intersect`, `except`: columns by position. */
import { type Columns, NONE, union } from './columns.ts'
import { notUnderstood, type PlanNode } from './plan.ts'
import type { Relation } from './relation.ts'

/** Without `all`, DuckDB puts a DISTINCT around it. */
export function unionOf(_op: PlanNode, left: Relation, right: Relation): Relation {
  return {
    columns: zip(left, right),
    rows: union([left.rows, right.rows]),
    order: union([left.order, right.order]),
    one: false,
  }
}

/** The rows of the first that are in the second, or that are not: every column of both takes part in the comparison. */
export function rowsAlsoIn(_op: PlanNode, left: Relation, right: Relation): Relation {
  return { columns: left.columns, rows: union([left.rows, right.rows, ...zip(left, right)]), order: NONE, one: false }
}

export function zip(left: Relation, right: Relation): readonly Columns[] {
  if (left.columns.length !== right.columns.length) throw notUnderstood('sets of different columns')
  return left.columns.map((column, position) => union([column, right.columns[position] ?? NONE]))
}
