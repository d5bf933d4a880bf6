/**
 * Local copies of lake objects, for DuckDB to read. A copy lies at `<cache>/<bucket>/<key>/<etag>.parquet`: the key's
 * folders stay, because DuckDB takes hive partitions from names like `day=2001-01-01`, and the ETag names the content,
 * so that an unchanged object is never downloaded twice and a changed one never mistaken.
 */
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { explainDisk } from './disk.ts'
import type { Lake, LakeObject } from './lake.ts'
import { isAlive, ownName, PARTIAL_FOLDER } from './living.ts'
import { parallel } from './parallel.ts'

export interface LocalCopy {
  readonly object: LakeObject
  /** Absolute if the cache's folder is. */
  readonly path: string
  /** Whether it had to be downloaded now. */
  readonly downloaded: boolean
}

export interface Progress {
  readonly objects: number
  readonly bytes: number
  readonly ofObjects: number
  readonly ofBytes: number
}

/** Enough to fill a fast line from one region, few enough that each download is still quick. */
export const PARALLEL_TRANSFERS = 8

/** Of one name in a folder, on every common file system. */
const MAX_NAME_BYTES = 255

/**
 * Brings the objects to this machine, 8 at a time, and says where they are, in the given order. Objects of a folder lake
 * stay where they are.
 * @param cache folder of the copies, `.shoreline/cache`; made when missing
 * @throws ShorelineError CONFLICT when an object changed after it was listed, UNAVAILABLE when the store fails or the
 * disk is full, INVALID for a key that cannot be a path. Complete copies are kept.
 */
export async function localCopies(
  lake: Lake,
  objects: readonly LakeObject[],
  cache: string,
  progress?: (done: Progress) => void,
): Promise<readonly LocalCopy[]> {
  const { localPath } = lake
  if (!localPath) await removeLeftovers(cache)
  const ofBytes = objects.reduce((sum, object) => sum + object.size, 0)
  let done = 0
  let bytes = 0
  return parallel(objects, PARALLEL_TRANSFERS, async (object) => {
    const copy = localPath
      ? { object, path: await localPath(object), downloaded: false }
      : await cached(lake, object, cache)
    done += 1
    bytes += object.size
    progress?.({ objects: done, bytes, ofObjects: objects.length, ofBytes })
    return copy
  })
}

async function cached(lake: Lake, object: LakeObject, cache: string): Promise<LocalCopy> {
  const path = copyPath(cache, object)
  // The size too: after a power cut a renamed file may be empty.
  const size = await stat(path).then(
    (stats) => stats.size,
    () => -1,
  )
  if (size === object.size) {
    // When it was used last: what decides what goes when the cache is full.
    const now = new Date()
    await utimes(path, now, now).catch(() => {})
    return { object, path, downloaded: false }
  }
  const partial = join(cache, PARTIAL_FOLDER, ownName())
  try {
    await mkdir(dirname(partial), { recursive: true })
    await lake.fetch(object, partial)
    await mkdir(dirname(path), { recursive: true })
    await rename(partial, path)
  } catch (thrown) {
    throw explainDisk(thrown, cache)
  } finally {
    await rm(partial, { force: true })
  }
  await removeOtherVersions(path)
  return { object, path, downloaded: true }
}

/** @throws ShorelineError INVALID when the key cannot be a path */
function copyPath(cache: string, object: LakeObject): string {
  const parts = object.uri.replace(/^[a-z0-9]+:\/\//, '').split('/')
  // Written as they are, never escaped: DuckDB decodes the values of hive partitions itself.
  if (parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > MAX_NAME_BYTES))
    throw new ShorelineError(
      'INVALID',
      `${object.uri} cannot be kept in a local folder: each part of its key has to be 1 to ${MAX_NAME_BYTES} bytes and neither "." nor ".."`,
      { key: object.key },
    )
  return join(cache, ...parts, `${encodeURIComponent(object.etag)}${extname(object.key)}`)
}

/** Files only: a folder beside a copy belongs to another key, below this one. */
async function removeOtherVersions(path: string): Promise<void> {
  const folder = dirname(path)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const other = join(folder, entry.name)
    if (entry.isFile() && other !== path) await rm(other, { force: true })
  }
}

/** Removes what killed downloads left, and nothing that a living process is writing. */
async function removeLeftovers(cache: string): Promise<void> {
  const folder = join(cache, PARTIAL_FOLDER)
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name)
    const grown = await stat(file).then(
      (stats) => stats.mtimeMs,
      () => 0,
    )
    if (!isAlive(name, grown)) await rm(file, { force: true })
  }
}
