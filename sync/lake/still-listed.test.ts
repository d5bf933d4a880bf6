import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { folderLake } from './folder-lake.ts'
import { type LocalR2, startLocalR2 } from './local-r2.fixture.ts'
import { r2Lake } from './r2-lake.ts'
import { checkStillListed } from './still-listed.ts'

let r2: LocalR2
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-listed-'))
  r2 = await startLocalR2(['offline'])
})

afterAll(async () => {
  await r2.stop()
  await rm(folder, { recursive: true })
})

test.each([
  ['a bucket', () => r2Lake('offline', r2.access)],
  ['a folder', () => folderLake(join(folder, 'lake'))],
])('objects of %s are what was listed, or it is a conflict that names the one that is not', async (_where, open) => {
  const lake = open()
  const put = (key: string, text: string) => lake.put(`${key}.parquet`, new TextEncoder().encode(text))
  for (const key of ['a', 'b', 'c']) await put(key, key)
  const listed = await lake.list('')
  await checkStillListed(lake, listed)
  await put('b', 'B')
  await expect(checkStillListed(lake, listed)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`${lake.uri}b.parquet was changed after it was listed`),
  })
  await lake.remove('b.parquet')
  await expect(checkStillListed(lake, listed)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`${lake.uri}b.parquet was removed after it was listed`),
  })
})
