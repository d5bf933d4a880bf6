import { md5Prefix } from './md5.ts'

/**
 * The partition of a canonical key among `count`: floor(h * count / 2^32), with h the first 8 hex digits of the key's
 * MD5. In DuckDB: `(('0x' || substr(md5(k), 1, 8))::ubigint * count) >> 32`.
 */
export function partitionOf(key: string, count: number): number {
  // h < 2^32 and count < 2^21, so the product is exact in a double.
  return Math.floor((md5Prefix(key) * count) / 2 ** 32)
}

/** More partitions than this would make the product above inexact; 2^21 blocks of 4 KB are 8 GB of one view. */
export const MAX_PARTITIONS = 2 ** 21

/** The partitions among `to` that hold keys of partition `partition` among `from`: what replaces a block in a new run. */
export function overlapping(partition: number, from: number, to: number): readonly number[] {
  const first = Math.floor((partition * to) / from)
  const last = Math.ceil(((partition + 1) * to) / from) - 1
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
