/** Which code pages get, and the folder that it is written to. That a page runs it is in test/browser/local.test.ts. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PlanAnswer } from '../../registry/wire/features.ts'
import { publicCode, writeClientCode } from './client-code.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-client-code-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string]

function entry(view: string, code: string, reads: readonly number[] = []) {
  const inputs = reads.map((at) => ({ name: `x${at}`, type: 'float64', at, from: { entry: at, feature: 0 } }))
  const features = [{ feature: view, type: 'float64', visibility: 'public' as const }]
  return { view: `${view}@1`, as: view, width: 1, inputs, form: 'typescript' as const, code, features }
}

it('is what public features need, at first hand or through other views', () => {
  const output = (at: number, name: string) => ({ entry: at, feature: 0, name, as: name })
  const plan: PlanAnswer = {
    ...{ service: 'risks', version: 1, keys: [], request: [], features: [], views: [], edge_only: ['inside'] },
    on_demand: {
      views: [],
      entries: [entry('base', A), entry('top', B, [0]), entry('inside', C)],
      answer: [output(1, 'top'), output(2, 'inside')],
      packs: [],
    },
  }
  expect([...publicCode(plan)].sort()).toEqual([
    [A, 'base@1'],
    [B, 'top@1'],
  ])
  const { on_demand: _, ...stored } = plan
  expect([...publicCode(stored)]).toEqual([])
})

it('is written as modules that load when they are asked for, without those of an earlier call', async () => {
  const own = join(folder, 'mine.js')
  await writeFile(own, '// of the application')
  const text = 'export const compute = () => ({ top: 2 })\n'
  const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0])
  await writeClientCode(folder, new Map([[C, 'old@1']]), new Map([[C, { kind: 'js', text }]]))
  const views = new Map([
    [A, 'base@1'],
    [B, 'top@1'],
  ])
  await writeClientCode(
    folder,
    views,
    new Map([
      [A, { kind: 'wasm', bytes }],
      [B, { kind: 'js', text }],
    ]),
  )
  expect((await readdir(folder)).sort()).toEqual(
    [`${A}.wasm.js`, `${B}.js`, 'index.d.ts', 'index.js', 'mine.js'].sort(),
  )
  expect(await readFile(join(folder, 'index.d.ts'), 'utf8')).toContain("import('shoreline/client').ClientModule[]")
  const { code } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as {
    readonly code: readonly { readonly hash: string; readonly module: () => Promise<Record<string, unknown>> }[]
  }
  expect(code.map(({ hash }) => hash)).toEqual([A, B])
  expect((await code[0]?.module())?.['default']).toEqual(bytes)
  expect((await code[1]?.module())?.['compute']).toBeTypeOf('function')
})
