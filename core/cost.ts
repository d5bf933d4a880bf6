/**
 * What Cloudflare bills for a materialization, before and after it runs.
 * Prices: https://developers.cloudflare.com/kv/platform/pricing/ and https://developers.cloudflare.com/r2/pricing/, November 2026.
 */
export interface Operations {
  /** Keys written to KV, the head and the revision included. */
  readonly kvWrites: number
  /** Keys that will be deleted when this snapshot is reclaimed. */
  readonly kvDeletes: number
  readonly kvBytes: number
  readonly d1RowsWritten: number
  readonly r2Writes: number
  readonly r2Reads: number
  readonly r2Bytes: number
}

const MILLION = 1_000_000
const GB = 1_000_000_000

/** US dollars per unit. */
export const PRICES = {
  kvWrite: 5 / MILLION,
  kvDelete: 5 / MILLION,
  kvByteMonth: 0.5 / GB,
  d1RowWritten: 1 / MILLION,
  r2Write: 4.5 / MILLION,
  r2Read: 0.36 / MILLION,
  r2ByteMonth: 0.015 / GB,
} as const

/** Dollars for the operations, later deletions included, and for a month of storing what they wrote. */
export function dollars(operations: Operations): number {
  return (
    operations.kvWrites * PRICES.kvWrite +
    operations.kvDeletes * PRICES.kvDelete +
    operations.kvBytes * PRICES.kvByteMonth +
    operations.d1RowsWritten * PRICES.d1RowWritten +
    operations.r2Writes * PRICES.r2Write +
    operations.r2Reads * PRICES.r2Read +
    operations.r2Bytes * PRICES.r2ByteMonth
  )
}
