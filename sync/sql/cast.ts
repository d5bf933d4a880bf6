/** Casts of columns to their declared types: `core` has them, because a browser writes the same SQL. */
export { castExpression, keepsValue } from '../../core/sql/cast.ts'
