/** Queries that are bound once and read by a number. */
import { NONE, union } from './columns.ts'
import { indexAt, listAt, type PlanNode } from './plan.ts'
import { everythingOf, type Relation, type Scope } from './relation.ts'
import { unionOf } from './set-operations.ts'

/** The scope in which the query reads the CTE as this relation. */
export function withCte(op: PlanNode, relation: Relation, scope: Scope): Scope {
  return { ...scope, ctes: new Map(scope.ctes).set(indexAt(op, 'table_index'), relation) }
}

/**
 * The step reads what the base and it gave, so it is bound over that until nothing is added: sets of the columns of the
 * sources, which are finite.
 */
export function recursiveCte(op: PlanNode, base: Relation, bindStep: (read: Relation) => Relation): Relation {
  let read = base
  for (let known = -1; known < sizeOf(read); ) {
    known = sizeOf(read)
    read = kept(op, unionOf(op, read, bindStep(read)))
  }
  return read
}

/** Without `all`, rows that are alike are one; of `using key`, a later row takes the place of an earlier one. */
function kept(op: PlanNode, relation: Relation): Relation {
  if (listAt(op, 'key_targets').length > 0) {
    const all = everythingOf(relation)
    return { columns: relation.columns.map(() => all), rows: all, order: NONE, one: false }
  }
  return op['union_all'] === true ? relation : { ...relation, rows: union([relation.rows, ...relation.columns]) }
}

function sizeOf({ columns, rows, order }: Relation): number {
  return columns.reduce((sum, column) => sum + column.size, rows.size + order.size)
}
