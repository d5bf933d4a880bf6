/** `npm pack`, then `shoreline init` from the package in an empty folder, then the new repository's own two commands. */
import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { query } from './flights-oracle.fixture.ts'
import { type Ended, freePort, ROOT, run } from './process.fixture.ts'

/** What packing needs; a copy of it, because packing exchanges package.json, and other suites run beside this one. */
const PACKED = [
  ...['core', 'registry', 'sync', 'worker', 'client', 'clients', 'testing', 'scripts'],
  ...['package.json', 'tsconfig.base.json', 'wrangler.toml', 'README.md', 'LICENSE'],
]
const FILES = [
  '.github/workflows/plan.yml',
  '.gitignore',
  'README.md',
  'data/orders/2026.parquet',
  'features/index.ts',
  'package.json',
  'tsconfig.json',
  'worker.ts',
  'wrangler.toml',
]
/** As on the machine of somebody who has never seen this repository. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)

let folder: string
/** The new repository. */
let mine: string
/** The packed copy of the command. */
let command: string
let created: Ended

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-init-'))
  mine = join(folder, 'My Features')
  const source = join(folder, 'source')
  for (const name of PACKED) await cp(join(ROOT, name), join(source, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'))
  // A pack that was killed half-way leaves the packed manifest behind.
  execFileSync(process.execPath, ['scripts/pack.mjs', 'prepare'], { cwd: source, stdio: 'ignore' })
  expect(await readFile(join(source, 'package.json'), 'utf8')).toContain('./dist/')
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: source, stdio: 'ignore' })
  expect(await readFile(join(source, 'package.json'), 'utf8')).toBe(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string }
  const tarball = join(folder, `shoreline-${version}.tgz`)
  execFileSync('tar', ['xzf', tarball], { cwd: folder })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'package', 'node_modules'))
  command = join(folder, 'package/dist/sync/cli/shoreline.mjs')
  await mkdir(mine)
  created = await run(command, ['init', '--package', `file:${tarball}`, '--json'], {}, mine).ended
  await npm('install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

function npm(...args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, { cwd: mine, env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`npm ${args.join(' ')} ended with ${code}\n${said}`)),
    ),
  )
}

/** `npm start` as a terminal runs it: Ctrl-C goes to all of it. */
function npmStart(port: number): { line(pattern: RegExp): Promise<string>; stop(): Promise<void> } {
  const env = { ...process.env, PATH, PORT: String(port) }
  const child = spawn('npm', ['start'], { cwd: mine, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let look = (): void => {}
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      look()
    })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = said.split('\n').find((line) => pattern.test(line))
          if (found !== undefined) resolve(said.trimEnd().split('\n').at(-1) ?? '')
        }
        look()
        void ended.then(() => reject(new Error(`npm start ended before ${pattern}\n${said}`)))
      }),
    stop: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
      return ended
    },
  }
}

/** What the README says to ask, and what plain DuckDB finds in the sample. */
async function asked(): Promise<{ readonly body: string; readonly row: Readonly<Record<string, unknown>> }> {
  const readme = await readFile(join(mine, 'README.md'), 'utf8')
  const body = /v1\/features -d '(.*)'/.exec(readme)?.[1] ?? ''
  const [row = {}] = await query(`
    select count(*)::integer as orders, sum(amount_cents)::integer as spent_cents,
      sum(amount_cents)::double / count(*) as average_cents
    from '${join(mine, 'data/orders/2026.parquet')}' where customer_id = 42`)
  const [last = {}] = await query(`
    select category from '${join(mine, 'data/orders/2026.parquet')}' where customer_id = 42
    order by ordered_at desc limit 1`)
  return { body, row: { ...row, last_category: last['category'] } }
}

describe('shoreline init', () => {
  it('writes a feature repository and says what it wrote', () => {
    expect(created).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(created.stdout)).toEqual({ folder: mine, files: FILES })
  })

  it('refuses a folder that holds any of it, by name, and changes nothing', async () => {
    const other = join(folder, 'other')
    await mkdir(other)
    await writeFile(join(other, 'worker.ts'), 'mine')
    const refused = await run(command, ['init', other], {}, folder).ended
    expect(refused.code).toBe(1)
    expect(refused.stderr).toBe(
      `${other} holds worker.ts already, and nothing is written over. Name an empty folder: shoreline init my-features.\n`,
    )
    expect(await readFile(join(other, 'worker.ts'), 'utf8')).toBe('mine')
    await expect(readFile(join(other, 'package.json'))).rejects.toThrow('ENOENT')
  })

  it('pins the tools that this package is tested with', async () => {
    const own = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest
    const { name, devDependencies } = JSON.parse(await readFile(join(mine, 'package.json'), 'utf8')) as Manifest
    expect(name).toBe('my-features')
    expect(Object.keys(devDependencies)).toEqual(['@cloudflare/workers-types', 'node', 'typescript', 'wrangler'])
    expect(own.devDependencies).toMatchObject(devDependencies)
  })

  it('is of a package that brings the client for Python', async () => {
    const [packed, own] = await Promise.all(
      [join(folder, 'package'), ROOT].map((root) => readFile(join(root, 'clients/python/shoreline.py'), 'utf8')),
    )
    expect(packed).toBe(own)
  })

  it('writes definitions and a Worker that compile against the packed declarations', () => npm('run', 'typecheck'))

  it('starts with npm start, serves what plain DuckDB computes, and leaves nothing behind', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const started = npmStart(port)
    try {
      expect(await started.line(/^Ready on /)).toBe(`Ready on ${url}`)
      const { body, row } = await asked()
      const response = await fetch(`${url}/v1/features`, { method: 'POST', body })
      expect(await response.json()).toMatchObject({ service: 'offers@1', rows: [row], issues: [], degraded: false })
      expect(row['orders']).toBeGreaterThan(0)
    } finally {
      await started.stop()
    }
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })
})

interface Manifest {
  readonly name: string
  readonly devDependencies: Readonly<Record<string, string>>
}
