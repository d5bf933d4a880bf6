/** The point-in-time join: `core` has it, because a browser writes the same SQL. */
export {
  AT,
  eventColumn,
  type JoinedView,
  type JoinOptions,
  joinQuery,
  ROW,
  SPINE,
  statusColumn,
  valueColumn,
} from '../../core/sql/join.ts'
