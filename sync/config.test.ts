import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { readConfig } from './config.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-config-'))
  return () => rm(folder, { recursive: true })
})

async function cacheOf(settings: object): Promise<number> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ shoreline: settings }))
  return readConfig(folder).cacheBytes
}

it('the cache has a size in words', async () => {
  expect(await cacheOf({})).toBe(20e9)
  expect(await cacheOf({ cache: '1.5 TB' })).toBe(1.5e12)
  expect(await cacheOf({ cache: '0' })).toBe(0)
  await expect(cacheOf({ cache: '20 gigs' })).rejects.toMatchObject({
    code: 'INVALID',
    message: `"20 gigs" is no size of the cache. Write a number and a unit, as in "20GB", as "shoreline": { "cache": … } in ${folder}/package.json or in SHORELINE_CACHE.`,
  })
})

it('a package.json that is none is named', async () => {
  await writeFile(join(folder, 'package.json'), '{ "shoreline": ')
  expect(() => readConfig(folder)).toThrow(`${folder}/package.json cannot be read: `)
})

it('a variable that is set to nothing is as if it were not set', async () => {
  await writeFile(join(folder, 'package.json'), '{}')
  for (const name of ['SHORELINE_FOLDER', 'SHORELINE_CACHE']) vi.stubEnv(name, '')
  try {
    expect(readConfig(folder)).toMatchObject({ folder: join(folder, '.shoreline'), cacheBytes: 20e9 })
  } finally {
    vi.unstubAllEnvs()
  }
})
