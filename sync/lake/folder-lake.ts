/** A lake in a local folder: for tests, for development without a bucket, and for sources that are files already. */
import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { explainDisk, hasCode } from './disk.ts'
import { byKey, changedSinceListed, checkLakeKey, type Lake, type LakeObject } from './lake.ts'
import { parallel } from './parallel.ts'

/**
 * Up to this size the ETag is the MD5 of the content, R2's own for an object of one upload: a copy to another machine or
 * into a bucket keeps it, and an edit that keeps size and time is seen. Beyond it reading everything for every listing
 * would cost more than the sync, so size, time in nanoseconds and inode stand in for the content; the inode tells a
 * file that was replaced by one of the same size and time (`cp -p`, `mv`).
 */
const CONTENT_ETAG_BYTES = 256 * 1024

/** Files read at a time; more only queue up in Node's four I/O threads. */
const PARALLEL_FILES = 8

/** Marks a file that is still being written; never listed. */
const PARTIAL = '.shoreline-partial'

/** @param folder need not exist yet; relative to the working directory */
export function folderLake(folder: string): Lake {
  const root = `${resolve(folder).replace(/\/$/, '')}/`
  const uri = `file://${root}`

  function pathOf(key: string): string {
    checkLakeKey(uri, key)
    if (key.startsWith('/') || key.endsWith('/') || key.includes('//'))
      throw new ShorelineError('INVALID', `${uri}${key} is no usable object key: a part of it is empty`, { key })
    return `${root}${key}`
  }

  /** Null when there is no such file, also when it vanished a moment ago. */
  async function describe(key: string): Promise<LakeObject | null> {
    const path = pathOf(key)
    try {
      const { size, mtimeNs, ino, isFile } = await statOf(path)
      if (!isFile) return null
      const etag =
        size <= CONTENT_ETAG_BYTES ? md5(await readFile(path)) : `stat-${md5(Buffer.from(`${size} ${mtimeNs} ${ino}`))}`
      return { uri: `${uri}${key}`, key, etag, size }
    } catch (thrown) {
      if (isMissing(thrown)) return null
      throw thrown
    }
  }

  async function localPath(object: LakeObject): Promise<string> {
    const now = await describe(object.key)
    if (now === null) throw changedSinceListed(object, 'removed')
    if (now.etag !== object.etag || now.size !== object.size) throw changedSinceListed(object, 'changed')
    return pathOf(object.key)
  }

  return {
    uri,
    localPath,
    head: describe,

    async list(prefix) {
      const found = await keysBelow(root, prefix)
      const objects = await parallel(found, PARALLEL_FILES, describe)
      return objects.filter((object) => object !== null).sort(byKey)
    },

    async text(key) {
      try {
        return await readFile(pathOf(key), 'utf8')
      } catch (thrown) {
        if (isMissing(thrown)) return null
        throw thrown
      }
    },

    async fetch(object, toFile) {
      try {
        // A copy-on-write clone where the file system can.
        await copyFile(pathOf(object.key), toFile, constants.COPYFILE_FICLONE)
      } catch (thrown) {
        throw isMissing(thrown) ? changedSinceListed(object, 'removed', thrown) : explainDisk(thrown, toFile)
      }
      // After the copy, so that a change in its midst is seen too.
      await localPath(object)
    },

    async range(object, start, end) {
      const bytes = await readRange(pathOf(object.key), start, end).catch((thrown: unknown) => {
        throw isMissing(thrown) ? changedSinceListed(object, 'removed', thrown) : thrown
      })
      // After reading, so that a change in its midst is seen too.
      await localPath(object)
      return bytes
    },

    async put(key, content) {
      const path = pathOf(key)
      const partial = `${path}.${randomUUID()}${PARTIAL}`
      try {
        await mkdir(dirname(path), { recursive: true })
        if (content instanceof Uint8Array) await writeFile(partial, content)
        else await copyFile(content.file, partial, constants.COPYFILE_FICLONE)
        await rename(partial, path)
      } catch (thrown) {
        await rm(partial, { force: true })
        throw explainDisk(thrown, path)
      }
      const object = await describe(key)
      if (object === null)
        throw new ShorelineError('CONFLICT', `${uri}${key} was removed while it was written`, { key })
      return object
    },

    async remove(key) {
      await rm(pathOf(key), { force: true })
    },
  }
}

/** Keys of the files below `root` that begin with `prefix`; linked folders are followed, each at most once. */
async function keysBelow(root: string, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  const seen = new Set<string>()

  async function walk(folder: string): Promise<void> {
    const real = await realpath(`${root}${folder}`).catch(() => null)
    if (real === null || seen.has(real)) return
    seen.add(real)
    for (const entry of await readdir(real, { withFileTypes: true })) {
      const key = `${folder}${entry.name}`
      if (entry.name.endsWith(PARTIAL)) continue
      const isFolder = entry.isSymbolicLink() ? await leadsToFolder(`${root}${key}`) : entry.isDirectory()
      // A folder above the prefix, on its way to it, has to be walked too.
      if (isFolder && (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`))) await walk(`${key}/`)
      else if (!isFolder && key.startsWith(prefix)) keys.push(key)
    }
  }

  await walk(prefix.slice(0, prefix.lastIndexOf('/') + 1))
  return keys
}

async function readRange(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(end - start)
    for (let read = 0; read < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, read, bytes.length - read, start + read)
      if (bytesRead === 0) return bytes.subarray(0, read)
      read += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

async function statOf(path: string): Promise<{ size: number; mtimeNs: bigint; ino: bigint; isFile: boolean }> {
  const stats = await stat(path, { bigint: true })
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs, ino: stats.ino, isFile: stats.isFile() }
}

async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

function isMissing(thrown: unknown): boolean {
  return hasCode(thrown, 'ENOENT') || hasCode(thrown, 'ENOTDIR')
}
