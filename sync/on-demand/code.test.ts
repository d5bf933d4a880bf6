/** Code of on-demand views, taken out of definitions as a user writes them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { loadRepository } from '../definitions.ts'
import { type CodeFile, collectCode, hashOf } from './code.ts'

let folder: string
let repositories = 0

beforeAll(async () => {
  const place = join(import.meta.dirname, '../../.shoreline') // below the package, so that "shoreline" is found
  await mkdir(place, { recursive: true })
  folder = await mkdtemp(join(place, 'code-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const HEADER = `import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from 'shoreline'
const user = entity('user', { joinKeys: { user_id: t.string() } })
const events = parquetSource('events', { path: 'file://events.parquet', timestamp: 'at' })
export const stats = featureView('stats', { entity: user, source: events, features: { visits: t.int64(), share: t.float64() } })
const asked = request({ at: t.timestamp(), distance: t.float64() })
`

/** A repository with these files, and the modules of its views. Each is evaluated anew. */
async function modules(files: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, CodeFile>> {
  const root = join(folder, String(repositories++))
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, 'features', name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, text)
  }
  const { hashes, files: found } = await collectCode(await loadRepository(join(root, 'features')), root)
  return new Map([...hashes].map(([view, hash]) => [view, found.get(hash) ?? { kind: 'js', text: '' }]))
}

/** One view whose compute is this expression. */
function view(compute: string, before = ''): Readonly<Record<string, string>> {
  return {
    'index.ts': `${HEADER}${before}
export const risk = onDemandView('risk', {
  inputs: [stats, asked],
  features: { score: t.float64(), late: t.bool() },
  compute: ${compute},
})
`,
  }
}

async function one(files: Readonly<Record<string, string>>): Promise<CodeFile> {
  const file = (await modules(files)).get('risk')
  if (!file) throw new Error('no module')
  return file
}

async function hash(compute: string, before = ''): Promise<string> {
  return hashOf(await one(view(compute, before)))
}

/** What the module computes, as whoever imports it sees. */
async function run(files: Readonly<Record<string, string>>, row: unknown): Promise<unknown> {
  const file = await one(files)
  const place = join(await mkdtemp(join(tmpdir(), 'shoreline-code-')), 'module.mjs')
  await writeFile(place, file.kind === 'js' ? file.text : '')
  const { compute } = (await import(pathToFileURL(place).href)) as { compute: (row: unknown) => unknown }
  await rm(join(place, '..'), { recursive: true })
  return compute(row)
}

const ROW = { visits: 3n, share: 0.5, user_id: 'u', at: '2026-01-01T00:00:00Z', distance: 4 }

describe('the module of a compute', () => {
  it('runs by itself, with the constants, helpers and files that it refers to', async () => {
    const files = {
      ...view(
        '(row) => ({ score: scaled(row.share ?? 0) * LIMITS.get("far")!, late: (row.distance ?? 0) > LIMITS.size })',
        `import { scaled } from './lib/scale.ts'
const LIMITS: ReadonlyMap<string, number> = (() => new Map<string, number>())()
;(LIMITS as Map<string, number>).set('far', 2)
`,
      ),
      'lib/scale.ts': `const BY = 10
export function scaled(x: number): number { return x > 100 ? scaled(x / 10) : x * BY }
export const unused = () => Math.random()
`,
    }
    expect(await run(files, ROW)).toEqual({ score: 10, late: true })
  })

  it.each([
    ['a method', 'compute(row) { return { score: row.share, late: false } }'],
    ['a function by its name', 'compute: named'],
    ['a shorthand', 'compute'],
    ['a function expression', 'compute: function self(row) { return row.visits === 0n ? self(row) : named(row) }'],
  ])('is found as %s', async (_what, property) => {
    const { 'index.ts': text = '' } = view(
      'REPLACED',
      'function named(row: { readonly share: number | null }) { return { score: row.share, late: false } }\nconst compute = named\n',
    )
    expect(await run({ 'index.ts': text.replace('compute: REPLACED', property) }, ROW)).toEqual({
      score: 0.5,
      late: false,
    })
  })

  it('holds nothing of the definitions', async () => {
    const file = await one(view('(row) => ({ score: row.share, late: null })'))
    const text = file.kind === 'js' ? file.text : ''
    expect(text).toMatch(/\{score:\w+\.share,late:null\}/)
    expect(text).toMatch(/^const (\w+)=.*;export\{\1 as compute\};\n$/s)
    expect(text).not.toMatch(/featureView|onDemandView|parquetSource|user_id|visits/)
  })

  it.each([
    ['its loop', '(row) => { for (let i = 0; ; i++) if (i < 0) return { score: row.share, late: false } }', ''],
    [
      'a helper of another file',
      '(row) => ({ score: forever(), late: row.share === 0 })',
      "import { forever } from './lib/forever.ts'\n",
    ],
  ])('ends, whatever has no end: %s', async (_what, compute, before) => {
    const forever = 'export function forever(): number { for (;;) {} }\n'
    const files = { ...view(compute, before), 'lib/forever.ts': forever }
    await expect(run(files, ROW)).rejects.toThrow('it takes too many steps')
  })

  it.each([
    ["(() => {}).constructor('return Date')()"],
    ["(() => {})['construct' + 'or']('return Date')()"],
    ["(() => {}).call['construct' + 'or']('return Date')()"],
  ])('makes no code of text: %s', async (way) => {
    const clock = `(row) => ({ score: (${way} as DateConstructor).now(), late: row.share === 0 })`
    await expect(run(view(clock), ROW)).rejects.toThrow()
  })
})

