/** Where an answer comes from, how old it is, and what is missing in it. */
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
  /** RFC 3339, one for each row. */
  readonly event_timestamps?: readonly (string | null)[]
  /** Where rows are pushed: of the oldest value of each row that is not past the ttl. */
  readonly oldest_event_timestamps?: readonly (string | null)[]
}

/** By feature, for each row. */
export type Statuses = readonly Readonly<Record<string, ValueStatus>>[]

export interface Meta {
  /** With its version: `flight_delay@1`. */
  readonly service: string
  readonly revision: number
  /** Whether the answer comes from an older revision because the newest could not be read. */
  readonly degraded: boolean
  readonly issues: readonly Issue[]
  readonly views: readonly UsedView[]
  /** On request: every status, those of values that are there included. */
  readonly statuses?: Statuses
  /** By role, for each row. Of `getMany` only where statuses are asked for or a cache is used. */
  readonly event_timestamps: Readonly<Record<string, readonly (string | null)[]>>
  /** Milliseconds from those to now, by the deployment's clock. */
  readonly ages: Readonly<Record<string, readonly (number | null)[]>>
  /** Milliseconds until the first of the values is past its ttl or `maxAge`; null where none ever is, or where nobody said. */
  readonly expires_in: number | null
  /** Where on-demand features were computed. */
  readonly computed: 'edge' | 'local'
  /** Why `prefer-local` was computed at the edge. */
  readonly fallback?: string
  readonly source: 'network' | 'cache'
  /** From the cache, while newer values are being asked for. */
  readonly stale: boolean
  /** From the cache, because the network failed. */
  readonly offline: boolean
  /** Milliseconds since the server answered. */
  readonly age: number
}
