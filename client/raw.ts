/** An answer as it came: values still as JSON has them, for one call or for several. */
import type { Parsed } from '../core/json.ts'
import { isList, isObject } from './json.ts'
import type { Issue, Statuses, UsedView } from './meta.ts'
import type { Answer, Send } from './request.ts'

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
function readRaw(body: Answer['body'], count: number): Raw | undefined {
  const { service, revision, rows } = body
  if (typeof service !== 'string' || typeof revision !== 'number') return undefined
  if (!isList(rows) || rows.length !== count || !rows.every(isObject)) return undefined
  // Handed on as the contract has them: nothing here depends on the shape of an issue or a view.
  return { degraded: false, issues: [], views: [], ...body } as unknown as Raw
}

/** What requests of a group have in common. */
export interface Exchange {
  /** Of the request, beside its rows. */
  readonly body: object
  readonly deadline: number
  readonly bearer: string | undefined
}

/** One request for these rows. @throws ClientError, or the reason of the signal */
export async function askFor(
  rows: readonly object[],
  { body, ...how }: Exchange,
  signal: AbortSignal | undefined,
  send: Send,
): Promise<readonly [raw: Raw, answer: Answer]> {
  const answer = await send('/v1/features', { ...how, body: { ...body, rows }, signal })
  const raw = readRaw(answer.body, rows.length)
  if (!raw) throw (await import('./unreadable.ts')).wrongAnswer(answer, rows.length)
  return [raw, answer]
}
