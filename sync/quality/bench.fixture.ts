/** DuckDB for tests of what is found in a snapshot. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { withDuckDB } from '../duckdb.ts'

export interface Bench {
  readonly db: DuckDBConnection
  /** For files of its own. */
  readonly folder: string
  close(): Promise<void>
}

/** Open until it is closed, which leaves nothing behind. */
export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-quality-'))
  const opened = Promise.withResolvers<DuckDBConnection>()
  const closing = Promise.withResolvers<void>()
  const ended = withDuckDB({ spill: join(folder, 'spill'), memory: '1GB' }, (db) => {
    opened.resolve(db)
    return closing.promise
  })
  return {
    db: await opened.promise,
    folder,
    async close() {
      closing.resolve()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}
