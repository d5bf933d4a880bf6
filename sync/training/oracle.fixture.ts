/**
 * What a training set has to hold, worked out the slow way: for each row of the spine, look at every row that the view ever
 * had. Written from docs/semantics.md and docs/push.md, over plain objects; nothing here is shared with what is tested.
 */

/** A value as the test compares it: its text, and its place among the values of its type, the least first. */
export interface Value {
  readonly text: string
  readonly rank: number
  /** As it was pushed, in JSON. */
  readonly json: string
}

export interface HistoryRow {
  readonly key: string
  /** Microseconds since the epoch. */
  readonly event: number
  readonly created: number | null
  /** By position of the feature. */
  readonly values: readonly (Value | null)[]
}

export interface PushedRow {
  readonly key: string
  readonly event: number
  readonly created: number | null
  /** The entity is removed; no feature is named then. */
  readonly deleted: boolean
  /** Position of a feature -> what the row names. */
  readonly values: ReadonlyMap<number, Value | null>
}

export interface OracleView {
  readonly features: number
  /** Microseconds; null where rows never expire. */
  readonly ttl: number | null
  /** Microseconds from an event until its row can be read. */
  readonly lag: number
  readonly rows: readonly HistoryRow[]
  /** Instead of rows: what a sync as of an instant computes, of a view that reads `$as_of`. */
  readonly rowsAsOf?: (asOf: number) => readonly HistoryRow[]
  /** Null where nobody pushes. */
  readonly pushed: readonly PushedRow[] | null
}

export type Status = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE'

export interface Expected {
  readonly cells: readonly { readonly text: string | null; readonly status: Status }[]
  readonly event: number | null
}

/**
 * @param at the spine's instant
 * @param asKnown rows count from their creation on
 * @param taken positions of the features that are taken, in their order
 */
export function expected(
  view: OracleView,
  { key, at, asKnown, taken }: { key: string; at: number; asKnown: boolean; taken: readonly number[] },
): Expected {
  const row = newestRow(view, key, at, asKnown)
  let event = row === null ? null : row.event
  const cells: { text: string | null; status: Status }[] = []
  for (const feature of taken) {
    const pushed = pushedCell(view.pushed ?? [], { key, at, asKnown, feature })
    let value: Value | null = null
    let from: number | null = null
    if (row !== null) {
      value = row.values[feature] ?? null
      from = row.event
    }
    if (pushed !== null && (from === null || pushed.event >= from)) {
      value = pushed.value
      from = pushed.event
    }
    if (from !== null && (event === null || from > event)) event = from
    if (from === null) cells.push({ text: null, status: 'NOT_FOUND' })
    else if (view.ttl !== null && at - from > view.ttl) cells.push({ text: null, status: 'OUTSIDE_MAX_AGE' })
    else if (value === null) cells.push({ text: null, status: 'NULL_VALUE' })
    else cells.push({ text: value.text, status: 'PRESENT' })
  }
  return { cells, event }
}

function newestRow(view: OracleView, key: string, at: number, asKnown: boolean): HistoryRow | null {
  let newest: HistoryRow | null = null
  for (const row of view.rowsAsOf ? view.rowsAsOf(at - view.lag) : view.rows) {
    if (row.key !== key) continue
    if (row.event + view.lag > at) continue
    if (asKnown && row.created !== null && row.created > at) continue
    if (newest === null || isAfter(row, newest)) newest = row
  }
  return newest
}

/** By event, then created, then the values in the order of the features. */
function isAfter(one: HistoryRow, other: HistoryRow): boolean {
  if (one.event !== other.event) return one.event > other.event
  const created = compareCreated(one.created, other.created)
  if (created !== 0) return created > 0
  for (let at = 0; at < one.values.length; at++) {
    const [a, b] = [rankOf(one.values[at]), rankOf(other.values[at])]
    if (a !== b) return a > b
  }
  return false
}

/** A null is greater than every value. */
function rankOf(value: Value | null | undefined): number {
  return value ? value.rank : Number.POSITIVE_INFINITY
}

/** A row that does not say counts as the oldest of its event. */
function compareCreated(one: number | null, other: number | null): number {
  if (one === other) return 0
  if (one === null) return -1
  if (other === null) return 1
  return one - other
}

interface PushedCell {
  readonly value: Value | null
  readonly event: number
  readonly created: number | null
}

interface WantedCell {
  readonly key: string
  readonly at: number
  readonly asKnown: boolean
  readonly feature: number
}

function pushedCell(rows: readonly PushedRow[], { key, at, asKnown, feature }: WantedCell): PushedCell | null {
  let newest: PushedCell | null = null
  let removal: PushedCell | null = null
  for (const row of rows) {
    if (row.key !== key || row.event > at) continue
    if (asKnown && row.created !== null && row.created > at) continue
    const { event, created } = row
    if (row.deleted) {
      const cell = { value: null, event, created }
      if (removal === null || comparePushed(cell, removal) > 0) removal = cell
      continue
    }
    const value = row.values.get(feature)
    if (value === undefined) continue
    const cell = { value, event, created }
    if (
      newest === null ||
      comparePushed(cell, newest) > 0 ||
      (comparePushed(cell, newest) === 0 && isLarger(cell, newest))
    )
      newest = cell
  }
  if (newest !== null && removal !== null && comparePushed(newest, removal) <= 0) return null
  return newest
}

function comparePushed(one: PushedCell, other: PushedCell): number {
  if (one.event !== other.event) return one.event - other.event
  return compareCreated(one.created, other.created)
}

/** As text. */
function isLarger(one: PushedCell, other: PushedCell): boolean {
  const [a, b] = [one.value === null ? 'null' : one.value.json, other.value === null ? 'null' : other.value.json]
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
}
