/**
 * One value at a time: what is materialized and what was pushed, merged. For every feature the newest event wins, and of the
 * same instant what was pushed; a feature that was never pushed is the materialized one, and a null that was pushed is a null.
 */
import { FIRST_FEATURE } from '../../core/block.ts'
import type { StoredValue } from '../../core/values.ts'
import { type PushedCell, type PushedPayload, REMOVED } from '../../registry/pushed-rows.ts'
import type { FeatureStatus } from '../../registry/wire/features.ts'
import { type CachedRow, findRow } from './blocks.ts'
import type { BoundView } from './bound.ts'
import type { StoredColumn } from './plans.ts'

/** Per view what was pushed for each row of keys; null for views that nobody pushes to. */
export type LiveRows = readonly (readonly (PushedPayload | undefined)[] | null)[]

export interface Cell {
  /** As it is stored; null unless the status is PRESENT. */
  readonly value: StoredValue
  readonly status: Exclude<FeatureStatus, 'INVALID'>
}

export interface PickedRow {
  /** By column of the view. */
  readonly cells: readonly Cell[]
  /** The newest that any of them comes from, microseconds since the epoch; null when there is no row. */
  readonly eventTimestamp: number | null
  /** The oldest that a value which is not too old comes from: until when it is all good. */
  readonly oldest: number | null
}

export interface Age {
  /** Microseconds since the epoch. */
  readonly now: number
  /** Microseconds; tighter than the view's ttl, or infinite. */
  readonly maxAge: number
}

const NOT_FOUND: Cell = { value: null, status: 'NOT_FOUND' }
const OUTSIDE_MAX_AGE: Cell = { value: null, status: 'OUTSIDE_MAX_AGE' }
const NULL_VALUE: Cell = { value: null, status: 'NULL_VALUE' }

/** Undefined when the block that would have the key is not in memory. */
export function pickRow(
  bind: BoundView,
  key: string,
  payload: PushedPayload | undefined,
  age: Age,
): PickedRow | undefined {
  const cached = findRow(bind.run, key)
  if (cached === undefined) return undefined
  const oldest = age.now - Math.min(bind.view.ttl, age.maxAge)
  let newest = cached ? cached.row[1] : null
  let oldestLive: number | null = null
  const cells = bind.view.columns.map((column): Cell => {
    const [value, event] = newer(cached, column, payload)
    if (event === null) return NOT_FOUND
    if (newest === null || event > newest) newest = event
    if (event < oldest) return OUTSIDE_MAX_AGE
    if (oldestLive === null || event < oldestLive) oldestLive = event
    return value === null ? NULL_VALUE : { value, status: 'PRESENT' }
  })
  return { cells, eventTimestamp: newest, oldest: oldestLive }
}

function newer(
  cached: CachedRow | null,
  { index, feature }: StoredColumn,
  payload: PushedPayload | undefined,
): readonly [value: StoredValue, event: number | null] {
  const pushed = payload && pushedCell(payload, feature)
  if (pushed && (!cached || pushed[1] >= cached.row[1])) return [pushed[0], pushed[1]]
  return cached ? [cached.row[FIRST_FEATURE + index] ?? null, cached.row[1]] : [null, null]
}

/** What is not newer than the entity's removal counts as never pushed. */
function pushedCell(payload: PushedPayload, feature: string): PushedCell | undefined {
  const cell = Object.hasOwn(payload, feature) ? payload[feature] : undefined
  const removed = Object.hasOwn(payload, REMOVED) ? payload[REMOVED] : undefined
  return cell && removed && !isNewer(cell, removed) ? undefined : cell
}

function isNewer([, event, created]: PushedCell, [, other, otherCreated]: PushedCell): boolean {
  if (event !== other) return event > other
  return (created ?? Number.NEGATIVE_INFINITY) > (otherCreated ?? Number.NEGATIVE_INFINITY)
}
