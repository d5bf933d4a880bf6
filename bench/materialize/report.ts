/** The tables, for the terminal and for bench/results/materialize.md. */
import { median } from '../serving/statistics.ts'
import type { CopyName } from './copies.ts'
import type { Measured, Measurement } from './job.ts'
import type { LakeSize } from './lake.ts'

/** Of each contender, round by round. */
export type Measurements = ReadonlyMap<Measured, readonly Measurement[]>

export interface Machine {
  readonly processors: string
  /** Of the last minute, before anything was started. */
  readonly load: number
  readonly commit: string
}

interface Run extends Machine, LakeSize {
  readonly memory: string
}

const FLOOR: CopyName = 'max(struct)'
const TARGET = { ratio: 1.6, bytes: 2 * 1024 ** 3 }
/** From the lowest to the highest round of a quiet machine. */
const MAX_SPREAD = 1.25
const MEASURED_IN_TABLE: readonly Measured[] = [FLOOR, 'row_number', 'arg_max(struct)', 'shoreline']

const TITLES: Readonly<Record<Measured, string>> = {
  'max(struct)': 'floor: `COPY` of `max(struct)`, the same query',
  row_number: '`COPY` of `row_number() … = 1`',
  'arg_max(struct)': '`COPY` of `arg_max(struct, event)`',
  shoreline: 'Shoreline: compute, snapshot, blocks',
  materialize: 'Shoreline: the whole materialization',
}

export function writeReport(measured: Measurements, run: Run): string {
  const of = (name: Measured): readonly Measurement[] => measured.get(name) ?? []
  return `\`node bench/materialize/main.ts\`, commit ${run.commit}: ${count(run.rows)} rows, ${count(run.entities)} entities, four features
(int64, float64, float32, string) on ${run.processors}, load average ${run.load.toFixed(2)} before the start.

${verdict(measured)}

${copyTable(measured)}

Medians of ${of(FLOOR).length} interleaved rounds, each measurement a process of its own; ratios round by round, then the median. The same query:
the newest whole row of every key by event, then created, then the values; the \`COPY\` makes no checks, knows no instant
and builds no blocks. Everywhere DuckDB's \`memory_limit\` is ${run.memory} and the Parquet zstd. Peak memory is the whole process's,
V8 included. \`row_number\` and \`arg_max\` do not settle ties.

${wholeTable(of('materialize'))}

Medians of ${of('materialize').length} full materializations through \`wrangler dev\`, the lake downloaded from its R2 each time. \`upload\` builds
the blocks too, and the Worker checks every key and checksum before it writes. Miniflare's R2 and KV are SQLite and share
the cores with DuckDB: read, upload and publish say nothing about production.

${costTable(of('shoreline'), of('materialize'))}
`
}

function verdict(measured: Measurements): string {
  const floor = measured.get(FLOOR) ?? []
  const shoreline = measured.get('shoreline') ?? []
  const shares = ratios(shoreline, floor, total)
  const cpu = median(ratios(shoreline, floor, ({ cpuSeconds }) => cpuSeconds))
  const peak = Math.max(...[...shoreline, ...(measured.get('materialize') ?? [])].map(({ peakBytes }) => peakBytes))
  const busy = Math.max(...shares) / Math.min(...shares) > MAX_SPREAD
  return `Computing, the snapshot and the blocks: ${median(shares).toFixed(2)} times DuckDB's own \`COPY\`, ${cpu.toFixed(2)} times its CPU; at most ${mebibytes(peak)} MiB.
The target is ${TARGET.ratio} times and less than ${mebibytes(TARGET.bytes)} MiB, with 10,000,000 rows.${busy ? `\nThe rounds differ by more than ${Math.round((MAX_SPREAD - 1) * 100)} %: the machine was busy, which the CPU ratio feels least. Measure again.` : ''}`
}

function copyTable(measured: Measurements): string {
  const floor = measured.get(FLOOR) ?? []
  const rows = MEASURED_IN_TABLE.map((name) => {
    const rounds = measured.get(name) ?? []
    const shares = ratios(rounds, floor, total)
    return [
      TITLES[name],
      ...['compute', 'blocks'].map((phase) => fixed(rounds.map(({ seconds }) => seconds[phase] ?? Number.NaN))),
      fixed(rounds.map(total)),
      fixed(rounds.map(({ cpuSeconds }) => cpuSeconds)),
      mebibytes(Math.max(...rounds.map(({ peakBytes }) => peakBytes))),
      median(shares).toFixed(2),
      name === FLOOR ? '' : `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`,
      median(ratios(rounds, floor, ({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    ]
  })
  const columns = [
    '',
    'newest rows s',
    'blocks s',
    'total s',
    'CPU s',
    'peak MiB',
    'of the floor',
    'rounds',
    'of its CPU',
  ]
  return table(columns, rows)
}

function wholeTable(rounds: readonly Measurement[]): string {
  const phases = Object.keys(rounds[0]?.seconds ?? {})
  const row = [
    'seconds',
    ...phases.map((phase) => fixed(rounds.map(({ seconds }) => seconds[phase] ?? Number.NaN))),
    fixed(rounds.map(total)),
    mebibytes(Math.max(...rounds.map(({ peakBytes }) => peakBytes))),
  ]
  return table(['', ...phases, 'total', 'peak MiB'], [row])
}

function costTable([built]: readonly Measurement[], whole: readonly Measurement[]): string {
  const report = whole[0]?.report
  const blocks = built?.blocks ?? 0
  const perSecond = whole.map(({ seconds }) => blocks / (seconds['upload'] ?? Number.NaN))
  const rows = [
    ['blocks', count(blocks)],
    ['bytes of blocks', megabytes(built?.blockBytes)],
    ['bytes of the snapshot', megabytes(built?.snapshotBytes)],
    ['KV writes, head and revision included', count(report?.kv_writes ?? 0)],
    ['KV deletes when it is reclaimed', count(report?.kv_deletes ?? 0)],
    ['D1 rows', count(report?.d1_rows ?? 0)],
    ['R2 operations', count(report?.r2_ops ?? 0)],
    ['in production, later deletes and a month of storage included', `$${(report?.dollars ?? 0).toFixed(3)}`],
    ['blocks built, checked and written a second, this machine', count(Math.round(median(perSecond)))],
  ]
  return table(['one full materialization', ''], rows)
}

/** Round by round: neighbours in time share what else the machine was doing. */
function ratios(
  rounds: readonly Measurement[],
  floor: readonly Measurement[],
  of: (measurement: Measurement) => number,
): readonly number[] {
  return rounds.flatMap((measurement, round) => {
    const other = floor[round]
    return other ? [of(measurement) / of(other)] : []
  })
}

function total({ seconds }: Measurement): number {
  return Object.values(seconds).reduce((sum, one) => sum + one, 0)
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, at) => Math.max(column.length, 3, ...rows.map((row) => row[at]?.length ?? 0)))
  const pad = (text: string, at: number): string =>
    at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)
  const write = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [write(columns), rule, ...rows.map(write)].join('\n')
}

function fixed(seconds: readonly number[]): string {
  const middle = median(seconds)
  return Number.isNaN(middle) ? '' : middle.toFixed(2)
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function mebibytes(bytes: number): string {
  return count(Math.round(bytes / 1024 ** 2))
}

function megabytes(bytes = 0): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
