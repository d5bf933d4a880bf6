import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake, openSource } from './resolve.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-resolve-'))
  for (const key of ['b/day=2/x.parquet', 'b/day=1/x.parquet', 'b/_SUCCESS', '_shoreline/snapshots/x.parquet']) {
    await mkdir(dirname(join(folder, key)), { recursive: true })
    await writeFile(join(folder, key), key)
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('a source is its objects, sorted, without ours', async () => {
  const { objects, lake } = await openSource('file://**/*.parquet', { folder })
  expect(objects.map(({ key }) => key)).toEqual(['b/day=1/x.parquet', 'b/day=2/x.parquet'])
  expect(lake.uri).toBe(`file://${folder}/`)
})

test('no object is an error that says what was looked for', async () => {
  await expect(openSource('file://b/*.parquet', { folder })).rejects.toMatchObject({
    code: 'INVALID',
    message: `No object matches file://b/*.parquet: 3 objects begin with file://${folder}/b/, for example _SUCCESS, but none fits "*.parquet"`,
  })
  await expect(openSource('file://c/{a,b}/*.parquet', { folder })).rejects.toMatchObject({
    code: 'INVALID',
    message: `No object matches file://c/{a,b}/*.parquet: nothing begins with file://${folder}/c/{a,b}/`,
  })
  await expect(openSource('file://b/*/[xy].parquet', { folder })).rejects.toThrow('only **, * and ? are wildcards')
})

test('R2 without its configuration is refused', async () => {
  await expect(openSource('r2://offline/*.parquet', {})).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('r2://offline/*.parquet is in R2, which is not configured'),
  })
})

test('a lake is opened by its folder or bucket', () => {
  const r2 = { endpoint: 'https://a.r2.cloudflarestorage.com', accessKeyId: 'a', secretAccessKey: 's' }
  expect(openLake('r2://offline', { r2 }).uri).toBe('r2://offline/')
  expect(openLake('file://b/', { folder }).uri).toBe(`file://${folder}/b/`)
  expect(() => openLake('offline', { r2 })).toThrow('it has to begin with')
})
