/**
 * A training set as an Arrow IPC file, which is Feather version 2. Arrow's library is loaded only where one is asked for.
 *
 * Types are those of the Parquet with the same rows: an instant has microseconds and no zone, and is in UTC. A uuid is text,
 * because data frames read its sixteen bytes as bytes; a vector is a list of a fixed size.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { SetColumn } from './columns.ts'

/** @param rows SQL of the rows in their order, with these columns, which `checkPassed` let through */
export async function writeArrow(
  db: DuckDBConnection,
  rows: string,
  columns: readonly SetColumn[],
  file: string,
): Promise<void> {
  const { writeArrowFile } = await import('./arrow-file.ts')
  await writeArrowFile(db, rows, columns, file)
}
