/** Months of hourly syncs, and what their blocks cost who reads them. */
import { FILTER_BYTES } from '../../core/filter.ts'
import { median } from '../serving/statistics.ts'
import type { Parsing } from './job.ts'
import type { SimulatedMonth } from './month.ts'
import type { MeasuredView } from './rounds.ts'
import { short } from './shapes.ts'
import { count, fixed, money, percent, table } from './tables.ts'

export function writesTable(months: readonly SimulatedMonth[]): string {
  return table(
    [
      'entities, changed every hour',
      'bases',
      'overlays',
      'blocks of rows',
      'of filters',
      'written',
      '`monthWrites`',
      'per changed entity',
      'deleted later',
    ],
    months.map((month) => {
      const written = month.rowBlocks + month.filterBlocks
      return [
        nameOf(month),
        count(month.bases),
        count(month.overlays),
        count(month.rowBlocks),
        count(month.filterBlocks),
        count(written),
        count(month.expected),
        fixed(month.writesPerChanged, 4),
        count(written),
      ]
    }),
  )
}

export function costTable(months: readonly SimulatedMonth[]): string {
  return table(
    ['$ a month, deletes included', 'blocks', 'the head', 'a base every hour', 'a key per entity'],
    months.map((month) => [
      nameOf(month),
      money(month.dollars),
      money(month.headDollars),
      money(month.withoutOverlaysDollars),
      money(month.keyPerEntityDollars),
    ]),
  )
}

/** @param byBytes measured on the blocks of the runs above */
export function readsTable(months: readonly SimulatedMonth[], byBytes: readonly Parsing[]): string {
  return table(
    [
      'a cold read',
      'of the base: bytes',
      'us',
      'of the overlay: bytes',
      'us',
      'first read of an isolate: keys',
      'bytes',
      'us',
      'blocks of a filter',
      'rows in the overlay',
    ],
    months.map((month) => {
      const { baseBlockBytes: base, overlayBlockBytes: overlay } = month
      const filter = filterText(month)
      const all = [base, overlay, filter]
      return [
        nameOf(month),
        count(base),
        fixed(parseMicros(base, byBytes), 0),
        count(overlay),
        fixed(parseMicros(overlay, byBytes), 0),
        String(all.length),
        count(all.reduce((sum, bytes) => sum + bytes, 0)),
        fixed(
          all.reduce((sum, bytes) => sum + parseMicros(bytes, byBytes), 0),
          0,
        ),
        fixed(month.filters, 1),
        percent(month.inOverlay),
      ]
    }),
  )
}

/** The blocks that were parsed, smallest first. */
export function parsingOf(views: readonly MeasuredView[]): readonly Parsing[] {
  const all = views
    .flatMap(({ rounds, changed }) => [...[...rounds.values()].flat(), ...changed.values()])
    .flatMap(({ sent }) => (sent && sent.blocks > sent.filters ? [sent.parsing] : []))
  return all.toSorted((a, b) => a.bytes - b.bytes)
}

export function parsingTable(views: readonly MeasuredView[]): string {
  const all = parsingOf(views)
  const filters = views.flatMap(({ changed }) => [...changed.values()].flatMap(({ sent }) => sent?.filterParsing ?? []))
  const nearest = [4096, 16_384, 65_536].flatMap((size) => nearestTo(size, all) ?? [])
  const filter = nearestTo(FILTER_TEXT, filters)
  return table(
    ['a block, checked and parsed', 'bytes', 'us', 'ns a byte'],
    [
      ...nearest.map((parsing) => ['of rows', parsing] as const),
      ...(filter ? [['of a filter', filter] as const] : []),
    ].map(([what, { bytes, micros }]) => [what, count(bytes), fixed(micros, 1), fixed((micros * 1000) / bytes, 2)]),
  )
}

/** The median of those that are about as large: machines do other things. */
function nearestTo(bytes: number, all: readonly Parsing[]): Parsing | undefined {
  const [nearest] = all.toSorted((a, b) => Math.abs(a.bytes - bytes) - Math.abs(b.bytes - bytes))
  if (!nearest) return undefined
  const alike = all.filter((one) => Math.abs(one.bytes / nearest.bytes - 1) < ALIKE)
  return { bytes: median(alike.map((one) => one.bytes)), micros: median(alike.map((one) => one.micros)) }
}

const ALIKE = 0.1

/** As blocks of about that size took, byte for byte. */
function parseMicros(bytes: number, all: readonly Parsing[]): number {
  const near = nearestTo(bytes, all)
  return near ? (near.micros / near.bytes) * bytes : Number.NaN
}

/** Of a full block of a filter, base64. */
const FILTER_TEXT = (FILTER_BYTES * 4) / 3

/** Ten bits a key in base64, at most 48 KB of text. */
function filterText({ rows, inOverlay, filters }: SimulatedMonth): number {
  return ((rows * inOverlay * 10) / 8 / Math.max(1, filters)) * (4 / 3)
}

function nameOf({ rows, share }: SimulatedMonth): string {
  return `${short(rows)}, ${percent(share)}`
}
