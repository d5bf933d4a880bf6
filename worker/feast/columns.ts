/**
 * The columns of one view: values, statuses and instants of every row. A column costs one pass over the rows with its own
 * writer.
 */
import { FIRST_FEATURE } from '../../core/block.ts'
import { NULL_TEXT } from '../../core/feast-values.ts'
import { timestampText, type ValueWriter } from '../../core/values.ts'
import type { StatusTally } from '../metrics/tally.ts'
import { type CachedRow, findRow } from '../serving/blocks.ts'
import { type BoundView, isLive, type Options } from '../serving/bound.ts'
import { type LiveRows, type PickedRow, pickRow } from '../serving/cells.ts'
import type { PickedColumn } from '../serving/picked.ts'
import type { FormView } from './form.ts'

export interface ViewRows {
  readonly bind: BoundView
  /** Of the rows that have a key. */
  readonly keys: readonly string[]
  /** Which rows those are; null when all are. */
  readonly keyed: readonly boolean[] | null
  /** How many there are, with and without a key. */
  readonly rows: number
  /** The statuses of the values that are written. */
  readonly tally: StatusTally
}

export const EPOCH = '"1970-01-01T00:00:00Z"'
export const PRESENT = '"PRESENT"'
const NULL_VALUE = '"NULL_VALUE"'
const NOT_FOUND = '"NOT_FOUND"'
const OUTSIDE_MAX_AGE = '"OUTSIDE_MAX_AGE"'

/**
 * What is materialized.
 * @param features where the columns go, each at its place
 * @returns false when a block is not in memory
 */
export function writeStored(view: FormView, own: ViewRows, options: Options, features: ColumnParts[]): boolean {
  const { bind, keys, keyed, rows, tally } = own
  /** The values' texts; null where there is no row, or where it is too old. */
  const stored: (readonly string[] | null)[] = []
  const statuses: string[] = []
  const times = new Times()
  let at = 0
  for (let row = 0; row < rows; row++) {
    const key = keyed === null || keyed[row] ? keys[at++] : undefined
    const cached = key === undefined ? null : findRow(bind.run, key)
    if (cached === undefined) return false
    const live = cached !== null && isLive(cached.row[1], bind.view, options)
    stored.push(live ? textsOf(cached, view) : null)
    tally.count(cached === null ? 'NOT_FOUND' : live ? 'PRESENT' : 'OUTSIDE_MAX_AGE', view.columns.length)
    statuses.push(cached === null ? NOT_FOUND : live ? PRESENT : OUTSIDE_MAX_AGE)
    times.add(cached === null ? null : cached.row[1])
  }
  const statusesText = statuses.join(',')
  const timesText = times.text()
  for (const [column, { place }] of view.columns.entries()) {
    const values: string[] = []
    let said: string[] | undefined
    for (let row = 0; row < rows; row++) {
      const found = stored[row] ?? null
      const text = found === null ? NULL_TEXT : (found[column] ?? NULL_TEXT)
      values.push(text)
      if (found === null || text !== NULL_TEXT) continue
      tally.present--
      tally.nulls++
      said ??= [...statuses]
      said[row] = NULL_VALUE
    }
    features[place] = columnParts(values.join(','), said?.join(',') ?? statusesText, timesText)
  }
  return true
}

/** Printing values is most of such an answer: a row keeps the texts of the plan that asked last, as long as its block is there. */
function textsOf(cached: CachedRow, view: FormView): readonly string[] {
  if (cached.values?.of === view) return cached.values.texts
  const texts = view.columns.map(({ index, write }) => {
    const value = cached.row[FIRST_FEATURE + index] ?? null
    return value === null ? NULL_TEXT : write(value)
  })
  cached.values = { of: view, texts }
  return texts
}

/**
 * What is materialized and what was pushed, feature by feature the newer one.
 * @param pushed by position in the keys
 * @param features where the columns go, each at its place
 * @returns false when a block is not in memory
 */
export function writeMerged(
  view: FormView,
  own: ViewRows,
  pushed: NonNullable<LiveRows[number]>,
  options: Options,
  features: ColumnParts[],
): boolean {
  const { bind, keys, keyed, rows, tally } = own
  const picked: (PickedRow | null)[] = []
  const times = new Times()
  let at = 0
  for (let row = 0; row < rows; row++) {
    const key = keyed === null || keyed[row] ? keys[at] : undefined
    const one = key === undefined ? null : pickRow(bind, key, pushed[at++], options)
    if (one === undefined) return false
    picked.push(one)
    times.add(one?.eventTimestamp ?? null)
  }
  const timesText = times.text()
  for (const [column, { write, place }] of view.columns.entries()) {
    const values: string[] = []
    const statuses: string[] = []
    for (const one of picked) {
      const cell = one?.cells[column]
      const text = cell === undefined || cell.value === null ? NULL_TEXT : write(cell.value)
      values.push(text)
      // What has a value that this surface cannot say is null here.
      const unsaid = cell?.status === 'PRESENT' && text === NULL_TEXT
      const status = cell === undefined ? 'NOT_FOUND' : unsaid ? 'NULL_VALUE' : cell.status
      tally.count(status)
      statuses.push(`"${status}"`)
    }
    features[place] = columnParts(values.join(','), statuses.join(','), timesText)
  }
  return true
}

/** A column of an answer that was picked. What is computed has no instant of its own. */
export function pickedParts({ values, statuses, time }: PickedColumn, write: ValueWriter): ColumnParts {
  const texts = values.map((value) => (value === null ? NULL_TEXT : write(value)))
  const said = statuses().map((status, row) =>
    status === 'PRESENT' && texts[row] === NULL_TEXT ? NULL_VALUE : `"${status}"`,
  )
  const times = new Times()
  for (const row of values.keys()) times.add(time?.(row) ?? null)
  return columnParts(texts.join(','), said.join(','), times.text())
}

/** The pieces of a column's text. They are long and many: whoever joins all of an answer at once copies each of them once. */
export type ColumnParts = readonly string[]

function columnParts(values: string, statuses: string, times: string): ColumnParts {
  return ['{"values":[', values, '],"statuses":[', statuses, '],"event_timestamps":[', times, ']}']
}

/** Rows of one materialization mostly share their instant, and to print one is a fifth of an answer. */
class Times {
  readonly #texts: string[] = []
  #micros = 0
  #printed = EPOCH

  /** @param micros since the epoch; null where there is no row */
  add(micros: number | null): void {
    if (micros !== null && micros !== this.#micros) {
      this.#micros = micros
      this.#printed = `"${timestampText(micros)}"`
    }
    this.#texts.push(micros === null ? EPOCH : this.#printed)
  }

  text(): string {
    return this.#texts.join(',')
  }
}
