/** Operators over the rows of one other. */
import { type Columns, NONE, union } from './columns.ts'
import { valuesOf } from './expressions.ts'
import { indexAt, listAt, node, nodesAt, notUnderstood, type PlanNode } from './plan.ts'
import type { Relation } from './relation.ts'
import { projected } from './scans.ts'

export function projection(op: PlanNode, child: Relation): Relation {
  return { ...child, columns: eachOf(op, 'expressions', child.columns) }
}

export function filter(op: PlanNode, child: Relation): Relation {
  return {
    columns: projected(op, child.columns, 'projection_map'),
    rows: union([child.rows, valuesOf(op['expressions'], child.columns)]),
    order: child.order,
    one: false,
  }
}

/**
 * Groups, then aggregates, then the calls of `grouping()`. Group keys are no values of an aggregate: they decide the rows.
 * So does all that decides which rows are aggregated, even where it is only counted.
 */
export function aggregate(op: PlanNode, { columns, rows, order }: Relation): Relation {
  const groups = eachOf(op, 'groups', columns)
  const aggregates = eachOf(op, 'expressions', columns).map((one) => union([one, order]))
  return {
    columns: [...groups, ...aggregates, ...listAt(op, 'grouping_functions').map(() => NONE)],
    rows: union([rows, ...groups]),
    order: NONE,
    one: groups.length === 0 && listAt(op, 'grouping_sets').length < 2,
  }
}

export function windows(op: PlanNode, child: Relation): Relation {
  const added = eachOf(op, 'expressions', child.columns).map((one) => union([one, child.order]))
  return { ...child, columns: [...child.columns, ...added] }
}

/** A list decides by its length how many rows there are. */
export function unnest(op: PlanNode, child: Relation): Relation {
  const lists = eachOf(op, 'expressions', child.columns)
  return { ...child, columns: [...child.columns, ...lists], rows: union([child.rows, ...lists]), one: false }
}

/** Of rows that are alike in the targets, one is kept: of `distinct on`, the first in an order. */
export function distinct(op: PlanNode, { columns, rows, order }: Relation): Relation {
  const deciding = valuesOf([op['distinct_targets'], op['order_by']], columns)
  return { columns, rows: union([rows, order, deciding]), order: NONE, one: false }
}

export function orderBy(op: PlanNode, child: Relation): Relation {
  if (listAt(op, 'projections').length > 0) throw notUnderstood('an order that leaves columns out')
  return { ...child, order: union([valuesOf(op['orders'], child.columns), child.order]) }
}

/** How many rows are taken may be computed, too. */
export function limit(op: PlanNode, { columns, rows, order }: Relation): Relation {
  const count = valuesOf([op['limit_val'], op['offset_val']], columns)
  return { columns, rows: union([rows, order, count]), order: NONE, one: false }
}

export function sample(_op: PlanNode, { columns, rows, order }: Relation): Relation {
  return { columns, rows: union([rows, order]), order: NONE, one: false }
}

/** What `pivot` with many values is bound to: lists of names and of aggregates, which become columns. */
export function pivot(op: PlanNode, child: Relation): Relation {
  const bound = node(op['bound_pivot'])
  const groups = child.columns.slice(0, indexAt(bound, 'group_count'))
  const lists = union(child.columns.slice(groups.length))
  const pivoted = listAt(bound, 'types').slice(groups.length)
  return { ...child, columns: [...groups, ...pivoted.map(() => lists)], one: false }
}

function eachOf(op: PlanNode, key: string, input: readonly Columns[]): readonly Columns[] {
  return nodesAt(op, key).map((one) => valuesOf(one, input))
}