describe('the content hash', () => {
  const COMPUTE = '(row) => ({ score: scale(row.share ?? 0), late: LATE > 3 })'
  const BEFORE = 'const LATE = 4\nconst scale = (x: number): number => x * 2\n'

  it('is the same for the same code, whatever else the definitions say and however it is written', async () => {
    const first = await hash(COMPUTE, BEFORE)
    expect(await hash(COMPUTE, BEFORE)).toBe(first)
    expect(
      await hash(`(data) => {\n // why\n return { score: scale(data.share ?? 0), late: LATE > 3 } }`, BEFORE),
    ).toBe(first)
    expect(
      await hash(
        COMPUTE,
        `// said\n${BEFORE}const other = featureView('other', { entity: user, source: events, features: { x: t.bool() } })\nexport const service = featureService('s', { features: [other] })\n`,
      ),
    ).toBe(first)
    const elsewhere = {
      ...view(COMPUTE, "import { LATE, scale } from './a.ts'\n"),
      'a.ts': `const other = 1\nexport const LATE = 4\nexport const scale = (x: number): number => x * 2\n`,
      'b.ts': 'const LATE = 17\nexport const scale = LATE\n',
    }
    expect(hashOf(await one(elsewhere))).toBe(first)
  })

  it('is another for other code, wherever that stands', async () => {
    const first = await hash(COMPUTE, BEFORE)
    expect(await hash(COMPUTE, BEFORE.replace('4', '5'))).not.toBe(first)
    expect(await hash(COMPUTE.replace('> 3', '>= 3'), BEFORE)).not.toBe(first)
  })
})

describe('what is not pure', () => {
  it.each([
    ['() => ({ score: Date.now(), late: null })', 'uses Date.now(), and ask for the time in request({ … })'],
    ['() => ({ score: new Date().getTime(), late: null })', 'uses new Date() without an instant'],
    ['() => ({ score: new Date(2026, 1, 1).getTime(), late: null })', 'uses new Date() of parts'],
    ['() => ({ score: Number(Date()), late: null })', 'uses Date other than as new Date(instant)'],
    ['(row) => ({ score: new Date(row.at!).getHours(), late: null })', 'uses getHours(), and the time zone differs'],
    [
      '(row) => ({ score: Number((row.share ?? 0).toLocaleString()), late: null })',
      'uses toLocaleString(), and the locale',
    ],
    ['() => ({ score: Math.random(), late: null })', 'uses Math.random(), and chance is no input'],
    ['() => ({ score: Math["random" as "abs"](1), late: null })', 'uses Math other than as Math.name'],
    ['() => ({ score: performance.now(), late: null })', 'uses performance'],
    [
      '() => ({ score: globalThis.Math.random(), late: null })',
      'uses globalThis, and it may use its row and nothing else',
    ],
    ['() => { void fetch("https://example.com"); return { score: 1, late: null } }', 'uses fetch'],
    ['() => { setTimeout(() => {}, 1); return { score: 1, late: null } }', 'uses setTimeout'],
    ['() => ({ score: crypto.getRandomValues(new Uint8Array(1))[0]!, late: null })', 'uses crypto'],
    ['() => ({ score: process.env ? 1 : 0, late: null })', 'uses process'],
    ['() => ({ score: (eval as (x: string) => number)("1"), late: null })', 'uses eval, and Workers compile nothing'],
    ['() => ({ score: import.meta.url.length, late: null })', 'uses import.meta'],
    [
      '() => { calls++; return { score: calls, late: null } }',
      'changes calls, which outlives the row',
      'let calls = 0\n',
    ],
    ['async () => ({ score: 1, late: null }) as never', 'is async or a generator'],
    ['() => ({ score: stats.name.length, late: null })', 'refers to stats, a definition, and'],
    ['() => ({ score: clock, late: null })', 'uses Date.now()', 'const clock = Date.now()\n'],
    [
      '() => ({ score: helper(), late: null })',
      'uses Math.random()',
      'function helper() { return inner() }\nconst inner = () => Math.random()\n',
    ],
    ['() => ({ score: sep.length, late: null })', 'imports sep from node:path', "import { sep } from 'node:path'\n"],
    [
      '(row) => ({ score: Reflect.ownKeys(row).length, late: null })',
      'uses Reflect, and it reaches what has another name',
    ],
    ['(row) => ({ score: new Error("x").stack!.length, late: null })', 'uses stack, which differs between machines'],
    [
      '(row) => { void (async () => 1)(); return { score: 1, late: null } }',
      'uses async, and a value must be there at once',
    ],
    [
      '(row) => { const { getHours } = new Date(row.at!); return { score: 1, late: getHours === null } }',
      'uses getHours()',
    ],
  ])('%s', async (compute, message, before = '') => {
    await expect(one(view(compute, before))).rejects.toThrow(`onDemandView risk: compute ${message}`)
  })

  it.each([
    [
      '(row) => ({ score: new Date(row.at!).getUTCHours() + Date.UTC(2026) + Date.parse("2026-01-01T00:00:00Z"), late: null })',
    ],
    [
      '(row) => { const fetch = (x: number) => x; let Date = fetch(1); Date++; return { score: Date, late: row.share === null } }',
    ],
    [
      '(row) => { let calls = 0; for (const x of [1, 2]) calls += x; return { score: calls, late: row.share === null } }',
    ],
    [
      '({ share, ...rest }) => { try { return { score: share, late: "x" in rest } } catch (process) { throw process } }',
    ],
    [
      '(row) => { class A { #x = 1; get x() { return this.#x } } lbl: for (;;) break lbl; return { score: new A().x, late: row.share === null } }',
    ],
    ['function (row) { var window = arguments.length; return { score: window, late: row.share === null } }'],
  ])('is not %s', async (compute) => {
    expect((await one(view(compute))).kind).toBe('js')
  })

  it('is what throws while it is loaded: no Worker that holds it would start', async () => {
    const files = view(
      '() => ({ score: made === undefined ? 0 : 1, late: null })',
      "const key: string = 'constructor'\nconst made = ({} as Readonly<Record<string, unknown>>)[key]\n",
    )
    await expect(one(files)).rejects.toThrow(
      'onDemandView risk: compute cannot be loaded: it may make code of text. What it refers to is made when a Worker starts',
    )
  })

  it('is said of everything at once', async () => {
    const files = view('() => { void fetch("x"); return { score: Math.random(), late: null } }')
    await expect(one(files)).rejects.toThrow(/uses fetch, and .*; it uses Math\.random\(\)/)
  })
})

