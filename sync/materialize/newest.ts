/**
 * The newest whole row of every key, in SQL. Two steps of numbers, the newest event of every key and the rows at it, take half the
 * time of comparing whole rows, and memory that DuckDB can spill; only where a key has several rows of one event, as after a
 * correction, are these compared as a whole.
 */
import { newestQuery, snapshotQuery, typedAgain } from '../../core/sql/newest.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { identifier } from '../sql/text.ts'
import { CREATED_TIMESTAMP, EVENT_TIMESTAMP, hasCreated, keyNames, OLDEST } from './rows.ts'

export { newestQuery, snapshotQuery, typedAgain } from '../../core/sql/newest.ts'

/** SQL of a query: the newest event of every key. */
export function newestEventsQuery(view: ViewObject, typed: string, where: string): string {
  const keys = keyNames(view)
  const by = keys.length === 0 ? ' having count(*) > 0' : ` group by ${keys.join(', ')}`
  return `select ${[...keys, 'max(_event) as _newest_event'].join(', ')} from (${typed}) as typed where ${where}${by}`
}

/** SQL of a query: the rows at those events, as a snapshot keeps them. @param events a table of `newestEventsQuery` */
export function atNewestEventsQuery(view: ViewObject, typed: string, where: string, events: string): string {
  const columns = [
    ...keyNames(view).map((key) => `t.${key}`),
    `t._event as ${EVENT_TIMESTAMP}`,
    ...(hasCreated(view) ? [`nullif(t._created, ${OLDEST}) as ${CREATED_TIMESTAMP}`] : []),
    ...view.features.map(({ name }, index) => `t._f${index} as ${identifier(name)}`),
  ]
  const same = [...keyNames(view).map((key) => `t.${key} = n.${key}`), 't._event = n._newest_event']
  return `select ${columns.join(', ')} from (select * from (${typed}) as typed where ${where}) as t join ${events} as n on ${same.join(' and ')}`
}

/** SQL of a query: one row of every key, the newest by created timestamp and by the values. @param rows SQL of a snapshot's rows, several of a key perhaps */
export function oneOfEachQuery(view: ViewObject, rows: string): string {
  const keys = keyNames(view)
  if (keys.length === 0) return snapshotQuery(view, newestQuery(view, typedAgain(view, `select * from ${rows}`), {}))
  const several = `(select ${keys.join(', ')} from ${rows} as c group by all having count(*) > 1)`
  const among = keys.map((key) => `c.${key} = s.${key}`).join(' and ')
  const tied = typedAgain(view, `select c.* from ${rows} as c semi join ${several} as s on ${among}`)
  return `select c.* from ${rows} as c anti join ${several} as s on ${among} union all by name ${snapshotQuery(view, newestQuery(view, tied, {}))}`
}
