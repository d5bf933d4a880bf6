import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dumpOf, viewOf } from './dump.fixture.ts'
import { FeatureRepository, ROOT } from './module.fixture.ts'

const FIXTURE = fileURLToPath(new URL('./driver-stats.fixture.json', import.meta.url))

let repository: FeatureRepository
beforeAll(async () => {
  repository = await FeatureRepository.create()
})
afterAll(() => repository.remove())

async function shoreline(...args: readonly string[]) {
  const command = [join(ROOT, 'sync/cli/shoreline.mjs'), ...args]
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: repository.folder })
    return { code: 0, stdout, stderr }
  } catch (thrown) {
    return thrown as { readonly code: number; readonly stdout: string; readonly stderr: string }
  }
}

it('writes the file into the folder of definitions, once', async () => {
  const first = await shoreline('import', 'feast', FIXTURE)
  expect(first.stderr).toBe('')
  expect(first.stdout).toContain('features/feast.ts\n     4 entities customer, driver, driver_customer, everything\n')
  expect(first.stdout).toContain('Renamed:\n  source: Trips-Table -> trips_table\n')
  expect(first.stdout).toContain('Work left:\n  source Trips-Table: fill in')
  const written = await readFile(join(repository.features, 'feast.ts'), 'utf8')

  const second = await shoreline('import', 'feast', FIXTURE)
  expect([second.code, second.stdout]).toEqual([1, ''])
  expect(second.stderr).toBe(
    'features/feast.ts exists already. Give another file with --out, or --force to write over it.\n',
  )

  const forced = await shoreline('import', 'feast', FIXTURE, '--force', '--bucket', 'r2://lake')
  expect(forced.code).toBe(0)
  const mapped = await readFile(join(repository.features, 'feast.ts'), 'utf8')
  expect(mapped).not.toBe(written)
  expect(mapped).toContain("path: 'r2://lake/driver_stats.parquet'")
})

it('prints one document with --json', async () => {
  const dump = JSON.stringify(dumpOf({ featureViews: [viewOf('Stats', { online: false })] }))
  await writeFile(join(repository.folder, 'dump.json'), dump)
  const { stdout } = await shoreline('--json', 'import', 'feast', 'dump.json', '--out', 'other/x.ts')
  expect(JSON.parse(stdout)).toEqual({
    file: 'other/x.ts',
    entities: ['driver'],
    sources: ['stats'],
    views: ['stats'],
    services: [],
    renamed: [{ object: 'view', from: 'Stats', to: 'stats' }],
    work_left: [
      {
        object: 'source stats',
        what: expect.stringContaining('/data/stats.parquet is read on the machine of the sync'),
      },
      { object: 'view Stats', what: 'it is not online in Feast, and is materialized and served here' },
    ],
  })
})

it.each([
  ['missing.json', undefined, 'missing.json cannot be read: '],
  ['page.html', '<html></html>', 'page.html is HTML or XML'],
  ['empty.db', '', 'empty.db is empty'],
])('of %s says what to do instead, and writes nothing', async (file, content, problem) => {
  if (content !== undefined) await writeFile(join(repository.folder, file), content)
  const { code, stdout, stderr } = await shoreline('import', 'feast', file, '--out', 'new/feast.ts')
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(problem)
  expect(stderr).toContain('feast registry-dump > registry.json')
  expect(stderr.trim()).not.toContain('\n')
  expect(existsSync(join(repository.folder, 'new'))).toBe(false)
})
