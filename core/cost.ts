/**
 * What Cloudflare bills for a materialization, before and after it runs.
 * Prices: https://developers.cloudflare.com/kv/platform/pricing/, https://developers.cloudflare.com/d1/platform/pricing/ and
 * https://developers.cloudflare.com/r2/pricing/, November 2026.
 */
export interface Operations {
  /** Keys written to KV, the head and the revision included. */
  readonly kvWrites: number
  /** Keys that will be deleted when this snapshot is reclaimed. */
  readonly kvDeletes: number
  readonly kvBytes: number
  readonly d1RowsWritten: number
  /** Rows that will be deleted when this snapshot is reclaimed: D1 bills them as written. */
  readonly d1RowsDeleted: number
  readonly d1Bytes: number
  readonly r2Writes: number
  readonly r2Reads: number
  readonly r2Bytes: number
}

/** `revision/<n>` and `head`. */
const HEAD_WRITES = 2
/** The run when it starts, is computed, published and reported; its snapshot; the revision; the lease, taken and released. */
const D1_ROWS_PER_RUN = 8

/** One materialization, as it was or as it will be. */
export interface Materialized {
  /** Where the blocks are. */
  readonly store: 'kv' | 'd1'
  /** Blocks that were sent: fewer than all of them when an earlier run had sent some. */
  readonly written: number
  readonly blocks: number
  /** Text of the blocks. */
  readonly bytes: number
  readonly uploads: number
  /** Source objects that are read. */
  readonly objects: number
  /** Parquet objects of the snapshot, and their bytes. */
  readonly parts: number
  readonly snapshotBytes: number
  /** False when a rollback holds the view. */
  readonly published: boolean
}

export function materializationOperations(made: Materialized): Operations {
  const inKv = made.store === 'kv'
  return {
    kvWrites: (inKv ? made.written : 0) + (made.published ? HEAD_WRITES : 0),
    kvDeletes: inKv ? made.blocks : 0,
    kvBytes: inKv ? made.bytes : 0,
    d1RowsWritten: D1_ROWS_PER_RUN + made.uploads + (inKv ? 0 : made.written),
    d1RowsDeleted: inKv ? 0 : made.blocks,
    d1Bytes: inKv ? 0 : made.bytes,
    r2Reads: made.objects,
    r2Writes: made.parts,
    r2Bytes: made.snapshotBytes,
  }
}

const MILLION = 1_000_000
const GB = 1_000_000_000

/** US dollars per unit. */
export const PRICES = {
  kvWrite: 5 / MILLION,
  kvDelete: 5 / MILLION,
  kvByteMonth: 0.5 / GB,
  d1RowWritten: 1 / MILLION,
  d1ByteMonth: 0.75 / GB,
  r2Write: 4.5 / MILLION,
  r2Read: 0.36 / MILLION,
  r2ByteMonth: 0.015 / GB,
  /** Of a Worker: https://developers.cloudflare.com/workers/platform/pricing/ */
  cpuMs: 0.02 / MILLION,
} as const

/** A block written, and deleted when its snapshot is reclaimed. */
export function dollarsPerBlock(store: 'kv' | 'd1'): number {
  return store === 'kv' ? PRICES.kvWrite + PRICES.kvDelete : 2 * PRICES.d1RowWritten
}

/** Dollars for the operations, later deletions included, and for a month of storing what they wrote. */
export function dollars(operations: Operations): number {
  return (
    operations.kvWrites * PRICES.kvWrite +
    operations.kvDeletes * PRICES.kvDelete +
    operations.kvBytes * PRICES.kvByteMonth +
    (operations.d1RowsWritten + operations.d1RowsDeleted) * PRICES.d1RowWritten +
    operations.d1Bytes * PRICES.d1ByteMonth +
    operations.r2Writes * PRICES.r2Write +
    operations.r2Reads * PRICES.r2Read +
    operations.r2Bytes * PRICES.r2ByteMonth
  )
}
