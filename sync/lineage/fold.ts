/** Goes through a plan from the tables up. An operator that is not here is not understood, and neither is the query. */
import { type Columns, union } from './columns.ts'
import { recursiveCte, withCte } from './ctes.ts'
import { valuesOf } from './expressions.ts'
import { anyJoin, comparisonJoin, crossProduct, positionalJoin } from './joins.ts'
import { aggregate, distinct, filter, limit, orderBy, pivot, projection, sample, unnest, windows } from './operators.ts'
import { listAt, nodesAt, notUnderstood, type PlanNode, textAt } from './plan.ts'
import { constant, everythingOf, type Relation, type Scope } from './relation.ts'
import { correlated, cteReference, literalRows, scan, tableFunction } from './scans.ts'
import { rowsAlsoIn, unionOf } from './set-operations.ts'

const LEAVES: ReadonlyMap<string, (op: PlanNode, scope: Scope) => Relation> = new Map([
  ['LOGICAL_CHUNK_GET', (op) => constant(listAt(op, 'chunk_types').length)],
  ['LOGICAL_CTE_REF', cteReference],
  ['LOGICAL_DELIM_GET', correlated],
  ['LOGICAL_DUMMY_SCAN', () => constant(1, true)],
  ['LOGICAL_EMPTY_RESULT', (op) => constant(listAt(op, 'return_types').length)],
  ['LOGICAL_GET', scan],
])

const OVER_ONE: ReadonlyMap<string, (op: PlanNode, child: Relation) => Relation> = new Map([
  ['LOGICAL_AGGREGATE_AND_GROUP_BY', aggregate],
  ['LOGICAL_DISTINCT', distinct],
  ['LOGICAL_EXPRESSION_GET', literalRows],
  ['LOGICAL_FILTER', filter],
  ['LOGICAL_LIMIT', limit],
  ['LOGICAL_ORDER_BY', orderBy],
  ['LOGICAL_PIVOT', pivot],
  ['LOGICAL_PROJECTION', projection],
  ['LOGICAL_SAMPLE', sample],
  ['LOGICAL_UNNEST', unnest],
  ['LOGICAL_WINDOW', windows],
])

const OVER_TWO: ReadonlyMap<string, (op: PlanNode, left: Relation, right: Relation) => Relation> = new Map([
  ['LOGICAL_ANY_JOIN', anyJoin],
  ['LOGICAL_ASOF_JOIN', comparisonJoin],
  ['LOGICAL_COMPARISON_JOIN', comparisonJoin],
  ['LOGICAL_CROSS_PRODUCT', crossProduct],
  ['LOGICAL_EXCEPT', rowsAlsoIn],
  ['LOGICAL_INTERSECT', rowsAlsoIn],
  ['LOGICAL_POSITIONAL_JOIN', positionalJoin],
  ['LOGICAL_UNION', unionOf],
])

/** Operators that say what may be referred to in one of the two under them. */
const SCOPES: ReadonlyMap<string, (op: PlanNode, first: PlanNode, second: PlanNode, scope: Scope) => Relation> =
  new Map([
    ['LOGICAL_DELIM_JOIN', correlatedJoin],
    ['LOGICAL_MATERIALIZED_CTE', cte],
    ['LOGICAL_RECURSIVE_CTE', recursion],
  ])

/** @throws ShorelineError INTERNAL for what is not understood */
export function fold(op: PlanNode, scope: Scope): Relation {
  const type = textAt(op, 'type')
  const [first, second, ...more] = nodesAt(op, 'children')
  if (more.length > 0) throw notUnderstood(`a ${type} over ${more.length + 2}`)
  if (!first) return known(LEAVES, type)(op, scope)
  if (!second) {
    if (type === 'LOGICAL_GET') return tableFunction(op, everythingUnder(first, scope))
    return known(OVER_ONE, type)(op, fold(first, scope))
  }
  const scoped = SCOPES.get(type)
  if (scoped) return scoped(op, first, second, scope)
  return known(OVER_TWO, type)(op, fold(first, scope), fold(second, scope))
}

function known<T>(operators: ReadonlyMap<string, T>, type: string): T {
  const found = operators.get(type)
  if (found === undefined) throw notUnderstood(`an operator ${type}`)
  return found
}

/** The second reads columns of the first, each distinct combination of them once. */
function correlatedJoin(op: PlanNode, first: PlanNode, second: PlanNode, scope: Scope): Relation {
  if (op['delim_flipped'] === true) throw notUnderstood('a flipped correlated join')
  const left = fold(first, scope)
  const outer = nodesAt(op, 'duplicate_eliminated_columns').map((one) => valuesOf(one, left.columns))
  return comparisonJoin(op, left, fold(second, { ...scope, outer }))
}

function cte(op: PlanNode, first: PlanNode, second: PlanNode, scope: Scope): Relation {
  return fold(second, withCte(op, fold(first, scope), scope))
}

function recursion(op: PlanNode, first: PlanNode, second: PlanNode, scope: Scope): Relation {
  return recursiveCte(op, fold(first, scope), (read) => fold(second, withCte(op, read, scope)))
}

/** All that a part of a plan is taken from, whatever it does with it. */
function everythingUnder(op: PlanNode, scope: Scope): Columns {
  const children = nodesAt(op, 'children')
  if (children.length > 0) return union(children.map((child) => everythingUnder(child, scope)))
  switch (textAt(op, 'type')) {
    // Of a query in this part, all is counted where it stands; of one around it, what it gives counts.
    case 'LOGICAL_CTE_REF':
    case 'LOGICAL_DELIM_GET':
      return union([...scope.outer, ...[...scope.ctes.values()].map(everythingOf)])
    default:
      return everythingOf(fold(op, scope))
  }
}
