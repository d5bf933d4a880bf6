/** Parquet files as a view: read as they are, whenever the view is. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { hiveNames } from '../../core/hive.ts'
import type { ParquetSourceObject } from '../../registry/objects.ts'
import { describe, query } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'
import { type FileColumns, SAME_COLUMNS, unionColumns } from './drift.ts'

/**
 * @returns the number of rows, from the files' footers
 * @throws ShorelineError INVALID when the files disagree on a column: DuckDB would silently cast to the first file's type
 */
export async function createParquetTable(
  db: DuckDBConnection,
  source: ParquetSourceObject,
  files: readonly string[],
): Promise<number> {
  const list = `[${files.map(literal).join(', ')}]`
  const hive = files.some((file) => hiveNames(file).length > 0)
  const union = source.schema_drift === 'union'
  if (union) await checkUnion(db, source, files)
  else await checkSameColumns(db, source, list)
  const table = `read_parquet(${list}, hive_partitioning = ${hive}${union ? ', union_by_name = true' : ''})`
  await db.run(`create or replace temp view ${identifier(source.name)} as select * from ${table}`)
  const [footers] = await query(db, `select sum(num_rows)::varchar as rows from parquet_file_metadata(${list})`)
  return Number(footers?.['rows'] ?? 0)
}

async function checkSameColumns(db: DuckDBConnection, source: ParquetSourceObject, list: string): Promise<void> {
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
  throw new ShorelineError(
    'INVALID',
    column['present'] === column['files']
      ? `${name} is ${String(column['types'])}, for example in ${String(column['one'])} and ${String(column['other'])}. All files of a source must have the same columns.`
      : `${name} is in ${String(column['present'])} of ${String(column['files'])} files, for example in ${String(column['one'])}. ${SAME_COLUMNS}`,
  )
}

/** Casts that DuckDB's union makes must keep every value. */
async function checkUnion(db: DuckDBConnection, source: ParquetSourceObject, files: readonly string[]): Promise<void> {
  const columns: FileColumns[] = []
  for (const file of files)
    columns.push({
      file,
      columns: await describe(db, `select * from read_parquet(${literal(file)}, hive_partitioning = false)`),
    })
  unionColumns(source.name, columns)
}
