/** Expressions as people write them, each with the same in JavaScript by hand, over rows that are the same everywhere. */
import type { StoredValue } from '../../core/values.ts'

export interface Case {
  readonly name: string
  readonly sql: string
  readonly type: string
  readonly hand: Hand
}

/**
 * Of a row of values as expressions read them: its columns are `COLUMNS`. Null where the expression is, and throws where it fails:
 * main.ts measures nothing that does not agree on every row of `checkedRows`.
 */
export type Hand = (row: Row) => StoredValue

export type Row = readonly (number | string | boolean | null)[]

/** The view's row. */
export const COLUMNS = [
  { name: 'share', type: 'float64' },
  { name: 'distance', type: 'float64' },
  { name: 'delay', type: 'float64' },
  { name: 'flights', type: 'int32' },
  { name: 'seats', type: 'int32' },
  { name: 'carrier', type: 'string' },
  { name: 'at', type: 'timestamp' },
  ...Array.from({ length: 8 }, (_, i) => ({ name: `x${i}`, type: 'float64' })),
  ...Array.from({ length: 8 }, (_, i) => ({ name: `w${i}`, type: 'float64' })),
  { name: 'late', type: 'int64' },
  { name: 'total', type: 'int64' },
] as const

export const ROWS = 1024

/** DuckDB's SQL of the rows, of `i` from 0: what the offline path reads. */
export const ROWS_SQL = `i % 97 / 97.0::double as share, (i % 2500)::double + 11 as distance, case when i % 50 = 0 then null else (i % 83)::double - 20 end as delay,
  (i % 400)::integer as flights, (i % 180 + 4)::integer as seats, ['WN', 'AA', 'UA', 'dl'][i % 4 + 1] as carrier,
  make_timestamp(993945600000000 + i * 61000000) as at, ${Array.from({ length: 8 }, (_, i) => `((i + ${i}) % 31)::double as x${i}`).join(', ')},
  ${Array.from({ length: 8 }, (_, i) => `(i + ${i}) % 7 / 7.0::double as w${i}`).join(', ')},
  (i % 40)::bigint as late, (i % 41)::bigint as total`

/** The same. */
export function row(i: number): Row {
  return [
    (i % 97) / 97,
    (i % 2500) + 11,
    i % 50 === 0 ? null : (i % 83) - 20,
    i % 400,
    (i % 180) + 4,
    ['WN', 'AA', 'UA', 'dl'][i % 4] ?? '',
    993945600000000 + i * 61000000,
    ...Array.from({ length: 8 }, (_, at) => (i + at) % 31),
    ...Array.from({ length: 8 }, (_, at) => ((i + at) % 7) / 7),
    i % 40,
    i % 41,
  ]
}

/** What is measured, then every column null in turn, then what some expression has no value for. */
export function checkedRows(): readonly Row[] {
  const whole = row(1)
  const changed = (name: string, value: Row[number]): Row =>
    whole.map((old, at) => (COLUMNS[at]?.name === name ? value : old))
  return [
    ...Array.from({ length: ROWS }, (_, i) => row(i)),
    ...COLUMNS.map(({ name }) => changed(name, null)),
    ...[changed('share', -1), changed('distance', -5), changed('flights', 2_147_483_647), changed('total', 0)],
  ]
}

/** As a block has it. */
export function stored(type: string, value: Row[number]): StoredValue {
  return type === 'int64' && value !== null ? String(value) : value
}

type Float = number | null
type Text = string | null

const hasNull = (row: Row, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) if (row[at] === null) return true
  return false
}

const int32 = (value: number): number => {
  if (value > 2_147_483_647 || value < -2_147_483_648) throw new RangeError('it is no int32')
  return value
}

