/** Runs a view's SQL and writes the newest row of every key as Parquet: the snapshot, exactly as it will be served. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { describe, duckdbError, query } from '../duckdb.ts'
import { damageOf } from '../sources/damage.ts'
import { literal, timestampLiteral } from '../sql/text.ts'
import { newestQuery, snapshotQuery, typedAgain } from './newest.ts'
import { EVENT_TIMESTAMP, type OnlineFiles, onlineRows, parquetOptions } from './rows.ts'
import { createSourceTable } from './source-tables.ts'
import { CREATED, createdColumn, featureQuery, TIMESTAMP, typedQuery } from './typed.ts'

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

/** Of a run that takes a part of the events: the others stay as they are online. */
export interface Window {
  /** Event timestamps, microseconds since the epoch, both ends included; null where it is open. */
  readonly from: number | null
  readonly to: number | null
  /** What is online; null when nothing is. */
  readonly online: OnlineFiles | null
}

export interface ComputeOptions {
  /** Microseconds since the epoch: events and creations after it are left out. */
  readonly asOf: number
  /** Where the Parquet is written. */
  readonly file: string
  readonly window?: Window
}

/** @throws ShorelineError INVALID naming the view and the column, the value or what DuckDB says */
export async function compute(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  { asOf, file, window }: ComputeOptions,
): Promise<Computed> {
  const where = `view ${view.name}`
  try {
    let rowsRead = 0
    for (const source of view.reads) rowsRead += await createSourceTable(db, source, files.get(source.name) ?? [])
    const features = featureQuery(view, asOf)
    const typed = typedQuery(view, await describe(db, features))
    const rows = windowed(view, typed(features), window)
    const known = `_event <= ${timestampLiteral(asOf)} and _created <= ${timestampLiteral(asOf)}`
    const ahead =
      view.sql === undefined
        ? await copyPruned(db, view, rows, typed(laterQuery(view, features, asOf)), known, file)
        : await copyOnce(db, view, rows, known, file)
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
    if (thrown instanceof ShorelineError) throw thrown
    throw (await damageOf(db, view.reads, files, thrown)) ?? duckdbError(where, thrown)
  }
}

/** What is in the window, and what is online. */
function windowed(view: ViewObject, typed: string, window: Window | undefined): string {
  if (!window) return typed
  const { from, to, online } = window
  const bounds = [
    ...(from === null ? [] : [`_event >= ${timestampLiteral(from)}`]),
    ...(to === null ? [] : [`_event <= ${timestampLiteral(to)}`]),
  ]
  const inside = bounds.length === 0 ? typed : `select * from (${typed}) as computed where ${bounds.join(' and ')}`
  return online ? `(${inside}) union all by name (${typedAgain(view, onlineRows(view, online))})` : inside
}

async function copy(db: DuckDBConnection, view: ViewObject, sql: string, file: string): Promise<void> {
  await db.run(`copy (${sql}) to ${literal(file)} ${parquetOptions(view)}`)
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
  await copy(db, view, snapshotQuery(view, newestQuery(view, typed, { where: known })), file)
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
  await copy(db, view, snapshotQuery(view, 'select * from _rows'), file)
  const [row] = await query(db, 'select epoch_us(min(_ahead))::varchar as ahead from _rows')
  await db.run('drop table _rows')
  return micros(row?.['ahead'])
}

function micros(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
