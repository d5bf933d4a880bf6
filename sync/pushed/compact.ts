/**
 * The queue writes pushed rows as many small files. Once a day has many, they become one: each row once, whole files only, and
 * what was read is removed only when the new one is there. A reader in between sees rows twice, as it may at any time.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf } from '../../core/errors.ts'
import { pushedKey } from '../../core/storage.ts'
import { query, withDuckDB } from '../duckdb.ts'
import { localCopies } from '../lake/cache.ts'
import type { Lake, LakeObject } from '../lake/lake.ts'
import { parallel } from '../lake/parallel.ts'
import { literal } from '../sql/text.ts'

/** Files of a day from which on it is worth the writes: fewer are as quick to read. */
const FILES = 8
const PARALLEL_REMOVALS = 8

export interface Compacted {
  readonly source: string
  /** `2026-03-01` */
  readonly day: string
  readonly files: number
  readonly rows: number
}

export interface CompactPlace {
  readonly lake: Lake
  /** `.shoreline` */
  readonly folder: string
  /** `2GB` */
  readonly memory: string
}

/** @param problem told of a day that could not be read or written: it stays as it was, and the others go on */
export async function compactPushed(
  place: CompactPlace,
  sources: readonly string[],
  problem: (day: string, message: string) => void,
): Promise<readonly Compacted[]> {
  const compacted: Compacted[] = []
  for (const source of sources) {
    const days = Map.groupBy(await place.lake.list(pushedPrefix(source)), ({ key }) => dayOf(key))
    for (const [day, objects] of days) {
      if (day === null || objects.length < FILES) continue
      try {
        compacted.push(...(await compactDay(place, source, day, objects)))
      } catch (thrown) {
        problem(`${source}, ${day}`, messageOf(thrown))
      }
    }
  }
  return compacted
}

/** Where the files of a source's pushed rows are. */
export function pushedPrefix(source: string): string {
  return dirname(dirname(pushedKey(source, 'day', 'name'))).concat('/')
}

function dayOf(key: string): string | null {
  return /\/day=(\d{4}-\d{2}-\d{2})\/[^/]+\.parquet$/.exec(key)?.[1] ?? null
}

/** A file for every schema that the day's files have: another one was registered in its midst. */
async function compactDay(
  { lake, folder, memory }: CompactPlace,
  source: string,
  day: string,
  objects: readonly LakeObject[],
): Promise<readonly Compacted[]> {
  const copies = await localCopies(lake, objects, join(folder, 'cache'))
  const work = join(folder, 'runs', `pushed-${source}-${day}`)
  await mkdir(work, { recursive: true })
  try {
    return await withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
      const schemas = new Map<string, { readonly object: LakeObject; readonly path: string }[]>()
      for (const { object, path } of copies) {
        const schema = await schemaOf(db, path)
        schemas.set(schema, [...(schemas.get(schema) ?? []), { object, path }])
      }
      const made: Compacted[] = []
      for (const alike of schemas.values()) {
        if (alike.length < 2) continue
        const name = createHash('sha256')
          .update(alike.map(({ object }) => object.key).join('\n'))
          .digest('hex')
          .slice(0, NAME_DIGITS)
        const file = join(work, `${name}.parquet`)
        const rows = await writeOnce(
          db,
          alike.map(({ path }) => path),
          file,
        )
        await lake.put(pushedKey(source, day, name), { file })
        await parallel(alike, PARALLEL_REMOVALS, ({ object }) => lake.remove(object.key))
        made.push({ source, day, files: alike.length, rows })
      }
      return made
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const NAME_DIGITS = 32

async function schemaOf(db: DuckDBConnection, path: string): Promise<string> {
  const columns = await query(db, `describe select * from read_parquet(${literal(path)}, hive_partitioning = false)`)
  return columns.map((column) => `${String(column['column_name'])} ${String(column['column_type'])}`).join(', ')
}

/** Without dictionaries, which take zero and minus zero for the same. @returns how many rows */
async function writeOnce(db: DuckDBConnection, paths: readonly string[], file: string): Promise<number> {
  const list = `[${paths.map((path) => literal(path)).join(', ')}]`
  await db.run(
    `copy (
      from read_parquet(${list}, hive_partitioning = false)
      qualify row_number() over (partition by pushed order by event_timestamp) = 1
      order by event_timestamp, pushed
    ) to ${literal(file)} (format parquet, compression zstd, dictionary_size_limit 0)`,
  )
  const [row] = await query(db, `select count(*)::varchar as n from read_parquet(${literal(file)})`)
  return Number(row?.['n'] ?? 0)
}
