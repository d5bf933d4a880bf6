/**
 * A spine without one: at each instant from one to another, every entity that had a row then which had not expired. That is
 * what a batch prediction at that instant would have been made for.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseDuration } from '../../../core/duration.ts'
import { ShorelineError } from '../../../core/errors.ts'
import { timestampText } from '../../../core/values.ts'
import { describe, query } from '../../duckdb.ts'
import { identifier, microseconds, timestampLiteral } from '../../sql/text.ts'
import { type JoinedView, ROW } from '../join.ts'
import type { TrainingPlan } from '../plan.ts'
import { FROM } from '../steps.ts'
import { rowsHash } from './file-spine.ts'
import type { RawSpine } from './spine.ts'

export interface EntityInstants {
  /** Microseconds since the epoch, the first and the last. */
  readonly from: number
  readonly to: number
  /** `1d` */
  readonly every: string
}

/** More would be a mistake of the unit rather than a wish. */
const MAX_INSTANTS = 100_000

/**
 * @param joined the plan's views, by position
 * @throws ShorelineError INVALID when no view says which entities there are, or the service needs request-time values
 */
export async function readEntitySpine(
  db: DuckDBConnection,
  { fields, service }: TrainingPlan,
  joined: readonly JoinedView[],
  timestamp: string,
  { from, to, every }: EntityInstants,
): Promise<{ readonly raw: RawSpine; readonly hash: string }> {
  const subject = service ?? 'these features'
  const requested = fields.filter(({ is }) => is === 'request')
  if (requested.length > 0)
    throw new ShorelineError(
      'INVALID',
      `${subject} computes from ${requested.map(({ name }) => name).join(', ')}, which requests bring and the lake does not have. Give a spine with --spine or --spine-sql.`,
    )
  const instants = instantsOf(from, to, every)
  const keys = fields.map(({ name }) => name)
  const all = joined.filter(
    ({ planned, steps, match }) =>
      steps !== null && match === 'newest' && keys.every((key) => planned.keys.some(({ name }) => name === key)),
  )
  if (all.length === 0)
    throw new ShorelineError(
      'INVALID',
      `no view of ${subject} has rows of ${keys.join(' and ') || 'the global entity'} together that say which entities there are. Give a spine with --spine or --spine-sql.`,
    )
  const list = instants.map(timestampLiteral).join(', ')
  const active = all.map((view) => activeQuery(view, keys))
  const names = keys.map(identifier)
  const order = ['_t', ...names].join(', ')
  await db.run(
    `create or replace temp table _spine_rows as
     with instants as (select unnest([${list}]) as _t)
     select (row_number() over (order by ${order})) - 1 as ${ROW}, ${[...names, `_t as ${identifier(timestamp)}`].join(', ')}
     from (${active.join(' union ')})`,
  )
  const [row] = await query(
    db,
    `select count(*)::varchar as rows, ${rowsHash([...keys, timestamp])} as hash from _spine_rows`,
  )
  if (row?.['rows'] === '0')
    throw new ShorelineError(
      'INVALID',
      `no entity of ${subject} had a row from ${timestampText(from)} to ${timestampText(to)}. Choose other instants: "shoreline preview" shows which there are.`,
    )
  const columns = await describe(db, `select * exclude (${ROW}) from _spine_rows`)
  return { raw: { from: '_spine_rows', columns, cheap: false }, hash: String(row?.['hash'] ?? '') }
}

function instantsOf(from: number, to: number, every: string): readonly number[] {
  const step = parseDuration('--every', every)
  if (from > to) throw new ShorelineError('INVALID', '--between: the first instant is later than the second.')
  const count = Math.floor((to - from) / step) + 1
  if (count > MAX_INSTANTS)
    throw new ShorelineError(
      'INVALID',
      `--every ${every} makes ${count} instants from ${timestampText(from)} to ${timestampText(to)}; ${MAX_INSTANTS} is the most. Choose a longer span.`,
    )
  return Array.from({ length: count }, (_, at) => from + at * step)
}

function activeQuery({ planned, view, steps }: JoinedView, keys: readonly string[]): string {
  const own = new Map(planned.keys.map(({ name }, at) => [name, identifier(view.join_keys[at]?.name ?? '')]))
  const columns = keys.map((key) => `${own.get(key)} as ${identifier(key)}`)
  const distinct = view.join_keys.map(({ name }) => identifier(name))
  const entities = distinct.length === 0 ? 'select 1' : `select distinct ${distinct.join(', ')} from ${steps} as e`
  const same = distinct.map((key) => `k.${key} = v.${key}`)
  const ttl =
    view.ttl === undefined ? '' : ` where v._event >= k._t - ${microseconds(parseDuration(view.name, view.ttl))}`
  const selected = [...columns.map((column) => `k.${column}`), 'k._t']
  return `select ${selected.join(', ')} from (select * from (${entities}) cross join instants) as k asof join ${steps} as v on ${[...same, `k._t >= v.${FROM}`].join(' and ')}${ttl}`
}
