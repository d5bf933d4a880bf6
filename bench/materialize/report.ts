/** The tables, for the terminal and for bench/results/materialize.md. */
import { median } from '../serving/statistics.ts'
import { cpuRatio, medianOf, peak, phase, ratios, roundsOf, total, withoutChecks } from './figures.ts'
import type { Measurement } from './job.ts'
import type { SimulatedMonth } from './month.ts'
import { costTable, parsingOf, parsingTable, readsTable, writesTable } from './report-months.ts'
import { between, targets } from './report-targets.ts'
import type { Contender, MeasuredView } from './rounds.ts'
import { isOneRowPerKey, shapeName } from './shapes.ts'
import { count, fixed, megabytes, money, percent, table } from './tables.ts'

export interface Measurements {
  readonly views: readonly MeasuredView[]
  /** Through a local Worker, by the shape's name. */
  readonly worker: ReadonlyMap<string, readonly Measurement[]>
  /** What came to no end, and why. */
  readonly failed: readonly string[]
  readonly months: readonly SimulatedMonth[]
}

export interface Machine {
  readonly processors: string
  /** Of the last minute, before anything was started. */
  readonly load: number
  readonly commit: string
  /** As in `--memory`. */
  readonly memory: string
}

/** From the lowest to the highest round of a quiet machine. */
const MAX_SPREAD = 1.25

export function writeReport(measured: Measurements, machine: Machine): string {
  const { views, worker, failed, months } = measured
  const several = views.filter(({ shape }) => !isOneRowPerKey(shape))
  const single = views.filter(({ shape }) => isOneRowPerKey(shape))
  const more = views.filter(({ rounds }) => rounds.size > 2)
  const parts = [
    `\`npm run bench:materialize\`, commit ${machine.commit}, on ${machine.processors}, load average ${machine.load.toFixed(2)} before the start.
Rows x entities; \`--memory ${machine.memory}\` for ours and for every \`COPY\`, which is 65 % of it for DuckDB. Keys are integers, four features:
int64, float64, float32, string. \`user_purchases\` is the source's rows, \`user_totals\` an aggregate in SQL of all of them.`,
    section('Targets', targets(measured), busyText(views)),
    section('What stands between', between(measured), BEFORE),
    section(
      'Everything, several rows per key',
      fullTable(several),
      `Seconds, medians of interleaved rounds, each measurement a process of its own. \`COPY\` is DuckDB's of the same query: the newest whole row of
every key by event, then created, then the values; or the view's own SQL. It makes no checks, knows no instant and builds no blocks.
\`rows\` is reading and computing, \`compare\` what decides between a base and an overlay, \`snapshot\` the Parquet put into the lake (a folder),
\`blocks\` their text, cut into requests; nobody takes them. \`check\` is the statistics of the snapshot and the view's checks. Ratios are round by round,
then the median: without \`check\`, which the target does not name, with it, and of CPU with it. Blocks are those of an hourly schedule;
dollars are of KV and R2 in production, the later deletes and a month of storage included.`,
    ),
    single.length > 0 &&
      section(
        'Everything, one row per key',
        fullTable(single),
        'No row of the source is dropped: every one becomes a row of the snapshot and of a block, and text of JSON is dearer than Parquet.',
      ),
    section(
      'What changed',
      changedTable(views),
      `New events of entities drawn at random, in one more file, on a base that is online: one run. A view without SQL reads that file and what is
online, an aggregate of everything reads everything. \`compare\` is the full outer join of the new snapshot with the base. What a month writes is
below: after one run an overlay is small, and grows until a base is cheaper.`,
    ),
    months.length > 0 && section('A month of hourly syncs', ...monthTexts(months, views)),
    more.length > 0 && section('Other queries, and blocks of 4 KB', ...more.map(otherTable), OTHER_TEXT),
    worker.size > 0 && section('Through a local Worker', workerTable(worker), WORKER_TEXT),
    failed.length > 0 && section('Not measured', ...failed),
  ]
  return `${parts.filter((part) => part !== false).join('\n\n')}\n`
}

