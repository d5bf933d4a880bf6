/** From an answer as it came to what a caller gets: values in the types of the plan, and where they are from. */
import type { Parsed } from '../core/json.ts'
import type { ValueType } from '../core/types.ts'
import { convert, type FeatureValue } from './convert.ts'
import { unreadable } from './error.ts'
import type { Meta } from './meta.ts'
import type { ServicePlan } from './plan.ts'
import type { Raw, RawRow } from './raw.ts'

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
export function answeredOf(served: Served, statuses: boolean): Answered {
  const { raw, plan } = served
  return { rows: raw.rows.map((row) => readRow(row, plan.types)), meta: metaOf(served, statuses) }
}

export function metaOf({ raw, source, stale, offline, age, now, expires }: Served, statuses: boolean): Meta {
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
    expires_in: now === null || expires === null || expires === Number.POSITIVE_INFINITY ? null : expires - now,
    computed: 'edge',
    source,
    stale,
    offline,
    age,
  }
}

function readRow(row: RawRow, types: ReadonlyMap<string, ValueType>): AnsweredRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, readValue(name, value, types.get(name))]))
}

function readValue(name: string, value: Parsed, type: ValueType | undefined): FeatureValue {
  if (!type) throw unreadable(`The feature ${name} of the answer is not in the plan of the service.`)
  try {
    return convert(value, type)
  } catch (error) {
    throw unreadable(`The feature ${name} cannot be read: ${error instanceof Error ? error.message : error}.`)
  }
}