export const CASES: readonly Case[] = [
  {
    name: 'risk',
    sql: 'share * sqrt(distance)',
    type: 'float64',
    hand: (row) => {
      const share = row[0] as Float
      const distance = row[1] as Float
      if (distance !== null && distance < 0) throw new RangeError('it has no square root')
      return share === null || distance === null ? null : share * Math.sqrt(distance)
    },
  },
  {
    name: 'default',
    sql: 'coalesce(delay, 0) / 60',
    type: 'float64',
    hand: (row) => ((row[2] as Float) ?? 0) / 60,
  },
  {
    name: 'share of counts',
    sql: 'late / nullif(total, 0)',
    type: 'float64',
    hand: (row) => {
      const late = row[23] as Float
      const total = row[24] as Float
      return late === null || total === null || total === 0 ? null : late / total
    },
  },
  {
    name: 'load of integers',
    sql: 'flights * seats + 1',
    type: 'int32',
    hand: (row) => {
      const flights = row[3] as Float
      const seats = row[4] as Float
      return flights === null || seats === null ? null : int32(int32(flights * seats) + 1)
    },
  },
  {
    name: 'buckets',
    sql: 'case when delay is null then 0 when delay < 0 then 1 when delay < 15 then 2 when delay < 60 then 3 else 4 end',
    type: 'int32',
    hand: (row) => {
      const delay = row[2] as Float
      if (delay === null) return 0
      return delay < 0 ? 1 : delay < 15 ? 2 : delay < 60 ? 3 : 4
    },
  },
  {
    name: 'rule',
    sql: "carrier in ('WN', 'AA') and distance between 100 and 2000",
    type: 'bool',
    hand: (row) => {
      const carrier = row[5] as Text
      const distance = row[1] as Float
      const isCarrier = carrier === null ? null : carrier === 'WN' || carrier === 'AA'
      const isNear = distance === null ? null : distance >= 100 && distance <= 2000
      if (isCarrier === false || isNear === false) return false
      return isCarrier === null || isNear === null ? null : true
    },
  },
  {
    name: 'clamp',
    sql: 'greatest(0, least(1, share * 1.5))',
    type: 'float64',
    hand: (row) => {
      const share = row[0] as Float
      if (share === null) return 1 // greatest and least pass over nulls
      return Math.max(0, Math.min(1, Number.isNaN(share) ? 1 : share * 1.5)) // NaN is the greatest
    },
  },
  {
    name: 'logarithm',
    sql: 'ln(distance + 1)',
    type: 'float64',
    hand: (row) => {
      const distance = row[1] as Float
      if (distance === null) return null
      if (distance + 1 <= 0) throw new RangeError('it has no logarithm')
      return Math.log(distance + 1)
    },
  },
  {
    name: 'logistic',
    sql: '1 / (1 + exp(3 - 0.8 * share - 0.002 * distance))',
    type: 'float64',
    hand: (row) => {
      const share = row[0] as Float
      const distance = row[1] as Float
      return share === null || distance === null ? null : 1 / (1 + Math.exp(3 - 0.8 * share - 0.002 * distance))
    },
  },
  {
    name: 'key of text',
    sql: "lower(carrier) || '_x'",
    type: 'string',
    hand: (row) => {
      const carrier = row[5] as Text
      return carrier === null ? null : `${carrier.toLowerCase()}_x`
    },
  },
  {
    name: 'weekend',
    sql: 'dayofweek("at") in (0, 6)',
    type: 'bool',
    hand: (row) => {
      const at = row[6] as Float
      if (at === null) return null
      const day = new Date(at / 1000).getUTCDay()
      return day === 0 || day === 6
    },
  },
  {
    name: 'sum of eight products',
    sql: Array.from({ length: 8 }, (_, i) => `x${i} * w${i}`).join(' + '),
    type: 'float64',
    hand: (row) => {
      if (hasNull(row, 7, 23)) return null
      const r = row as readonly number[]
      const product = (at: number): number => (r[at] ?? 0) * (r[at + 8] ?? 0)
      return product(7) + product(8) + product(9) + product(10) + product(11) + product(12) + product(13) + product(14)
    },
  },
]

/** A view with one feature in TypeScript or WebAssembly: which columns it reads, and what it answers. */
interface View {
  readonly name: string
  readonly reads: readonly string[]
  readonly feature: string
  readonly type: string
}

export interface Compute extends View {
  /** As a feature author writes it. */
  readonly text: string
}

export const COMPUTES: readonly Compute[] = [
  {
    name: 'risk, as in SQL above',
    reads: ['share', 'distance'],
    feature: 'risk',
    type: 'float64',
    text: '({ share, distance }) => ({ risk: share === null || distance === null ? null : share * Math.sqrt(distance) })',
  },
  {
    name: 'two helpers and a table',
    reads: ['delay', 'carrier', 'distance'],
    feature: 'score',
    type: 'float64',
    text: `(() => {
      const FACTORS = new Map([['WN', 1.1], ['AA', 0.9], ['UA', 1]])
      const clamp = (x, low, high) => Math.min(high, Math.max(low, x))
      const scaled = (minutes, miles) => clamp(minutes / 60, 0, 4) * clamp(miles / 1000, 0.1, 3)
      return ({ delay, carrier, distance }) => ({
        score: delay === null ? null : scaled(delay, distance) * (FACTORS.get(carrier) ?? 1),
      })
    })()`,
  },
  {
    name: 'a loop over sixteen values',
    reads: Array.from({ length: 16 }, (_, i) => (i < 8 ? `x${i}` : `w${i - 8}`)),
    feature: 'sum',
    type: 'float64',
    text: `(row) => {
      const values = [row.x0, row.x1, row.x2, row.x3, row.x4, row.x5, row.x6, row.x7]
      const weights = [row.w0, row.w1, row.w2, row.w3, row.w4, row.w5, row.w6, row.w7]
      let sum = 0
      for (let i = 0; i < values.length; i++) sum += values[i] * weights[i]
      return { sum }
    }`,
  },
  {
    name: 'words of a text',
    reads: ['carrier', 'flights'],
    feature: 'key',
    type: 'string',
    text: "({ carrier, flights }) => ({ key: [carrier, flights, 'late'].map((one) => String(one).toLowerCase()).join('-') })",
  },
]

export interface Wasm extends View {
  readonly export: string
  readonly hand: Hand
}

export const WASMS: readonly Wasm[] = [
  {
    name: 'risk, as in SQL above',
    reads: ['share', 'distance'],
    feature: 'risk',
    type: 'float64',
    export: 'risk',
    hand: (row) => {
      const share = row[0] as Float
      const distance = row[1] as Float
      return share === null || distance === null ? null : share * Math.sqrt(distance)
    },
  },
  {
    name: '`missed` of examples/flights',
    reads: ['delay', 'distance', 'share'],
    feature: 'missed',
    type: 'float64',
    export: 'missed',
    hand: (row) => {
      const mean = row[2] as Float
      const p90 = row[1] as Float
      const minutes = row[0] as Float
      if (mean === null || p90 === null || minutes === null) return null
      const scale = (p90 - mean) / Math.log(9)
      if (!(scale > 0)) return mean > minutes ? 1 : 0
      return 1 / (1 + Math.exp((minutes - mean) / scale))
    },
  },
]
