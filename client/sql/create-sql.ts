import type { Compressors } from 'hyparquet'
import type { SqlAssets } from './engine.ts'
import { type Sql, sqlOf } from './sql.ts'
import { workerEngine } from './worker-engine.ts'

export interface SqlOptions {
  /** Where the page's server has the files of DuckDB; "shoreline client-assets --out dir" puts them there. */
  readonly assets: SqlAssets
  /** For Parquet that is compressed with anything but Snappy: those of the package `hyparquet-compressors`, say. */
  readonly compressors?: Compressors
}

/**
 * DuckDB in a Web Worker of the page, 34 MB of WebAssembly (6 MB as brotli sends it) that is loaded by the first call that needs it.
 *
 * @example
 * const sql = createSql({ assets: { wasm: '/duckdb/duckdb-eh.wasm', worker: '/duckdb/duckdb-browser-eh.worker.js' } })
 * const looks = await sql.source(clientSource('looks', { airport: t.string(), seconds: t.float64() }))
 * await looks.append([{ airport: 'SFO', seconds: 4.5 }])
 * const interest = await sql.features('interest', {
 *   sql: 'select count(*) as looks, avg(seconds) as mean_seconds from looks where airport = $airport',
 *   features: { looks: t.int64(), mean_seconds: t.float64() },
 *   parameters: { airport: t.string() },
 * })
 * await client.get('flight_delay', { origin: 'SFO', ...(await interest.get({ airport: 'SFO' })) }, { compute: 'local' })
 */
export function createSql({ assets, compressors }: SqlOptions): Sql {
  return sqlOf(workerEngine(assets), compressors)
}
