/** Operators over the rows of two others. */
import { type Columns, NONE, union } from './columns.ts'
import { valuesOf } from './expressions.ts'
import { listAt, nodesAt, notUnderstood, type PlanNode, textAt } from './plan.ts'
import type { Relation } from './relation.ts'
import { projected } from './scans.ts'

/** The first row with the first, the second with the second: what decides either side's rows or order decides all. */
export function positionalJoin(_op: PlanNode, left: Relation, right: Relation): Relation {
  const columns = [...left.columns, ...right.columns]
  const order = union([left.order, right.order])
  return { columns, rows: union([left.rows, right.rows, order]), order, one: false }
}

/**
 * Each with each. A side of exactly one row, such as a scalar subquery, decides no rows: what decides which rows it was
 * aggregated from decides its values.
 */
export function crossProduct(_op: PlanNode, left: Relation, right: Relation): Relation {
  const [first, second] = right.one ? [left, asValues(right)] : [left.one ? asValues(left) : left, right]
  return {
    columns: [...first.columns, ...second.columns],
    rows: union([first.rows, second.rows]),
    order: union([left.order, right.order]),
    one: left.one && right.one,
  }
}

function asValues(side: Relation): Relation {
  return { ...side, columns: side.columns.map((column) => union([column, side.rows])), rows: NONE }
}

/** `=`, `<` and so on between an expression over each side; an `asof` join may have a condition over both. */
export function comparisonJoin(op: PlanNode, left: Relation, right: Relation): Relation {
  const compared = nodesAt(op, 'conditions').flatMap((condition) => {
    if (!condition['left'] || !condition['right']) throw notUnderstood('a join condition without sides')
    return [valuesOf(condition['left'], left.columns), valuesOf(condition['right'], right.columns)]
  })
  const outer = valuesOf(op['duplicate_eliminated_columns'], left.columns)
  return joined(op, left, right, union([...compared, outer, overBoth(op, 'predicate', left, right)]))
}

export function anyJoin(op: PlanNode, left: Relation, right: Relation): Relation {
  return joined(op, left, right, overBoth(op, 'condition', left, right))
}

/** Such a condition is resolved against what the join gives. That is both sides, as long as none leaves columns out. */
function overBoth(op: PlanNode, key: string, left: Relation, right: Relation): Columns {
  if (op[key] === undefined) return NONE
  if (listAt(op, 'left_projection_map').length + listAt(op, 'right_projection_map').length > 0)
    throw notUnderstood('a join that leaves columns out of its condition')
  return valuesOf(op[key], [...left.columns, ...right.columns])
}

function joined(op: PlanNode, left: Relation, right: Relation, condition: Columns): Relation {
  const order = union([left.order, right.order])
  const ours = projected(op, left.columns, 'left_projection_map')
  const theirs = projected(op, right.columns, 'right_projection_map')
  const rows = union([left.rows, right.rows, condition])
  // What a row finds on the other side, where it finds one row at most and stays whatever it finds.
  const found = union([condition, right.rows, right.order])
  const type = textAt(op, 'join_type')
  switch (type) {
    case 'INNER':
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      return { columns: [...ours, ...theirs], rows, order, one: false }
    case 'SEMI':
    case 'ANTI':
      return { columns: ours, rows, order, one: false }
    case 'MARK':
      return { columns: [...ours, found], rows: left.rows, order: left.order, one: left.one }
    case 'SINGLE': {
      const values = theirs.map((column) => union([column, found]))
      return { columns: [...ours, ...values], rows: left.rows, order: left.order, one: left.one }
    }
    default:
      throw notUnderstood(`a ${type} join`)
  }
}
