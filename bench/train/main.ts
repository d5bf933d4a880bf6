/**
 * Training sets beside the query that somebody writes by hand, measured in the same run: spines of one and ten million rows on
 * three views of ten million rows, two features each.
 *
 * ```
 * node bench/train/main.ts            # some eight minutes and 3 GB of disk; writes bench/results/train.md
 * node bench/train/main.ts --quick    # the small spine, one round; writes nothing
 * ```
 *
 * It needs two idle cores. Every measurement is a process of its own, rounds are interleaved and every other one runs
 * backwards; what counts is the ratio within a round, then the median of the rounds.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { HISTORY_ROWS, keptLake, SPINES } from './lake.ts'
import type { Job, Measurement } from './measure.ts'

const run = promisify(execFile)
const RESULTS = join(import.meta.dirname, '../results/train.md')
const CACHE = resolve(import.meta.dirname, '../../.shoreline/bench')
const MEMORY = '6GB'
const ROUNDS = 5
const CONTENDERS = ['hand-unordered', 'hand', 'again', 'first', 'as-known', 'statuses'] as const
type Contender = (typeof CONTENDERS)[number]

const WORDS: Readonly<Record<Contender, string>> = {
  'hand-unordered': 'DuckDB by hand, rows in any order',
  hand: "DuckDB by hand, rows in the spine's order",
  again: 'shoreline train, the lake known from before',
  first: 'shoreline train, for the first time',
  'as-known': 'shoreline train --as-known',
  statuses: 'shoreline train --statuses',
}

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const load = loadavg()[0] ?? 0
const lake = await keptLake(CACHE)
const folder = join(CACHE, `train-run-${process.pid}`)
const sections: string[] = []
try {
  for (const spine of options.quick ? SPINES.slice(0, 1) : SPINES) sections.push(await measureSpine(spine))
} finally {
  await rm(folder, { recursive: true, force: true })
}
const text = `${about()}\n\n${sections.join('\n\n')}\n`
console.log(text)
if (!options.quick) {
  await mkdir(dirname(RESULTS), { recursive: true })
  await writeFile(RESULTS, `# Training sets\n\n${text}`)
}

async function measureSpine(spine: number): Promise<string> {
  const rounds: Map<Contender, Measurement>[] = []
  await measure('warm-up', spine)
  for (let round = 0; round < (options.quick ? 1 : ROUNDS); round++) {
    const order = round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()
    const measured = new Map<Contender, Measurement>()
    for (const contender of order) measured.set(contender, await measure(contender, spine))
    rounds.push(measured)
  }
  return table(spine, rounds)
}

async function measure(what: Job['what'], spine: number): Promise<Measurement> {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${spine} ${what}\n`)
  const job: Job = { what, spine, lake, folder, memory: MEMORY }
  const script = join(import.meta.dirname, 'measure.ts')
  const { stdout } = await run(process.execPath, ['--no-warnings', script, JSON.stringify(job)])
  return JSON.parse(stdout) as Measurement // printed by measure.ts
}

function table(spine: number, rounds: readonly ReadonlyMap<Contender, Measurement>[]): string {
  const of = (contender: Contender, figure: (one: Measurement) => number): readonly number[] =>
    rounds.flatMap((round) => {
      const one = round.get(contender)
      return one ? [figure(one)] : []
    })
  const rows = CONTENDERS.map((contender) => {
    const seconds = of(contender, (one) => one.seconds)
    const ratios = rounds.map((round) => (round.get(contender)?.seconds ?? 0) / (round.get('hand')?.seconds ?? 1))
    const phases = phasesOf(rounds.map((round) => round.get(contender)?.phases ?? {}))
    return `| ${WORDS[contender]} | ${median(seconds).toFixed(2)} (${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}) | ${Math.round(spine / median(seconds)).toLocaleString('en')} | ${median(ratios).toFixed(2)} | ${median(of(contender, (one) => one.processor)).toFixed(2)} | ${Math.round(Math.max(...of(contender, (one) => one.memory))).toLocaleString('en')} | ${phases} |`
  })
  return [
    `## A spine of ${spine.toLocaleString('en')} rows`,
    '',
    '| | seconds, median (least to most) | rows a second | times the ordered query by hand | processor seconds | peak memory, MB | seconds by phase |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function phasesOf(all: readonly Readonly<Record<string, number>>[]): string {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))]
  return names
    .map((name) => [name, median(all.map((one) => one[name] ?? 0))] as const)
    .filter(([, seconds]) => seconds >= 0.01)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`)
    .join(', ')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function about(): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'sync', 'core', 'registry', 'bench/train') !== ''
  return [
    `Three views of ${HISTORY_ROWS.toLocaleString('en')} rows of a million entities, a ttl of 60 days, two features each; the result in the spine's order as Parquet, with statistics of every feature and SHA-256 of the file, which the queries by hand do not make. The query by hand takes the rows of a key and an instant for one alone; \`train\` finds that out the first time, and chooses where it is not so.`,
    '',
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, load ${load.toFixed(2)} before, commit ${git('rev-parse', '--short', 'HEAD')}${changed ? ' with uncommitted changes' : ''}, --memory ${MEMORY}.`,
    '',
    'Published for comparison, a point-in-time join of three feature groups at ten million rows on 16 cores: Hopsworks 963,000 rows a second into memory and 382,000 to Parquet, Vertex 93,000, SageMaker 82,000, Databricks 56,000.',
  ].join('\n')
}
