/** What deleting costs, and what it saves. R2 deletes for nothing. */
import { PRICES } from './cost.ts'

export interface Reclaimed {
  /** Keys deleted from KV, blocks and revisions. */
  readonly kvDeletes: number
  readonly kvBytes: number
  /** Blocks deleted from D1, which bills them as rows written. */
  readonly d1Rows: number
  readonly d1Bytes: number
  readonly r2Bytes: number
}

/** US dollars, once. */
export function reclaimDollars({ kvDeletes, d1Rows }: Reclaimed): number {
  return kvDeletes * PRICES.kvDelete + d1Rows * PRICES.d1RowWritten
}

/** US dollars for a month of storage that is not needed any more. */
export function savedAMonth({ kvBytes, d1Bytes, r2Bytes }: Reclaimed): number {
  return kvBytes * PRICES.kvByteMonth + d1Bytes * PRICES.d1ByteMonth + r2Bytes * PRICES.r2ByteMonth
}
