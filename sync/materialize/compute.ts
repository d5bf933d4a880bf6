/** Runs a view's SQL and writes the newest row of every key as Parquet: the snapshot, exactly as it will be served. */
import { rename, rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { describe, duckdbError, query } from '../duckdb.ts'
import { type Merged, mergedQuery, vanishedQuery, windowQuery } from '../pruning/merge.ts'
import { damageOf } from '../sources/damage.ts'
import { literal, timestampLiteral } from '../sql/text.ts'
import { atNewestEventsQuery, newestEventsQuery, oneOfEachQuery } from './newest.ts'
import { EVENT_TIMESTAMP, keyNames, type OnlineFiles, parquet, parquetOptions } from './rows.ts'
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

/** Of a run that reads a part of the events, and keeps the others as they are online. */
export type Part =
  | {
      /** `--from` and `--to`, event timestamps, microseconds since the epoch, both ends included; null where it is open. */
      readonly window: { readonly from: number | null; readonly to: number | null }
      /** Null when nothing is online. */
      readonly online: OnlineFiles | null
    }
  | {
      /** The lake only grew: see `prune`. */
      readonly outputsFrom: number | null
      readonly online: OnlineFiles
    }

export interface ComputeOptions {
  /** Microseconds since the epoch: events and creations after it are left out. */
  readonly asOf: number
  /** Where the Parquet is written. */
  readonly file: string
}

/** @throws ShorelineError INVALID naming the view and the column, the value or what DuckDB says */
export function compute(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  { asOf, file }: ComputeOptions,
): Promise<Computed> {
  return named(db, view, files, async () => {
    const { rowsRead, features, typed } = await openSources(db, view, files, asOf)
    const known = knownAt(asOf)
    const ahead =
      view.sql === undefined
        ? await copyPruned(db, view, typed(features), typed(laterQuery(view, features, asOf)), known, file)
        : await copyOnce(db, view, typed(features), known, file)
    return summary(db, file, rowsRead, ahead)
  })
}

/**
 * The rows of a part of the events joined with those that are online.
 * @returns null when that cannot be said of a part: then everything has to be read
 */
export function computePart(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  { asOf, file, part }: ComputeOptions & { readonly part: Part },
): Promise<Computed | null> {
  return named(db, view, files, async () => {
    const { rowsRead, features, typed } = await openSources(db, view, files, asOf)
    // It is looked at more than once, and the view's SQL may be expensive.
    await db.run(`create or replace temp table _computed as ${typed(features)}`)
    try {
      if (!('window' in part) && part.outputsFrom !== null && (await vanished(db, view, asOf, part))) return null
      const { contested, kept } = joined(view, part, asOf)
      const ahead = await copyOnce(db, view, contested, knownAt(asOf), file, kept)
      return await summary(db, file, rowsRead, ahead)
    } finally {
      await db.run('drop table if exists _computed')
    }
  })
}

async function named<T>(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw thrown
    throw (await damageOf(db, view.reads, files, thrown)) ?? duckdbError(`view ${view.name}`, thrown)
  }
}

async function openSources(db: DuckDBConnection, view: ViewObject, files: SourceFiles, asOf: number) {
  let rowsRead = 0
  for (const source of view.reads) rowsRead += await createSourceTable(db, source, files.get(source.name) ?? [])
  const features = featureQuery(view, asOf)
  return { rowsRead, features, typed: typedQuery(view, await describe(db, features)) }
}

function knownAt(asOf: number): string {
  return `_event <= ${timestampLiteral(asOf)} and _created <= ${timestampLiteral(asOf)}`
}

async function summary(
  db: DuckDBConnection,
  file: string,
  rowsRead: number,
  nextEvent: number | null,
): Promise<Computed> {
  const [found] = await query(
    db,
    `select count(*)::varchar as rows, epoch_us(max(${EVENT_TIMESTAMP}))::varchar as watermark from read_parquet(${literal(file)})`,
  )
  return { rowsRead, rows: Number(found?.['rows'] ?? 0), watermark: micros(found?.['watermark']), nextEvent }
}

const COMPUTED = 'select * from _computed'

async function vanished(
  db: DuckDBConnection,
  view: ViewObject,
  asOf: number,
  { online, outputsFrom }: { readonly online: OnlineFiles; readonly outputsFrom: number | null },
): Promise<boolean> {
  if (outputsFrom === null) return false
  const [row] = await query(db, vanishedQuery(view, COMPUTED, online, { outputsFrom, asOf }))
  return row?.['vanished'] !== '0'
}

function joined(view: ViewObject, part: Part, asOf: number): Merged {
  if (!('window' in part)) return mergedQuery(view, COMPUTED, part.online, part.outputsFrom)
  return windowQuery(view, COMPUTED, part.online, { ...part.window, asOf })
}

async function copy(db: DuckDBConnection, view: ViewObject, sql: string, file: string): Promise<void> {
  await db.run(`copy (${sql}) to ${literal(file)} ${parquetOptions(view)}`)
}

/** Straight from the source, which is scanned a second and a third time. */
async function copyPruned(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  later: string,
  known: string,
  file: string,
): Promise<number | null> {
  await copyNewest(db, view, typed, known, file)
  const [row] = await query(db, `select epoch_us(min(greatest(_event, _created)))::varchar as ahead from (${later})`)
  return micros(row?.['ahead'])
}

/** @param kept SQL of rows of other keys that are in the snapshot as they are */
async function copyNewest(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  known: string,
  file: string,
  kept: string | null = null,
): Promise<void> {
  const keep = (rows: string): string => (kept === null ? rows : `${rows} union all by name (${kept})`)
  await db.run(`create or replace temp table ${EVENTS} as ${newestEventsQuery(view, typed, known)}`)
  const rows = atNewestEventsQuery(view, typed, known, EVENTS)
  await copy(db, view, keep(rows), file)
  const rowsOfKeys = `(select count(*) from ${EVENTS})`
  const written = `(select sum(num_rows) from parquet_file_metadata(${literal(file)}))`
  const [counted] = await query(
    db,
    kept === null
      ? `select ${rowsOfKeys} = coalesce(${written}, 0) as alone`
      : `select count(*) = count(distinct hash(${['1', ...keyNames(view)].join(', ')})) as alone from ${parquet([file])}`,
  )
  await db.run(`drop table ${EVENTS}`)
  if (counted?.['alone'] === true) return
  // What is kept has each key once already, and passes with the others.
  const several = `${file}.several`
  await rename(file, several)
  try {
    await copy(db, view, oneOfEachQuery(view, parquet([several])), file)
  } finally {
    await rm(several, { force: true })
  }
}

const EVENTS = '_newest_events'

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

/**
 * The view's SQL may be expensive: it runs once, and gives the rows and the first later event together.
 * @param kept SQL of rows of other keys that are in the snapshot as they are
 */
async function copyOnce(
  db: DuckDBConnection,
  view: ViewObject,
  typed: string,
  known: string,
  file: string,
  kept: string | null = null,
): Promise<number | null> {
  await db.run(`create or replace temp table _rows as ${typed}`)
  try {
    await copyNewest(db, view, 'select * from _rows', known, file, kept)
    const [row] = await query(
      db,
      `select epoch_us(min(greatest(_event, _created)))::varchar as ahead from _rows where not (${known})`,
    )
    return micros(row?.['ahead'])
  } finally {
    await db.run('drop table if exists _rows')
  }
}

function micros(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
