/** The on-demand code of the Worker on this machine, whatever a command that was killed has left of it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CodeAnswer } from '../../registry/wire/registry.ts'
import { type CodeFile, hashOf } from '../on-demand/code.ts'
import { provideLocally, writeDevEntry } from './code.ts'

const root = join(import.meta.dirname, '../..')
const file: CodeFile = { kind: 'js', text: 'export const compute = (row) => ({ score: row.share });\n' }
const hash = hashOf(file)
const half = file.text.slice(0, 20)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-dev-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What a Worker would say that runs from the entry. */
async function running(): Promise<CodeAnswer> {
  const entry = await readFile(join(folder, 'dev/code.ts'), 'utf8')
  return { build: /build: '(.*?)'/.exec(entry)?.[1] ?? null, holds: entry.includes(hash) ? [hash] : [], needs: [] }
}

it('provides what is whole, and no module of which only half was written', async () => {
  await mkdir(join(folder, 'code'))
  await writeFile(join(folder, 'code', `${hash}.js`), half)
  await writeDevEntry({ root, folder })
  expect((await running()).holds).toEqual([])
  await writeFile(join(folder, 'code', `${hash}.js`), file.text)
  await writeDevEntry({ root, folder })
  expect((await running()).holds).toEqual([hash])
})

it('makes whole what the entry has only half of', async () => {
  await writeDevEntry({ root, folder })
  await mkdir(join(folder, 'dev/code'), { recursive: true })
  await writeFile(join(folder, 'dev/code', `${hash}.js`), half)
  await provideLocally({ root, folder }, new Map([[hash, file]]), new Set(), running)
  expect((await running()).holds).toEqual([hash])
  expect(await readFile(join(folder, 'dev/code', `${hash}.js`), 'utf8')).toBe(file.text)
})
