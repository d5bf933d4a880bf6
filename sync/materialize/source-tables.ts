/** Makes each source a table of its name for the view's SQL. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { LakeSourceObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'

/**
 * Hive partitions are columns.
 * @param files local Parquet files
 * @returns the number of rows, from the files' footers
 * @throws ShorelineError INVALID when the files disagree on a column: DuckDB would silently cast to the first file's type
 */
export async function createSourceTable(
  db: DuckDBConnection,
  source: LakeSourceObject,
  files: readonly string[],
): Promise<number> {
  const list = `[${files.map(literal).join(', ')}]`
  await checkSameColumns(db, source, list)
  const hive = files.some((file) => /\/[^/=]+=[^/]*\//.test(file))
  const table = `read_parquet(${list}, hive_partitioning = ${hive})`
  await db.run(`create or replace temp view ${identifier(source.name)} as select * from ${table}`)
  const [footers] = await query(db, `select sum(num_rows)::varchar as rows from parquet_file_metadata(${list})`)
  return Number(footers?.['rows'] ?? 0)
}

async function checkSameColumns(db: DuckDBConnection, source: LakeSourceObject, list: string): Promise<void> {
  const differing = await query(
    db,
    `with leaves as (select file_name, name, duckdb_type as type from parquet_schema(${list}) where duckdb_type is not null),
      -- Lists bring several leaves of one name.
      columns as (select file_name, name, array_to_string(list_sort(list(type)), ', ') as type from leaves group by all),
      files as (select count(distinct file_name) as files from parquet_file_metadata(${list}))
    select name, string_agg(distinct type, ' and ' order by type) as types, count(*)::integer as present, any_value(files)::integer as files,
      arg_min(file_name, type) as one, arg_max(file_name, type) as other
    from columns, files group by name having count(distinct type) > 1 or count(*) < any_value(files)
    order by name limit 1`,
  )
  const [column] = differing
  if (!column) return
  const name = `source ${source.name}: column ${String(column['name'])}`
  const rule = 'All files of a source must have the same columns.'
  throw new ShorelineError(
    'INVALID',
    column['present'] === column['files']
      ? `${name} is ${String(column['types'])}, for example in ${String(column['one'])} and ${String(column['other'])}. ${rule}`
      : `${name} is in ${String(column['present'])} of ${String(column['files'])} files, for example in ${String(column['one'])}. ${rule}`,
  )
}
