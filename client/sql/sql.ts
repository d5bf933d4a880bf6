/** SQL on the device: one DuckDB of the page, started when it is first needed. */
import type { Compressors } from 'hyparquet'
import { identifier } from '../../core/sql/text.ts'
import type { Shape } from '../../core/types.ts'
import { type ArrowValue, readColumns } from './arrow.ts'
import { type ClientSource, type ClientTable, openTable } from './client-source.ts'
import { type Connection, type Engine, type SqlAssets, type StartEngine, workerEngine } from './engine.ts'
import { failed } from './failed.ts'
import { type ClientFeatures, clientFeatures, type FeaturesOptions } from './features.ts'
import type { TrainingRows, TrainOptions } from './train.ts'

export interface SqlOptions {
  /** Where the page's server has the files of DuckDB; "shoreline client-assets --out dir" puts them there. */
  readonly assets: SqlAssets
  /** For Parquet that is compressed with anything but Snappy: those of the package `hyparquet-compressors`, say. */
  readonly compressors?: Compressors
}

export interface Sql {
  /** Makes a source a table. */
  source<S extends Shape>(source: ClientSource<string, S>): Promise<ClientTable<S>>
  /** Features by SQL over the sources. @param name what errors call them */
  features<const F extends Shape, const P extends Shape = Record<never, never>>(
    name: string,
    options: FeaturesOptions<F, P>,
  ): Promise<ClientFeatures<F, P>>
  /** A training set of a service over the lake, by the same SQL as `shoreline train`. */
  train<R extends Readonly<Record<string, unknown>>>(options: TrainOptions<R>): Promise<TrainingRows<R>>
  /** Any statement. @returns its rows: 64-bit integers are bigint; instants have to be read as `epoch_us(…)` or text */
  query(sql: string): Promise<readonly Readonly<Record<string, ArrowValue>>[]>
  /** Ends the worker; nothing works afterwards. */
  close(): Promise<void>
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

/** @param start called once, by the first call that needs it */
export function sqlOf(start: StartEngine, compressors?: Compressors): Sql {
  let trainings = 0
  let opened: Promise<{ readonly engine: Engine; readonly connection: Connection }> | undefined
  const open = () => {
    opened ??= start().then(async (engine) => ({ engine, connection: await engine.connect() }))
    // A failure is not remembered: the next call tries again.
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
  return {
    source: async (source) => openTable((await open()).connection, source),
    features: async (name, options) => clientFeatures((await open()).connection, name, options),
    async train(options) {
      const { trainInPage } = await import('./train.ts')
      const { engine } = await open()
      // Its own connection: what a view's SQL calls its sources is nothing of the page's.
      const connection = await engine.connect()
      // Arrow comes into tables that every connection sees.
      const tables = new Set<string>()
      const noting: Connection = {
        ...connection,
        insert: (table, stream, create) => {
          tables.add(table)
          return connection.insert(table, stream, create)
        },
      }
      try {
        return await trainInPage(noting, `_train_${trainings++}`, options, compressors)
      } finally {
        for (const table of tables) await connection.run(`drop table if exists ${identifier(table)}`)
        await connection.close()
      }
    },
    async query(sql) {
      const { connection } = await open()
      const columns = readColumns(await connection.run(sql).catch(failed('query')))
      return Array.from({ length: columns[0]?.values.length ?? 0 }, (_, at) =>
        Object.fromEntries(columns.map(({ name, values }) => [name, values[at] ?? null])),
      )
    },
    async close() {
      const open = opened
      opened = undefined
      if (!open) return
      const { engine, connection } = await open
      await connection.close()
      await engine.close()
    },
  }
}
