/** A view's rows, made up, and its run: the blocks as the sync lays them out. */
import { type StoredRow, writeBlock } from '../../core/block.ts'
import type { ViewHead } from '../../core/head.ts'
import { BLOCK_BYTES, BLOCK_ROWS } from '../../core/limits.ts'
import { partitionOf } from '../../core/partition.ts'
import { blockKey } from '../../core/storage.ts'
import { float32Text, parseTimestamp, type StoredValue } from '../../core/values.ts'
import { type ViewObject, viewId } from '../../registry/objects.ts'
import { type Random, randomInteger } from './random.ts'

/** What the Workers take for now, and the event timestamp of every row: nothing is past its ttl. */
export const CLOCK = '2026-11-01T00:00:00Z'
const EVENT_TIMESTAMP = parseTimestamp(CLOCK) ?? 0

const WORDS = ['organic', 'paid search', 'newsletter', 'partner', 'direct', 'referral']

export interface ViewRun {
  readonly head: ViewHead
  readonly rows: ReadonlyMap<string, StoredRow>
  /** The keys of each block. */
  readonly keys: readonly (readonly string[])[]
  /** The text of each block. */
  readonly texts: readonly string[]
}

/** One row per key, no value null. */
export function makeRun(view: ViewObject, keys: readonly string[], random: Random): ViewRun {
  const rows = new Map(keys.map((key) => [key, makeRow(view, key, random)]))
  const texts = new Map([...rows].map(([key, row]) => [key, JSON.stringify(row)]))
  const bytes = [...texts.values()].reduce((sum, text) => sum + text.length + 1, 0)
  const rowsPerBlock = Math.max(BLOCK_ROWS, BLOCK_BYTES / (bytes / keys.length))
  const blocks = Math.ceil(keys.length / rowsPerBlock)
  const parts = Array.from({ length: blocks }, (): string[] => [])
  for (const key of keys) parts[partitionOf(key, blocks)]?.push(key)
  const run = '1-0123456789ab'
  return {
    head: { snapshot: 1, base: { store: 'kv', run, blocks }, watermark: EVENT_TIMESTAMP },
    rows,
    keys: parts,
    texts: parts.map((part, block) =>
      writeBlock({ view: viewId(view), run, block, blocks }, `[${part.map((key) => texts.get(key)).join(',')}]`),
    ),
  }
}

/** The run's KV entries. */
export function blockEntries(view: string, { head, texts }: ViewRun): readonly (readonly [string, string])[] {
  return texts.map((text, block) => [blockKey(view, head.base.run, block), text])
}

function makeRow(view: ViewObject, key: string, random: Random): StoredRow {
  return [key, EVENT_TIMESTAMP, ...view.features.map(({ type }) => makeValue(type, random))]
}

function makeValue(type: string, random: Random): StoredValue {
  switch (type) {
    case 'int64':
      return String(randomInteger(random, 100_000))
    case 'int32':
      return randomInteger(random, 3000)
    case 'float32':
      return Number(float32Text(Math.fround(random())))
    case 'float64':
      return random() * 1000 // seventeen digits, as averages have
    case 'string':
      return WORDS[randomInteger(random, WORDS.length)] ?? ''
    default:
      throw new Error(`no value of type ${type} is made here`)
  }
}
