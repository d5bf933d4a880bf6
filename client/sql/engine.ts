/** DuckDB in a Web Worker, from files that the page's own server has; nothing else is ever fetched. */
import { ShorelineError } from '../../core/errors.ts'

export interface SqlAssets {
  /** The URL of `duckdb-eh.wasm`. */
  readonly wasm: string | URL
  /** The URL of `duckdb-browser-eh.worker.js`, of the page's own origin: a browser starts no worker of another. */
  readonly worker: string | URL
}

/** A connection sees its own temporary tables and nobody else's. */
export interface Connection {
  /** @returns the result as an Arrow stream */
  run(sql: string): Promise<Uint8Array>
  /** Rows of an Arrow stream into a table. @param create whether it is a new one */
  insert(table: string, stream: Uint8Array, create: boolean): Promise<void>
  close(): Promise<void>
}

export interface Engine {
  connect(): Promise<Connection>
  close(): Promise<void>
}

/** Starts an engine; a test's own runs in Node. */
export type StartEngine = () => Promise<Engine>

/**
 * What DuckDB must not do in a page: fetch an extension from its makers' servers when SQL names a function that is not here, which
 * hangs where there is no way to them, or read an address that SQL names.
 */
export const LOCKED = [
  'set autoinstall_known_extensions = false',
  'set autoload_known_extensions = false',
  'set enable_external_access = false',
  'set lock_configuration = true',
]

export function workerEngine({ wasm, worker }: SqlAssets): StartEngine {
  return async () => {
    const { AsyncDuckDB, VoidLogger } = await import('@duckdb/duckdb-wasm')
    const thread = new Worker(new URL(worker, location.href))
    const db = new AsyncDuckDB(new VoidLogger(), thread)
    const failed = new Promise<never>((_, reject) => {
      thread.addEventListener('error', ({ message }) =>
        reject(
          new ShorelineError(
            'UNAVAILABLE',
            `DuckDB's worker ${new URL(worker, location.href)} cannot be started${message ? `: ${message}` : ''}. Copy the files with "shoreline client-assets --out dir", and serve them from the page's origin.`,
          ),
        ),
      )
    })
    try {
      await Promise.race([db.instantiate(new URL(wasm, location.href).href), failed])
      await db.open({ path: ':memory:' })
      const first = await db.connect()
      for (const setting of LOCKED) await first.query(setting)
      await first.close()
    } catch (thrown) {
      thread.terminate()
      throw thrown instanceof ShorelineError
        ? thrown
        : new ShorelineError(
            'UNAVAILABLE',
            `DuckDB cannot be started from ${new URL(wasm, location.href)}: ${thrown instanceof Error ? thrown.message : String(thrown)}. Copy the files with "shoreline client-assets --out dir".`,
            {},
            thrown,
          )
    }
    return {
      async connect() {
        const connection = await db.connect()
        return {
          run: (sql) => connection.useUnsafe((bindings, id) => bindings.runQuery(id, sql)),
          insert: (name, stream, create) => connection.insertArrowFromIPCStream(stream, { name, create }),
          close: () => connection.close(),
        }
      },
      close: () => db.terminate(),
    }
  }
}
