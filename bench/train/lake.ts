/** The generated lake and its spines: the same rows every time, because every value is a hash of the row's number. */
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { withDuckDB } from '../../sync/duckdb.ts'
import { VIEWS } from './features.ts'

export const HISTORY_ROWS = 10_000_000
const ENTITIES = 1_000_000
const YEAR_S = 365 * 86_400
/** After all of it. */
export const CLOCK = '2026-01-02T00:00:00Z'
/** Another one when other rows are generated. */
const GENERATION = 1

export const SPINES = [1_000_000, 10_000_000] as const

export function spineFile(lake: string, rows: number): string {
  return join(lake, `spine-${rows}.parquet`)
}

/** @returns the folder of the files; it is made once and kept */
export async function keptLake(cache: string): Promise<string> {
  const folder = join(cache, `train-${GENERATION}`)
  await mkdir(folder, { recursive: true })
  await withDuckDB({ spill: join(folder, 'spill'), memory: '4GB' }, async (db) => {
    const write = async (file: string, sql: string): Promise<void> => {
      if (existsSync(file)) return
      await db.run(`copy (${sql}) to '${file}.part' (format parquet, compression zstd)`)
      await rename(`${file}.part`, file)
    }
    const drawn = (salt: number, of: number): string => `(hash(i * 31 + ${salt}) % ${of})`
    const instant = (salt: number): string =>
      `timestamp '2025-01-01' + to_microseconds((${drawn(salt, YEAR_S)} * 1000000 + ${drawn(salt + 1, 1_000_000)})::bigint)`
    for (const [at, view] of VIEWS.entries())
      await write(
        join(folder, `${view}.parquet`),
        `select ${drawn(at * 10, ENTITIES)}::bigint as user_id, event_timestamp, event_timestamp + to_seconds(${drawn(at * 10 + 3, 3600)}::bigint) as created,
           ${drawn(at * 10 + 4, 1_000_000)} / 1000.0::double as mean_7d, ${drawn(at * 10 + 5, 5000)}::bigint as count_30d
         from (select i, ${instant(at * 10 + 1)} as event_timestamp from range(${HISTORY_ROWS}) as r(i))`,
      )
    for (const rows of SPINES)
      await write(
        spineFile(folder, rows),
        `select ${drawn(77, ENTITIES)}::bigint as user_id, ${instant(78)} as event_timestamp, ${drawn(80, 2)} = 1 as bought from range(${rows}) as r(i)`,
      )
  })
  return folder
}
