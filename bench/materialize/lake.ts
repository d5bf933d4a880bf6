/** The generated lake: the same rows every time, because every value is a hash of the row's number. It is made once and kept. */
import { mkdir, readdir, rename, rm, statfs, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { query, withDuckDB } from '../../sync/duckdb.ts'
import { isOneRowPerKey, type LakeSize, SHARES } from './shapes.ts'

export interface LakeFile {
  readonly name: string
  readonly path: string
}

export interface KeptLake {
  readonly files: readonly LakeFile[]
  /** New events of that share of the entities, after all others. */
  readonly changes: ReadonlyMap<number, Changes>
}

export interface Changes {
  readonly file: LakeFile
  /** One an entity. */
  readonly rows: number
}

/** Another one when other rows are generated: a lake that was kept is not taken for it. */
const GENERATION = 1
const FILES = 8
const FIRST_EVENT = '2026-01-01'
const DAYS = 90
const LAST_EVENT = '2026-04-01'
/** After the last event and the last creation: nothing in the lake is in its future. */
export const CLOCK = '2026-04-02T00:00:00Z'
/** Bytes on the disk for a row of the lake: it, what its runs spill, and their snapshots. */
const DISK_PER_ROW = 300

/** @throws Error when the disk has no room for it and its runs */
export async function keptLake(cache: string, size: LakeSize, memory: string): Promise<KeptLake> {
  await mkdir(cache, { recursive: true })
  const disk = await statfs(cache)
  const needed = size.rows * DISK_PER_ROW
  if (disk.bavail * disk.bsize < needed) throw new Error(`it takes ${Math.ceil(needed / 1e9)} GB of disk`)
  const folder = join(cache, `lake-${GENERATION}-${size.rows}-${size.entities}`)
  if (!(await readdir(folder).catch(() => null))) {
    const partial = `${folder}.part`
    await rm(partial, { recursive: true, force: true })
    await mkdir(partial)
    await withDuckDB({ spill: join(partial, 'spill'), memory }, (db) => generate(db, partial, size))
    await rm(join(partial, 'spill'), { recursive: true, force: true })
    await rename(partial, folder)
  }
  return {
    files: Array.from({ length: FILES }, (_, index) => fileOf(folder, `part-${index}.parquet`)),
    changes: await changesOf(folder, memory),
  }
}

function changesOf(folder: string, memory: string): Promise<ReadonlyMap<number, Changes>> {
  return withDuckDB({ spill: join(folder, 'spill'), memory }, async (db) => {
    const changes = new Map<number, Changes>()
    for (const share of SHARES) {
      const file = fileOf(folder, changeName(share))
      const [row] = await query(db, `select count(*)::integer as rows from read_parquet('${file.path}')`)
      changes.set(share, { file, rows: Number(row?.['rows']) })
    }
    return changes
  })
}

/** A folder with exactly these files: what a view's glob finds. */
export async function lakeFolder(folder: string, files: readonly LakeFile[]): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const { name, path } of files) await symlink(path, join(folder, name))
  return folder
}

function fileOf(folder: string, name: string): LakeFile {
  return { name, path: join(folder, name) }
}

function changeName(share: number): string {
  return `changed-${share}.parquet`
}

/**
 * Events come in the order of time, as a lake that is written day by day holds them, and each row is written up to an
 * hour after its event.
 */
async function generate(db: DuckDBConnection, folder: string, size: LakeSize): Promise<void> {
  const write = (rows: string, name: string) =>
    db.run(`copy (${rows}) to '${join(folder, name)}' (format parquet, compression zstd)`)
  for (let index = 0; index < FILES; index++) {
    const first = Math.floor((size.rows * index) / FILES)
    const end = Math.floor((size.rows * (index + 1)) / FILES)
    await write(rowsQuery(first, end, size), `part-${index}.parquet`)
  }
  for (const share of SHARES) await write(changesQuery(share, size), changeName(share))
}

/** With one row per key, a step that has no factor in common with their number visits each once, in no order. */
const STEP = 7_368_787

function rowsQuery(first: number, end: number, size: LakeSize): string {
  const { rows, entities } = size
  const microsBetween = Math.floor((DAYS * 86_400_000_000) / rows)
  const key = isOneRowPerKey(size) ? `(row * ${STEP}) % ${entities}` : `hash(row) % ${entities}`
  return `
    select (${key})::bigint as user_id, event_timestamp, ${columns('row')}
    from (
      select row, timestamp '${FIRST_EVENT}' + to_microseconds(row * ${microsBetween}) as event_timestamp
      from range(${first}, ${end}) as every(row)
    )`
}

/** Every entity changes with the same probability: which ones is no pattern of the keys. */
function changesQuery(share: number, { rows, entities }: LakeSize): string {
  return `
    select user_id, event_timestamp, ${columns('row')}
    from (
      select
        key::bigint as user_id,
        key + ${rows + 10} as row,
        timestamp '${LAST_EVENT}' + to_microseconds((hash(key + 20) % 3600000000)::bigint) as event_timestamp
      from range(0, ${entities}) as every(key)
      where hash(key + ${Math.round(share * 1e6)}) % 1000000 < ${Math.round(share * 1e6)}
    )`
}

function columns(row: string): string {
  return `
    event_timestamp + to_microseconds((hash(${row} + 1) % 3600000000)::bigint) as created,
    (hash(${row} + 2) % 1000)::bigint as purchases_30d,
    (hash(${row} + 3) % 100000000) / 10000 as spend_30d,
    ((hash(${row} + 4) % 1000000) / 1000000)::float as return_share_90d,
    'category-' || hash(${row} + 5) % 500 as top_category`
}