function section(title: string, ...texts: readonly string[]): string {
  return [`## ${title}`, ...texts.filter((text) => text !== '')].join('\n\n')
}

/** bench/results/materialize.md of commit 4337f16. */
const BEFORE = `Before there were overlays (4337f16, two cores of an Intel Xeon) 10M x 1M of \`user_purchases\` took 1.64 times its \`COPY\`, 930 MiB and
16,397 KV writes of blocks of 4 KB, every hour the same. Since then a sync compares with what is online, computes statistics and runs checks:
\`compare\` and \`check\` are new. An hourly base is in blocks of 16 KB, which are a quarter of the keys and take a cold read longer to parse.`

const OTHER_TEXT =
  '`row_number` and `arg_max` do not settle ties. Blocks of 4 KB are those of a view without a schedule, of which no sync knows how often it runs.'

const WORKER_TEXT = `Full materializations of \`user_purchases\` through \`wrangler dev\`, medians, the lake downloaded from its R2 each time; no schedule, blocks of 4 KB. \`upload\` builds
the blocks too and compresses them, and the Worker checks every key and checksum before it writes. Miniflare's R2 and KV are SQLite and share
the cores with DuckDB: read, upload and publish say nothing about production.`

function busyText(views: readonly MeasuredView[]): string {
  const busy = views.filter((view) => {
    const shares = ratios(view, 'run', withoutChecks)
    return Math.max(...shares) / Math.min(...shares) > MAX_SPREAD
  })
  if (busy.length === 0) return ''
  const names = busy.map(({ shape, view }) => `${shapeName(shape)} of ${view}`).join(', ')
  return `The rounds of ${names} differ by more than ${Math.round((MAX_SPREAD - 1) * 100)} %: the machine was busy, which the CPU ratio feels least. Measure again.`
}

function fullTable(views: readonly MeasuredView[]): string {
  const columns = [
    'rows x entities, view',
    '`COPY`',
    'rows',
    'compare',
    'check',
    'snapshot',
    'blocks',
    'total',
    'of `COPY`',
    'with check',
    'of its CPU',
    'peak MB',
    "`COPY`'s",
    'KV writes',
    'MB of blocks',
    '$',
  ]
  return table(
    columns,
    views.map((view) => {
      const runs = roundsOf(view, 'run')
      const [{ report, sent } = {}] = runs
      const floor = roundsOf(view, view.floor)
      return [
        `${shapeName(view.shape)}, ${view.view}`,
        fixed(medianOf(floor, total)),
        fixed(medianOf(runs, rowsSeconds)),
        ...['compare', 'check', 'snapshot', 'upload'].map((name) => fixed(medianOf(runs, phase(name)))),
        fixed(medianOf(runs, total)),
        fixed(median(ratios(view, 'run', withoutChecks))),
        fixed(median(ratios(view, 'run', total))),
        fixed(cpuRatio(view, 'run')),
        megabytes(peak(runs)),
        megabytes(peak(floor)),
        count(report?.kv_writes ?? 0),
        fixed((sent?.bytes ?? 0) / 1e6, 1),
        money(report?.dollars ?? 0),
      ]
    }),
  )
}

/** Listing, deciding what is read, and computing. */
function rowsSeconds({ seconds }: Measurement): number {
  return ['list', 'read', 'compute'].reduce((sum, name) => sum + (seconds[name] ?? 0), 0)
}

function changedTable(views: readonly MeasuredView[]): string {
  const columns = [
    'rows x entities, view, changed',
    'it became',
    'rows read',
    'rows',
    'compare',
    'check',
    'snapshot',
    'blocks',
    'total',
    'of the full run',
    'peak MB',
    'rows written',
    'blocks of rows',
    'of the filter',
    'per changed entity',
    '$',
  ]
  const rows = views.flatMap((view) =>
    [...view.changed].map(([share, run]) => {
      const { report, sent } = run
      const [blocks, filters] = [sent?.blocks ?? 0, sent?.filters ?? 0]
      return [
        `${shapeName(view.shape)}, ${view.view}, ${percent(share)}`,
        report?.mode === 'full' ? 'a base' : 'an overlay',
        count(report?.rows_read ?? 0),
        fixed(rowsSeconds(run)),
        ...['compare', 'check', 'snapshot', 'upload'].map((name) => fixed(phase(name)(run))),
        fixed(total(run)),
        fixed(total(run) / medianOf(roundsOf(view, 'run'), total)),
        megabytes(run.peakBytes),
        count(sent?.rows ?? 0),
        count(blocks - filters),
        count(filters),
        fixed(blocks / (report?.changed ?? 1), 4),
        money(report?.dollars ?? 0),
      ]
    }),
  )
  return table(columns, rows)
}

