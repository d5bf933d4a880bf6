/** The steps of a view's history, with what takes work to choose kept; their SQL is `core`'s, because a browser writes the same. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { aheadSteps, FROM, newestOf, plainSteps } from '../../core/sql/steps.ts'
import { hasCreated } from '../materialize/rows.ts'
import { type History, type HistoryPlace, isUnique, keptRows } from './history.ts'

export { FROM } from '../../core/sql/steps.ts'

export interface StepOptions {
  /** Microseconds after its event until a row can be read online. */
  readonly lag: number
  /** A row counts from its creation on only. */
  readonly asKnown: boolean
}

/**
 * @returns SQL of a relation with the join keys, `_from`, `_event` and `_f<n>`; of one key no two rows are from one instant. From
 * there on a row is the newest, until the next.
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
  return plainSteps(rows, lag)
}

async function knownSteps(db: DuckDBConnection, place: HistoryPlace, relation: string, lag: number): Promise<string> {
  const { view } = place
  const rows = await keptRows(db, place, `-ahead-${lag}`, async () => aheadSteps(view, relation, lag))
  return (await isUnique(db, view, rows, FROM)) ? rows : newestOf(view, rows, FROM)
}
