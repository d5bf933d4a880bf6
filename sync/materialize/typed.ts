/** A view's rows in SQL. `core` has what a browser writes too; `$as_of` is only known here. */
import { sourceQuery } from '../../core/sql/typed.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { bindAsOf, readsAsOf } from '../sql/as-of.ts'

export { CREATED, TIMESTAMP, typedQuery } from '../../core/sql/typed.ts'
export { columnOf, createdColumn } from '../../core/sql/view.ts'

/** What the view's features come from: its SQL, or the columns of its source. */
export function featureQuery(view: ViewObject, asOf: number): string {
  if (view.sql === undefined) return sourceQuery(view)
  return `(${readsAsOf(view.sql) ? bindAsOf(view.sql, asOf) : view.sql}\n)`
}
