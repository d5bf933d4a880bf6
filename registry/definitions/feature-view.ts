/**
 * A feature view says how the features of an entity come out of its sources, and how they are kept online.
 *
 * @example
 * const airportDelays = featureView('airport_delays', {
 *   entity: airport,
 *   source: flights,
 *   ttl: '14d',
 *   sql: 'select origin as airport, date as event_timestamp, count(*) as flights_1d from flights group by all',
 *   features: { flights_1d: { type: t.int64(), description: 'Departures of the day' } },
 * })
 */
import { checkName } from '../../core/name.ts'
import type { LakeSourceObject, ViewDefinition } from '../objects.ts'
import { checkProblems } from './check-columns.ts'
import { type Check, checkObjects } from './checks.ts'
import { cronProblem } from './cron.ts'
import { frozen, refuse, shown } from './definition.ts'
import { type Entity, isEntity } from './entity.ts'
import { type FeatureInputs, type FeatureValues, featureObjects } from './feature.ts'
import { isSource, type Source } from './file-source.ts'
import {
  checkChoice,
  checkColumn,
  checkDuration,
  checkMetadata,
  checkOptions,
  type Duration,
  METADATA_OPTIONS,
  type MetadataOptions,
  present,
} from './options.ts'
import { isPushSource, type PushSource } from './push-source.ts'
import type { Show } from './rows.ts'
import { type FeatureView, firstRole } from './view.ts'
import { checkViewSql } from './view-sql.ts'

export interface FeatureViewOptions<K = unknown, F extends FeatureInputs = FeatureInputs> extends MetadataOptions {
  readonly entity: Entity<string, K>
  /**
   * One or several; each is a table of that name in the SQL. Without SQL exactly one, which already holds the features. Left
   * out for a view whose rows are only pushed.
   */
  readonly source?: Source | readonly Source[]
  /** What applications push is served beside what is materialized, newest first for every feature. */
  readonly push?: PushSource
  /** `primary`: pushed rows are read where they are written, which every caller but a near one pays with the way there. */
  readonly consistency?: 'primary'
  /** One `select` that yields the join keys, the timestamp and the features. `$as_of` is the instant they are as of. */
  readonly sql?: string
  /** The column with the event timestamp; `event_timestamp` with SQL, else the source's. */
  readonly timestamp?: string
  /** The column with the time at which the row was written; without SQL the source's. */
  readonly created?: string
  /** How far before an event timestamp the SQL reads its sources: `'7d'` for a mean over seven days. */
  readonly lookback?: Duration
  /** How long a value stands after its event timestamp; forever when left out. */
  readonly ttl?: Duration
  /** How old the newest event may be before the view counts as stale. */
  readonly freshness?: Duration
  /** When to materialize, as five fields of cron in UTC. */
  readonly schedule?: string
  /** How late events may still arrive. */
  readonly lag?: Duration
  /** `kv` (default): read from every location; `d1`: cheaper where most rows change between materializations. */
  readonly online?: 'kv' | 'd1'
  /** How long earlier snapshots are kept for a rollback. */
  readonly retention?: Duration
  /**
   * What has to hold of a snapshot before it is served, made with `check`. Left out: a warning where more than half of the
   * rows change. `[]`: nothing.
   */
  readonly checks?: readonly Check<NoInfer<(keyof K | keyof F) & string>>[]
  /** Name -> type, or `{ type, description, tags, visibility }`. No feature may have the name of a join key. */
  readonly features: F & { readonly [P in keyof K & keyof F]: never }
}

const OPTIONS = [
  ...['entity', 'source', 'push', 'consistency', 'sql', 'timestamp', 'created', 'lookback', 'ttl', 'freshness'],
  ...['schedule', 'lag', 'online', 'retention', 'checks', 'features', ...METADATA_OPTIONS],
]
const DURATIONS = ['lookback', 'ttl', 'freshness', 'lag', 'retention'] as const

