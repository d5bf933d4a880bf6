/** What was promised, beside what was measured. */
import { median } from '../serving/statistics.ts'
import { peak, ratios, total, withoutChecks } from './figures.ts'
import type { SimulatedMonth } from './month.ts'
import type { Measurements } from './report.ts'
import type { MeasuredView } from './rounds.ts'
import { isOneRowPerKey, shapeName, short } from './shapes.ts'
import { fixed, megabytes, percent, table } from './tables.ts'

const OF_COPY = 1.6
/** `--memory 2GB` */
const MEMORY_BYTES = 2e9
/** Writes of a changed entity, by the share of the entities that a run changes. */
const WRITES: ReadonlyMap<number, number> = new Map([
  [0.001, 0.15],
  [0.01, 0.05],
  [0.2, 0.01],
])

type Row = readonly [what: string, target: string, measured: string, met: boolean]

export function targets({ views, months }: Measurements): string {
  const rows: readonly Row[] = [
    ...views.filter(({ shape }) => !isOneRowPerKey(shape)).map(speed),
    ...views.filter(({ shape }) => shape.entities >= 10_000_000).map(memory),
    ...months.map(writes),
  ]
  return table(
    ['', 'target', 'measured', 'met'],
    rows.map(([what, target, measured, met]) => [what, target, measured, met ? 'yes' : '**no**']),
  )
}

/** Of each target of speed that was missed, where the time goes: as shares of the `COPY`. */
export function between({ views, months }: Measurements): string {
  const slow = views.filter((view) => !isOneRowPerKey(view.shape) && !speed(view)[3])
  const large = views.filter((view) => view.shape.entities >= 10_000_000 && !memory(view)[3])
  const missed = months.filter((month) => !writes(month)[3])
  if (slow.length + large.length + missed.length === 0) return 'Every target is met.'
  const of = (view: MeasuredView, phases: readonly string[]): string =>
    fixed(median(ratios(view, 'run', ({ seconds }) => phases.reduce((sum, name) => sum + (seconds[name] ?? 0), 0))))
  const text = slow.map(
    (view) =>
      `- ${shapeName(view.shape)}, ${view.view}: rows ${of(view, ['list', 'read', 'compute'])}, compare ${of(view, ['compare'])}, snapshot ${of(view, ['snapshot'])}, blocks ${of(view, ['upload'])} of a \`COPY\` that takes ${fixed(median((view.rounds.get(view.floor) ?? []).map(total)))} s.`,
  )
  const first =
    slow.length > 0 ? ['Where the time goes, in `COPY`s of the same query, median by median:', text.join('\n')] : []
  const second = large.map(
    (view) =>
      `The most memory of ${shapeName(view.shape)}, ${view.view}: ${megabytes(peak(view.rounds.get('run') ?? []))} MB for everything, ${[...view.changed].map(([share, run]) => `${megabytes(run.peakBytes)} MB with ${percent(share)} changed`).join(', ')}.`,
  )
  return [...first, ...second].join('\n\n')
}

function speed(view: MeasuredView): Row {
  const measured = median(ratios(view, 'run', withoutChecks))
  const what = `compute, snapshot and blocks, ${shapeName(view.shape)}, ${view.view}`
  return [what, `${OF_COPY} of \`COPY\``, fixed(measured), measured <= OF_COPY]
}

/** Of everything that was measured of it, what changed included. */
function memory(view: MeasuredView): Row {
  const measured = peak([...(view.rounds.get('run') ?? []), ...view.changed.values()])
  const what = `peak memory, ${shapeName(view.shape)}, ${view.view}`
  return [what, `${megabytes(MEMORY_BYTES)} MB`, `${megabytes(measured)} MB`, measured <= MEMORY_BYTES]
}

function writes({ rows, share, writesPerChanged }: SimulatedMonth): Row {
  const most = WRITES.get(share) ?? 0
  const what = `KV writes per changed entity, a month of hourly syncs, ${short(rows)} entities, ${percent(share)} changed`
  return [what, String(most), fixed(writesPerChanged, 4), writesPerChanged <= most]
}
