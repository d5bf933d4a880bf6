import { type Columns, union } from './columns.ts'
import { indexAt, isNode, notUnderstood, type PlanNode } from './plan.ts'
import { columnAt } from './relation.ts'

/** Expressions whose value comes from the expressions in them and from nothing else. */
const COMPOSED: ReadonlySet<unknown> = new Set([
  'BOUND_AGGREGATE',
  'BOUND_BETWEEN',
  'BOUND_CASE',
  'BOUND_CAST',
  'BOUND_COMPARISON',
  'BOUND_CONJUNCTION',
  'BOUND_FUNCTION',
  'BOUND_OPERATOR',
  'BOUND_UNNEST',
  'BOUND_WINDOW',
])

/**
 * Parts of an expression that are no input of it: types, and the body of a lambda, whose positions are those of its own
 * parameters (the columns that it captures are arguments of the function around it).
 */
const APART: ReadonlySet<string> = new Set(['return_type', 'arguments', 'original_arguments', 'lambda_expr'])

/**
 * What the values of an expression come from, or of several.
 * @param input the columns that it is evaluated over: a reference is a position in them
 */
export function valuesOf(expression: unknown, input: readonly Columns[]): Columns {
  const found: Columns[] = []
  collect(expression, input, found)
  return union(found)
}

/**
 * Goes through every part, known by name or not: a filter of an aggregate, the frame of a window, what a later DuckDB
 * adds. An input that was overlooked would be a dependency that is missing.
 */
function collect(part: unknown, input: readonly Columns[], found: Columns[]): void {
  if (Array.isArray(part)) for (const one of part) collect(one, input, found)
  else if (isNode(part)) collectNode(part, input, found)
}

function collectNode(part: PlanNode, input: readonly Columns[], found: Columns[]): void {
  const kind = part['expression_class']
  if (kind === 'BOUND_REF') found.push(columnAt(input, indexAt(part, 'index')))
  else if (kind === 'BOUND_CONSTANT') return
  else if (kind === undefined || COMPOSED.has(kind)) {
    for (const key in part) if (!APART.has(key)) collect(part[key], input, found)
  } else throw notUnderstood(`an expression ${String(kind)}`)
}
