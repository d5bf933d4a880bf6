/** Blocks in Workers KV: a bulk get of a hundred is one operation, and a location answers from its cache. */
import { messageOf } from '../../core/errors.ts'
import { KV_BULK_GET_KEYS, KV_IMMUTABLE_CACHE_TTL_S, KV_MIN_CACHE_TTL_S } from '../../core/limits.ts'
import { blockKey } from '../../core/storage.ts'
import { type Attempt, ONCE } from '../retry.ts'
import type { KvReader, KvWriter } from '../stores.ts'
import type { BlockReader, BlockWriter } from './store.ts'

export function kvBlocks(kv: KvReader): BlockReader {
  return {
    async read(blocks, fresh) {
      const found = new Map<number, string>()
      const cacheTtl = fresh ? KV_MIN_CACHE_TTL_S : KV_IMMUTABLE_CACHE_TTL_S
      const chunk = async (from: number): Promise<void> => {
        const part = blocks.slice(from, from + KV_BULK_GET_KEYS)
        const keys = part.map(({ view, run, block }) => blockKey(view, run, block))
        const texts = await getMany(kv, keys, cacheTtl)
        for (const [index, key] of keys.entries()) {
          const text = texts.get(key)
          if (text !== null && text !== undefined) found.set(from + index, text)
        }
      }
      const chunks = Array.from({ length: Math.ceil(blocks.length / KV_BULK_GET_KEYS) }, (_, index) =>
        chunk(index * KV_BULK_GET_KEYS),
      )
      await Promise.all(chunks)
      return found
    },
  }
}

async function getMany(
  kv: KvReader,
  keys: readonly string[],
  cacheTtl: number,
): Promise<ReadonlyMap<string, string | null>> {
  try {
    return await kv.getMany(keys, cacheTtl)
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'kv read failed', cause: messageOf(thrown) }))
    return new Map()
  }
}

export function kvBlockWriter(kv: KvWriter, attempt: Attempt = ONCE): BlockWriter {
  return {
    async write(view, run, first, texts) {
      const put = (text: string, index: number): Promise<void> =>
        attempt(() => kv.put(blockKey(view, run, first + index), text))
      await Promise.all(texts.map(put))
    },
  }
}
