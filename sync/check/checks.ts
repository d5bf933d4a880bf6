/**
 * The SQL of a view's checks, bound before it is registered: against a table `snapshot` with the view's columns, in a
 * database of its own, because a check reads what was computed and none of the sources.
 */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf } from '../../core/errors.ts'
import type { CheckObject } from '../../registry/checks.ts'
import type { Definitions, ViewObject } from '../../registry/objects.ts'
import { describe, withDuckDB } from '../duckdb.ts'
import { snapshotColumns } from '../quality/table-checks.ts'
import { bindAsOf } from '../sql/as-of.ts'
import { identifier } from '../sql/text.ts'
import { sqlError } from './sql-error.ts'

type Custom = Extract<CheckObject, { readonly kind: 'sql' }>

interface Place {
  readonly folder: string
  readonly memory: string
  /** Microseconds since the epoch. */
  readonly asOf: number
}

/** @returns what is wrong, a paragraph each */
export async function checkQueries({ views, entities }: Definitions, place: Place): Promise<readonly string[]> {
  const wanted = views.flatMap((view) => {
    const entity = entities.find(({ name }) => name === view.entity)
    const checks = (view.checks ?? []).filter((check) => check.kind === 'sql')
    const object: ViewObject | undefined = entity && {
      ...view,
      join_keys: entity.join_keys,
      reads: [],
      version: 0,
      hash: '',
    }
    return object && checks.length > 0 ? [{ view: object, checks }] : []
  })
  if (wanted.length === 0) return []
  const problems: string[] = []
  await withDuckDB({ spill: join(place.folder, 'spill'), memory: place.memory }, async (db) => {
    for (const { view, checks } of wanted) {
      const columns = snapshotColumns(view).map(({ name, type }) => `${identifier(name)} ${type}`)
      await db.run(`create or replace temp table ${TABLE} (${columns.join(', ')})`)
      for (const check of checks) problems.push(...(await problemOf(db, view, check, place.asOf)))
    }
  })
  return problems
}

const TABLE = 'snapshot'

async function problemOf(
  db: DuckDBConnection,
  view: ViewObject,
  check: Custom,
  asOf: number,
): Promise<readonly string[]> {
  try {
    await describe(db, `select * from (${bindAsOf(check.sql, asOf)}\n)\nas found`)
    return []
  } catch (thrown) {
    const error = sqlError({ ...view, sql: check.sql }, [seen(view)], thrown)
    if (error.code === 'UNAVAILABLE') throw error
    const table = /^Catalog Error: Table with name "?([^"\s]+)"? does not exist/.exec(messageOf(thrown))?.[1]
    const says = table === undefined ? error.message.replace(/^view [^:]*: /, '') : otherTable(table)
    return [`view ${view.name}: the check "${check.name}": ${says}`]
  }
}

function otherTable(table: string): string {
  return `sql reads the table ${table}. There is only ${TABLE}, the rows that are about to be served: compare with something else in the view's own sql.`
}

function seen(view: ViewObject) {
  const source = { name: TABLE, format: 'parquet', path: '', timestamp: '' } as const
  return { source, columns: snapshotColumns(view) }
}
