/** The central store under the simulated locations: a real KV namespace in Miniflare. */
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

export interface CentralStore {
  /** Writes or deletes. @returns what a read right after it answers */
  store(key: string, value: string | null): Promise<string | null>
}

export interface Cloud {
  readonly kv: CentralStore & { read(key: string): Promise<string | null> }
  readonly d1: D1Database
  dispose(): Promise<void>
}

interface Namespace {
  put(key: string, value: string): Promise<void>
  get(key: string): Promise<string | null>
  delete(key: string): Promise<void>
}

export async function startCloud(): Promise<Cloud> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch() { return new Response() } }',
      compatibilityDate: '2026-11-01',
      kvNamespaces: ['KV'],
      d1Databases: ['DB'],
    }),
  )
  return {
    kv: centralStore(await miniflare.getKVNamespace('KV')),
    // Miniflare types its own copy of workers-types: the same object by another name.
    d1: (await miniflare.getD1Database('DB')) as unknown as D1Database,
    dispose: () => miniflare.dispose(),
  }
}

function centralStore(namespace: Namespace): Cloud['kv'] {
  return {
    async store(key, value) {
      if (value === null) await namespace.delete(key)
      else await namespace.put(key, value)
      return namespace.get(key)
    },
    read: (key) => namespace.get(key),
  }
}

/**
 * Every pair of key and value is written and read back once; when a model is run again, what came back then is what
 * comes back now. An exhaustive model writes few pairs in tens of thousands of runs, at 5 ms each.
 */
export function remembering(store: CentralStore): CentralStore {
  const known = new Map<string, Map<string | null, Promise<string | null>>>()
  return {
    store(key, value) {
      const ofKey = known.get(key) ?? new Map<string | null, Promise<string | null>>()
      known.set(key, ofKey)
      const read = ofKey.get(value) ?? store.store(key, value)
      ofKey.set(value, read)
      return read
    },
  }
}
