/** What is measured: how many rows to how many entities, how often, and through what. */
import type { ViewName } from './features.ts'

export interface LakeSize {
  readonly rows: number
  readonly entities: number
}

export interface Shape extends LakeSize {
  readonly rounds: number
  readonly views: readonly ViewName[]
  /** Other `COPY`s, and a full run whose blocks are of the default size, beside it. */
  readonly more?: boolean
  /** How often it is materialized through a local Worker too. */
  readonly throughWorker?: number
}

const MILLION = 1_000_000
const BOTH: readonly ViewName[] = ['user_purchases', 'user_totals']
/** An aggregate of one row is that row. */
const ROWS: readonly ViewName[] = ['user_purchases']

export const SHAPES: readonly Shape[] = [
  { rows: MILLION, entities: 10_000, rounds: 7, views: BOTH, throughWorker: 1 },
  { rows: 10 * MILLION, entities: 10_000, rounds: 5, views: BOTH },
  { rows: 10 * MILLION, entities: MILLION, rounds: 5, views: BOTH, more: true, throughWorker: 3 },
  { rows: 50 * MILLION, entities: MILLION, rounds: 2, views: BOTH },
  { rows: 50 * MILLION, entities: 10 * MILLION, rounds: 1, views: BOTH },
  { rows: 10 * MILLION, entities: 10 * MILLION, rounds: 3, views: ROWS },
]

export const QUICK_SHAPES: readonly Shape[] = [
  { rows: MILLION, entities: 10_000, rounds: 1, views: BOTH },
  { rows: MILLION, entities: 100_000, rounds: 3, views: BOTH, more: true, throughWorker: 1 },
  { rows: MILLION, entities: MILLION, rounds: 1, views: ROWS },
]

/** Shares of the entities that change between two runs. */
export const SHARES = [0.001, 0.01, 0.2] as const

export const MONTHS: readonly number[] = [MILLION, 10 * MILLION]
export const QUICK_MONTHS: readonly number[] = [100_000, MILLION]

export function isOneRowPerKey({ rows, entities }: LakeSize): boolean {
  return rows === entities
}

/** `10M x 1M` */
export function shapeName({ rows, entities }: LakeSize): string {
  return `${short(rows)} x ${short(entities)}`
}

export function short(count: number): string {
  if (count >= MILLION) return `${count / MILLION}M`
  return count >= 1000 ? `${count / 1000}k` : String(count)
}
