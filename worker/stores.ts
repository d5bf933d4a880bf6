/** The three stores as serving and publishing use them, narrow enough to be simulated in tests. */
import type { Repository, StoredRevision } from '../registry/repository.ts'

export interface KvReader {
  /** @param cacheTtl seconds that this location may answer from its cache, a miss included */
  get(key: string, cacheTtl: number): Promise<string | null>
  /** At most 100 keys, one operation. Keys without a value are absent or null. */
  getMany(keys: readonly string[], cacheTtl: number): Promise<ReadonlyMap<string, string | null>>
}

export interface KvWriter {
  put(key: string, value: string): Promise<void>
}

/** What D1 holds: the truth that KV is a copy of. */
export type Truth = Pick<Repository, 'latestRevision' | 'revision' | 'registryText' | 'planText'>
export type { StoredRevision }

export function kvReader(namespace: KVNamespace): KvReader {
  return {
    get: (key, cacheTtl) => namespace.get(key, { type: 'text', cacheTtl }),
    getMany: (keys, cacheTtl) => namespace.get([...keys], { type: 'text', cacheTtl }),
  }
}

export function kvWriter(namespace: KVNamespace): KvWriter {
  return { put: (key, value) => namespace.put(key, value) }
}