/** @throws ShorelineError INVALID naming the view and the field */
export function featureView<const N extends string, K, const F extends FeatureInputs>(
  name: N,
  options: FeatureViewOptions<K, F>,
): FeatureView<N, K, Show<FeatureValues<F>>> {
  checkName('featureView', name)
  const subject = `featureView ${name}`
  checkOptions(subject, options, OPTIONS)
  if (options.entity === undefined) refuse(subject, 'entity is missing. Pass what entity() returned.')
  if (!isEntity(options.entity)) refuse(subject, `entity is ${shown(options.entity)}. Pass what entity() returned.`)
  checkPush(subject, options.push)
  const sources = options.source === undefined && options.push ? [] : checkSources(subject, options.source)
  for (const option of DURATIONS) checkDuration(subject, option, options[option])
  checkColumn(subject, 'timestamp', options.timestamp)
  checkColumn(subject, 'created', options.created)
  checkSchedule(subject, options.schedule)
  checkChoice(subject, 'online', options.online, ['kv', 'd1'])
  checkChoice(subject, 'consistency', options.consistency, ['primary'])
  if (options.consistency !== undefined && options.push === undefined)
    refuse(subject, 'consistency is for pushed rows, and it has no push. Leave consistency out.')
  const keys = options.entity.object.join_keys.map((key) => key.name)
  const object: ViewDefinition = {
    name,
    ...checkMetadata(subject, options),
    entity: options.entity.name,
    sources: sources.map((source) => source.name),
    ...(options.push && { push: options.push.name }),
    ...present(options, ['consistency']),
    ...rowsOf(subject, options, sources),
    ...present(options, [...DURATIONS, 'schedule']),
    online: options.online ?? 'kv',
    ...(options.checks && { checks: checkObjects(subject, options.checks) }),
    features: featureObjects(subject, options.features, keys),
  }
  checkChecks(subject, object, options.entity)
  const view = Object.freeze({
    kind: 'featureView' as const,
    object: frozen(object),
    joinKeys: options.entity.object.join_keys,
    request: [],
    entity: options.entity,
    sources: Object.freeze([...sources, ...(options.push ? [options.push] : [])]),
  })
  // Names and columns are type parameters only: at run time a view is the same whatever it holds.
  return firstRole(view) as FeatureView<N, K, Show<FeatureValues<F>>>
}

function checkChecks(subject: string, { checks, sources, features }: ViewDefinition, entity: Entity): void {
  if (!checks) return
  if (sources.length === 0 && checks.length > 0)
    refuse(
      subject,
      'it has checks and no source: its rows are only pushed, and there is no snapshot. Leave checks out.',
    )
  const [problem] = checkProblems(checks, features, entity.object.join_keys)
  if (problem) refuse(subject, problem)
}

function checkPush(subject: string, push: unknown): void {
  if (push === undefined) return
  if (!isPushSource(push)) refuse(subject, `push is ${shown(push)}. Pass what pushSource() returned.`)
  if (push.object.kind === 'events')
    refuse(
      subject,
      `push is ${shown(push)}, whose rows are events and no features. Name a source with kind: 'features'.`,
    )
}

function checkSources(subject: string, given: unknown): readonly Source[] {
  if (given === undefined) refuse(subject, 'source is missing. Pass what parquetSource() returned.')
  const sources: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (sources.length === 0) refuse(subject, 'it has no source. Name at least one.')
  return sources.map((source, at) => {
    if (isPushSource(source))
      return refuse(
        subject,
        `source is ${shown(source)}. Pass it as push: ${source.name}, and what is in the lake as source.`,
      )
    if (!isSource(source)) return refuse(subject, `source is ${shown(source)}. Pass what parquetSource() returned.`)
    if (sources.slice(0, at).some((earlier) => isSource(earlier) && earlier.name === source.name))
      refuse(subject, `source ${source.name} is listed twice. List it once.`)
    return source
  })
}

/** Where the rows come from and which of their columns are times: the SQL's result, or the one source as it is. */
function rowsOf(
  subject: string,
  options: Pick<FeatureViewOptions, 'sql' | 'timestamp' | 'created' | 'push'>,
  sources: readonly Source[],
): Pick<ViewDefinition, 'sql' | 'timestamp' | 'created'> {
  if (sources.length === 0 && options.push) {
    const given = (['sql', 'timestamp', 'created'] as const).find((option) => options[option] !== undefined)
    if (given)
      refuse(subject, `it has ${given} and no source: its rows are only pushed. Leave ${given} out, or name a source.`)
    return { timestamp: 'event_timestamp' }
  }
  if (options.sql !== undefined) {
    refuseColumns(subject, sources)
    const sql = checkViewSql(subject, options.sql)
    return { sql, timestamp: options.timestamp ?? 'event_timestamp', ...present(options, ['created']) }
  }
  const [source, ...others] = sources
  if (!source || others.length > 0)
    return refuse(
      subject,
      `it has ${sources.length} sources and no sql. Write the sql that joins them, or keep one source.`,
    )
  const times: Pick<LakeSourceObject, 'timestamp' | 'created'> = source.object
  return {
    timestamp: options.timestamp ?? times.timestamp,
    ...present(times, ['created']),
    ...present(options, ['created']),
  }
}

function refuseColumns(subject: string, sources: readonly Source[]): void {
  const renaming = sources.find((source) => source.object.columns !== undefined)
  if (renaming)
    refuse(
      subject,
      `source ${renaming.name} has columns, which are for views without sql. Rename the columns in the sql, and leave columns out of the source.`,
    )
}

function checkSchedule(subject: string, schedule: unknown): void {
  if (schedule === undefined) return
  const problem = typeof schedule === 'string' ? cronProblem(schedule) : 'it is not a text'
  if (problem)
    refuse(
      subject,
      `schedule ${shown(schedule)} is not cron: ${problem}. Write minute, hour, day of month, month and day of week, as in "0 3 * * *".`,
    )
}
