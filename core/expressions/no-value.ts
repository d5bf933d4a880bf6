/** What a closure throws where DuckDB raises an error. Not an Error: a stack for each row would cost more than the row. */
export const NO_VALUE: unique symbol = Symbol('the expression has no value for this row')

/** An overflow, a cast that fails. */
export function noValue(): never {
  throw NO_VALUE
}
