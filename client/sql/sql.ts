/** SQL on the device: one DuckDB of the page, started when it is first needed. */
import type { Compressors } from 'hyparquet'
import { identifier } from '../../core/sql/text.ts'
import type { Shape } from '../../core/types.ts'
import { type ArrowValue, readColumns } from './arrow.ts'
import { type ClientSource, type ClientTable, openTable } from './client-source.ts'
import type { Connection, Engine, StartEngine } from './engine.ts'
import { failed } from './failed.ts'
import { type ClientFeatures, clientFeatures, type FeaturesOptions } from './features.ts'
import type { TrainingRows, TrainOptions } from './train.ts'

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
