/** Where an answer comes from and what is missing in it. */
export type ValueStatus = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'INVALID'

/** Values that are null for a reason: of one feature, or of a whole view. */
export interface Issue {
  readonly feature?: string
  readonly view?: string
  readonly status: ValueStatus
  /** Positions in the request. */
  readonly rows: readonly number[]
}

export interface UsedView {
  /** `airport_delays@1` */
  readonly view: string
  /** The role. */
  readonly as: string
  readonly store: 'kv' | 'd1'
  /** Null where rows are only pushed. */
  readonly snapshot: number | null
  /** Rows are pushed as well: those are live and belong to no snapshot. */
  readonly pushed?: true
  /** RFC 3339, one for each row; for requests of one row. */
  readonly event_timestamps?: readonly (string | null)[]
}

export interface Meta {
  /** With its version: `flight_delay@1`. */
  readonly service: string
  readonly revision: number
  /** Whether the answer comes from an older revision because the newest could not be read. */
  readonly degraded: boolean
  readonly issues: readonly Issue[]
  readonly views: readonly UsedView[]
}
