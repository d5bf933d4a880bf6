/** Blocks in D1: one statement for many, from the nearest replica; a write is a fifth of the price of KV's. */
import { messageOf } from '../../core/errors.ts'
import { D1_BLOCKS_PER_STATEMENT } from '../../core/limits.ts'
import { OnlineBlocks } from '../../registry/online-blocks.ts'
import { type Attempt, ONCE } from '../retry.ts'
import type { BlockReader, BlockWriter } from './store.ts'

export function d1Blocks(d1: D1Database, attempt: Attempt = ONCE): BlockReader {
  const blocks = new OnlineBlocks(d1)
  return {
    async read(wanted, fresh) {
      const found = new Map<number, string>()
      const part = async (from: number): Promise<void> => {
        const part = wanted.slice(from, from + D1_BLOCKS_PER_STATEMENT)
        const texts = await attempt(() => blocks.read(part, fresh)).catch(nothing)
        for (const [index, text] of texts) found.set(from + index, text)
      }
      const parts = Array.from({ length: Math.ceil(wanted.length / D1_BLOCKS_PER_STATEMENT) }, (_, index) =>
        part(index * D1_BLOCKS_PER_STATEMENT),
      )
      await Promise.all(parts)
      return found
    },
  }
}

function nothing(thrown: unknown): ReadonlyMap<number, string> {
  console.warn(JSON.stringify({ level: 'warn', message: 'd1 read failed', cause: messageOf(thrown) }))
  return new Map()
}

export function d1BlockWriter(d1: D1Database, attempt: Attempt = ONCE): BlockWriter {
  const blocks = new OnlineBlocks(d1)
  return { write: (view, run, first, texts) => attempt(() => blocks.write(view, run, first, texts)) }
}
