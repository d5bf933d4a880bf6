/** DuckDB in a Web Worker, from files that the page's own server has; nothing else is ever fetched. */
import { ShorelineError } from '../../core/errors.ts'
import { LOCKED, type SqlAssets, type StartEngine } from './engine.ts'

export function workerEngine({ wasm, worker }: SqlAssets): StartEngine {
  return async () => {
    const { AsyncDuckDB, VoidLogger } = await import('@duckdb/duckdb-wasm')
    const thread = new Worker(new URL(worker, location.href))
    const db = new AsyncDuckDB(new VoidLogger(), thread)
    const from = new URL(wasm, location.href)
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
    // Later errors are those of the calls that meet them.
    failed.catch(() => {})
    try {
      const main = await fetched(from)
      await Promise.race([db.instantiate(main), failed])
      URL.revokeObjectURL(main)
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
            `DuckDB cannot be started from ${from}: ${thrown instanceof Error ? thrown.message : String(thrown)}. Copy the files with "shoreline client-assets --out dir".`,
            {},
            thrown,
          )
    }
    return {
      async connect() {
        const connection = await db.connect()
        // One after the other: a query runs in steps, and nobody promises what another one of its connection does in between.
        let last: Promise<unknown> = Promise.resolve()
        const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
          const next = last.then(work, work)
          last = next
          return next
        }
        return {
          run: (sql) => inTurn(() => connection.useUnsafe((bindings, id) => bindings.runQuery(id, sql))),
          insert: (name, stream, create) => inTurn(() => connection.insertArrowFromIPCStream(stream, { name, create })),
          close: () => inTurn(() => connection.close()),
        }
      },
      close: () => db.terminate(),
    }
  }
}

/** By the page: a worker that does not get the file says nothing to anybody. */
async function fetched(url: URL): Promise<string> {
  const response = await fetch(url)
  if (!response.ok || !response.body) throw new Error(`its server answered ${response.status}`)
  // A browser unpacks what it is told to be encoded; this is a file like any other.
  const packed = url.pathname.endsWith('.gz')
  const body = packed ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body
  const bytes = await new Response(body).arrayBuffer()
  if (String(new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))) !== MAGIC) throw new Error('it is no WebAssembly')
  return URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }))
}

/** The bytes that every module begins with. */
const MAGIC = '0,97,115,109'
