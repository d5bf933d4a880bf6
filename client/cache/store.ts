/** Where answers are kept. A store of your own bounds itself; it may lose anything at any time. */

/** What the structured clone algorithm can copy, bigint included: not always JSON. */
export interface Stored {
  readonly key: string
  readonly value: unknown
  /** About how many bytes it is. */
  readonly size: number
}

export interface CacheStore {
  /** In the order of the keys; undefined where there is none. */
  get(keys: readonly string[]): Promise<readonly unknown[]>
  set(entries: readonly Stored[]): Promise<void>
  /**
   * Puts what `change` makes of the value there is, with nobody writing in between: pages of one origin may share a store. Without
   * it they may miss what another has learned.
   */
  update?(key: string, change: (value: unknown) => Stored): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  clear(): Promise<void>
}

/** Of this page alone. What was used longest ago goes first. */
export function memoryStore(maxBytes: number): CacheStore {
  // A map keeps the order of insertion: whatever is used is put in again.
  const entries = new Map<string, Stored>()
  let bytes = 0

  function remove(key: string): void {
    bytes -= entries.get(key)?.size ?? 0
    entries.delete(key)
  }

  function put(entry: Stored): void {
    remove(entry.key)
    entries.set(entry.key, entry)
    bytes += entry.size
  }

  return {
    async get(keys) {
      return keys.map((key) => {
        const found = entries.get(key)
        if (found) put(found)
        return found?.value
      })
    },
    async set(added) {
      added.forEach(put)
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) return
        remove(oldest)
      }
    },
    async update(key, change) {
      put(change(entries.get(key)?.value))
    },
    async delete(keys) {
      keys.forEach(remove)
    },
    async clear() {
      entries.clear()
      bytes = 0
    },
  }
}
