/**
 * What a sync does with data that is odd or damaged, as docs/semantics.md says: it is served as it is, or the sync ends with a
 * sentence about it, what is online stays, and the next sync of a lake that is whole publishes.
 */
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import type { ViewObject } from '../../registry/objects.ts'
import type { HeadAnswer } from '../../registry/wire/control.ts'
import type { RunsAnswer } from '../../registry/wire/history.ts'
import { r2Access } from '../../sync/config.ts'
import { type Control, controlOf } from '../../sync/control.ts'
import type { Lake } from '../../sync/lake/lake.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { materializeTogether, type Workplace } from '../../sync/materialize/materialize.ts'
import { SILENT } from '../../sync/progress.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

const thing = entity('thing', { joinKeys: { name: t.string() } })
const source = parquetSource('things', { path: 'r2://offline/things/*.parquet', timestamp: 'at' })
const plain = featureView('plain', { entity: thing, source, features: { x: t.float64(), code: t.string() } })
const parsed = featureView('parsed', {
  entity: thing,
  source,
  online: 'd1',
  sql: 'select name, "at" as event_timestamp, code::integer as number, x as value from things',
  features: { number: t.int32(), value: t.float64() },
})
const DEFINITIONS = collect({ both: featureService('both', { features: [plain, parsed] }) })

let deployment: Deployment
let lake: Lake
let control: Control
let views: readonly ViewObject[]

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  control = controlOf({ url: deployment.url })
  await control.apply(DEFINITIONS)
  views = (await control.registry()).views
})

afterAll(() => deployment.stop())

/** @param rows SQL of `name`, `x` and `code`, one a row */
async function put(...rows: readonly string[]): Promise<void> {
  const file = join(deployment.lake, 'a.parquet')
  const values = rows.map((row) => `(${row})`).join(', ')
  await writeParquet(
    file,
    `select name::varchar as name, timestamp '2026-01-01' as "at", x::double as x, code::varchar as code from (values (null, null, 'never'), ${values}) as t(name, x, code) where code is distinct from 'never'`,
  )
  await lake.put('things/a.parquet', { file })
}

function workplace(): Workplace {
  return {
    control,
    lake: { r2: r2Access(deployment.url, {}) },
    bucket: 'r2://offline',
    folder: join(deployment.folder, '.shoreline'),
    memory: '1GB',
    progress: SILENT,
  }
}

function sync(work = workplace()) {
  return materializeTogether(work, views)
}

async function ask(...names: readonly string[]): Promise<readonly unknown[]> {
  const { revision } = await control.head()
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: JSON.stringify({ service: 'both', rows: names.map((name) => ({ name })) }),
    headers: { 'x-shoreline-min-revision': String(revision) },
  })
  return ((await response.json()) as { rows: readonly unknown[] }).rows
}

async function states(): Promise<readonly string[]> {
  return ((await control.runs({ limit: 500 })) satisfies RunsAnswer).runs.map(({ state }) => state)
}

const LONG = 'k'.repeat(400)
const LONGEST = '€'.repeat(341)

describe('odd data that is served as it is', () => {
  it('keys of 400, of 1,023 and of no bytes; NaN and infinities; of rows that tie in all but their values the greatest', async () => {
    await put(
      `'${LONG}', 1, '1'`,
      `'${LONGEST}', 2, '2'`,
      `'', 'nan'::double, '3'`,
      `'up', 'infinity'::double, '4'`,
      `'down', '-infinity'::double, '5'`,
      `'tie', 1, '9'`,
      `'tie', 7, '6'`,
      `'tie', 7, '6'`,
    )
    await sync()
    expect(await ask(LONG, LONGEST, '', 'up', 'down', 'tie', 'none')).toEqual([
      { x: 1, code: '1', number: 1, value: 1 },
      { x: 2, code: '2', number: 2, value: 2 },
      { x: 'NaN', code: '3', number: 3, value: 'NaN' },
      { x: 'Infinity', code: '4', number: 4, value: 'Infinity' },
      { x: '-Infinity', code: '5', number: 5, value: '-Infinity' },
      // The first feature decides: x of one view, number of the other.
      { x: 7, code: '6', number: 9, value: 1 },
      { x: null, code: null, number: null, value: null },
    ])
  })

  it('no rows: the snapshot is empty', async () => {
    await put(`null, null, 'never'`)
    expect(await sync()).toMatchObject([{ entities: 0 }, { entities: 0 }])
    expect(await ask(LONG, '')).toEqual(Array(2).fill({ x: null, code: null, number: null, value: null }))
  })
})

