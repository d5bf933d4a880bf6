import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderLake } from './folder-lake.ts'
import type { Lake, LakeObject } from './lake.ts'

let folder: string
let lake: Lake

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-folder-'))
  lake = folderLake(join(folder, 'lake'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

async function listed(key: string): Promise<LakeObject> {
  const [object] = await lake.list(key)
  if (!object) throw new Error('not listed')
  return object
}

describe('a folder', () => {
  test('that does not exist yet is an empty lake', async () => {
    expect(await lake.list('')).toEqual([])
    expect(await lake.text('a')).toBeNull()
    expect(await lake.head('a')).toBeNull()
  })

  test('lists what was put, by prefix and in the byte order of the keys', async () => {
    const keys = [
      'flights/day=2/a',
      'flights/day=1/b c+%.parquet',
      'flights/🛫',
      'flights/\uffee',
      'flightsx',
      'other/a',
    ]
    for (const key of keys) await lake.put(key, bytes(key))
    expect((await lake.list('flights/')).map(({ key }) => key)).toEqual([
      'flights/day=1/b c+%.parquet',
      'flights/day=2/a',
      'flights/\uffee',
      'flights/🛫',
    ])
    expect((await lake.list('flights/day=')).map(({ key }) => key)).toEqual([keys[1], keys[0]])
    expect(await lake.list('fli')).toHaveLength(5)
    expect((await lake.list(''))[0]?.uri).toBe(`file://${folder}/lake/flights/day=1/b c+%.parquet`)
    expect(await lake.text('flights/day=2/a')).toBe('flights/day=2/a')
  })

  test('replaces an object all or nothing and leaves no partial file', async () => {
    await lake.put('a/b', bytes('one'))
    await lake.put('a/b', bytes('two'))
    await expect(lake.put('a/b', { file: join(folder, 'nowhere') })).rejects.toThrow('ENOENT')
    expect(await lake.text('a/b')).toBe('two')
    expect(await readdir(join(folder, 'lake/a'))).toEqual(['b'])
  })

  test('with links is walked once', async () => {
    await lake.put('a/x', bytes('x'))
    await symlink('.', join(folder, 'lake/a/self'))
    await symlink('a/x', join(folder, 'lake/linked'))
    await symlink('nowhere', join(folder, 'lake/broken'))
    expect((await lake.list('')).map(({ key }) => key)).toEqual(['a/x', 'linked'])
  })

  test.each(['../x', '/x', 'a//x', 'a/', ''])('refuses the key %j', async (key) => {
    await expect(lake.put(key, bytes('x'))).rejects.toMatchObject({ code: 'INVALID' })
  })
})

describe('the ETag', () => {
  test('of a small file is the MD5 of its content, whatever its time', async () => {
    const { etag } = await lake.put('a', bytes('hello'))
    expect(etag).toBe('5d41402abc4b2a76b9719d911017c592')
    await utimes(join(folder, 'lake/a'), 1, 1)
    expect((await listed('a')).etag).toBe(etag)
    await writeFile(join(folder, 'lake/a'), 'HELLO')
    await utimes(join(folder, 'lake/a'), 1, 1)
    expect((await listed('a')).etag).not.toBe(etag)
  })

  test('of a large file tells another time, and another file of the same time', async () => {
    const path = join(folder, 'lake/big')
    await lake.put('big', new Uint8Array(300_000))
    await utimes(path, 1, 1)
    const first = await listed('big')
    expect(first.etag).toMatch(/^stat-[0-9a-f]{32}$/)
    expect(await listed('big')).toEqual(first)
    await copyFile(path, join(folder, 'copy'))
    await utimes(join(folder, 'copy'), 1, 1)
    await rename(join(folder, 'copy'), path)
    const second = await listed('big')
    expect(second.etag).not.toBe(first.etag)
    await utimes(path, 2, 2)
    expect((await listed('big')).etag).not.toBe(second.etag)
  })
})

describe('an object that after it was listed', () => {
  test('stayed is copied, and found in its place', async () => {
    const object = await lake.put('a', bytes('hello'))
    await lake.fetch(object, join(folder, 'copy'))
    expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('hello')
    expect(await lake.localPath?.(object)).toBe(join(folder, 'lake/a'))
    expect(new TextDecoder().decode(await lake.range(object, 1, 4))).toBe('ell')
  })

  test('changed or vanished is a conflict that names it', async () => {
    const object = await lake.put('a', bytes('hello'))
    await lake.put('a', bytes('HELLO'))
    for (const read of [
      () => lake.localPath?.(object),
      () => lake.fetch(object, join(folder, 'copy')),
      () => lake.range(object, 0, 1),
    ])
      await expect(read()).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`file://${folder}/lake/a was changed after it was listed`),
      })
    await rm(join(folder, 'lake/a'))
    await mkdir(join(folder, 'lake/a'))
    for (const read of [
      () => lake.localPath?.(object),
      () => lake.fetch({ ...object, key: 'b' }, join(folder, 'copy')),
      () => lake.range({ ...object, key: 'b' }, 0, 1),
    ])
      await expect(read()).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('was removed') })
  })
})
