/**
 * Materializing beside DuckDB's own `COPY … TO parquet` of the same query, measured in the same run: one to fifty million rows
 * to ten thousand to ten million entities; everything, and then what changed; and months of hourly syncs.
 *
 * ```
 * node bench/materialize/main.ts            # some twenty minutes and 5 GB of disk; writes bench/results/materialize.md
 * node bench/materialize/main.ts --quick    # a million rows, two minutes; writes nothing
 * node bench/materialize/main.ts --only "10M x 1M"   # one shape, nothing else; writes nothing
 * ```
 *
 * It needs two idle cores. Every measurement is a process of its own, rounds are interleaved and every other one runs
 * backwards; absolute numbers are this machine's, what counts is the ratio within a round, then the median of the rounds. The
 * generated lakes are kept in `.shoreline/bench`.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseTimestamp } from '../../core/values.ts'
import { isAlive, ownName } from '../../sync/lake/living.ts'
import { registeredViews } from './features.ts'
import type { Measurement } from './job.ts'
import { CLOCK, keptLake } from './lake.ts'
import { simulateMonth } from './month.ts'
import { type Machine, type Measurements, writeReport } from './report.ts'
import { type MeasuredView, measureThroughWorker, measureView } from './rounds.ts'
import { MONTHS, QUICK_MONTHS, QUICK_SHAPES, SHAPES, SHARES, type Shape, shapeName } from './shapes.ts'

const RESULTS = join(import.meta.dirname, '../results/materialize.md')
const CACHE = resolve(import.meta.dirname, '../../.shoreline/bench')
/** What a run of this benchmark writes, in a folder of its own. */
const RUNS = join(CACHE, 'runs')
/** The default of `shoreline sync`. */
const MEMORY = '2GB'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
await main()

async function main(): Promise<void> {
  const shapes = (options.quick ? QUICK_SHAPES : SHAPES).filter(
    (shape) => options.only === undefined || shapeName(shape) === options.only,
  )
  if (shapes.length === 0) throw new Error(`--only is one of ${SHAPES.map(shapeName).join(', ')}`)
  const machine = describeMachine()
  await removeLeft(RUNS)
  const folder = join(RUNS, ownName())
  await mkdir(folder, { recursive: true })
  // The child that measures ends by itself; the next run of this benchmark removes what it writes until then.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true })
      process.exit(1)
    })
  try {
    const measured = await measureAll(folder, shapes)
    const text = writeReport(measured, machine)
    console.log(text)
    if (measured.failed.length > 0) process.exitCode = 1
    if (options.quick || options.only !== undefined) return
    await mkdir(dirname(RESULTS), { recursive: true })
    await writeFile(RESULTS, `# Materializing\n\n${text}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(folder: string, shapes: readonly Shape[]): Promise<Measurements> {
  const views: MeasuredView[] = []
  const worker = new Map<string, readonly Measurement[]>()
  const failed: string[] = []
  for (const shape of shapes)
    try {
      await measureShape(folder, shape, views, worker)
    } catch (thrown) {
      // The others are worth their time, and the report says which one is missing.
      failed.push(`${shapeName(shape)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
      say(failed.at(-1) ?? '')
    }
  failed.push(...views.flatMap((view) => view.failed.map((why) => `${shapeName(view.shape)}, ${why}`)))
  const rowBytes = rowBytesOf(views)
  const months = options.only !== undefined || rowBytes === null ? [] : options.quick ? QUICK_MONTHS : MONTHS
  return {
    views,
    worker,
    failed,
    months: months.flatMap((rows) =>
      SHARES.map((share) => {
        say(`a month of ${rows} entities, ${share * 100} % changed every hour`)
        return simulateMonth({ rows, rowBytes: rowBytes ?? 0, share })
      }),
    ),
  }
}

async function measureShape(
  folder: string,
  shape: Shape,
  views: MeasuredView[],
  worker: Map<string, readonly Measurement[]>,
): Promise<void> {
  const place = { folder, memory: MEMORY, asOf: parseTimestamp(CLOCK) ?? 0 }
  say(`${shapeName(shape)}: the lake`)
  const lake = await keptLake(CACHE, shape, MEMORY)
  const registered = await registeredViews()
  for (const name of shape.views) {
    say(`${shapeName(shape)}: ${name}`)
    const view = registered.get(name)
    if (view) views.push(await measureView(place, shape, lake, view))
  }
  if (shape.throughWorker === undefined) return
  say(`${shapeName(shape)}: through a local Worker`)
  worker.set(shapeName(shape), await measureThroughWorker(place, shape.throughWorker, lake))
}

/** Of runs that were interrupted. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (!isAlive(name, 0)) await rm(join(folder, name), { recursive: true, force: true })
}

/** Of the largest view whose rows are the source's, in the blocks that are read. */
function rowBytesOf(views: readonly MeasuredView[]): number | null {
  const [largest] = views
    .filter(({ view }) => view === 'user_purchases')
    .toSorted((a, b) => b.shape.entities - a.shape.entities)
  return largest?.rounds.get('run')?.[0]?.sent?.rowBytes ?? null
}

function say(what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`)
}

function describeMachine(): Machine {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'sync', 'core', 'registry', 'worker', 'bench/materialize') !== ''
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    load: loadavg()[0] ?? 0,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}`,
    memory: MEMORY,
  }
}
