/** What was promised, beside what was measured. */
import { median } from '../serving/statistics.ts'
import { peak, ratios, withoutChecks } from './figures.ts'
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
