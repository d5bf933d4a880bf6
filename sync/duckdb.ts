/** DuckDB on Node, set up so that nothing is fetched at run time and nothing depends on the machine's clock or zone. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type Json } from '@duckdb/node-api'
import { ShorelineError } from '../core/errors.ts'
import { isAlive, ownName } from './lake/living.ts'
import { duckdbMemory } from './memory.ts'
import type { Update } from './progress.ts'

export interface DuckOptions {
  /** Where DuckDB spills what does not fit, in a folder of each database: two that spill into one overwrite each other's files. */
  readonly spill: string
  /** What the whole process may take, as in `--memory 2GB`. */
  readonly memory: string
}

/** Runs `work` with a connection of its own database in memory, and closes both. */
export function withDuckDB<T>(options: DuckOptions, work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
  return withInstance(options, async (instance) => {
    const db = await connect(instance)
    try {
      return await work(db)
    } finally {
      db.closeSync()
    }
  })
}

async function withInstance<T>(options: DuckOptions, work: (instance: DuckDBInstance) => Promise<T>): Promise<T> {
  await removeLeft(options.spill)
  const spill = join(options.spill, ownName())
  await mkdir(spill, { recursive: true })
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: duckdbMemory(options.memory),
      temp_directory: spill,
      // The order of rows carries no meaning in a materialization, and keeping it costs memory.
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // What was freed goes back to the system while a run works on, and not only when it ends.
      allocator_background_threads: 'true',
    })
    try {
      return await work(instance)
    } finally {
      instance.closeSync()
    }
  } finally {
    await rm(spill, { recursive: true, force: true })
  }
}

/** What processes that were killed had spilled. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^[^@]+@\d+@[^@]+$/.test(name)) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found && !isAlive(name, found.mtimeMs)) await rm(path, { recursive: true, force: true })
  }
}

/** Runs `work` with two connections of one database: temporary tables of one are not seen by the other. */
export function withTwoConnections<T>(
  options: DuckOptions,
  work: (first: DuckDBConnection, second: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withInstance(options, async (instance) => {
    const [first, second] = [await connect(instance), await connect(instance)]
    try {
      return await work(first, second)
    } finally {
      first.closeSync()
      second.closeSync()
    }
  })
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const db = await instance.connect()
  await db.run("set TimeZone = 'UTC'")
  return db
}

const WATCH_MS = 200

/**
 * Says how far the statements of `work` are while they run, each from its start.
 * @param update as DuckDB counts: the rows of all steps of the statement, an estimate until it ends
 */
export async function watched<T>(db: DuckDBConnection, update: Update, work: () => Promise<T>): Promise<T> {
  await db.run('set enable_progress_bar = true')
  // DuckDB would draw a bar of its own.
  await db.run('set enable_progress_bar_print = false')
  const timer = setInterval(() => {
    const { percentage, rows_processed: done, total_rows_to_process: total } = db.progress
    if (percentage >= 0 && total > 0n) update(Number(done), Number(total), 'rows')
  }, WATCH_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** The rows as objects of JSON values: BIGINT comes as text. */
export async function query(db: DuckDBConnection, sql: string): Promise<readonly Readonly<Record<string, Json>>[]> {
  return (await db.runAndReadAll(sql)).getRowObjectsJson()
}

export interface ColumnType {
  readonly name: string
  /** As DuckDB writes it. */
  readonly type: string
}

/** The columns of a query's result, without running it. */
export async function describe(db: DuckDBConnection, sql: string): Promise<readonly ColumnType[]> {
  return (await query(db, `describe ${sql}`)).map((row) => ({
    name: String(row['column_name']),
    type: String(row['column_type']),
  }))
}

/** The same error, or that the disk is full: any statement may find that out. */
export function diskError(where: string, thrown: unknown): unknown {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof ShorelineError || !/no space left on device/i.test(text)) return thrown
  return new ShorelineError('UNAVAILABLE', `${where}: the disk is full. Free some space and run again.`, {}, thrown)
}

/** What DuckDB says, as one sentence that names where it happened. */
export function duckdbError(where: string, thrown: unknown): ShorelineError {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const full = diskError(where, thrown)
  if (full instanceof ShorelineError) return full
  // Errors that our own SQL raised say everything themselves.
  const own = /^(?:Invalid Input Error: )?(view [a-z0-9_]+: .*)$/s.exec(text)?.[1]
  if (own) return new ShorelineError('INVALID', own, {}, thrown)
  return new ShorelineError('INVALID', `${where}: DuckDB says: ${text.split('\n\n')[0]?.trim() ?? text}`, {}, thrown)
}
