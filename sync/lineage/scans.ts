/** Operators that rows come from. */
import { type Columns, NONE, union } from './columns.ts'
import { valuesOf } from './expressions.ts'
import { indexAt, indexesAt, listAt, node, nodesAt, notUnderstood, type PlanNode, textAt } from './plan.ts'
import { columnAt, constant, type Relation, type Scope } from './relation.ts'

/** Table functions that make rows of constants. */
const GENERATORS: ReadonlySet<string> = new Set(['generate_series', 'range', 'repeat', 'repeat_row', 'unnest'])

/** Not a position in a table: the row id, or "any column" when only the number of rows matters. */
const VIRTUAL = 2 ** 63

export function scan(get: PlanNode): Relation {
  if (Object.keys(node(get['table_filters'] ?? {})).length > 0) throw notUnderstood('a scan that filters')
  const taken = projected(get, scannedColumns(get))
  // A scan of no columns still gives one, which nothing can be read from.
  return { ...constant(0), columns: taken.length > 0 ? taken : [NONE] }
}

function scannedColumns(get: PlanNode): readonly Columns[] {
  const positions = nodesAt(get, 'column_indexes').map((one) => indexAt(one, 'index'))
  const name = textAt(get, 'name')
  if (GENERATORS.has(name)) return positions.map(() => NONE)
  if (name !== 'seq_scan') throw notUnderstood(`a table function ${name}`)
  const table = textAt(node(get['function_data']), 'table')
  const names = listAt(get, 'names')
  return positions.map((position) => {
    if (position >= VIRTUAL) return NONE
    const column = names[position]
    if (typeof column !== 'string') throw notUnderstood(`column ${position} of table ${table}`)
    return new Set([`${table}.${column}`])
  })
}

/** A subset of the columns, where the operator says so. */
export function projected(get: PlanNode, columns: readonly Columns[], key = 'projection_ids'): readonly Columns[] {
  const positions = indexesAt(get, key)
  return positions.length === 0 ? columns : positions.map((position) => columnAt(columns, position))
}

/**
 * A table function that is called for each row of a query, `unnest(t.list)`. How many rows it makes comes from its
 * arguments too. DuckDB leaves references in them unresolved here, so all that the arguments are taken from counts.
 */
export function tableFunction(get: PlanNode, input: Columns): Relation {
  const width = listAt(get, 'column_indexes').length + listAt(get, 'projected_input').length
  return { ...constant(0), columns: Array.from({ length: width }, () => input), rows: input }
}

/** The distinct values of the columns that a correlated subquery takes from the query around it. */
export function correlated(get: PlanNode, { outer }: Scope): Relation {
  if (listAt(get, 'chunk_types').length !== outer.length) throw notUnderstood('a correlated subquery of other columns')
  return { ...constant(0), columns: outer }
}

export function cteReference(ref: PlanNode, { ctes }: Scope): Relation {
  const found = ctes.get(indexAt(ref, 'cte_index'))
  if (found?.columns.length !== listAt(ref, 'chunk_types').length) throw notUnderstood('a CTE of other columns')
  return found
}

/** `values`: each row is a list of expressions. */
export function literalRows(get: PlanNode, child: Relation): Relation {
  const rows = listAt(get, 'expressions').map((row) => {
    if (!Array.isArray(row)) throw notUnderstood('a row of values that is no list')
    return row.map((one) => valuesOf(one, child.columns))
  })
  const columns = listAt(get, 'expr_types').map((_, position) => union(rows.map((row) => columnAt(row, position))))
  return { ...child, columns, one: false }
}
