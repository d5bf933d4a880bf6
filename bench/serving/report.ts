/** The tables, for the terminal and for bench/results/serving.md. */
import type { Allocation } from './allocation.ts'
import type { Case } from './cases.ts'
import type { Cell, Measured, Round } from './measure.ts'
import { median, percentiles } from './statistics.ts'

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

export interface Allocated {
  readonly case: Case
  readonly contender: Allocation | null
  readonly floor: Allocation | null
}

interface Run extends Machine {
  readonly rounds: number
  readonly cellMs: number
  readonly ceiling: Ceiling
  /** Of the last minute, when all was measured: this process and one workerd at a time make about two. */
  readonly loadAfter: number
  /** Null where it could not be measured. */
  readonly allocated: readonly Allocated[] | null
}

export function writeReport(cells: readonly Cell[], run: Run): string {
  const { rounds, cellMs, processors, load, loadAfter, commit, ceiling } = run
  const sections = TABLES.flatMap(({ title, form, hot }) => {
    const own = cells.filter((cell) => cell.case.form === form && cell.case.hot === hot)
    return own.length === 0 ? [] : [`## ${title}\n\n${cellTable(own)}\n`]
  })
  return `\`npm run bench:serving\`, commit ${commit}: bare \`workerd serve\` on ${processors}, load average ${load.toFixed(2)}
before the start and ${loadAfter.toFixed(2)} after the last round. Requests are rows x features. Medians of ${rounds} interleaved rounds of ${cellMs / 1000} s; latencies over all requests; the share of
the floor round by round, then the median. \`CPU us\` is what the contender's process used per request, all its threads, and
\`by p50\` and \`by CPU\` are the floor's divided by it, which other work on the machine moves less.

The load generator: ${integer(ceiling.perSecond)} requests/s against a Worker that only returns "ok" (busy ${percent(ceiling.generatorBusy)} of the time), busy ${percent(busiestGenerator(cells))} at most in the cells below.

## Targets

${targetTable(cells)}

${sections.join('\n')}
## Allocation

${run.allocated === null ? 'Not measured here: it needs `stdbuf`.' : allocationTable(run.allocated)}
`
}

const TABLES = [
  { title: 'Native form, blocks in memory', form: 'native', hot: true },
  { title: "Feast's form, blocks in memory", form: 'feast', hot: true },
  { title: 'Native form, blocks not in memory', form: 'native', hot: false },
  { title: "Feast's form, blocks not in memory", form: 'feast', hot: false },
] as const

interface Target {
  readonly title: string
  /** Of the static floor, native form, blocks in memory. */
  readonly share: number
}

const TARGETS: readonly Target[] = [
  { title: '1x50', share: 0.85 },
  { title: '100x50', share: 0.6 },
  { title: '100x50, metadata none', share: 0.65 },
]

/** Feast's Python server on 2 cores with Redis, as the issue states it; bench/peers/feast runs it. */
const FEAST: readonly { readonly title: string; readonly perSecond: number; readonly times: number }[] = [
  { title: '1x50', perSecond: 188, times: 75 },
  { title: '100x50', perSecond: 20, times: 100 },
]

function targetTable(cells: readonly Cell[]): string {
  const hot = cells.filter((cell) => cell.case.hot)
  const find = (title: string, form: Case['form']): readonly Cell[] =>
    hot.filter((cell) => cell.case.title === title && cell.case.form === form)
  const shares = TARGETS.flatMap(({ title, share }) =>
    find(title, 'native').map((cell) => [
      `${title}, ${connectionsText(cell)}`,
      `${share.toFixed(2)} of the static floor`,
      median(ratios(cell)).toFixed(2),
    ]),
  )
  const times = FEAST.flatMap(({ title, perSecond, times: wanted }) =>
    (['native', 'feast'] as const).flatMap((form) =>
      find(title, form)
        .slice(-1)
        .map((cell) => [
          `${title}, ${form}, ${connectionsText(cell)}`,
          `${wanted} times Feast's ${perSecond} requests/s`,
          `${Math.round(perSecondOf(cell.contender) / perSecond)} times`,
        ]),
    ),
  )
  return markdownTable(['request', 'target', 'measured'], [...shares, ...times], 2)
}

