/** What a page downloads to compute features itself, and what only if a plan needs it. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

/** With arithmetic, logic and time, as most plans of a page need them. */
const LIMIT_BYTES = 12 * 1024

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Loaded by plan or by call. */
const LATER = ['lists.ts', 'strings.ts', 'transcendental.ts', 'coded.ts', 'careful.ts']

let metafile: Metafile
const texts = new Map<string, string>()

beforeAll(async () => {
  const built = await build({
    stdin: {
      contents: `
        import { createClient } from './client/index.ts'
        import type * as features from './test/types/on-demand.test-d.ts'
        globalThis.client = createClient<typeof features>({ url: 'https://features.example.com', compute: 'local' })`,
      loader: 'ts',
      resolveDir: ROOT,
    },
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    outdir: '/page',
    absWorkingDir: ROOT,
    write: false,
    metafile: true,
  })
  metafile = built.metafile
  for (const { path, text } of built.outputFiles) texts.set(path.slice(path.lastIndexOf('/') + 1), text)
})

/** The sources that come with a source, at once. */
function closure(start: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(start)) return seen
  seen.add(start)
  for (const { path, kind } of metafile.inputs[start]?.imports ?? [])
    if (kind === 'import-statement') closure(path, seen)
  return seen
}

describe('computing on the device', () => {
  it('is not in what a page loads before it asks for it', () => {
    const first = [...closure('client/index.ts')]
    expect(first.filter((path) => /client\/local\/|expressions|on-demand/.test(path))).toEqual([])
  })

  it('comes with arithmetic and logic, and without the packs and forms that a plan may not have', () => {
    const local = [...closure('client/local/index.ts')]
    expect(local).toContain('core/expressions/packs/arithmetic.ts')
    expect(local).toContain('core/expressions/packs/comparisons.ts')
    expect(local.filter((path) => [...LATER, 'time.ts', 'wasm.ts'].some((name) => path.endsWith(`/${name}`)))).toEqual(
      [],
    )
  })

  it(`is at most ${LIMIT_BYTES} bytes with time, minified and gzipped`, async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { computeLocally } from './client/local/index.ts'
          import { TIME } from './core/expressions/packs/time.ts'
          export { computeLocally, TIME }`,
        loader: 'ts',
        resolveDir: ROOT,
      },
      bundle: true,
      format: 'esm',
      minify: true,
      platform: 'browser',
      external: LATER.map((name) => `*/${name}`),
      write: false,
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '').length
    console.log(`on the device, with arithmetic, logic and time: ${bytes} bytes gzipped`)
    expect(bytes).toBeLessThan(LIMIT_BYTES)
  })

  it('brings nothing of the definitions', () => {
    const all = [...texts.values()].join('\n')
    expect(all.length).toBeGreaterThan(50_000)
    expect(all).not.toMatch(/select |group by|r2:\/\/|file:\/\/|\.parquet|@example\.com|zod/i)
  })
})
