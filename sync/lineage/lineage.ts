/**
 * Which source columns each column of a query is computed from, and which decide what rows it has. Not read off the SQL
 * but off the plan that DuckDB binds it to, where names, stars, scopes and correlations are resolved already.
 *
 * A dependency is never missing: what is not understood counts in full, every column of every source. What is said may
 * be more than is so.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { ViewFacts } from '../../registry/facts.ts'
import { describe } from '../duckdb.ts'
import { identifier } from '../sql/text.ts'
import { sorted } from './columns.ts'
import { fold } from './fold.ts'
import { bindPlan, nodesAt, notUnderstood, type PlanNode, textAt } from './plan.ts'
import { TOP } from './relation.ts'

/**
 * @param db a connection with a table for each source, named as it; its rows do not matter
 * @param sql one select statement
 * @throws what DuckDB throws for a statement that it cannot bind
 */
export async function columnLineage(db: DuckDBConnection, sql: string, sources: readonly string[]): Promise<ViewFacts> {
  try {
    // A `select *` around it names every column of the plan as the statement does.
    return factsOf(await bindPlan(db, `select * from (${sql}\n) as bound`))
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw thrown
    return everything(db, sql, sources)
  }
}

function factsOf(plan: PlanNode): ViewFacts {
  const { columns, rows } = fold(plan, TOP)
  const named = outputNames(plan).map((name, position): [string, readonly string[]] => {
    const found = columns[position]
    if (!found) throw notUnderstood(`no column for ${name}`)
    return [name, sorted(found)]
  })
  return { columns: Object.fromEntries(named), rows: sorted(rows) }
}

function outputNames(plan: PlanNode): readonly string[] {
  if (plan['type'] !== 'LOGICAL_PROJECTION') throw notUnderstood(`no names in ${String(plan['type'])}`)
  return nodesAt(plan, 'expressions').map((one) => textAt(one, 'alias'))
}

async function everything(db: DuckDBConnection, sql: string, sources: readonly string[]): Promise<ViewFacts> {
  const all: string[] = []
  for (const source of sources)
    for (const { name } of await describe(db, `select * from ${identifier(source)}`)) all.push(`${source}.${name}`)
  all.sort()
  const columns = (await describe(db, sql)).map(({ name }): [string, readonly string[]] => [name, all])
  return { columns: Object.fromEntries(columns), rows: all }
}
