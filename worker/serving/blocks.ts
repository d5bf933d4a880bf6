/**
 * Parsed blocks in isolate memory, bounded by their text bytes. A row that was asked for before is found by one map look-up
 * on its run and key: no hash, no I/O. The others wait in their blocks: most rows of a block are never asked for, and to
 * index them all costs as much as to parse and check the block.
 *
 * Where an overlay lies on a base, its run is the one that is asked, and finds what is the base's too.
 */

import { fromBase64 } from '../../core/base64.ts'
import { isTombstone, parseBlock, type StoredRow, type Tombstone } from '../../core/block.ts'
import { filterBlockOf, mayHave } from '../../core/filter.ts'
import type { RunPointer, ViewHead } from '../../core/head.ts'
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
  readonly rows: readonly (StoredRow | Tombstone)[]
  /** Of a block of a filter, which has no rows. */
  readonly filter: Uint8Array | null
  /** What was made from it, of its own rows and of those of others: it goes when the block goes. */
  readonly texts: Set<Kept>
  /** Its rows that were asked for, in the maps that hold them. */
  found: { readonly rows: Map<string, CachedRow>; readonly key: string }[]
  /** Read since the last sweep: the second chance of the clock algorithm. */
  used: boolean
  /** Requests that fetched it and have not answered yet: they must find it, however full the cache is. */
  holders: number
}

export interface CachedRun {
  readonly view: string
  readonly pointer: RunPointer
  /** Of an overlay: what it lies on, and how many blocks its filter has. */
  readonly over: { readonly base: CachedRun; readonly filters: number } | null
  /** The rows that were asked for and whose blocks are in memory, by key; an overlay's knows those of its base. */
  readonly rows: Map<string, CachedRow>
  /** Which blocks are in memory. */
  readonly blocks: Map<number, CachedBlock>
}

/** Of a view whose rows are only pushed: there is nothing in it. */
export const NO_RUN: CachedRun = {
  view: '',
  pointer: { store: 'd1', run: '', blocks: 0 },
  over: null,
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

  /** The rows in memory of what is online; stays valid while blocks come and go. */
  open(view: string, { base, overlay }: Pick<ViewHead, 'base' | 'overlay'>): CachedRun {
    const below = this.#open(view, base, null)
    return overlay ? this.#open(view, overlay, { base: below, filters: overlay.filters }) : below
  }

  #open(view: string, pointer: RunPointer, over: CachedRun['over']): CachedRun {
    const key = runKey(view, pointer)
    const open = this.#runs.get(key) ?? { view, pointer, over, rows: new Map(), blocks: new Map() }
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
    const isFilter = number >= pointer.blocks
    const block: CachedBlock = {
      run,
      number,
      bytes: text.length,
      rows: isFilter ? [] : rows,
      filter: isFilter ? fromBase64(String(rows[0]?.[0] ?? '')) : null,
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

  /** Forgets what the head no longer names, but for blocks, which go when their turn comes. */
  retain(named: (view: string, run: string) => boolean): void {
    for (const [key, run] of this.#runs) {
      if (named(run.view, run.pointer.run)) continue
      if (run.over && run.rows.size > 0) forgetRows(run, run.over.base)
      if (run.blocks.size === 0) this.#runs.delete(key)
    }
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
    for (const { rows, key } of block.found) rows.delete(key)
    block.run.blocks.delete(block.number)
    this.#bytes -= block.bytes
    this.#drops++
    for (const kept of block.texts) discard(kept)
  }
}

/** A base outlives its overlays: what they knew of its rows must not gather there. */
function forgetRows({ rows }: CachedRun, base: CachedRun): void {
  rows.clear()
  for (const block of base.blocks.values()) block.found = block.found.filter((found) => found.rows !== rows)
}

/** Forgets a text: on the row that keeps it, and on all the blocks that it was made from. */
export function discard(kept: Kept): void {
  const { keeper, blocks } = kept
  if (keeper.rendered === kept) keeper.rendered = kept.next
  for (let other = keeper.rendered; other !== null; other = other.next) if (other.next === kept) other.next = kept.next
  for (const block of blocks) block.texts.delete(kept)
}

/** The row; null when what is in memory says that there is none; undefined when a block that it takes is not in memory. */
export function findRow(run: CachedRun, key: string): CachedRow | null | undefined {
  const found = run.rows.get(key)
  if (found) {
    found.block.used = true
    return found
  }
  if (run.over === null) {
    if (run.pointer.blocks === 0) return null
    const own = search(run, key)
    return own === UNCHANGED ? null : own
  }
  const own = searchOverlay(run, key, run.over.filters)
  if (own !== UNCHANGED) return own
  const below = findRow(run.over.base, key)
  if (below) remember(run, key, below)
  return below
}

/** Nothing is said of the key. */
const UNCHANGED = Symbol('unchanged')

type Searched = CachedRow | null | undefined | typeof UNCHANGED

/** What a run's own block says: the row, null for a tombstone, or nothing. */
function search(run: CachedRun, key: string): Searched {
  const block = run.blocks.get(partitionOf(key, run.pointer.blocks))
  if (!block) return undefined
  block.used = true
  const row = block.rows.find(([one]) => one === key)
  if (!row) return UNCHANGED
  return isTombstone(row) ? null : remember(run, key, { row, block, rendered: null, values: null })
}

function searchOverlay(run: CachedRun, key: string, filters: number): Searched {
  const filter = run.blocks.get(run.pointer.blocks + filterBlockOf(key, filters))
  if (!filter?.filter) return search(run, key)
  filter.used = true
  return mayHave(filter.filter, key) ? search(run, key) : UNCHANGED
}

/** The block from which it is known that there is no row of the key. */
export function blockWithout(run: CachedRun, key: string): CachedBlock | undefined {
  const own = run.blocks.get(partitionOf(key, run.pointer.blocks))
  if (run.over === null || own?.rows.some(([one]) => one === key)) return own
  return blockWithout(run.over.base, key)
}

export type MissingBlocks = Map<CachedRun, Set<number>>

/**
 * Adds the blocks that the key needs and memory does not have, all of them at once: an overlay whose filter is not in memory
 * is asked together with its base.
 * @returns whether there were any
 */
export function addMissing(missing: MissingBlocks, run: CachedRun, key: string): boolean {
  const found = run.rows.get(key)
  if (found) {
    // It must not make room for the blocks that are missing.
    found.block.used = true
    return false
  }
  if (run.pointer.blocks === 0) return false
  if (run.over === null) return addBlock(missing, run, partitionOf(key, run.pointer.blocks))
  const own = searchOverlay(run, key, run.over.filters)
  if (own !== undefined && own !== UNCHANGED) return false
  const below = addMissing(missing, run.over.base, key)
  if (own === UNCHANGED) return below
  addBlock(missing, run, run.pointer.blocks + filterBlockOf(key, run.over.filters))
  addBlock(missing, run, partitionOf(key, run.pointer.blocks))
  return true
}

function addBlock(missing: MissingBlocks, run: CachedRun, number: number): boolean {
  const block = run.blocks.get(number)
  if (block) {
    block.used = true
    return false
  }
  const numbers = missing.get(run)
  if (numbers) numbers.add(number)
  else missing.set(run, new Set([number]))
  return true
}

function remember(run: CachedRun, key: string, row: CachedRow): CachedRow {
  run.rows.set(key, row)
  row.block.found.push({ rows: run.rows, key })
  return row
}

function runKey(view: string, pointer: RunPointer): string {
  return `${view}/${pointer.run}`
}