describe('data that ends the sync', () => {
  let before: HeadAnswer

  beforeAll(async () => {
    await put(`'stays', 1, '1'`)
    await sync()
    before = await control.head()
  })

  /** What is online is what it was, and the run says why. */
  async function expectRefused(message: string | RegExp, work = workplace()): Promise<void> {
    const runs = (await states()).length
    await expect(sync(work)).rejects.toThrow(message)
    expect(await control.head()).toEqual(before)
    expect(await ask('stays')).toEqual([{ x: 1, code: '1', number: 1, value: 1 }])
    const [last] = (await control.runs({ limit: 500 })).runs.slice(0, (await states()).length - runs)
    if (last?.state === 'failed') expect(last.error).toMatch(message)
  }

  it('a null key', async () => {
    await put(`'stays', 2, '1'`, `null, 2, '2'`)
    await expectRefused(
      /^view p[a-z]+: join key name is null in a row\. Leave such rows out in the source or the SQL\./,
    )
    expect((await states())[0]).toBe('failed')
  })

  it('a key with a NUL or of more than 1,024 bytes', async () => {
    await put(`'stays', 2, '1'`, `repeat('€', 342), 2, '2'`)
    await expectRefused(/^view p[a-z]+: a key \(name\) is 1026 bytes long; at most 1024 are allowed/)
    await put(`'stays', 2, '1'`, `'a' || chr(0), 2, '2'`)
    await expectRefused(/^view p[a-z]+: a key \(name\) has a NUL character/)
  })

  it('SQL that has begun to fail: with --together, of no view anything goes online', async () => {
    await put(`'stays', 2, 'x'`)
    await expectRefused(/^view parsed: DuckDB says: .*Could not convert string 'x' to INT32/)
  })

  it('an object that is no Parquet, and one that breaks off', async () => {
    await lake.put('things/a.parquet', new TextEncoder().encode('no Parquet, but long enough to be one'))
    await expectRefused('r2://offline/things/a.parquet')
    await put(`'stays', 2, '1'`)
    const object = await lake.head('things/a.parquet')
    if (!object) throw new Error('it was just put')
    const half = await lake.range(object, 0, Math.floor(object.size / 2))
    await lake.put('things/a.parquet', half)
    await expectRefused('r2://offline/things/a.parquet')
  })

  it('no object at all', async () => {
    await lake.remove('things/a.parquet')
    await expectRefused('r2://offline/things/*.parquet')
  })

  it('an object that changes while it is read', async () => {
    await put(`'stays', 2, '1'`)
    let changed = false
    const changing: typeof fetch = async (input, init) => {
      const { method, url } = new Request(input, init?.body ? { method: 'PUT' } : init)
      if (!changed && method === 'GET' && url.endsWith('things/a.parquet')) {
        changed = true
        await put(`'stays', 3, '1'`)
      }
      return fetch(input, init)
    }
    const work = workplace()
    await expectRefused('r2://offline/things/a.parquet was changed after it was listed', {
      ...work,
      lake: { ...work.lake, fetch: changing },
    })
    expect(changed).toBe(true)
  })

  it('and the next sync of a lake that is whole publishes, with no run left open', async () => {
    await sync()
    expect(await ask('stays')).toEqual([{ x: 3, code: '1', number: 1, value: 3 }])
    expect(new Set(await states())).toEqual(new Set(['published', 'failed', 'superseded']))
  })
})

/** A namespace of its own may mount a small disk, where the kernel lets everybody have one. */
const SMALL_DISK = ['-Umr', 'sh', '-c', 'mount -t tmpfs -o size="$SIZE" tmpfs "$SHORELINE_FOLDER" && exec "$@"', 'sh']
const HAS_SMALL_DISKS =
  spawnSync('unshare', SMALL_DISK.concat('true'), {
    env: { ...process.env, SIZE: '1m', SHORELINE_FOLDER: '/mnt' },
  }).status === 0

describe.runIf(HAS_SMALL_DISKS)('a full disk', () => {
  /** `shoreline sync --together` with a disk of so many bytes for everything local. */
  async function syncOn(size: string) {
    const folder = join(deployment.folder, 'small')
    await mkdir(folder, { recursive: true })
    const command = [
      process.execPath,
      join(ROOT, 'sync/cli/shoreline.mjs'),
      'sync',
      '--together',
      '--url',
      deployment.url,
    ]
    return spawnSync('unshare', [...SMALL_DISK, ...command], {
      cwd: deployment.folder,
      env: { ...process.env, SIZE: size, SHORELINE_FOLDER: folder },
      encoding: 'utf8',
    })
  }

  it.each([
    ['for the copies of the lake', 0.5, /The disk is full: \S+ cannot be written\. Free some space/],
    ['for the rows of the snapshot', 1.6, /view p[a-z]+: the disk is full\. Free some space and run again\./],
  ])('%s ends the sync with a sentence, and the next one finishes', async (_what, share, message) => {
    // What is online is copied too: it is small.
    await put(`'stays', 1, '1'`)
    await materializeTogether(workplace(), views, { full: true })
    const file = join(deployment.lake, 'a.parquet')
    // Numbers that cannot be compressed: the snapshot is about as large as the file.
    await writeParquet(
      file,
      `select 'stays' || i as name, timestamp '2026-01-01' as "at", hash(i) % 1000000007 / 1000 as x, '${share * 10}' as code from range(40000) as t(i)`,
    )
    const { size } = await lake.put('things/a.parquet', { file })
    const before = await control.head()
    const { status, stderr } = await syncOn(`${Math.ceil((size * share) / 1024)}k`)
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)])
    expect(await control.head()).toEqual(before)
    await sync()
    expect(await ask('stays8')).toMatchObject([{ code: String(share * 10), number: share * 10 }])
    expect(await states()).not.toContain('computed')
  })
})
