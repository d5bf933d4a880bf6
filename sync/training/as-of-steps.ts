/**
 * A view whose SQL reads `$as_of` gives other rows at every instant: it is computed at each instant of the spine, as a sync of
 * that instant would have, and a row of the spine sees those of its own instant only.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { describe, duckdbError, query } from '../duckdb.ts'
import type { SourceFiles } from '../materialize/compute.ts'
import { newestQuery, snapshotQuery, typedAgain } from '../materialize/newest.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { featureQuery, typedQuery } from '../materialize/typed.ts'
import { timestampLiteral } from '../sql/text.ts'
import { AT, SPINE } from './join.ts'
import { FROM } from './steps.ts'

/** Each is a run of the view's SQL. */
const MAX_INSTANTS = 1000

/**
 * @param lag microseconds: what a sync at an instant knew was as of so much earlier
 * @returns SQL of a relation as `stepsOf` gives it, for `match: 'same'`
 * @throws ShorelineError INVALID where the spine has too many instants
 */
export async function instantSteps(
  db: DuckDBConnection,
  view: ViewObject,
  files: SourceFiles,
  { lag, asKnown, at }: { readonly lag: number; readonly asKnown: boolean; readonly at: number },
): Promise<string> {
  const found = await query(
    db,
    `select epoch_us(${AT})::varchar as instant from (select distinct ${AT} from ${SPINE}) order by ${AT} limit ${MAX_INSTANTS + 1}`,
  )
  if (found.length > MAX_INSTANTS)
    throw new ShorelineError(
      'INVALID',
      `view ${view.name} reads $as_of, so that it is computed for every instant of the spine, and these are more than ${MAX_INSTANTS}. Give its rows event timestamps in SQL instead of $as_of, or take instants that are further apart: --between … --every 1d.`,
    )
  for (const source of view.reads) await createSourceTable(db, source, files.get(source.name) ?? [])
  const table = `_instants_${at}`
  try {
    for (const [number, { instant }] of found.entries()) {
      const now = Number(instant)
      const asOf = now - lag
      const features = featureQuery(view, asOf)
      const typed = typedQuery(view, await describe(db, features))(features)
      const known = [
        `_event <= ${timestampLiteral(asOf)}`,
        ...(asKnown ? [`_created <= ${timestampLiteral(now)}`] : []),
      ]
      const newest = typedAgain(view, snapshotQuery(view, newestQuery(view, typed, { where: known.join(' and ') })))
      const rows = `select *, ${timestampLiteral(now)} as ${FROM} from (${newest}) as n`
      await db.run(number === 0 ? `create or replace temp table ${table} as ${rows}` : `insert into ${table} ${rows}`)
    }
  } catch (thrown) {
    throw thrown instanceof ShorelineError ? thrown : duckdbError(`view ${view.name}`, thrown)
  }
  return table
}
