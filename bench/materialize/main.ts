/**
 * A full materialization beside DuckDB's own `COPY … TO parquet` of the same query, measured in the same run: computing
 * the newest rows with their checks, the snapshot's Parquet and the blocks should take at most 1.6 times that `COPY`, in
 * less than 2 GiB. Then the whole materialization, phase by phase, through a local Worker.
 *
 * ```
 * node bench/materialize/main.ts            # 10M rows, 1M entities, about three minutes; writes bench/results/materialize.md
 * node bench/materialize/main.ts --quick    # 1M rows, 100k entities, twenty seconds; writes nothing
 * ```
 *
 * It needs two idle cores. Every measurement is a process of its own, rounds are interleaved and every other one runs
 * backwards; absolute numbers are this machine's, what counts is the ratio within a round, then the median of the rounds.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseTimestamp } from '../../core/values.ts'
import { withDuckDB } from '../../sync/duckdb.ts'
import { measureInChild } from './child.ts'
import { deploy } from './deployment.ts'
import type { Job, Measured, Measurement } from './job.ts'
import { CLOCK, generateLake, type LakeSize } from './lake.ts'
import { type Machine, type Measurements, writeReport } from './report.ts'

const RESULTS = join(import.meta.dirname, '../results/materialize.md')
/** The floor beside what is measured against it, forwards and backwards. */
const COMPARED: readonly Measured[] = ['row_number', 'arg_max(struct)', 'max(struct)', 'shoreline']
/** The default of `shoreline sync`. */
const MEMORY = '2GB'

interface Pace extends LakeSize {
  readonly rounds: number
  readonly wholeRounds: number
}

const FULL: Pace = { rows: 10_000_000, entities: 1_000_000, rounds: 7, wholeRounds: 3 }
const QUICK: Pace = { rows: 1_000_000, entities: 100_000, rounds: 3, wholeRounds: 1 }

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
await main(options.quick ? QUICK : FULL, options.quick)

async function main(pace: Pace, quick: boolean): Promise<void> {
  const machine = describeMachine()
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-bench-'))
  try {
    const text = writeReport(await measureAll(folder, pace), { ...pace, ...machine, memory: MEMORY })
    console.log(text)
    if (quick) return
    await mkdir(dirname(RESULTS), { recursive: true })
    await writeFile(RESULTS, `# Materializing\n\n${text}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(folder: string, pace: Pace): Promise<Measurements> {
  const files = await withDuckDB({ spill: join(folder, 'spill'), memory: MEMORY }, (db) =>
    generateLake(db, join(folder, 'lake'), pace),
  )
  const { url, view, stop } = await deploy(folder, files)
  try {
    const asOf = parseTimestamp(CLOCK) ?? 0
    const job: Job = {
      view,
      files: files.map(({ path }) => path),
      asOf,
      memory: MEMORY,
      url,
      folder: join(folder, 'work'),
    }
    const file = join(folder, 'job.json')
    await writeFile(file, JSON.stringify(job))
    const byName = await interleaved(COMPARED, pace.rounds, file, job.folder)
    const whole = await interleaved(['materialize'], pace.wholeRounds, file, job.folder)
    return new Map([...byName, ...whole])
  } finally {
    await stop()
  }
}

async function interleaved(
  names: readonly Measured[],
  rounds: number,
  job: string,
  folder: string,
): Promise<Measurements> {
  const byName = new Map(names.map((name): [Measured, Measurement[]] => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await mkdir(folder, { recursive: true })
      byName.get(name)?.push(await measureInChild(name, job))
      // Between measurements, so that no process pays for another's files.
      await rm(folder, { recursive: true, force: true })
    }
  return byName
}

function describeMachine(): Machine {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'sync', 'core', 'registry', 'worker', 'bench/materialize') !== ''
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    load: loadavg()[0] ?? 0,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}`,
  }
}
