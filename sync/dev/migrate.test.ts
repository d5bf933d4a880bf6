/** The database of this machine, by the real wrangler. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from './migrate.ts'

const root = join(import.meta.dirname, '../..')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-migrate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('is migrated once, and an update finds what was applied', async () => {
  expect(await migrate({ root, folder })).toBe(true)
  expect(await migrate({ root, folder })).toBe(false)
  // As after an update with other migrations: wrangler applies what its notes do not name, and a table is made only once.
  await rm(join(folder, 'migrated'))
  expect(await migrate({ root, folder })).toBe(true)
})
