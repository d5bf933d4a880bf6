/**
 * The bound of the cache: when a sync is done, the copies that were used longest ago go, until the rest fits. What a sync
 * that still runs may be reading stays, whoever runs it.
 */
import { mkdir, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isAlive, ownName, PARTIAL_FOLDER } from './living.ts'

export interface CacheUse {
  /** Removes what is too much. @returns how many copies went, and their bytes */
  end(limitBytes: number): Promise<{ readonly copies: number; readonly bytes: number }>
}

/**
 * Marks the cache as read from now on; `end` after the last copy is read.
 * @param cache folder of the copies, `.shoreline/cache`
 */
export async function openCache(cache: string): Promise<CacheUse> {
  const mark = join(cache, PARTIAL_FOLDER, ownName())
  await mkdir(dirname(mark), { recursive: true })
  await writeFile(mark, '')
  return {
    async end(limitBytes) {
      await rm(mark, { force: true })
      return trim(cache, limitBytes)
    },
  }
}

interface Copy {
  readonly path: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly used: number
}

async function trim(cache: string, limitBytes: number): Promise<{ readonly copies: number; readonly bytes: number }> {
  const copies = await copiesIn(cache)
  let total = copies.reduce((sum, { bytes }) => sum + bytes, 0)
  const inUseSince = await oldestUse(cache)
  let removed = 0
  let bytes = 0
  for (const copy of copies.toSorted((a, b) => a.used - b.used)) {
    if (total <= limitBytes || copy.used >= inUseSince) break
    await rm(copy.path, { force: true })
    await removeEmpty(dirname(copy.path), cache)
    total -= copy.bytes
    bytes += copy.bytes
    removed += 1
  }
  return { copies: removed, bytes }
}

async function copiesIn(cache: string): Promise<readonly Copy[]> {
  const copies: Copy[] = []
  for (const bucket of await readdir(cache, { withFileTypes: true }).catch(() => [])) {
    if (!bucket.isDirectory() || bucket.name.startsWith('.')) continue
    for (const entry of await readdir(join(cache, bucket.name), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const stats = await stat(path).catch(() => null)
      if (stats) copies.push({ path, bytes: stats.size, used: stats.mtimeMs })
    }
  }
  return copies
}

/** When the oldest sync that still runs began; infinity when none does. */
async function oldestUse(cache: string): Promise<number> {
  const folder = join(cache, PARTIAL_FOLDER)
  let oldest = Number.POSITIVE_INFINITY
  for (const name of await readdir(folder).catch(() => [])) {
    const stats = await stat(join(folder, name)).catch(() => null)
    if (stats && isAlive(name, stats.mtimeMs)) oldest = Math.min(oldest, stats.mtimeMs)
  }
  return oldest
}

/** The folders of a key that has no copy any more. */
async function removeEmpty(folder: string, cache: string): Promise<void> {
  for (let empty = folder; empty !== cache; empty = dirname(empty))
    if (
      !(await rmdir(empty).then(
        () => true,
        () => false,
      ))
    )
      return
}
