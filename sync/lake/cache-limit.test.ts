import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { localCopies } from './cache.ts'
import { openCache } from './cache-limit.ts'
import type { Lake, LakeObject } from './lake.ts'

let cache: string

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'shoreline-limit-'))
  return () => rm(cache, { recursive: true, force: true })
})

/** A lake whose objects have ten bytes each. */
const LAKE: Pick<Lake, 'fetch'> = { fetch: (_object, file) => writeFile(file, '0123456789') }

function object(name: string): LakeObject {
  return { uri: `r2://offline/day=${name}/a.parquet`, key: `day=${name}/a.parquet`, etag: 'e', size: 10 }
}

/** Copies that were used so many minutes ago. */
async function copies(ages: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, minutes] of Object.entries(ages)) {
    const [copy] = await localCopies(LAKE as Lake, [object(name)], cache)
    const at = new Date(Date.now() - minutes * 60_000)
    await utimes(copy?.path ?? '', at, at)
  }
}

async function left(): Promise<readonly string[]> {
  const found = await readdir(join(cache, 'offline')).catch(() => [])
  return found.map((name) => name.replace('day=', '')).toSorted()
}

test('what was used longest ago goes, with its folders, until the rest fits', async () => {
  await copies({ a: 30, b: 10, c: 20, d: 1 })
  const use = await openCache(cache)
  expect(await use.end(25)).toEqual({ copies: 2, bytes: 20 })
  expect(await left()).toEqual(['b', 'd'])
  expect(await (await openCache(cache)).end(20)).toEqual({ copies: 0, bytes: 0 })
  expect(await (await openCache(cache)).end(0)).toEqual({ copies: 2, bytes: 20 })
  expect(await left()).toEqual([])
})

test('what is read again was used now', async () => {
  await copies({ a: 30, b: 20 })
  const use = await openCache(cache)
  await localCopies(LAKE as Lake, [object('a')], cache)
  await use.end(10)
  expect(await left()).toEqual(['a'])
})

test('what another sync that runs has read since it began stays, even if it is too much', async () => {
  await copies({ old: 30 })
  const other = await openCache(cache)
  const ours = await openCache(cache)
  await localCopies(LAKE as Lake, [object('a'), object('b')], cache)
  expect(await ours.end(0)).toEqual({ copies: 1, bytes: 10 })
  expect(await left()).toEqual(['a', 'b'])
  expect(await other.end(0)).toEqual({ copies: 2, bytes: 20 })
})

test('a sync that was killed holds nothing', async () => {
  await copies({ a: 1 })
  // No process has this number: it is above what Linux and macOS give.
  const dead = join(cache, '.partial', `${hostname()}@99999999@killed`)
  await mkdir(dirname(dead), { recursive: true })
  await writeFile(dead, '')
  const longAgo = new Date(0)
  await utimes(dead, longAgo, longAgo)
  await (await openCache(cache)).end(0)
  expect(await left()).toEqual([])
})

test('ranges that are known, and a cache that is not there yet, are no copies', async () => {
  await mkdir(join(cache, '.ranges'), { recursive: true })
  await writeFile(join(cache, '.ranges/x.json'), '{}')
  await (await openCache(cache)).end(0)
  expect(await readdir(join(cache, '.ranges'))).toEqual(['x.json'])
  expect(await (await openCache(join(cache, 'none'))).end(0)).toEqual({ copies: 0, bytes: 0 })
})
