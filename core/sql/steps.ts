/**
 * Which row of a key is the newest from which instant on, as steps: an `ASOF JOIN` finds the step of an instant, and takes an
 * arbitrary one where two begin at once, so that there must be one only.
 */
import { newestQuery, snapshotQuery, typedAgain } from './newest.ts'
import { microseconds } from './text.ts'
import { keyNames, type SqlView } from './view.ts'

/** From when a row counts; beside join keys, `_event` and features. */
export const FROM = '_from'

/** SQL of a relation: rows of which no two are of one key and one event, each a step. @param lag microseconds */
export function plainSteps(rows: string, lag: number): string {
  return `(select *, ${later('_event', lag)} as ${FROM} from ${rows} as h)`
}

/**
 * SQL of a relation. A row is known from its creation on, and then only counts while no later event is known: rows that come late
 * to be the newest are no step. Of those that become known at once any number is left.
 */
export function aheadSteps(view: SqlView, relation: string, lag: number): string {
  const partition = keyNames(view).length === 0 ? '' : `partition by ${keyNames(view).join(', ')} `
  const dated = `(select *, greatest(${later('_event', lag)}, _created) as ${FROM} from ${relation} as h)`
  return `(select * from ${dated} as d qualify _event >= max(_event) over (${partition}order by ${FROM}, _event rows between unbounded preceding and current row))`
}

/** SQL of a relation: one row of each key and value of a column, the newest by event, created timestamp and values. */
export function newestOf(view: SqlView, relation: string, column: '_event' | typeof FROM): string {
  const by: SqlView = { ...view, join_keys: [...view.join_keys, { name: column, type: 'timestamp' }] }
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
