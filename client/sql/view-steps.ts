/** A stored view of a training set: its objects fetched, its rows typed, and its steps written by the SQL of `shoreline train`. */
import { parseDuration } from '../../core/duration.ts'
import { aheadSteps, FROM, newestOf, plainSteps } from '../../core/sql/steps.ts'
import { identifier } from '../../core/sql/text.ts'
import { sourceQuery, typedQuery } from '../../core/sql/typed.ts'
import { columnOf, createdColumn, hasCreated } from '../../core/sql/view.ts'
import type { LakeView } from '../../registry/wire/lake.ts'
import type { Connection } from './engine.ts'
import { failed } from './failed.ts'
import { describeQuery } from './features.ts'
import { type Reading, sourceTable } from './source-table.ts'

/** @returns SQL of the view's steps, of rows that are in temporary tables */
export async function loadView(
  connection: Connection,
  reading: Reading,
  view: LakeView,
  name: string,
  asKnown: boolean,
): Promise<string> {
  const where = failed(`view ${view.name}`)
  const tables = view.reads.map((_, at) => `${name}_${at}`)
  for (const [at, source] of view.reads.entries()) {
    const table = tables[at] ?? ''
    const relation = await sourceTable(connection, reading, { view: view.id, source, table }, wantedOf(view))
    await connection.run(`create or replace temp view ${identifier(source.name)} as select * from ${relation}`)
  }
  const features = view.sql === undefined ? sourceQuery(view) : `(${view.sql}\n)`
  const described = await describeQuery(connection, features).catch(where)
  const typed = typedQuery(
    view,
    [...described].map(([column, type]) => ({ name: column, type })),
  )(features)
  const temp = (what: string): string => identifier(`${name}${what}`)
  await connection.run(`create temp table ${temp('_rows')} as ${typed}`).catch(where)
  for (const source of view.reads) await connection.run(`drop view ${identifier(source.name)}`)
  for (const table of tables) await connection.run(`drop table if exists ${identifier(table)}`)
  const lag = view.lag === undefined ? 0 : parseDuration(`view ${view.name}`, view.lag)
  const known = asKnown && hasCreated(view)
  const rows = known ? aheadSteps(view, temp('_rows'), lag) : temp('_rows')
  if (known) await connection.run(`create temp table ${temp('_ahead')} as select * from ${rows} as a`)
  const newest = newestOf(view, known ? temp('_ahead') : rows, known ? FROM : '_event')
  await connection.run(`create temp table ${temp('_newest')} as select * from ${newest} as n`)
  return known ? temp('_newest') : plainSteps(temp('_newest'), lag)
}

/** What a view without SQL reads of its source; a view with SQL may read anything. */
function wantedOf(view: LakeView): ReadonlySet<string> | null {
  const [source] = view.reads
  if (view.sql !== undefined || !source) return null
  const columns = [...view.join_keys, ...view.features].map(({ name }) => columnOf(source, name))
  const created = createdColumn(view)
  return new Set(
    [...columns, view.timestamp, ...(created === undefined ? [] : [created])].map((one) => one.toLowerCase()),
  )
}
