/**
 * Puts 3,000,000 real US flights of 2001 into the lake, as `flights/day=YYYY-MM-DD/part-0.parquet`: 182 days, 18 MB. The
 * data is in the npm package vega-datasets (BSD-3-Clause).
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { PARALLEL_TRANSFERS, type Progress } from '../../sync/lake/cache.ts'
import type { Lake } from '../../sync/lake/lake.ts'
import { parallel } from '../../sync/lake/parallel.ts'

export interface Seeded {
  readonly rows: number
  /** False when the lake already held them all. */
  readonly written: boolean
}

/** Written last: with it the seed is whole. It is no Parquet file, so the source's glob passes it over. */
const MARKER_KEY = 'flights/_SUCCESS'

interface Marker {
  /** Of the source file, bytes: another release of the data set is another seed. */
  readonly sourceBytes: number
  readonly rows: number
}

/**
 * Seeds the lake once; a seed that was broken off is done again from its start and writes the same bytes.
 * @param lake of the bucket `offline`
 * @throws what the lake throws
 */
export async function seedFlights(lake: Lake, progress?: (done: Progress) => void): Promise<Seeded> {
  // The package exports only its entry, build/index.js; the data lies beside that folder.
  const source = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
  const { size: sourceBytes } = await stat(source)
  const marker = readMarker(await lake.text(MARKER_KEY))
  if (marker?.sourceBytes === sourceBytes) return { rows: marker.rows, written: false }

  const folder = await mkdtemp(join(tmpdir(), 'shoreline-flights-'))
  try {
    const rows = await partitionByDay(source, folder)
    await upload(lake, folder, progress)
    const done: Marker = { sourceBytes, rows }
    await lake.put(MARKER_KEY, new TextEncoder().encode(JSON.stringify(done)))
    return { rows, written: true }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes `day=YYYY-MM-DD/part-0.parquet` and returns the number of rows. */
async function partitionByDay(source: string, folder: string): Promise<number> {
  // One thread: several would each write a file for the days at their seams, in another split every time.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const copied = await connection.runAndReadAll(`
      copy (
        select *, date::date::varchar as day
        from read_parquet('${sqlText(source)}')
        order by date, origin, destination, delay, distance
      ) to '${sqlText(folder)}' (format parquet, partition_by (day), filename_pattern 'part-{i}', overwrite_or_ignore)`)
    return Number(copied.getRows()[0]?.[0])
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function upload(lake: Lake, folder: string, progress?: (done: Progress) => void): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.parquet')).sort()
  const files = await Promise.all(
    names.map(async (name) => ({
      key: `flights/${name}`,
      file: join(folder, name),
      size: (await stat(join(folder, name))).size,
    })),
  )
  const ofBytes = files.reduce((sum, { size }) => sum + size, 0)
  let objects = 0
  let bytes = 0
  await parallel(files, PARALLEL_TRANSFERS, async ({ key, file, size }) => {
    await lake.put(key, { file })
    objects += 1
    bytes += size
    progress?.({ objects, bytes, ofObjects: files.length, ofBytes })
  })
}

/** Null for no marker, and for one that this seed did not write. */
function readMarker(text: string | null): Marker | null {
  if (text === null) return null
  try {
    const { sourceBytes, rows } = JSON.parse(text) as Partial<Marker>
    return typeof sourceBytes === 'number' && typeof rows === 'number' ? { sourceBytes, rows } : null
  } catch {
    return null
  }
}

function sqlText(text: string): string {
  return text.replaceAll("'", "''")
}
