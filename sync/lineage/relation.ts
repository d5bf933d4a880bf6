import { type Columns, NONE, union } from './columns.ts'
import { notUnderstood } from './plan.ts'

/** What is known about the rows that an operator of a plan gives to the one above it. */
export interface Relation {
  /** By position, as the plan refers to them: what the values of each come from. */
  readonly columns: readonly Columns[]
  /** What decides which rows there are. */
  readonly rows: Columns
  /**
   * What decides the order that an `order by` below has put the rows in. It matters only to what takes rows in turn (a
   * limit, `first`, `list`), so it is kept apart until one does. An order that nobody asked for is none.
   */
  readonly order: Columns
  /** Exactly one row, whatever the sources hold: then `rows` decides no row but the values in it. */
  readonly one: boolean
}

/** What may be referred to from inside an operator but is computed outside of it. */
export interface Scope {
  readonly ctes: ReadonlyMap<number, Relation>
  /** The columns that a correlated subquery takes from the query around it. */
  readonly outer: readonly Columns[]
}

export const TOP: Scope = { ctes: new Map(), outer: [] }

/** Rows that no source has a part in. */
export function constant(width: number, one = false): Relation {
  return { columns: Array.from({ length: width }, () => NONE), rows: NONE, order: NONE, one }
}

export function columnAt(columns: readonly Columns[], index: number): Columns {
  const found = columns[index]
  if (!found) throw notUnderstood(`column ${index} of ${columns.length}`)
  return found
}

/** Everything that has any part in it. */
export function everythingOf({ columns, rows, order }: Relation): Columns {
  return union([...columns, rows, order])
}
