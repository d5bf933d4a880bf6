/** Who may import whom: core <- registry <- worker, sync; core <- client, which knows the registry's types only. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importsOf, violations } from './imports.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ROOMS = [
  'core',
  'registry',
  'sync',
  'worker',
  'client',
  'testing',
  'console',
  'examples',
  'bench',
  'test',
  'scripts',
]

async function sources(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const room of ROOMS.filter((name) => existsSync(join(ROOT, name))))
    for (const name of await readdir(join(ROOT, room), { recursive: true }))
      if (/\.m?tsx?$/.test(name) && !name.includes('node_modules'))
        files.set(`${room}/${name}`, await readFile(join(ROOT, room, name), 'utf8'))
  return files
}

describe('the rooms', () => {
  it('import one another as the design says', async () => {
    const files = await sources()
    for (const room of ['core', 'registry', 'sync', 'worker', 'client', 'testing'])
      expect(files.has(`${room}/index.ts`) || room === 'core', room).toBe(true)
    expect(files.size).toBeGreaterThan(100)
    expect(violations(files)).toEqual([])
  })
})

describe('the rule', () => {
  it.each([
    ['core/a.ts', "import { b } from '../registry/b.ts'", 'core may not import registry'],
    ['core/a.ts', "import type { b } from '../registry/b.ts'", 'core may not import registry'],
    ['core/a.ts', "import { readFile } from 'node:fs/promises'", 'core runs without Node'],
    ['core/a.ts', "import { readFile } from 'fs'", 'core runs without Node'],
    ['core/a.ts', "import { z } from 'zod'", 'core uses no package'],
    ['registry/a.ts', "export * from '../sync/b.ts'", 'registry may not import sync'],
    ['registry/deep/a.ts', "import '../../worker/b.ts'", 'registry may not import worker'],
    ['registry/a.ts', "const fs = await import('node:fs')", 'registry runs without Node'],
    ['worker/a.ts', "import { b } from '../sync/b.ts'", 'worker may not import sync'],
    ['worker/a.ts', "type B = import('../client/b.ts').B", 'worker may not import client'],
    ['worker/a.ts', "import 'node:path'", 'worker runs without Node'],
    ['worker/a.test.ts', "import { b } from '../sync/b.ts'", 'worker may not import sync'],
    ['sync/a.ts', "import { b } from '../worker/b.ts'", 'sync may not import worker'],
    ['sync/a.ts', "export { b } from 'shoreline/client'", 'sync may not import client'],
    ['sync/a.ts', "import { b } from '../test/b.ts'", 'sync may not import test'],
    ['sync/a.ts', "import { b } from 'shoreline/testing'", 'sync may not import testing'],
    ['client/a.ts', "import { b } from '../registry/b.ts'", 'client may import types of registry only'],
    ['client/a.ts', "import { type b, c } from '../registry/b.ts'", 'client may import types of registry only'],
    ['client/a.ts', "import '../registry/b.ts'", 'client may import types of registry only'],
    ['client/a.ts', "import { entity } from 'shoreline'", 'client may import types of registry only'],
    ['client/a.ts', "import type { b } from '../sync/b.ts'", 'client may not import sync'],
    ['client/a.ts', "function f() { return import('zod') }", 'client uses no package'],
    ['client/sql/a.ts', "import { z } from 'zod'", 'client uses no package'],
    ['client/a.ts', "import { b } from './sql/b.ts'", 'what needs packages is an entry point of its own'],
    [
      'client/a.ts',
      "const b = await import('shoreline/client/sql')",
      'what needs packages is an entry point of its own',
    ],
  ])('%s must not %s', (file, source, problem) => {
    const [found = '', ...others] = violations(new Map([[file, source]]))
    expect(found).toMatch(new RegExp(`^${file}: imports .*: ${problem}$`))
    expect(others).toEqual([])
  })

  it.each([
    ['core/a.ts', "import { b } from './b.ts'"],
    ['core/a.test.ts', "import { createHash } from 'node:crypto'\nimport fc from 'fast-check'"],
    ['registry/a.ts', "import { b } from '../core/b.ts'\nimport { z } from 'zod'"],
    ['worker/a.ts', "import { b } from '../registry/b.ts'\nimport { DurableObject } from 'cloudflare:workers'"],
    ['sync/a.ts', "import { readFile } from 'node:fs/promises'\nimport { b } from '../registry/b.ts'"],
    ['client/a.ts', "import type { b } from '../registry/b.ts'\nexport type { c } from '../registry/c.ts'"],
    ['client/a.ts', "import { type b } from '../registry/b.ts'\ntype C = import('../registry/c.ts').C"],
    ['client/a.ts', "// import { b } from '../sync/b.ts'\nconst text = `import { b } from '../sync/b.ts'`"],
    ['examples/flights/a.ts', "import { b } from '../../worker/b.ts'"],
    ['testing/a.ts', "import { b } from '../client/b.ts'\nimport { c } from '../sync/c.ts'"],
    ['test/a.ts', "import { b } from '../client/b.ts'\nimport { c } from '../sync/c.ts'"],
  ])('%s may %s', (file, source) => {
    expect(violations(new Map([[file, source]]))).toEqual([])
  })

  it('sees every form of an import', () => {
    const source = `import a from './a.ts'
      import * as b from './b.ts'
      import type { C } from './c.ts'
      export * as d from './d.ts'
      export type * from './e.ts'
      export { type F } from './f.ts'
      const g = async () => (await import('./g.ts')).default
      let h: typeof import('./h.ts')
      import './i.ts'`
    expect(importsOf(source).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`)).toEqual([
      ...['./a.ts', './b.ts', './c.ts type', './d.ts', './e.ts type', './f.ts type', './g.ts', './h.ts type', './i.ts'],
    ])
  })
})
