/** Small Parquet files and views of them, for tests of what a materialization computes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, Json } from '@duckdb/node-api'
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { EMPTY_REGISTRY, type ViewObject } from '../../registry/objects.ts'
import { query, withDuckDB } from '../duckdb.ts'
import { literal } from '../sql/text.ts'
import { type Computed, compute } from './compute.ts'

/** 2001-07-01T00:00:00Z */
export const AS_OF = 993_945_600_000_000

export type Row = Readonly<Record<string, Json>>

export interface Snapshot extends Computed {
  readonly file: string
  /** As DuckDB gives them, in no order. */
  readonly found: readonly Row[]
}

export interface Desk {
  readonly db: DuckDBConnection
  /** Writes the rows of a query as Parquet. @returns the file */
  parquet(select: string, name?: string): Promise<string>
  /** Computes a view's snapshot from the files of each source, and reads it back. */
  compute(view: ViewObject, files: Readonly<Record<string, readonly string[]>>, asOf?: number): Promise<Snapshot>
}

/** Runs `work` with DuckDB and a folder, and leaves nothing behind. */
export async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-snapshot-'))
  let files = 0
  try {
    return await withDuckDB({ spill: join(folder, 'spill'), memory: '1GB' }, (db) =>
      work({
        db,
        async parquet(select, name = `source-${files++}.parquet`) {
          const file = join(folder, name)
          await db.run(`copy (${select}) to ${literal(file)} (format parquet, dictionary_size_limit 0)`)
          return file
        },
        async compute(view, sources, asOf = AS_OF) {
          const file = join(folder, `snapshot-${files++}.parquet`)
          const computed = await compute(db, view, new Map(Object.entries(sources)), { asOf, file })
          return { ...computed, file, found: await query(db, `from read_parquet(${literal(file)})`) }
        },
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The view as the registry keeps it. */
export async function registered(view: object): Promise<ViewObject> {
  const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, collect({ view }))
  const [object] = snapshot.views
  if (!object) throw new Error('not a view')
  return object
}
