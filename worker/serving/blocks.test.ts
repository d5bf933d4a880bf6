import { describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { partitionOf } from '../../core/partition.ts'
import { BlockCache, findRow } from './blocks.ts'

const POINTER = { store: 'kv', run: '1-abc', blocks: 4 } as const
const VIEW = 'users@1'

function blockText(block: number, keys: readonly string[]): string {
  const rows = keys
    .filter((key) => partitionOf(key, POINTER.blocks) === block)
    .map((key) => JSON.stringify([key, 1, `value of ${key}`]))
  return writeBlock({ view: VIEW, run: POINTER.run, block, blocks: POINTER.blocks }, `[${rows.join(',')}]`)
}

const KEYS = Array.from({ length: 40 }, (_, i) => `user${i}`)

describe('the block cache', () => {
  it('tells a key that is not there from a block that is not in memory', () => {
    const cache = new BlockCache(1e6)
    const run = cache.open(VIEW, { base: POINTER })
    cache.hold(run, 2, blockText(2, KEYS))
    for (const key of [...KEYS, 'nobody', 'nowhere', 'nothing', 'none']) {
      const found = findRow(run, key)
      if (partitionOf(key, POINTER.blocks) !== 2) expect(found).toBeUndefined()
      else if (KEYS.includes(key)) expect(found?.row).toEqual([key, 1, `value of ${key}`])
      else expect(found).toBeNull()
    }
  })

  it('refuses a block that is damaged or another one', () => {
    const cache = new BlockCache(1e6)
    const run = cache.open(VIEW, { base: POINTER })
    expect(() => cache.hold(run, 1, blockText(1, KEYS).replace('value', 'valuf'))).toThrow('checksum')
    expect(() => cache.hold(run, 1, blockText(3, KEYS))).toThrow('it says block 3')
    expect(() => cache.hold(cache.open('items@1', { base: POINTER }), 1, blockText(1, KEYS))).toThrow(
      'it says view users@1',
    )
    expect(run.blocks.size).toBe(0)
  })

  it('stays within its bytes, and keeps what is read', () => {
    const texts = [0, 1, 2, 3].map((block) => blockText(block, KEYS))
    const cache = new BlockCache((texts[0]?.length ?? 0) + (texts[1]?.length ?? 0) + (texts[2]?.length ?? 0) + 10)
    const run = cache.open(VIEW, { base: POINTER })
    const first = KEYS.find((key) => partitionOf(key, POINTER.blocks) === 0) ?? ''
    for (const block of [0, 1, 2, 3]) {
      cache.release([cache.hold(run, block, texts[block] ?? '')])
      expect(findRow(run, first)).not.toBeUndefined()
    }
    expect(cache.bytes).toBeLessThanOrEqual(
      (texts[0]?.length ?? 0) + (texts[1]?.length ?? 0) + (texts[2]?.length ?? 0) + 10,
    )
    expect(run.blocks.has(3)).toBe(true)
    expect(run.blocks.size).toBeLessThan(4)
    const held = [0, 1, 2, 3].map((block) => cache.hold(run, block, texts[block] ?? ''))
    expect(run.blocks.size).toBe(4) // beyond the limit, until they are released
    cache.release(held)
    expect(run.blocks.size).toBeLessThan(4)
    for (const key of KEYS)
      expect(findRow(run, key) === undefined).toBe(!run.blocks.has(partitionOf(key, POINTER.blocks)))
  })
})
