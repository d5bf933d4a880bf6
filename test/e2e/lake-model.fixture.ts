/**
 * A lake as plain rows, and what each view must serve of them, in plain TypeScript: it shares no code with what it judges. The
 * newest row of a key is the greatest by event, then by created, then by its values.
 */

/** A row of a file. Instants are microseconds since the epoch. */
export interface EventRow {
  readonly part: string
  readonly number: number
  readonly at: number
  readonly created: number | null
  readonly x: number | null
  readonly n: number | null
  readonly s: string | null
}

export type Value = number | string | null

export interface OutputRow {
  readonly key: string
  readonly at: number
  readonly created: number | null
  readonly values: readonly Value[]
}

/** What one key is served as. */
export type Rows = ReadonlyMap<string, OutputRow>

/** Null at an end that is open. */
export interface Window {
  readonly from: number | null
  readonly to: number | null
}

export const HOUR = 3_600_000_000

export function keyOf({ part, number }: Pick<EventRow, 'part' | 'number'>): string {
  return JSON.stringify([part, number])
}

/** What a view computes of all rows, before the newest of each key is taken. */
export type View = (rows: readonly EventRow[]) => readonly OutputRow[]

export const asTheyAre: View = (rows) =>
  rows.map((row) => ({ key: keyOf(row), at: row.at, created: row.created, values: [row.x, row.n, row.s] }))

/** How many rows, how many with an `x`, the least `n`, the greatest `s`. */
export const summed: View = (rows) =>
  [...grouped(rows)].map(([key, own]) => {
    const texts = own.flatMap(({ s }) => (s === null ? [] : [s]))
    const numbers = own.flatMap(({ n }) => (n === null ? [] : [n]))
    return {
      key,
      at: Math.max(...own.map(({ at }) => at)),
      created: null,
      values: [
        own.length,
        own.filter(({ x }) => x !== null).length,
        numbers.length === 0 ? null : Math.min(...numbers),
        texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).at(-1) ?? null,
      ],
    }
  })

/** At each event, how many there were in the hour that ends with it. */
export const recent: View = (rows) =>
  [...grouped(rows)].flatMap(([key, own]) =>
    own.map(({ at }) => ({
      key,
      at,
      created: null,
      values: [own.filter((other) => other.at <= at && other.at >= at - HOUR).length],
    })),
  )

function grouped(rows: readonly EventRow[]): ReadonlyMap<string, readonly EventRow[]> {
  return Map.groupBy(rows, keyOf)
}

/** What is online after a sync: the newest row that is known at the instant, of each key. */
export function newest(rows: readonly OutputRow[], asOf: number): Rows {
  const found = new Map<string, OutputRow>()
  for (const row of rows) {
    if (row.at > asOf || (row.created ?? 0) > asOf) continue
    const other = found.get(row.key)
    if (!other || compare(row, other) > 0) found.set(row.key, row)
  }
  return found
}

/** After one of a window: what was computed in it beside what was online, of which a key that was computed again gives way. */
export function newestOfWindow(rows: readonly OutputRow[], asOf: number, { from, to }: Window, online: Rows): Rows {
  const isWithin = ({ at }: OutputRow): boolean => (from === null || at >= from) && (to === null || at <= to)
  const computed = rows.filter(isWithin)
  const again = newest(computed, asOf)
  const kept = [...online.values()].filter((row) => !(isWithin(row) && again.has(row.key)))
  return newest([...computed, ...kept], asOf)
}

function compare(a: OutputRow, b: OutputRow): number {
  if (a.at !== b.at) return a.at - b.at
  const created = (a.created ?? -1) - (b.created ?? -1)
  if (created !== 0) return created
  for (const [index, value] of a.values.entries()) {
    const order = compareValues(value, b.values[index] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** Null is the greatest, then NaN; minus zero is greater than zero; text by its UTF-8 bytes. */
function compareValues(a: Value, b: Value): number {
  if (Object.is(a, b)) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === 'string' || typeof b === 'string') return Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`))
  if (Number.isNaN(a)) return 1
  if (Number.isNaN(b)) return -1
  if (a === 0 && b === 0) return Object.is(a, -0) ? 1 : -1
  return a - b
}

/** SQL of a query with exactly these rows. */
export function sqlOf(rows: readonly EventRow[]): string {
  const instant = (at: number | null): string => (at === null ? 'null' : `make_timestamp(${at})`)
  const text = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`)
  const float = (value: number | null): string =>
    value === null ? 'null' : `'${Object.is(value, -0) ? '-0' : value}'::double`
  const values = rows.map(
    ({ part, number, at, created, x, n, s }) =>
      `(${text(part)}, ${number}, ${instant(at)}, ${instant(created)}, ${float(x)}, ${n}, ${text(s)})`,
  )
  // The first says the types of columns where all are null.
  return `select part::varchar as part, number::bigint as number, "at"::timestamp as "at", created::timestamp as created,
      x::double as x, n::bigint as n, s::varchar as s
    from (values (null, null, null, null, null, null, null)${values.map((row) => `, ${row}`).join('')}) as t(part, number, "at", created, x, n, s)
    where part is not null`
}
