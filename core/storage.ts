/** Every KV key and R2 path in one place; `docs/storage.md` is their published form. */

export const HEAD_KEY = 'head'

export function revisionKey(revision: number): string {
  return `revision/${revision}`
}

export function registryKey(registry: number): string {
  return `registry/${registry}`
}

export function planKey(hash: string): string {
  return `plan/${hash}`
}

/** @param view `view@version` */
export function blockKey(view: string, run: string, block: number): string {
  return `b/${view}/${run}/${block}`
}

/** The folder of a snapshot's exact rows in the lake bucket. @param view `view@version` */
export function snapshotPrefix(view: string, snapshot: number): string {
  return `_shoreline/snapshots/${view}/${snapshot}/`
}

/** The folder of a training set's files and manifest in the lake bucket. */
export function trainingPrefix(name: string, version: number): string {
  return `_shoreline/training/${name}/${version}/`
}

/** An on-demand module in the lake bucket. @param hash SHA-256 of its text or bytes, hexadecimal */
export function codeKey(hash: string, kind: 'js' | 'wasm'): string {
  return `_shoreline/code/${hash}.${kind}`
}

/** A file of pushed rows in the lake bucket, by the day of their events. @param day `2026-03-01` */
export function pushedKey(source: string, day: string, name: string): string {
  return `_shoreline/pushed/${source}/day=${day}/${name}.parquet`
}
