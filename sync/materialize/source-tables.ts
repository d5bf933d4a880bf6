/** Makes each source a table of its name for the view's SQL. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { LakeSourceObject } from '../../registry/objects.ts'
import { createParquetTable } from '../sources/parquet-table.ts'
import { createTextTable } from '../sources/text-table.ts'

/**
 * Hive partitions are columns.
 * @param files local files of the source's format
 * @returns the number of rows
 * @throws ShorelineError INVALID when a file cannot be read as the source says, or files disagree on a column
 */
export function createSourceTable(
  db: DuckDBConnection,
  source: LakeSourceObject,
  files: readonly string[],
): Promise<number> {
  return source.format === 'parquet' ? createParquetTable(db, source, files) : createTextTable(db, source, files)
}
