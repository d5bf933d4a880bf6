/** One real deployment for a suite: the Worker with its own KV, D1 and R2, and the command line pointed at it. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { createTestHarness } from 'wrangler'
import { r2Access } from '../../sync/config.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { query } from './flights-oracle.fixture.ts'
import { type Ended, ROOT, shoreline } from './process.fixture.ts'

export interface Deployment {
  readonly url: string
  /** Where its package.json is. */
  readonly folder: string
  /** Where the definitions' `file://` sources are. */
  readonly lake: string
  readonly kv: Kv
  cli(...args: readonly string[]): Promise<Ended>
  /** The same, with `--json`: what standard output holds, parsed. */
  json<T>(...args: readonly string[]): Promise<T>
  fetch(
    path: string,
    init?: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Response>
  stop(): Promise<void>
}

interface Kv {
  delete(key: string): Promise<void>
  get(key: string): Promise<string | null>
  put(key: string, value: string): Promise<void>
  list(options: { prefix: string }): Promise<{ readonly keys: readonly { readonly name: string }[] }>
}

interface Bindings {
  readonly KV: Kv
  readonly DB: Database<unknown>
}

interface Database<S> {
  prepare(sql: string): S
  batch(statements: S[]): Promise<unknown>
}

/**
 * @param vars of the Worker; `AUTH: 'off'` opens it
 * @param features the folder of the definitions, relative to the deployment's own; the suites' shared one by default
 * @param configPath wrangler.toml of another Worker
 */
export async function deploy(
  vars: Readonly<Record<string, string>>,
  features = join(ROOT, 'test/e2e/features'),
  configPath = join(ROOT, 'wrangler.toml'),
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-e2e-'))
  const lake = join(folder, 'lake')
  await mkdir(lake, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', shoreline: { features } }))
  const server = createTestHarness({ workers: [{ configPath, vars: { ...vars } }] })
  const { url } = await server.listen()
  const bindings = await server.getWorker<Bindings>().getEnv()
  await migrate(bindings.DB)
  const base = url.href.replace(/\/$/, '')
  const cli = (...args: readonly string[]): Promise<Ended> =>
    shoreline(['--url', base, ...args], { LAKE_FOLDER: lake }, folder)
  return {
    url: base,
    folder,
    lake,
    kv: bindings.KV,
    cli,
    async json<T>(...args: readonly string[]) {
      const { code, stdout, stderr } = await cli(...args, '--json')
      if (stdout === '') throw new Error(`shoreline ${args.join(' ')} ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    fetch: (path, init) => fetch(`${base}${path}`, init),
    async stop() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The whole schema, in one batch. */
export async function migrate<S>(database: Database<S>): Promise<void> {
  const folder = join(ROOT, 'registry/migrations')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const statements = texts.flatMap((text) => text.split('--> statement-breakpoint'))
  await database.batch(statements.map((statement) => database.prepare(statement)))
}

/** Writes the result of a query as a Parquet file of the lake. A dictionary would take zero and minus zero for the same. */
export async function writeParquet(file: string, sql: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  try {
    await db.run(`copy (${sql}) to '${file}' (format parquet, dictionary_size_limit 0)`)
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

/** How many rows a Parquet object of the lake has. */
export async function readLake(deployment: Deployment, key: string): Promise<number> {
  const lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  const object = await lake.head(key)
  if (!object) throw new Error(`${key} is not in the lake`)
  const file = join(deployment.lake, 'read.parquet')
  await lake.fetch(object, file)
  const [row] = await query(`select count(*)::integer as rows from '${file}'`)
  await rm(file)
  return Number(row?.['rows'])
}