describe('a compute that cannot be taken out', () => {
  it('is one that refers to variables of a function around it', async () => {
    const text = `${HEADER}
function make(factor: number) {
  return onDemandView('risk', { inputs: [stats, asked], features: { score: t.float64() }, compute: (row) => ({ score: (row.share ?? 0) * factor }) })
}
export const risk = make(2)
`
    await expect(one({ 'index.ts': text })).rejects.toThrow('refers to factor, a variable of a function around it')
  })

  it('is one whose name or options are not written out', async () => {
    const text = `${HEADER}
const options = { inputs: [stats, asked], features: { score: t.float64() }, compute: () => ({ score: 1 }) } as const
export const risk = onDemandView('risk', options)
`
    await expect(one({ 'index.ts': text })).rejects.toThrow(
      'cannot be found in the definitions. Write the call in full',
    )
  })
})

/** `(module (func (export "risk") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))`, as wat2wasm writes it. */
const WASM = Buffer.from(
  '0061736d0100000001070160027c7c017c030201000708010472697 36b00000a0901070020002001a20b'.replace(' ', ''),
  'hex',
)

describe('the module of a wasm view', () => {
  const wasm = (what: string): Readonly<Record<string, string>> => ({
    'index.ts': `${HEADER}
export const risk = onDemandView('risk', {
  inputs: [stats, asked], features: { score: t.float64() },
  wasm: { export: 'risk', args: ['share', 'distance'], returns: ['score'], ${what} },
})
`,
  })

  it('is the file, by its own bytes, from the root or as a URL', async () => {
    const file = join(folder, 'risk.wasm')
    await writeFile(file, WASM)
    const [byPath, byUrl] = [
      await one(wasm(`module: '../risk.wasm'`)),
      await one(wasm(`module: new URL('../../risk.wasm', import.meta.url)`)),
    ]
    expect(byPath).toEqual({ kind: 'wasm', bytes: new Uint8Array(WASM) })
    expect(hashOf(byUrl)).toBe(hashOf(byPath))
  })

  it('is refused when it traps as it starts', async () => {
    // `(module (func unreachable) (start 0))`
    const trapping = '0061736d01000000010401600000030201000801000a05010300000b'
    await writeFile(join(folder, 'trapping.wasm'), Buffer.from(trapping, 'hex'))
    await expect(one(wasm("module: '../trapping.wasm'"))).rejects.toThrow(
      'onDemandView risk: wasm: the module cannot be started: unreachable.',
    )
  })

  it.each([
    ["module: '../nothing.wasm'", 'there is no module ../nothing.wasm. Name the file from the folder of package.json'],
    ["module: 'features/index.ts'", 'the file is no WebAssembly module'],
    ["module: '../risk.wasm', export: 'risks'", 'the module exports no function risks. It exports risk.'],
    ["module: '../risk.wasm', args: ['share']", 'risk takes 2 parameters, and args lists 1.'],
  ])('is refused: %s', async (what, message) => {
    await writeFile(join(folder, 'risk.wasm'), WASM)
    const error: unknown = await one(wasm(what)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ShorelineError)
    expect(String(error)).toContain(`onDemandView risk: wasm: ${message}`)
  })
})
