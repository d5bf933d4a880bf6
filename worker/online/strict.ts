/** Reads for repairs: what is there now, and an error where a store does not say. */
import { KV_MIN_CACHE_TTL_S } from '../../core/limits.ts'
import { blockKey } from '../../core/storage.ts'
import { OnlineBlocks } from '../../registry/online-blocks.ts'
import type { Attempts } from '../retry.ts'
import { kvReader } from '../stores.ts'
import type { BlockAddress, StoreName } from './store.ts'

/**
 * Reads as `BlockReader` does, past caches, but fails where the store does: a store that is away has not lost anything.
 * @throws ShorelineError UNAVAILABLE
 */
export type StrictReader = (blocks: readonly BlockAddress[]) => Promise<ReadonlyMap<number, string>>
export type StrictReaders = Readonly<Record<StoreName, StrictReader>>

/** Of at most a hundred blocks each. */
export function strictReaders(
  kv: KVNamespace,
  d1: D1Database,
  attempts: Pick<Attempts, 'kv' | 'd1Read'>,
): StrictReaders {
  const reader = kvReader(kv)
  const blocks = new OnlineBlocks(d1)
  return {
    async kv(wanted) {
      const keys = wanted.map(({ view, run, block }) => blockKey(view, run, block))
      const texts = await attempts.kv(() => reader.getMany(keys, KV_MIN_CACHE_TTL_S))
      return new Map(
        keys.flatMap((key, at) => {
          const text = texts.get(key)
          return text === null || text === undefined ? [] : [[at, text] as const]
        }),
      )
    },
    d1: (wanted) => attempts.d1Read(() => blocks.read(wanted, true)),
  }
}
