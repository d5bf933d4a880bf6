/**
 * Makes every mistake of the table and prints what `shoreline plan` would say about each, as a JSON list in the table's
 * order. It runs as a program of its own, because a test runner loads TypeScript in its own way, and the errors of loading
 * are part of the table.
 */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { EMPTY_REGISTRY } from '../../registry/objects.ts'
import { planDefinitions } from '../../registry/plan.ts'
import type { SetStatistics } from '../../registry/statistics.ts'
import { checkDefinitions } from '../../sync/check/check.ts'
import { loadRepository } from '../../sync/definitions.ts'
import { prepareDefinitions } from '../../sync/on-demand/prepare.ts'
import type { Mistake } from './errors/mistake.fixture.ts'
import { MISTAKES } from './errors.fixture.ts'

const ROOT = new URL('../../', import.meta.url).pathname
/** Rows of the files in `data/`: a column of each kind that the table needs. */
const ROWS =
  "select 'u' || i as user_id, timestamp '2026-02-01' + interval (i) hour as seen_at, i as clicks, i / 4 as amount from range(10) as t(i)"

async function main(): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'shoreline-errors-')))
  try {
    await prepare(root)
    const said: string[] = []
    for (const [at, mistake] of MISTAKES.entries()) said.push(await tryOne(join(root, String(at)), mistake))
    process.stdout.write(JSON.stringify(said))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** What every case finds: the package, and files to read. */
async function prepare(root: string): Promise<void> {
  await mkdir(join(root, 'node_modules'))
  await symlink(ROOT, join(root, 'node_modules/shoreline'))
  const data = join(root, 'data')
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  const parquet = async (file: string, sql: string): Promise<void> => {
    await mkdir(dirname(join(data, file)), { recursive: true })
    await db.run(`copy (${sql}) to '${join(data, file)}' (format parquet)`)
  }
  await parquet('events/a.parquet', ROWS)
  await parquet('types/a.parquet', ROWS)
  await parquet('types/b.parquet', `select * replace (clicks::varchar as clicks) from (${ROWS})`)
  await parquet('columns/a.parquet', ROWS)
  await parquet('columns/b.parquet', `select * exclude (amount) from (${ROWS})`)
  await parquet('texts/a.parquet', `select * replace (seen_at::varchar as seen_at) from (${ROWS})`)
  await parquet('nulls/a.parquet', `select * replace (nullif(user_id, 'u3') as user_id) from (${ROWS})`)
  await parquet('hive/day=1/a.parquet', ROWS)
  await parquet('hive/b.parquet', ROWS)
  await write(data, {
    'tables/a.csv': 'user_id,seen_at,clicks\nu1,2026-02-01,1\n',
    'tables/wrong.csv': 'user_id,seen_at,clicks\nu1,2026-02-01,1\nu2,2026-02-01,1.5\n',
    'tables/short.csv': 'user_id,seen_at,clicks\nu1,2026-02-01,1\nu2,2026-02-01\n',
    'lines/a.ndjson': '{"user_id":"u1","seen_at":"2026-02-01","clicks":1}\n{"user_id":"u2","clicks":true}\n',
  })
  await write(data, { 'csv/a.parquet': 'user_id,seen_at,clicks\nu1,2026-02-01,1\n', 'empty/a.parquet': '' })
  instance.closeSync()
}

async function write(root: string, files: Mistake['files']): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
}

/** The command's own steps, with the registry of a new deployment. */
async function tryOne(root: string, { files }: Mistake): Promise<string> {
  await mkdir(root)
  await symlink('../data', join(root, 'data'))
  await write(root, { 'package.json': '{ "type": "module" }', ...files })
  process.chdir(root)
  try {
    const place = { root, folder: join(root, '.shoreline'), memory: '500MB' }
    const statistics = { find: trainingSet, registry: null }
    const { definitions } = await prepareDefinitions(await loadRepository(join(root, 'features')), {
      ...place,
      statistics,
    })
    const plan = await planDefinitions(EMPTY_REGISTRY, definitions)
    const { problems } = await checkDefinitions(definitions, {
      lake: { folder: root },
      ...place,
      asOf: Date.UTC(2026, 2) * 1000,
      counted: new Map(plan.materialize.map((id) => [id.replace(/@.*/, ''), id])),
    })
    return problems.join('\n')
  } catch (thrown) {
    return messageOf(thrown)
  }
}

/** The one that is registered. */
async function trainingSet(reference: string): Promise<SetStatistics> {
  if (reference !== 'visits_2026') throw new ShorelineError('UNKNOWN_NAME', `there is no training set ${reference}`)
  const seen = { count: 10, nulls: 0, null_share: 0, approx_distinct: 10 }
  const none = { count: 0, nulls: 10, null_share: 1, approx_distinct: 0 }
  const clicks = { type: 'int64', ...seen, min: '0', max: '9007199254740993', mean: 4.5, stddev: 2 }
  const features = {
    clicks,
    plan: { type: 'string', ...seen, top: [{ value: 'free', count: 10 }] },
    email: { type: 'string', ...seen, sensitive: true as const },
    amount: { type: 'float64', ...none },
  }
  return { name: reference, version: 1, statistics: { features } }
}

await main()
