/** A spine by SQL over the sources of the lake. Its rows get an order, and so numbers that are the same each time. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../../core/errors.ts'
import { checkViewSql } from '../../../registry/definitions/view-sql.ts'
import type { LakeSourceObject, RegistrySnapshot } from '../../../registry/objects.ts'
import { describe, duckdbError, query } from '../../duckdb.ts'
import { bindAsOf, readsAsOf } from '../../sql/as-of.ts'
import { identifier, literal } from '../../sql/text.ts'
import { ROW } from '../join.ts'
import type { SpineField } from '../plan.ts'
import { rowsHash } from './file-spine.ts'
import type { RawSpine } from './spine.ts'

export interface SqlSpineOptions {
  readonly fields: readonly SpineField[]
  readonly timestamp: string
  /** Microseconds since the epoch: what `$as_of` is. */
  readonly asOf: number
}

/**
 * The sources that the statement reads.
 * @throws ShorelineError INVALID when it is no single query, or depends on the moment or on chance
 */
export async function sourcesOf(
  db: DuckDBConnection,
  sql: string,
  { sources }: RegistrySnapshot,
): Promise<readonly LakeSourceObject[]> {
  const statement = checkViewSql('the spine', sql, 'Read the table of a registered source.')
  const [row] = await query(db, `select json_serialize_sql(${literal(bindAsOf(statement, 0))}) as parsed`)
  const tables = new Set<string>()
  const parsed: unknown = JSON.parse(String(row?.['parsed'] ?? 'null'))
  collectTables(parsed, tables)
  const known = sources.flatMap((source) => (source.format === 'push' ? [] : [source]))
  return known.filter(({ name }) => tables.has(name.toLowerCase()))
}

function collectTables(node: unknown, tables: Set<string>): void {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node && node.type === 'BASE_TABLE' && 'table_name' in node)
    tables.add(String(node.table_name).toLowerCase())
  for (const child of Object.values(node)) collectTables(child, tables)
}

/** @param sql checked, its sources opened */
export async function readSqlSpine(
  db: DuckDBConnection,
  sql: string,
  { fields, timestamp, asOf }: SqlSpineOptions,
): Promise<{ readonly raw: RawSpine; readonly hash: string }> {
  const statement = checkViewSql('the spine', sql)
  const bound = `(${readsAsOf(statement) ? bindAsOf(statement, asOf) : statement}\n)`
  try {
    const columns = await describe(db, `select * from ${bound}`)
    const names = columns.map(({ name }) => name)
    // Whatever order the query asks for is its own; without one, DuckDB would give another one each time.
    const first = [timestamp, ...fields.filter(({ is }) => is === 'key').map(({ name }) => name)]
    const order = [...new Set([...first.filter((name) => names.includes(name)), ...names])]
    await db.run(
      `create or replace temp table _spine_rows as select (row_number() over (order by ${order.map(identifier).join(', ')})) - 1 as ${ROW}, * from ${bound}`,
    )
    const [row] = await query(db, `select ${rowsHash(names)} as hash from _spine_rows`)
    return { raw: { from: '_spine_rows', columns, cheap: false }, hash: String(row?.['hash'] ?? '') }
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw thrown
    if (/Table with name \S+ does not exist/.test(messageOf(thrown)))
      throw new ShorelineError(
        'INVALID',
        `the spine: ${messageOf(thrown)
          .split('\n')[0]
          ?.replace(
            /^Catalog Error: /,
            '',
          )} Its tables are the sources that are registered: "shoreline plan" and GET /v1/registry list them.`,
        {},
        thrown,
      )
    throw duckdbError('the spine', thrown)
  }
}
