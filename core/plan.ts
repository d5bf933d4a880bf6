/** A plan: a version of a feature service compiled for answering requests. Kept under `plan/<hash>`. */
import type { KeyKind } from './types.ts'

export const PLAN_FORMAT = 1

export interface PlanKey {
  /** The field of a request row. */
  readonly name: string
  readonly type: KeyKind
}

export interface PlanColumn {
  /** Its name in the answer, unless full names are asked for. */
  readonly name: string
  readonly feature: string
  /** Its position among the view's features. */
  readonly index: number
  readonly type: string
  readonly visibility: 'server' | 'public'
}

/** One stored view in one role. */
export interface PlanView {
  /** `view@version` */
  readonly view: string
  /** The `view@version` whose runs hold its rows, where that is an earlier one. */
  readonly runs?: string
  /** The role; the view's own name when it has none. */
  readonly as: string
  /** The request fields that make up the key, in the entity's declared order. Empty for the global entity. */
  readonly keys: readonly PlanKey[]
  /** Absent where rows are only pushed: then there is no run. */
  readonly stored?: false
  /** Set where rows are pushed as well, and say from where they are read: `nearest`, or always the primary database. */
  readonly push?: 'nearest' | 'primary'
  /** Microseconds; null when values never expire. */
  readonly ttl: number | null
  readonly columns: readonly PlanColumn[]
}

export interface Plan {
  readonly format: typeof PLAN_FORMAT
  readonly service: string
  readonly version: number
  readonly views: readonly PlanView[]
  /** Content hashes of the on-demand modules that answering runs; absent where nothing is computed on demand. */
  readonly code?: readonly string[]
}
