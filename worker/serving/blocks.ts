/**
 * Parsed blocks in isolate memory, bounded by their text bytes. A row that was asked for before is found by one map look-up
 * on its run and key: no hash, no I/O. The others wait in their blocks: most rows of a block are never asked for, and to
 * index them all costs as much as to parse and check the block.
 */
import { parseBlock, type StoredRow } from '../../core/block.ts'
import type { RunPointer } from '../../core/head.ts'
import { partitionOf } from '../../core/partition.ts'
import type { Kept } from './render.ts'

/** A row in memory, with the answer texts made from it. */
export interface CachedRow {
  readonly row: StoredRow
  readonly block: CachedBlock
  /** The newest first; null until the row is first answered. */
  rendered: Kept | null
  /** Its values one by one, as a surface that answers in columns writes them: the last one's that asked. */
  values: { readonly of: object; readonly texts: readonly string[] } | null
}

export interface CachedBlock {
  readonly run: CachedRun
  readonly number: number
  readonly bytes: number
  readonly rows: readonly StoredRow[]
  /** What was made from it, of its own rows and of those of others: it goes when the block goes. */
  readonly texts: Set<Kept>
  /** Keys of the rows that were asked for, which the run's map holds. */
  readonly found: string[]
  /** Read since the last sweep: the second chance of the clock algorithm. */
  used: boolean
  /** Requests that fetched it and have not answered yet: they must find it, however full the cache is. */
  holders: number
}

export interface CachedRun {
  readonly view: string
  readonly pointer: RunPointer
  /** The rows that were asked for and whose blocks are in memory, by key. */
  readonly rows: Map<string, CachedRow>
  /** Which blocks are in memory. */
  readonly blocks: Map<number, CachedBlock>
}

/** Of a view whose rows are only pushed: there is nothing in it. */
export const NO_RUN: CachedRun = {
  view: '',
  pointer: { store: 'd1', run: '', blocks: 0 },
  rows: new Map(),
  blocks: new Map(),
}

export class BlockCache {
  readonly #limit: number
  readonly #runs = new Map<string, CachedRun>()
  /** In the order of insertion: the clock's hand goes round it. */
  readonly #clock = new Set<CachedBlock>()
  #bytes = 0
  #drops = 0

  /** @param limit text bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How many blocks were let go of: while this stays, the clock's hand does. */
  get drops(): number {
    return this.#drops
  }

  /** The run's rows in memory; stays valid while blocks come and go. */
  open(view: string, pointer: RunPointer): CachedRun {
    const key = runKey(view, pointer)
    const open = this.#runs.get(key) ?? { view, pointer, rows: new Map(), blocks: new Map() }
    this.#runs.set(key, open)
    return open
  }

  /**
   * The block stays, beyond the limit if need be, until it is released.
   * @throws ShorelineError UNAVAILABLE when the text is not this block
   */
  hold(run: CachedRun, number: number, text: string): CachedBlock {
    const block = run.blocks.get(number) ?? this.#add(run, number, text)
    block.holders++
    return block
  }

  release(blocks: readonly CachedBlock[]): void {
    for (const block of blocks) block.holders--
    this.#evict()
  }

  #add(run: CachedRun, number: number, text: string): CachedBlock {
    const { view, pointer } = run
    const rows = parseBlock(text, { view, run: pointer.run, block: number, blocks: pointer.blocks })
    const block: CachedBlock = {
      run,
      number,
      bytes: text.length,
      rows,
      texts: new Set(),
      found: [],
      used: false,
      holders: 0,
    }
    run.blocks.set(number, block)
    this.#clock.add(block)
    this.#bytes += block.bytes
    return block
  }

  /** Forgets runs without blocks that the head no longer names. */
  retain(named: (view: string, run: string) => boolean): void {
    for (const [key, { view, pointer, blocks }] of this.#runs)
      if (blocks.size === 0 && !named(view, pointer.run)) this.#runs.delete(key)
  }

  #evict(): void {
    for (const block of this.#clock) {
      if (this.#bytes <= this.#limit) return
      if (block.holders > 0) continue
      this.#clock.delete(block)
      if (block.used) {
        block.used = false
        this.#clock.add(block)
      } else this.#drop(block)
    }
  }

  #drop(block: CachedBlock): void {
    for (const key of block.found) block.run.rows.delete(key)
    block.run.blocks.delete(block.number)
    this.#bytes -= block.bytes
    this.#drops++
    for (const kept of block.texts) discard(kept)
  }
}

/** Forgets a text: on the row that keeps it, and on all the blocks that it was made from. */
export function discard(kept: Kept): void {
  const { keeper, blocks } = kept
  if (keeper.rendered === kept) keeper.rendered = kept.next
  for (let other = keeper.rendered; other !== null; other = other.next) if (other.next === kept) other.next = kept.next
  for (const block of blocks) block.texts.delete(kept)
}

/** The row; null when its block is in memory and does not have it; undefined when its block is not in memory. */
export function findRow(run: CachedRun, key: string): CachedRow | null | undefined {
  const found = run.rows.get(key)
  if (found) {
    found.block.used = true
    return found
  }
  if (run.pointer.blocks === 0) return null
  const block = run.blocks.get(partitionOf(key, run.pointer.blocks))
  if (!block) return undefined
  block.used = true
  const row = block.rows.find(([one]) => one === key)
  return row ? remember(row, block) : null
}

/** The number of the block that the key belongs to when it is not in memory. */
export function missingBlock(run: CachedRun, key: string): number | undefined {
  if (run.pointer.blocks === 0) return undefined
  const found = run.rows.get(key)
  const number = found ? found.block.number : partitionOf(key, run.pointer.blocks)
  const block = found ? found.block : run.blocks.get(number)
  if (!block) return number
  // It must not make room for the blocks that are missing.
  block.used = true
  return undefined
}

function remember(row: StoredRow, block: CachedBlock): CachedRow {
  const [key] = row
  const cached = { row, block, rendered: null, values: null }
  block.run.rows.set(key, cached)
  block.found.push(key)
  return cached
}

function runKey(view: string, pointer: RunPointer): string {
  return `${view}/${pointer.run}`
}