function connectionsText({ connections }: Cell): string {
  return `${connections} ${connections === 1 ? 'connection' : 'connections'}`
}

const COLUMNS = [
  'request',
  'connections',
  'contender',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'CPU us',
  'keys read',
  'of the floor',
  'by p50',
  'by CPU',
  'lowest to highest round',
]

function cellTable(cells: readonly Cell[]): string {
  return markdownTable(
    COLUMNS,
    cells.flatMap((cell) => [rowOf(cell, cell.contender), rowOf(cell, cell.floor)]),
    3,
  )
}

function rowOf(cell: Cell, measured: Measured): readonly string[] {
  const { rounds, contender } = measured
  const latencies = percentiles(
    rounds.flatMap((round) => round.latencies),
    [0.5, 0.99],
  )
  const shares = measured === cell.contender ? ratios(cell) : []
  return [
    cell.case.title,
    String(cell.connections),
    contender.name,
    integer(perSecondOf(measured)),
    ...latencies.map((ms) => ms.toFixed(3)),
    fixed(cpuMicros(rounds), 1),
    keysRead(cell, measured),
    shares.length === 0 ? '' : median(shares).toFixed(2),
    shares.length === 0 ? '' : fixed(p50Of(cell.floor) / p50Of(measured), 2),
    shares.length === 0 ? '' : fixed(cpuMicros(cell.floor.rounds) / cpuMicros(rounds), 2),
    shares.length === 0 ? '' : `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`,
  ]
}

function allocationTable(allocated: readonly Allocated[]): string {
  const cells = (made: Allocation | null): readonly string[] =>
    made ? [(made.perRequest / 1024).toFixed(1), percent(made.paused)] : ['', '']
  const lines = allocated.map(({ case: { title, form, requests }, contender, floor }) => [
    `${title}, ${form}`,
    (median(requests.map((asked) => asked.expected.length)) / 1024).toFixed(1),
    ...cells(contender),
    ...cells(floor),
  ])
  const columns = ['request', 'answer', 'shoreline', 'collecting', 'static floor', 'collecting']
  return `Blocks in memory, from \`--trace-gc\` in workerd: KB that a request allocates on V8's heap beside the size of its answer, and the
share of the time in which collections held the isolate up.

${markdownTable(columns, lines, 1)}`
}

/** @param left columns that are aligned left */
function markdownTable(columns: readonly string[], lines: readonly (readonly string[])[], left: number): string {
  const widths = columns.map((column, at) => Math.max(column.length, ...lines.map((line) => line[at]?.length ?? 0)))
  const write = (line: readonly string[]): string =>
    `| ${line.map((text, at) => (at < left ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at < left ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [write(columns), rule, ...lines.map(write)].join('\n')
}

function perSecondOf({ rounds }: Measured): number {
  return median(rounds.map((round) => round.perSecond))
}

function p50Of({ rounds }: Measured): number {
  return (
    percentiles(
      rounds.flatMap((round) => round.latencies),
      [0.5],
    )[0] ?? Number.NaN
  )
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

/** Over all rounds, because the clock of a process ticks every ten milliseconds only. NaN where it is not known. */
function cpuMicros(rounds: readonly Round[]): number {
  const seconds = rounds.reduce((sum, round) => sum + (round.cpuSeconds ?? Number.NaN), 0)
  const requests = rounds.reduce((sum, round) => sum + round.latencies.length, 0)
  return (seconds * 1e6) / requests
}

/** KV keys per request: none when every block was in memory, one per row and view when none was. */
function keysRead({ case: { hot } }: Cell, { rounds, contender: { name } }: Measured): string {
  if (name === 'static floor') return ''
  const requests = rounds.reduce((sum, round) => sum + round.latencies.length, 0)
  const keys = rounds.reduce((sum, round) => sum + round.keysRead, 0)
  return hot && keys === 0 ? '0' : (keys / requests).toFixed(2)
}

function fixed(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits)
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
