/** Blocks in D1: one statement for many, from the nearest replica; a write is a fifth of the price of KV's. */
import { messageOf } from '../../core/errors.ts'
import { D1_BLOCKS_PER_STATEMENT } from '../../core/limits.ts'
import { OnlineBlocks } from '../../registry/online-blocks.ts'
import type { BlockReader, BlockWriter } from './store.ts'

export function d1Blocks(d1: D1Database): BlockReader {
  const blocks = new OnlineBlocks(d1)
  return {
    async read(wanted, fresh) {
      const found = new Map<number, string>()
      const part = async (from: number): Promise<void> => {
        const texts = await read(blocks, wanted.slice(from, from + D1_BLOCKS_PER_STATEMENT), fresh)
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

async function read(blocks: OnlineBlocks, ...args: Parameters<OnlineBlocks['read']>): ReturnType<OnlineBlocks['read']> {
  try {
    return await blocks.read(...args)
  } catch (thrown) {
    console.warn(JSON.stringify({ level: 'warn', message: 'd1 read failed', cause: messageOf(thrown) }))
    return new Map()
  }
}

export function d1BlockWriter(d1: D1Database): BlockWriter {
  const blocks = new OnlineBlocks(d1)
  return { write: (view, run, first, texts) => blocks.write(view, run, first, texts) }
}
