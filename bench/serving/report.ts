/** The table, for the terminal and for bench/results/serving.md. */
import type { Cell, Measured, Round } from './measure.ts'
import { median, percentiles } from './statistics.ts'

const COLUMNS = [
  'request',
  'connections',
  'contender',
  'requests/s',
  'p50 ms',
  'p90 ms',
  'p99 ms',
  'CPU us',
  'keys read',
  'of the floor',
  'lowest to highest round',
]

export interface Machine {
  readonly processors: string
  /** Of the last minute, before anything was started. */
  readonly load: number
  readonly commit: string
}

/** What the load generator reaches with all connections against a Worker that does next to nothing. */
export interface Ceiling {
  readonly perSecond: number
  readonly generatorBusy: number
}

interface Run extends Machine {
  readonly rounds: number
  readonly cellMs: number
  readonly ceiling: Ceiling
}

export function writeReport(cells: readonly Cell[], run: Run): string {
  const { rounds, cellMs, processors, load, commit, ceiling } = run
  return `\`node bench/serving/main.ts\`, commit ${commit}: bare \`workerd serve\` on ${processors}, load average ${load.toFixed(2)}
before the start. Medians of ${rounds} interleaved rounds of ${cellMs / 1000} s; latencies over all requests; the share of the floor round by round,
then the median. \`CPU us\` is what the contender's process used per request, all its threads.

${markdownTable(cells)}

The load generator: ${Math.round(ceiling.perSecond).toLocaleString('en')} requests/s against a Worker that only returns "ok" (busy ${percent(ceiling.generatorBusy)} of the time), busy ${percent(busiestGenerator(cells))} at most in the cells above.
`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function markdownTable(cells: readonly Cell[]): string {
  const lines = cells.flatMap((cell) => [rowOf(cell, cell.contender), rowOf(cell, cell.floor)])
  const widths = COLUMNS.map((column, at) => Math.max(column.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const write = (line: readonly string[]): string =>
    `| ${line.map((text, at) => (at < 3 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at < 3 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [write(COLUMNS), rule, ...lines.map(write)].join('\n')
}

/** The contender's requests per second as a share of its floor's, round by round. */
function ratios({ contender, floor }: Cell): readonly number[] {
  return contender.rounds.map(({ perSecond }, round) => perSecond / (floor.rounds[round]?.perSecond ?? Number.NaN))
}

/** The busiest that the load generator was in any cell, a share of its time. */
function busiestGenerator(cells: readonly Cell[]): number {
  return Math.max(...cells.flatMap(({ contender, floor }) => [contender, floor].map(generatorBusy)))
}

function generatorBusy(measured: Measured): number {
  return median(measured.rounds.map((round) => round.generatorBusy))
}

function rowOf(cell: Cell, measured: Measured): readonly string[] {
  const { rounds, contender } = measured
  const latencies = percentiles(
    rounds.flatMap((round) => round.latencies),
    [0.5, 0.9, 0.99],
  )
  const shares = measured === cell.contender ? ratios(cell) : []
  return [
    `${cell.case.rows} ${cell.case.rows === 1 ? 'row' : 'rows'}, ${cell.case.title}`,
    String(cell.connections),
    contender.name,
    Math.round(median(rounds.map((round) => round.perSecond))).toLocaleString('en'),
    ...latencies.map((ms) => ms.toFixed(3)),
    cpuMicros(rounds),
    keysRead(cell, measured),
    shares.length === 0 ? '' : median(shares).toFixed(2),
    shares.length === 0 ? '' : `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`,
  ]
}

/** Over all rounds, because the clock of a process ticks every ten milliseconds only. */
function cpuMicros(rounds: readonly Round[]): string {
  const seconds = rounds.reduce((sum, round) => sum + (round.cpuSeconds ?? Number.NaN), 0)
  const requests = rounds.reduce((sum, round) => sum + round.latencies.length, 0)
  return Number.isNaN(seconds) ? '' : ((seconds * 1e6) / requests).toFixed(1)
}

/** KV keys per request: none when every block was in memory, one per row when none was. */
function keysRead({ case: { hot } }: Cell, { rounds, contender: { name } }: Measured): string {
  if (name === 'static floor') return ''
  const requests = rounds.reduce((sum, round) => sum + round.latencies.length, 0)
  const keys = rounds.reduce((sum, round) => sum + round.keysRead, 0)
  return hot && keys === 0 ? '0' : (keys / requests).toFixed(2)
}
