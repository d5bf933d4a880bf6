/** A view's rows in SQL: what its features come from, and every column in its declared type. */
import { messageOf, ShorelineError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { parseType } from '../types.ts'
import { castExpression } from './cast.ts'
import { identifier, literal } from './text.ts'
import { columnOf, createdColumn, OLDEST, type SqlView } from './view.ts'

export interface ColumnType {
  readonly name: string
  /** As DuckDB writes it. */
  readonly type: string
}

/** What the features of a view without SQL come from: the columns of its source. */
export function sourceQuery(view: SqlView): string {
  const [source] = view.reads
  if (!source) throw new ShorelineError('INVALID', `view ${view.name} has neither SQL nor a source.`)
  const mapped = [...view.join_keys, ...view.features].map(
    ({ name }) => `${identifier(columnOf(source, name))} as ${identifier(name)}`,
  )
  const created = createdColumn(view)
  const times = [
    `${identifier(view.timestamp)} as ${TIMESTAMP}`,
    ...(created === undefined ? [] : [`${identifier(created)} as ${CREATED}`]),
  ]
  return `(select ${[...mapped, ...times].join(', ')} from ${identifier(source.name)})`
}

/** The times of a view without SQL, under names that no join key and no feature has. */
export const TIMESTAMP = '_timestamp'
export const CREATED = '_created'

/**
 * Keys, event, created and features in their declared types; whatever is lost on the way stops the run. Names that begin
 * with an underscore are ours: sources, join keys and features cannot have them.
 */
export function typedQuery(view: SqlView, columns: readonly ColumnType[]): (from: string) => string {
  const problems: string[] = []
  const types = new Map(columns.map((column) => [column.name, column.type]))
  const typed = (what: string, column: string, type: string, as: string = column): string => {
    const found = types.get(as)
    try {
      if (found === undefined) throw missingColumn(view, what, column, columns)
      return castExpression(`view ${view.name}: ${what} ${column}`, identifier(as), found, parseType(type))
    } catch (thrown) {
      const source = view.sql === undefined ? view.reads[0] : undefined
      problems.push(
        found === 'VARCHAR' && source?.format === 'csv'
          ? undeclared(messageOf(thrown), columnOf(source, column))
          : messageOf(thrown),
      )
      return 'null'
    }
  }
  const required = (what: string, column: string, type: string, as: string = column): string =>
    `case when ${identifier(as)} is null then error(${literal(`view ${view.name}: ${what} ${column} is null in a row. Leave such rows out in the source or the SQL.`)}) else ${typed(what, column, type, as)} end`
  const timeAs = (column: string, own: string): string => (view.sql === undefined ? own : column)
  const created = createdColumn(view)
  const selected = [
    ...view.join_keys.map((key) => `${required('join key', key.name, key.type)} as ${identifier(key.name)}`),
    `${required('timestamp', view.timestamp, 'timestamp', timeAs(view.timestamp, TIMESTAMP))} as _event`,
    // A row that does not say when it was created counts as the oldest of its event.
    `${created === undefined ? OLDEST : `coalesce(${typed('created', created, 'timestamp', timeAs(created, CREATED))}, ${OLDEST})`} as _created`,
    ...view.features.map((feature, index) => `${typed('feature', feature.name, feature.type)} as _f${index}`),
  ]
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  return (from) => `select ${selected.join(', ')} from ${from} as computed`
}

/** What to do about a column of a CSV file that is text because nobody says otherwise. */
function undeclared(message: string, column: string): string {
  const [says = message] = message.split('. Cast it in ')
  return `${says}: a column of a CSV file is text unless the source says what it is. Write its type there: types: { ${JSON.stringify(column)}: … }.`
}

function missingColumn(view: SqlView, what: string, column: string, columns: readonly ColumnType[]): ShorelineError {
  const names = columns.map((one) => one.name)
  const meant = nearest(column, names)
  return new ShorelineError(
    'INVALID',
    `view ${view.name}: ${what} ${column} is not a column of its SQL, which has ${names.join(', ')}. ${meant ? `Did you mean ${meant}?` : addColumn(what, column)}`,
  )
}

function addColumn(what: string, column: string): string {
  if (what === 'timestamp') return `Write "… as ${column}" in the select, or name another column: timestamp: '…'.`
  if (what === 'join key') return 'Add it to the select.'
  return `Add it to the select, or take it out of the ${what === 'feature' ? 'features' : 'view'}.`
}
