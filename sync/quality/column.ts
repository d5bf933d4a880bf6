/** A feature as the scans of its statistics see it, and what they measure of it. */
import type { ValueType } from '../../core/types.ts'

export interface Column {
  /** Begins the names of what is measured, and with an underscore, as no feature does. */
  readonly id: string
  readonly name: string
  /** SQL of the feature's value. */
  readonly value: string
  readonly type: ValueType
  /** No value of a single entity may be kept. */
  readonly sensitive: boolean
  /** How many characters of a text are kept. */
  readonly cut: number
  /** How many frequent values are kept. */
  readonly top: number
  /** What is approximated anyway is taken from the rows that `_sampled` chooses: of many millions, some. */
  readonly sampled: boolean
}

/** SQL of a value in the rows that approximations are taken from. */
export function sampledSql(column: string, sampled: boolean): string {
  return sampled ? `case when ${SAMPLED} then ${column} end` : column
}

/** The column of a scan that chooses them. */
export const SAMPLED = '_sampled'

/** Name -> SQL of an aggregate. */
export type Measures = Readonly<Record<string, string>>

/** Beyond this, a sum of squares becomes infinite: there is no deviation to speak of. */
const MODERATE = '1e140'

/** Columns of every row that the measures are taken of: `<id>` the value, `<id>v` as a DOUBLE, `<id>t` as a text. */
export function rowColumns({ id, value, type, cut }: Column): readonly string[] {
  const own = `${value} as ${id}`
  switch (type.kind) {
    case 'int32':
    case 'int64':
      return [own, `${value}::double as ${id}v`]
    case 'float32':
    case 'float64':
      return [
        own,
        `case when isfinite(${value}) then ${value}::double end as ${id}v`,
        `case when abs(${value}) < ${MODERATE} then ${value}::double end as ${id}m`,
      ]
    case 'timestamp':
      return [own, `epoch_us(${value})::double as ${id}v`]
    case 'date':
      return [own, `(${value} - date '1970-01-01')::double as ${id}v`]
    case 'string':
      return [own, `left(${value}, ${cut}) as ${id}t`]
    default:
      return [own]
  }
}

/** SQL of what tells two values apart. DuckDB's hash of a list is blind to zeros at its beginning (1.5.6). */
export function hashSql({ id, type }: Column): string {
  if (type.kind !== 'list') return `hash(${id})`
  return type.of.kind === 'list' ? `hash(${id}::varchar)` : `hash(len(${id}), ${id})`
}

/** What a scan answered about one column, by the names of the measures. */
export class Answers {
  readonly #row: Readonly<Record<string, unknown>>
  readonly #id: string

  constructor(row: Readonly<Record<string, unknown>>, id: string) {
    this.#row = row
    this.#id = id
  }

  /** Null for what was not measured, and for what is no number. */
  number(name: string): number | null {
    const value = this.#row[`${this.#id}_${name}`] ?? null
    const number = value === null || value === '' ? Number.NaN : Number(value)
    // Minus zero is zero to whoever reads statistics.
    return Number.isFinite(number) ? number + 0 : null
  }

  text(name: string): string | null {
    const value = this.#row[`${this.#id}_${name}`] ?? null
    return value === null ? null : String(value)
  }

  list(name: string): readonly unknown[] {
    const value = this.#row[`${this.#id}_${name}`]
    return Array.isArray(value) ? value : []
  }

  /** The counts of a histogram, in the order of its bins. */
  counts(name: string): readonly number[] {
    return this.list(name).map((bin) =>
      typeof bin === 'object' && bin !== null && 'value' in bin ? Number(bin.value) : 0,
    )
  }
}
