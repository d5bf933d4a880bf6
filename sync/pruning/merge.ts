/** What is online and what was computed of a part of the lake, as the rows that the whole lake would give. */
import type { ViewObject } from '../../registry/objects.ts'
import { typedAgain } from '../materialize/newest.ts'
import { EVENT_TIMESTAMP, type OnlineFiles, onlineRows, sameKey } from '../materialize/rows.ts'
import { timestampLiteral } from '../sql/text.ts'

export interface Merged {
  /**
   * SQL of a query, rows as `typedQuery` gives them: what was computed, and of the same keys what is online. The newest of each
   * key is its row in the snapshot.
   */
  readonly contested: string
  /**
   * SQL of a query with a snapshot's columns: what is online of all other keys, as it is. Most rows are these, and to look for
   * the newest of one takes memory that they need not have. Null when nothing is online.
   */
  readonly kept: string | null
}

/**
 * The rows of both. Events from `outputsFrom` on were computed anew and take the place of those online: another count of the
 * same hour is no newer than the old one, and must not have to be greater to win.
 * @param typed SQL of the computed rows, as `typedQuery` gives them
 * @param outputsFrom as `prune` says
 */
export function mergedQuery(view: ViewObject, typed: string, online: OnlineFiles, outputsFrom: number | null): Merged {
  const rows = onlineRows(view, online)
  if (outputsFrom === null) return merged(view, typed, rows)
  const from = timestampLiteral(outputsFrom)
  return merged(
    view,
    `select * from (${typed}) as computed where _event >= ${from}`,
    `select * from (${rows}) as online where ${EVENT_TIMESTAMP} < ${from}`,
  )
}

/** @param online SQL of the rows that stay, with a snapshot's columns */
function merged(view: ViewObject, computed: string, online: string): Merged {
  const again = `exists (select 1 from (${computed}) as again where ${sameKey(view, 'online', 'again')})`
  const rows = `select * from (${online}) as online where`
  return {
    contested: `(${computed}) union all by name (${typedAgain(view, `${rows} ${again}`)})`,
    kept: `${rows} not ${again}`,
  }
}

/**
 * SQL of a query with one column `vanished`: the keys whose newest row was computed away, by a filter for example that the new
 * events no longer pass. Then an older row of theirs counts, which is not online: where it is not 0, everything has to be read.
 * @param asOf microseconds since the epoch: later rows are not known yet
 */
export function vanishedQuery(
  view: ViewObject,
  typed: string,
  online: OnlineFiles,
  { outputsFrom, asOf }: { readonly outputsFrom: number; readonly asOf: number },
): string {
  const [from, to] = [timestampLiteral(outputsFrom), timestampLiteral(asOf)]
  const computed = `(select * from (${typed}) as typed where _event between ${from} and ${to} and _created <= ${to}) as computed`
  return `select count(*)::varchar as vanished from (${onlineRows(view, online)}) as online
    where ${EVENT_TIMESTAMP} >= ${from} and not exists (select 1 from ${computed} where ${sameKey(view, 'online', 'computed')})`
}

/**
 * What was computed of the events of a window, and what is online. A key whose row online lies in the window
 * and was computed again has the row that was computed; one that was not, or only for later than the run knows of, keeps its
 * row: a part of the events never removes one.
 * @param window event timestamps, microseconds since the epoch, both ends included; null where it is open; and the instant
 * after which rows are not known yet
 */
export function windowQuery(
  view: ViewObject,
  typed: string,
  online: OnlineFiles | null,
  { from, to, asOf }: { readonly from: number | null; readonly to: number | null; readonly asOf: number },
): Merged {
  const within = (event: string): string =>
    [
      'true',
      ...(from === null ? [] : [`${event} >= ${timestampLiteral(from)}`]),
      ...(to === null ? [] : [`${event} <= ${timestampLiteral(to)}`]),
    ].join(' and ')
  const computed = `select * from (${typed}) as computed where ${within('_event')}`
  if (!online) return { contested: computed, kept: null }
  const now = timestampLiteral(asOf)
  const known = `${computed} and _event <= ${now} and _created <= ${now}`
  const kept = `select * from (${onlineRows(view, online)}) as online where not (${within(EVENT_TIMESTAMP)} and exists (select 1 from (${known}) as again where ${sameKey(view, 'online', 'again')}))`
  return merged(view, computed, kept)
}
