/**
 * Where the blocks of runs are online: Workers KV or D1. Both hold the same immutable texts under the same addresses, so
 * publishing, pinning, rolling back and falling back mean the same in either. A block's number is its partition: a store may
 * spread partitions over several databases.
 */
export interface BlockAddress {
  /** `view@version` */
  readonly view: string
  readonly run: string
  readonly block: number
}

export interface BlockReader {
  /**
   * The texts of the blocks that are there, by position in the list; the others are left out. A store that fails in spite of
   * a second try has none of what it was asked for.
   * @param fresh not from a cache or a replica that may not have it yet
   */
  read(blocks: readonly BlockAddress[], fresh: boolean): Promise<ReadonlyMap<number, string>>
}

export interface BlockWriter {
  /** Consecutive blocks of a run, from number `first` on. Writing a block again changes nothing: it is the same text. */
  write(view: string, run: string, first: number, texts: readonly string[]): Promise<void>
}

export const STORES = ['kv', 'd1'] as const
export type StoreName = (typeof STORES)[number]

export type BlockReaders = Readonly<Record<StoreName, BlockReader>>
export type BlockWriters = Readonly<Record<StoreName, BlockWriter>>

/** For a deployment, or a test, without one of the stores. */
export const NO_BLOCKS: BlockReader = { read: async () => new Map() }
