/** The generated lake: the same rows every time, because every value is a hash of the row's number. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'

export interface LakeSize {
  readonly rows: number
  readonly entities: number
}

export interface LakeFile {
  readonly name: string
  readonly path: string
}

const FILES = 8
const FIRST_EVENT = '2026-01-01'
const DAYS = 90
/** After the last event and the last creation: nothing in the lake is in its future. */
export const CLOCK = '2026-04-02T00:00:00Z'

/**
 * Events come in the order of time, as a lake that is written day by day holds them, and each row is written up to an
 * hour after its event.
 */
export async function generateLake(db: DuckDBConnection, folder: string, size: LakeSize): Promise<readonly LakeFile[]> {
  await mkdir(folder, { recursive: true })
  const files = Array.from({ length: FILES }, (_, index) => `part-${index}.parquet`)
  for (const [index, name] of files.entries()) {
    const first = Math.floor((size.rows * index) / FILES)
    const end = Math.floor((size.rows * (index + 1)) / FILES)
    await db.run(`copy (${rowsQuery(first, end, size)}) to '${join(folder, name)}' (format parquet, compression zstd)`)
  }
  return files.map((name) => ({ name, path: join(folder, name) }))
}

function rowsQuery(first: number, end: number, { rows, entities }: LakeSize): string {
  const microsBetween = Math.floor((DAYS * 86_400_000_000) / rows)
  return `
    select
      (hash(row) % ${entities})::bigint as user_id,
      event_timestamp,
      event_timestamp + to_microseconds((hash(row + 1) % 3600000000)::bigint) as created,
      (hash(row + 2) % 1000)::bigint as purchases_30d,
      (hash(row + 3) % 100000000) / 10000 as spend_30d,
      ((hash(row + 4) % 1000000) / 1000000)::float as return_share_90d,
      'category-' || hash(row + 5) % 500 as top_category
    from (
      select row, timestamp '${FIRST_EVENT}' + to_microseconds(row * ${microsBetween}) as event_timestamp
      from range(${first}, ${end}) as every(row)
    )`
}
