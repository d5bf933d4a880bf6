/** docs/errors.md says what the product says: every row is tried, and every mistake that is tried has its row. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { atDesk } from '../../sync/training/training.fixture.ts'
import { type Deployment, deploy } from '../e2e/deployment.fixture.ts'
import { type Ended, freePort, ROOT } from '../e2e/process.fixture.ts'
import { RUNS as OTHER_RUNS, type Run } from './errors/runs.fixture.ts'
import { prepareSpines, SPINES, TRAINING_RUNS, trySpine } from './errors/training.fixture.ts'
import { MISTAKES } from './errors.fixture.ts'

const RUNS: readonly Run[] = [...OTHER_RUNS, ...TRAINING_RUNS]

/** The address of the page's examples. */
const EXAMPLE_URL = 'http://127.0.0.1:8787'

let said: readonly string[] = []
let rows: readonly Row[] = []
let deployment: Deployment

beforeAll(async () => {
  const tried = promisify(execFile)(process.execPath, [join(ROOT, 'test/docs/errors-try.fixture.ts')])
  const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8')
  rows = rowsOf(page)
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' }, 'features')
  await mkdir(join(deployment.folder, 'node_modules'))
  await symlink(ROOT, join(deployment.folder, 'node_modules/shoreline'))
  const lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  await lake.put('notes/a.parquet', new TextEncoder().encode('not Parquet, and long enough to be'))
  said = JSON.parse((await tried).stdout) as readonly string[]
})
afterAll(() => deployment.stop())

describe('who defines features and makes a mistake', () => {
  it.each(MISTAKES.map((mistake, at) => ({ ...mistake, at })))('is told what to change: $place, $what', (mistake) => {
    expect(said[mistake.at]).toBe(mistake.message)
  })

  it.each(RUNS)('is told by the command, with exit code 1: $place, $what', async (mistake) => {
    const { code, stdout, stderr } = await run(mistake)
    expect(stdout).toBe('')
    expect(stderr).toBe(`${mistake.message}\n`)
    expect(code).toBe(1)
  })

  it('is told when the rows of a training set are wrong', async () => {
    await atDesk(async (desk) => {
      await prepareSpines(desk)
      for (const mistake of SPINES) expect({ ...mistake, message: await trySpine(desk, mistake) }).toEqual(mistake)
    })
  })

  it('has changed nothing by any of it', async () => {
    expect(await deployment.json('status')).toMatchObject({ registry: 0, views: [] })
  })

  it('reads no stack, no path of this machine and no name of an error class', () => {
    const internals = /\/tmp\/|node_modules|^\s+at |Error: |INTERNAL/m
    for (const { message } of [...MISTAKES, ...RUNS, ...SPINES]) expect(message).not.toMatch(internals)
  })
})

describe('docs/errors.md', () => {
  it.each([...MISTAKES, ...RUNS, ...SPINES])(
    'has what is said about $what, under $place',
    ({ place, what, message }) => {
      expect(rows).toContainEqual({ place, what, message })
    },
  )

  it('has no row that is not tried', () => {
    const tried = new Set([...MISTAKES, ...RUNS, ...SPINES].map(({ place, what }) => `${place}: ${what}`))
    expect(rows.map(({ place, what }) => `${place}: ${what}`).filter((row) => !tried.has(row))).toEqual([])
    expect(rows.length).toBe(tried.size)
  })
})

interface Row {
  readonly place: string
  readonly what: string
  readonly message: string
}

/** The rows of the page's tables: what was done, and in backticks what is said, with a `<br>` between paragraphs. */
function rowsOf(page: string): readonly Row[] {
  return page.split(/^## /m).flatMap((section) => {
    const place = section.slice(0, section.indexOf('\n'))
    return [...section.matchAll(/^\| (.*?) \| (`.*`) \|$/gm)].map(([, what = '', cell = '']) => ({
      place,
      what,
      message: cell.slice(1, -1).replaceAll('`<br>`', '\n'),
    }))
  })
}

/** The command in a repository of these files; the addresses in what it says are the page's. */
async function run({ args, files }: Run): Promise<Ended> {
  await rm(join(deployment.folder, 'features'), { recursive: true, force: true })
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(deployment.folder, file)), { recursive: true })
    await writeFile(join(deployment.folder, file), text)
  }
  const url = args.includes('<free>') ? `http://127.0.0.1:${await freePort()}` : deployment.url
  const ended = await deployment.cli('--quiet', ...args.map((arg) => (arg.startsWith('<') ? url : arg)))
  const port = new RegExp(`127\\.0\\.0\\.1:${new URL(url).port}\\b`, 'g')
  return { ...ended, stderr: ended.stderr.replace(port, new URL(EXAMPLE_URL).host) }
}
