/** The three stores as serving and publishing use them, narrow enough to be simulated in tests. */
import type { Repository, StoredRevision } from '../registry/repository.ts'
import type { Counters } from './metrics/counters.ts'
import type { Attempt } from './retry.ts'

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

/** Counts the keys of every read. */
export function countedKv(kv: KvReader, counters: Counters): KvReader {
  return {
    get(key, cacheTtl) {
      counters.kvKeys++
      return kv.get(key, cacheTtl)
    },
    getMany(keys, cacheTtl) {
      counters.kvKeys += keys.length
      return kv.getMany(keys, cacheTtl)
    },
  }
}

export function retriedKv(kv: KvReader, attempt: Attempt): KvReader {
  return {
    get: (key, cacheTtl) => attempt(() => kv.get(key, cacheTtl)),
    getMany: (keys, cacheTtl) => attempt(() => kv.getMany(keys, cacheTtl)),
  }
}

export function retriedTruth(truth: Truth, attempt: Attempt): Truth {
  return {
    latestRevision: () => attempt(() => truth.latestRevision()),
    revision: (revision) => attempt(() => truth.revision(revision)),
    registryText: (revision) => attempt(() => truth.registryText(revision)),
    planText: (hash) => attempt(() => truth.planText(hash)),
  }
}

export function kvWriter(namespace: KVNamespace): KvWriter {
  return { put: (key, value) => namespace.put(key, value) }
}
