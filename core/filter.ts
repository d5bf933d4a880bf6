/**
 * Which keys an overlay may have: a Bloom filter, in as many blocks as it takes, each for its partition of the keys. An
 * isolate reads one once and then never asks the overlay for a key that it does not have.
 *
 * A filter's block is a block whose one row is `["<base64>"]`, the bits of the filter, eight a byte, lowest first. With `a`, `b`
 * and `c` the first, second and third 8 hex digits of the MD5 of a key's canonical string as unsigned integers, the key is in
 * block floor(a * filters / 2^32), and its bits are (b + i * c) mod m for i from 0 to 6, m the number of bits. Every engine
 * that can prepare blocks can prepare this: Bloom, 1970; Kirsch and Mitzenmacher, 2006, for the two hashes.
 */
import { md5Words } from './md5.ts'
import { partitionOf } from './partition.ts'

/** With ten bits a key, seven hashes are best: 0.8 % of the keys that are not there seem to be. */
export const FILTER_BITS_PER_KEY = 10
export const FILTER_HASHES = 7
/** Bytes of one block's bits: 48 KB of text in base64, and filters of a few thousand keys are one small block. */
export const FILTER_BYTES = 36 * 1024

/** How many blocks the filter of so many keys has; at least one. */
export function filterBlocks(keys: number): number {
  return Math.max(1, Math.ceil((keys * FILTER_BITS_PER_KEY) / 8 / FILTER_BYTES))
}

/** How many bytes of bits each of them has: the same for all, which hold nearly as many keys. */
export function filterBytes(keys: number): number {
  return Math.max(8, Math.ceil((keys * FILTER_BITS_PER_KEY) / 8 / filterBlocks(keys)))
}

/** The number of the filter's block for a key, counted from the first of the filter's. */
export function filterBlockOf(key: string, filters: number): number {
  return partitionOf(key, filters)
}

/** The bits of one block, to be set. */
export function addToFilter(bits: Uint8Array, b: number, c: number): void {
  const size = bits.length * 8
  for (let hash = 0; hash < FILTER_HASHES; hash++) {
    const bit = (b + hash * c) % size
    bits[bit >>> 3] = (bits[bit >>> 3] ?? 0) | (1 << (bit & 7))
  }
}

/** False: the overlay does not have the key. */
export function mayHave(bits: Uint8Array, key: string): boolean {
  const [, b, c] = md5Words(key)
  const size = bits.length * 8
  for (let hash = 0; hash < FILTER_HASHES; hash++) {
    const bit = (b + hash * c) % size
    if (((bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
  }
  return true
}
