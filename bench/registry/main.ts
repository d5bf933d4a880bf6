/**
 * Planning and applying a large feature repository: 1,000 views with 20,000 features, every one checked by DuckDB against
 * its source, through the real commands and a local Worker. Beside it the floor: what evaluating the definitions and one
 * empty command take. Then the size of the registry's snapshot and the time to parse it.
 *
 * ```
 * node bench/registry/main.ts            # writes bench/results/registry.md
 * node bench/registry/main.ts --quick    # 100 views; writes nothing
 * ```
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packRegistry, unpackRegistry } from '../../registry/pack.ts'
import { controlOf } from '../../sync/control.ts'
import { migrate } from '../../sync/dev/migrate.ts'
import { startWorker } from '../../sync/dev/worker-process.ts'
import { withDuckDB } from '../../sync/duckdb.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RESULTS = join(ROOT, 'bench/results/registry.md')
const ROUNDS = 3
const PARSES = 21
const CATALOG = [
  ['catalog: one view', '/v1/registry/views/view_42'],
  ['catalog: lineage of one source column', '/v1/registry/lineage?of=events_3.f7&direction=downstream'],
  ['catalog: the whole graph', '/v1/registry/lineage'],
  ['catalog: search', '/v1/registry/search?q=number+large'],
] as const

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const views = options.quick ? 100 : 1000
const folder = await mkdtemp(join(tmpdir(), 'shoreline-bench-'))
try {
  const text = await measure()
  console.log(text)
  if (!options.quick) await writeFile(RESULTS, `# Planning and applying a large registry\n\n${text}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<string> {
  const load = loadavg()[0] ?? 0
  await writeLake()
  await mkdir(join(folder, 'features'), { recursive: true })
  await writeFile(join(folder, 'features/index.ts'), `export * from '${ROOT}/bench/registry/features.ts'\n`)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', shoreline: { features: 'features' } }))
  const rounds: Record<string, number[]> = {}
  const sizes = { bytes: 0, parse: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    const place = { root: ROOT, folder: join(folder, `deployment-${round}`) }
    await migrate(place)
    const { url, stop } = await startWorker({ ...place, port: await freePort() })
    try {
      const timed = async (name: string, version: string, ...args: readonly string[]): Promise<void> => {
        const seconds = await command(url, version, ...args)
        rounds[name] = [...(rounds[name] ?? []), seconds]
      }
      await timed('a command that does nothing (`status`)', '1', 'status')
      await timed('`plan`, nothing registered yet', '1', 'plan')
      await timed('`apply`, nothing registered yet', '1', 'apply', '--no-lock')
      const snapshot = packRegistry(await controlOf({ url }).registry())
      sizes.bytes = Buffer.byteLength(snapshot)
      for (let parse = 0; parse < PARSES; parse++) {
        const started = performance.now()
        unpackRegistry(snapshot)
        sizes.parse.push(performance.now() - started)
      }
      for (const [name, path] of CATALOG) {
        const started = performance.now()
        const answer = await fetch(`${url}${path}`)
        if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
        await answer.arrayBuffer()
        rounds[name] = [...(rounds[name] ?? []), (performance.now() - started) / 1000]
      }
      await timed('`plan`, nothing changed', '1', 'plan')
      await timed('`apply` of a new version of every view and service', '2', 'apply', '--yes', '--no-lock')
    } finally {
      await stop()
    }
  }
  const table = Object.entries(rounds).map(
    ([name, seconds]) =>
      `| ${name} | ${median(seconds).toFixed(2)} s | ${seconds.map((one) => one.toFixed(2)).join(', ')} |`,
  )
  return [
    `${views} views with ${views * 20} features and ${Math.ceil(views / 5)} services, half a million source rows in ten Parquet files; every view's SQL is bound, its`,
    `keys, timestamp and features checked, its entities counted, its bill estimated and its lineage read. Median of ${ROUNDS} rounds, each a new`,
    `deployment; every command is a process of its own.`,
    '',
    '| | median | rounds |',
    '|---|---:|---|',
    ...table,
    '',
    `The registry's snapshot after the first apply: ${(sizes.bytes / 1e6).toFixed(2)} MB, of which the views' SQL is the most; parsing and unpacking`,
    `it: median ${median(sizes.parse).toFixed(1)} ms of ${sizes.parse.length} (V8 in Node, the Worker's engine; the clock of a Worker stands still while it computes).`,
    '',
    `${cpus().length} cores, ${cpus()[0]?.model}, load ${load.toFixed(1)} before, Node ${process.version}, ${process.env['BENCH_DATE'] ?? new Date().toISOString().slice(0, 10)}.`,
    '',
  ].join('\n')
}

/** Ten files of fifty thousand rows and twenty columns. */
async function writeLake(): Promise<void> {
  const columns = Array.from({ length: 20 }, (_, column) => `((i * ${column + 3}) % 101)::double as f${column}`)
  await withDuckDB({ spill: join(folder, 'spill'), memory: '2GB' }, async (db) => {
    for (let source = 0; source < 10; source++)
      await db.run(
        `copy (select 'user-' || (i % 5000) as user_id, timestamp '2026-01-01' + interval (i) second as "at", ${columns.join(', ')} from range(50000) as t(i)) to '${folder}/events_${source}.parquet' (format parquet)`,
      )
  })
}

function command(url: string, version: string, ...args: readonly string[]): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(ROOT, 'sync/cli/shoreline.mjs'), '--url', url, '--quiet', ...args], {
    cwd: folder,
    env: { ...process.env, BENCH_LAKE: folder, BENCH_VIEWS: String(views), BENCH_VERSION: version },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  return new Promise((done, failed) => {
    child.once('close', (code) =>
      code === 0 || (code === 3 && args[0] === 'status')
        ? done((performance.now() - started) / 1000)
        : failed(new Error(`shoreline ${args.join(' ')} ended with ${code}: ${said}`)),
    )
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
