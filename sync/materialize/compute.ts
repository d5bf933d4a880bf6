/** Runs a view's SQL and writes the newest row of every key as Parquet: the snapshot, exactly as it will be served. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { parseType } from '../../core/types.ts'
import type { SourceObject, ViewObject } from '../../registry/objects.ts'
import { type ColumnType, describe, duckdbError, query } from '../duckdb.ts'
import { bindAsOf, readsAsOf } from '../sql/as-of.ts'
import { castExpression } from '../sql/cast.ts'
import { identifier, literal, timestampLiteral } from '../sql/text.ts'
import { EVENT_TIMESTAMP, newestQuery, snapshotQuery } from './newest.ts'
import { createSourceTable } from './source-tables.ts'

export interface Computed {
  /** Rows of the source objects. */
  readonly rowsRead: number
  readonly rows: number
  /** Newest event timestamp, microseconds since the epoch; null without rows. */
  readonly watermark: number | null
  /** The first instant after `asOf` at which the same sources give other rows; null when there is none. */
  readonly nextEvent: number | null
}

/** Local files of a source, by the source's name. */
export type SourceFiles = ReadonlyMap<string, readonly string[]>

/**
 * @param asOf microseconds since the epoch: events and creations after it are left out
 * @param file where the Parquet is written
 * @throws ShorelineError INVALID naming the view and the column, the value or what DuckDB says
 */
export async function compute(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  asOf: number,
  file: string,
): Promise<Computed> {
  const where = `view ${view.name}`
  try {
    let rowsRead = 0
    for (const source of view.reads) rowsRead += await createSourceTable(db, source, files.get(source.name) ?? [])
    const features = featureQuery(view, asOf)
    const typed = typedQuery(view, await describe(db, features))
    const known = `_event <= ${timestampLiteral(asOf)} and _created <= ${timestampLiteral(asOf)}`
    const ahead =
      view.sql === undefined
        ? await copyPruned(db, view, typed(features), typed(laterQuery(view, features, asOf)), known, file)
        : await copyOnce(db, view, typed(features), known, file)
    const [summary] = await query(
      db,
      `select count(*)::varchar as rows, epoch_us(max(${EVENT_TIMESTAMP}))::varchar as watermark from read_parquet(${literal(file)})`,
    )
    return {
      rowsRead,
      rows: Number(summary?.['rows'] ?? 0),
      watermark: micros(summary?.['watermark']),
      nextEvent: ahead,
    }
  } catch (thrown) {
    throw thrown instanceof ShorelineError ? thrown : duckdbError(where, thrown)
  }
}

/** What the view's features come from: its SQL, or the columns of its source. */
function featureQuery(view: ViewObject, asOf: number): string {
  if (view.sql !== undefined) return `(${readsAsOf(view.sql) ? bindAsOf(view.sql, asOf) : view.sql}\n)`
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

/** `Object.hasOwn`: a feature may be called "constructor". */
function columnOf({ columns = {} }: SourceObject, name: string): string {
  return (Object.hasOwn(columns, name) ? columns[name] : undefined) ?? name
}

/** The times of a view without SQL, under names that no join key and no feature has. */
const TIMESTAMP = '_timestamp'
const CREATED = '_created'

function createdColumn(view: ViewObject): string | undefined {
  return view.created ?? (view.sql === undefined ? view.reads[0]?.created : undefined)
}

/**
 * Keys, event, created and features in their declared types; whatever is lost on the way stops the run. Names that begin
 * with an underscore are ours: sources, join keys and features cannot have them.
 */
function typedQuery(view: ViewObject, columns: readonly ColumnType[]): (from: string) => string {
  const types = new Map(columns.map((column) => [column.name, column.type]))
  const typed = (what: string, column: string, type: string, as: string = column): string => {
    const found = types.get(as)
    if (found === undefined)
      throw new ShorelineError(
        'INVALID',
        `view ${view.name}: ${what} ${column} is not a column of its SQL, which has ${columns.map((one) => one.name).join(', ')}.`,
      )
    return castExpression(`view ${view.name}: ${what} ${column}`, identifier(as), found, parseType(type))
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
  return (from) => `select ${selected.join(', ')} from ${from} as computed`
}

const OLDEST = "timestamp '0001-01-01'"

async function copy(db: DuckDBConnection, sql: string, file: string): Promise<void> {
  await db.run(`copy (${sql}) to ${literal(file)} (format parquet, compression zstd)`)
}

/** Straight from the source, which may be scanned a second time for what is later. */
async function copyPruned(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  later: string,
  known: string,
  file: string,
): Promise<number | null> {
  await copy(db, snapshotQuery(view, newestQuery(view, typed, { where: known })), file)
  const [row] = await query(db, `select epoch_us(min(greatest(_event, _created)))::varchar as ahead from (${later})`)
  return micros(row?.['ahead'])
}

/**
 * The rows that are not known yet, of a view without SQL. Each comparison is with a column as it is in the files, before
 * any check, and alone: Parquet's statistics then prune the scan to almost nothing.
 */
function laterQuery(view: ViewObject, features: string, asOf: number): string {
  const times = createdColumn(view) === undefined ? [TIMESTAMP] : [TIMESTAMP, CREATED]
  const later = times.map(
    (time) => `select * from ${features} where try_cast(${time} as timestamp) > ${timestampLiteral(asOf)}`,
  )
  return `(${later.join(' union all ')})`
}

/** The view's SQL may be expensive: it runs once, and gives the rows and the first later event together. */
async function copyOnce(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  known: string,
  file: string,
): Promise<number | null> {
  const more = `min(greatest(_event, _created)) filter (where not (${known})) as _ahead`
  await db.run(`create or replace temp table _rows as ${newestQuery(view, typed, { clause: known, more })}`)
  await copy(db, snapshotQuery(view, 'select * from _rows'), file)
  const [row] = await query(db, 'select epoch_us(min(_ahead))::varchar as ahead from _rows')
  await db.run('drop table _rows')
  return micros(row?.['ahead'])
}

function micros(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
