/** What runs SQL: a DuckDB, wherever it is. */
export interface SqlAssets {
  /** The URL of `duckdb-eh.wasm`; one that ends with `.gz` is unpacked here, for servers that keep no file of 34 MB. */
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
