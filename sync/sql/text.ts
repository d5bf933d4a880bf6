/** SQL text from names and values that are not ours: `core` has it, because a browser writes the same SQL. */
export { identifier, literal, microseconds, timestampLiteral } from '../../core/sql/text.ts'
