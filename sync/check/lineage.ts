import type { DuckDBConnection } from '@duckdb/node-api'
import type { ViewFacts } from '../../registry/facts.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { columnLineage } from '../lineage/lineage.ts'
import { columnOf } from '../materialize/typed.ts'

/** Column-level lineage of a view: bound by DuckDB from its SQL, or the columns of its source as they are. */
export async function viewFacts(db: DuckDBConnection, view: ViewObject, query: string): Promise<ViewFacts> {
  const names = [...view.join_keys, ...view.features].map(({ name }) => name)
  const [source] = view.reads
  if (view.sql === undefined && source) {
    const columns = names.map((name): [string, readonly string[]] => [
      name,
      [`${source.name}.${columnOf(source, name)}`],
    ])
    return {
      columns: Object.fromEntries([...columns, [view.timestamp, [`${source.name}.${view.timestamp}`]]]),
      rows: [],
    }
  }
  const sources = view.reads.map((one) => one.name)
  const found = await columnLineage(db, `select * from ${query} as features`, sources)
  const wanted = new Set([...names, view.timestamp])
  const columns = Object.entries(found.columns).filter(([name]) => wanted.has(name))
  return { columns: Object.fromEntries(columns), rows: found.rows }
}
