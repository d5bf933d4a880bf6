/** From an answer as it came to what a caller gets: values in the types of the plan, and where they are from. */
import type { ValueType } from '../core/types.ts'
import { convert, type FeatureValue } from './convert.ts'
import type { Meta } from './meta.ts'
import type { ServicePlan } from './plan.ts'
import type { Raw, RawRow } from './raw.ts'
import { NEVER } from './runtime.ts'

/** An answer with what is known of its way here. */
export interface Served {
  readonly raw: Raw
  readonly plan: ServicePlan
  readonly source: 'network' | 'cache'
  readonly stale: boolean
  readonly offline: boolean
  /** Milliseconds since the server answered. */
  readonly age: number
  /** The deployment's clock, milliseconds since the epoch; null where it does not say. */
  readonly now: number | null
  /** By that clock: the first of the values is past its ttl or `maxAge`. Infinite where none ever is, null where it cannot be told. */
  readonly expires: number | null
}

export type AnsweredRow = Readonly<Record<string, FeatureValue>>

export interface Answered {
  readonly rows: readonly AnsweredRow[]
  readonly meta: Meta
}

/** @throws ClientError UNREADABLE when a value is not of its type */
export async function answeredOf(served: Served, statuses: boolean): Promise<Answered> {
  const { raw, plan } = served
  try {
    return { rows: raw.rows.map((row) => readRow(row, plan.types)), meta: metaOf(served, statuses) }
  } catch {
    throw (await import('./unreadable.ts')).wrongValue(raw.rows, plan)
  }
}

export function metaOf({ raw, plan: _, now, expires, ...way }: Served, statuses: boolean): Meta {
  const { service, revision, degraded, issues, views } = raw
  const timed = views.flatMap(({ as, event_timestamps: times }) => (times ? [[as, times] as const] : []))
  const ageOf = (time: string | null): number | null => (time === null || now === null ? null : now - Date.parse(time))
  return {
    service,
    revision,
    degraded,
    issues,
    views,
    ...(statuses && raw.statuses && { statuses: raw.statuses }),
    event_timestamps: Object.fromEntries(timed),
    ages: Object.fromEntries(timed.map(([as, times]) => [as, times.map(ageOf)])),
    expires_in: now === null || expires === null || expires === NEVER ? null : expires - now,
    computed: 'edge',
    ...way,
  }
}

function readRow(row: RawRow, types: ReadonlyMap<string, ValueType>): AnsweredRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const type = types.get(name)
      if (!type) throw new TypeError()
      return [name, convert(value, type)]
    }),
  )
}
