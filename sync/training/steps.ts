/**
 * Which row of a key is the newest from which instant on, as steps: an `ASOF JOIN` finds the step of an instant, and takes an
 * arbitrary one where two begin at once, so that there must be one only.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ViewObject } from '../../registry/objects.ts'
import { newestQuery, snapshotQuery, typedAgain } from '../materialize/newest.ts'
import { hasCreated, keyNames } from '../materialize/rows.ts'
import { microseconds } from '../sql/text.ts'
import { type History, type HistoryPlace, isUnique, keptRows } from './history.ts'

/** From when a row counts; beside join keys, `_event` and features. */
export const FROM = '_from'

export interface StepOptions {
  /** Microseconds after its event until a row can be read online. */
  readonly lag: number
  /** A row counts from its creation on only. */
  readonly asKnown: boolean
}

/**
 * @returns SQL of a relation with the join keys, `_from`, `_event` and `_f<n>`; of one key no two rows are from one instant. From
 * there on a row is the newest, until the next. What takes work to choose is kept.
 */
export async function stepsOf(
  db: DuckDBConnection,
  place: HistoryPlace,
  { relation, unique }: History,
  { lag, asKnown }: StepOptions,
): Promise<string> {
  const { view } = place
  if (asKnown && hasCreated(view))
    return keptRows(db, place, `-known-${lag}`, () => knownSteps(db, place, relation, lag))
  const rows = unique ? relation : await keptRows(db, place, '-newest', async () => newestOf(view, relation, '_event'))
  return `(select *, ${later('_event', lag)} as ${FROM} from ${rows} as h)`
}

/**
 * A row is known from its creation on, and then only counts while no later event is known: rows that come late to be the
 * newest are no step. Of those that become known at once the newest is one.
 */
async function knownSteps(db: DuckDBConnection, place: HistoryPlace, relation: string, lag: number): Promise<string> {
  const { view } = place
  const partition = keyNames(view).length === 0 ? '' : `partition by ${keyNames(view).join(', ')} `
  const dated = `(select *, greatest(${later('_event', lag)}, _created) as ${FROM} from ${relation} as h)`
  const ahead = `(select * from ${dated} as d qualify _event >= max(_event) over (${partition}order by ${FROM}, _event rows between unbounded preceding and current row))`
  const rows = await keptRows(db, place, `-ahead-${lag}`, async () => ahead)
  return (await isUnique(db, view, rows, FROM)) ? rows : newestOf(view, rows, FROM)
}

/** One row of each key and value of a column: the newest by event, created timestamp and values. */
function newestOf(view: ViewObject, relation: string, column: '_event' | typeof FROM): string {
  const by: ViewObject = { ...view, join_keys: [...view.join_keys, { name: column, type: 'timestamp' }] }
  // Nearly all rows are alone, and to group those as whole rows would cost more than the join.
  const keys = [...keyNames(view), `"${column}"`].join(', ')
  const several = `(select ${keys} from ${relation} as h group by all having count(*) > 1)`
  const among = keyNames(view)
    .concat(`"${column}"`)
    .map((key) => `h.${key} = t.${key}`)
  const alone = `select h.* from ${relation} as h anti join ${several} as t on ${among.join(' and ')}`
  const tied = `select h.* from ${relation} as h semi join ${several} as t on ${among.join(' and ')}`
  const chosen = typedAgain(view, snapshotQuery(by, newestQuery(by, tied, {})), column === FROM ? [FROM] : [])
  return `(${alone} union all by name ${chosen})`
}

function later(instant: string, lag: number): string {
  return lag === 0 ? instant : `${instant} + ${microseconds(lag)}`
}
