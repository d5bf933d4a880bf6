/** An answer as it came: values still as JSON has them, for one call or for several. */
import type { Parsed } from '../core/json.ts'
import { isList, isObject } from './json.ts'
import type { Issue, Statuses, UsedView } from './meta.ts'
import type { Answer } from './request.ts'

export type RawRow = Readonly<Record<string, Parsed>>

export interface Raw {
  /** `flight_delay@1` */
  readonly service: string
  readonly revision: number
  readonly degraded: boolean
  readonly rows: readonly RawRow[]
  readonly issues: readonly Issue[]
  readonly views: readonly UsedView[]
  readonly statuses?: Statuses
  /** Of on-demand features: the worst status among what each was computed from. */
  readonly input_statuses?: Statuses
}

/** Undefined where it is no answer for so many rows. */
export function readRaw(body: Answer['body'], count: number): Raw | undefined {
  const { service, revision, rows } = body
  if (typeof service !== 'string' || typeof revision !== 'number') return undefined
  if (!isList(rows) || rows.length !== count || !rows.every(isObject)) return undefined
  // Handed on as the contract has them: nothing here depends on the shape of an issue or a view.
  return { degraded: false, issues: [], views: [], ...body } as unknown as Raw
}

/** What it says of `count` of its rows. */
export function slice(raw: Raw, start: number, count: number): Raw {
  const end = start + count
  /** The same object with these lists of one value a row cut. */
  const cut = <T extends object>(whole: T, ...names: readonly (keyof T & string)[]): T => {
    const lists = names.flatMap((name) => {
      const list = whole[name]
      return Array.isArray(list) ? [[name, list.slice(start, end)]] : []
    })
    return { ...whole, ...Object.fromEntries(lists) }
  }
  return {
    ...cut(raw, 'rows', 'statuses', 'input_statuses'),
    issues: raw.issues.flatMap((issue) => {
      const rows = issue.rows.filter((row) => row >= start && row < end).map((row) => row - start)
      return rows.length > 0 ? [{ ...issue, rows }] : []
    }),
    views: raw.views.map((view) => cut(view, 'event_timestamps', 'oldest_event_timestamps')),
  }
}