function monthTexts(months: readonly SimulatedMonth[], views: readonly MeasuredView[]): readonly string[] {
  const [{ rowBytes } = { rowBytes: 0 }] = months
  return [
    `${months.length} months of 720 runs on a first base, decided by the sync's own rule from what it knows, with the keys that change drawn at random:
which rows differ is known row by row, no snapshot is computed. A row's text is ${fixed(rowBytes, 1)} bytes, as \`user_purchases\` has them. The head is one key a run,
for all views of it, and is not in the writes; the first base is.`,
    writesTable(months),
    costTable(months),
    'A base every hour is in blocks of the same size. A key per entity is overwritten where it is and takes no deletes; it has no snapshot to go back to.',
    readsTable(months, parsingOf(views)),
    `An isolate that has the filter asks one key: the base's for a row that did not change (and the overlay's too for 0.8 % of them), the overlay's for one
that did. One that has not asks for the filter, the overlay and the base at once, in one round. Means over the month.`,
    parsingTable(views),
  ]
}

function otherTable(view: MeasuredView): string {
  const rows = [...view.rounds].map(([contender, rounds]) => {
    const shares = ratios(view, contender, withoutChecks)
    return [
      titleOf(contender),
      fixed(medianOf(rounds, withoutChecks)),
      fixed(medianOf(rounds, ({ cpuSeconds }) => cpuSeconds)),
      megabytes(peak(rounds)),
      count(rounds[0]?.sent?.blocks ?? 0),
      fixed(median(shares)),
      `${fixed(Math.min(...shares))} to ${fixed(Math.max(...shares))}`,
      fixed(cpuRatio(view, contender)),
    ]
  })
  const columns = ['', 's', 'CPU s', 'peak MB', 'blocks', 'of the floor', 'rounds', 'of its CPU']
  return table([`${shapeName(view.shape)}, ${view.view}`, ...columns.slice(1)], rows)
}

function titleOf(contender: Contender): string {
  switch (contender) {
    case 'max(struct)':
      return 'floor: `COPY` of `max(struct)`, the same query'
    case 'row_number':
      return '`COPY` of `row_number() … = 1`'
    case 'arg_max(struct)':
      return '`COPY` of `arg_max(struct, event)`'
    case 'sql':
      return "floor: `COPY` of the view's SQL"
    case 'run':
      return 'Shoreline: rows, snapshot, blocks of 16 KB'
    case 'run, blocks of 4 KB':
      return 'Shoreline: rows, snapshot, blocks of 4 KB'
  }
}

function workerTable(worker: ReadonlyMap<string, readonly Measurement[]>): string {
  const phases = Object.keys([...worker.values()][0]?.[0]?.seconds ?? {})
  const columns = ['rows x entities', ...phases, 'total', 'peak MB', 'blocks a second', 'D1 rows', 'R2 operations']
  const rows = [...worker].map(([shape, rounds]) => {
    const report = rounds[0]?.report
    return [
      shape,
      ...phases.map((name) => fixed(medianOf(rounds, phase(name)))),
      fixed(medianOf(rounds, total)),
      megabytes(peak(rounds)),
      count(medianOf(rounds, ({ seconds }) => (report?.blocks ?? 0) / (seconds['upload'] ?? Number.NaN))),
      count(report?.d1_rows ?? 0),
      count(report?.r2_ops ?? 0),
    ]
  })
  return table(columns, rows)
}
