/** Expressions as people write them, each with the same in JavaScript by hand, over rows that are the same everywhere. */
export interface Case {
  readonly name: string
  readonly sql: string
  readonly type: string
  /** Of a row of values as expressions read them: its columns are `COLUMNS`. */
  readonly hand: (row: Row) => unknown
}

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
] as const

export const ROWS = 1024

/** DuckDB's SQL of the rows, of `i` from 0: what the offline path reads. */
export const ROWS_SQL = `i % 97 / 97.0::double as share, (i % 2500)::double + 11 as distance, case when i % 50 = 0 then null else (i % 83)::double - 20 end as delay,
  (i % 400)::integer as flights, (i % 180 + 4)::integer as seats, ['WN', 'AA', 'UA', 'dl'][i % 4 + 1] as carrier,
  make_timestamp(993945600000000 + i * 61000000) as at, ${Array.from({ length: 8 }, (_, i) => `((i + ${i}) % 31)::double as x${i}`).join(', ')},
  ${Array.from({ length: 8 }, (_, i) => `(i + ${i}) % 7 / 7.0::double as w${i}`).join(', ')}`

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
  ]
}

const number = (value: Row[number] | undefined): number => value as number

export const CASES: readonly Case[] = [
  {
    name: 'product',
    sql: 'share * distance',
    type: 'float64',
    hand: (r) => (r[0] === null || r[1] === null ? null : number(r[0]) * number(r[1])),
  },
  {
    name: 'risk',
    sql: 'share * sqrt(distance)',
    type: 'float64',
    hand: (r) => (r[0] === null || r[1] === null ? null : number(r[0]) * Math.sqrt(number(r[1]))),
  },
  {
    name: 'default',
    sql: 'coalesce(delay, 0) / 60',
    type: 'float64',
    hand: (r) => (r[2] === null ? 0 : number(r[2])) / 60,
  },
  {
    name: 'load of integers',
    sql: 'flights * seats + 1',
    type: 'int32',
    hand: (r) => {
      if (r[3] === null || r[4] === null) return null
      const value = number(r[3]) * number(r[4]) + 1
      if (value > 2147483647 || value < -2147483648) throw new RangeError()
      return value
    },
  },
  {
    name: 'buckets',
    sql: 'case when delay is null then 0 when delay < 0 then 1 when delay < 15 then 2 when delay < 60 then 3 else 4 end',
    type: 'int32',
    hand: (r) => {
      const delay = r[2]
      if (delay === null) return 0
      return number(delay) < 0 ? 1 : number(delay) < 15 ? 2 : number(delay) < 60 ? 3 : 4
    },
  },
  {
    name: 'rule',
    sql: "carrier in ('WN', 'AA') and distance between 100 and 2000",
    type: 'bool',
    hand: (r) => (r[5] === 'WN' || r[5] === 'AA') && number(r[1]) >= 100 && number(r[1]) <= 2000,
  },
  {
    name: 'clamp',
    sql: 'greatest(0, least(1, share * 1.5))',
    type: 'float64',
    hand: (r) => (r[0] === null ? null : Math.max(0, Math.min(1, number(r[0]) * 1.5))),
  },
  { name: 'logarithm', sql: 'ln(distance + 1)', type: 'float64', hand: (r) => Math.log(number(r[1]) + 1) },
  {
    name: 'key of text',
    sql: "lower(carrier) || '_x'",
    type: 'string',
    hand: (r) => `${String(r[5]).toLowerCase()}_x`,
  },
  {
    name: 'weekend',
    sql: 'dayofweek("at") in (0, 6)',
    type: 'bool',
    hand: (r) => {
      const day = new Date(number(r[6]) / 1000).getUTCDay()
      return day === 0 || day === 6
    },
  },
  {
    name: 'sum of eight products',
    sql: Array.from({ length: 8 }, (_, i) => `x${i} * w${i}`).join(' + '),
    type: 'float64',
    hand: (r) =>
      number(r[7]) * number(r[15]) +
      number(r[8]) * number(r[16]) +
      number(r[9]) * number(r[17]) +
      number(r[10]) * number(r[18]) +
      number(r[11]) * number(r[19]) +
      number(r[12]) * number(r[20]) +
      number(r[13]) * number(r[21]) +
      number(r[14]) * number(r[22]),
  },
]

/** Functions of a view's row, as a feature author writes them: which columns they read, what they answer, and their text. */
export interface Compute {
  readonly name: string
  readonly reads: readonly string[]
  readonly feature: string
  readonly type: string
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
