/** The same build of DuckDB in the thread that calls it, in Node: what a test computes with instead of a Web Worker. */
import { createRequire } from 'node:module'
import { type Engine, LOCKED } from './engine.ts'

/** Of the package, what is used here. */
interface DuckDBWasm {
  createDuckDB(bundles: object, logger: object, runtime: object): Promise<Bindings>
  readonly VoidLogger: new () => object
  readonly NODE_RUNTIME: object
}
interface Bindings {
  instantiate(progress: () => void): Promise<unknown>
  open(config: object): void
  connect(): Connected
  runQuery(connection: number, sql: string): Uint8Array
  insertArrowFromIPCStream(connection: number, stream: Uint8Array, options: object): void
}

interface Connected {
  readonly _conn: number
  close(): void
}

export async function nodeEngine(): Promise<Engine> {
  const load = createRequire(import.meta.url)
  const { createDuckDB, VoidLogger, NODE_RUNTIME } = load(
    '@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs',
  ) as DuckDBWasm
  const bundle = (name: string): object => ({
    mainModule: load.resolve(`@duckdb/duckdb-wasm/dist/duckdb-${name}.wasm`),
  })
  const db = await createDuckDB({ mvp: bundle('mvp'), eh: bundle('eh') }, new VoidLogger(), NODE_RUNTIME)
  await db.instantiate(() => {})
  db.open({ path: ':memory:' })
  const first = db.connect()
  for (const setting of LOCKED) db.runQuery(first._conn, setting)
  return {
    async connect() {
      const connection = db.connect()
      return {
        run: async (sql) => db.runQuery(connection._conn, sql),
        insert: async (name, stream, create) => db.insertArrowFromIPCStream(connection._conn, stream, { name, create }),
        close: async () => connection.close(),
      }
    },
    close: async () => first.close(),
  }
}
