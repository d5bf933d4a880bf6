/**
 * A training set as an Arrow IPC file, which is Feather version 2. Arrow's library is loaded only where one is asked for.
 *
 * Types are those of the Parquet with the same rows: an instant has microseconds and no zone, and is in UTC. A uuid is text,
 * because data frames read its sixteen bytes as bytes; a vector is a list of a fixed size.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { SetColumn } from './columns.ts'

/** Of columns of the spine: those whose values have an Arrow type that is exact and that data frames read. */
const EXACT =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|JSON|BLOB|UUID|DATE|TIME|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|ENUM\(.*\))(\[\d*\])*$/s

const CAST: Readonly<Record<string, string>> = {
  HUGEINT: 'bigint, or to decimal(38, 0)',
  UHUGEINT: 'bigint, or to decimal(38, 0)',
  INTERVAL: 'bigint: epoch_us(…) are its microseconds',
  'TIME WITH TIME ZONE': 'time',
}

/** @throws ShorelineError INVALID naming a column that has no such type, before anything is read for it */
export function checkArrow(columns: readonly Pick<SetColumn, 'name' | 'type' | 'is'>[]): void {
  for (const { name, type, is } of columns) {
    if (is !== 'passed' || EXACT.test(type)) continue
    const shown = type.length > SHOWN ? `${type.slice(0, SHOWN)}…` : type
    throw new ShorelineError(
      'INVALID',
      `the spine's column ${name} is ${shown}, which has no Arrow type that keeps its values and that data frames read. Cast it in the spine, to ${CAST[type] ?? 'varchar, or to JSON'}, or leave it out.`,
      { column: name },
    )
  }
}

const SHOWN = 40

/** @param rows SQL of the rows in their order, with these columns */
export async function writeArrow(
  db: DuckDBConnection,
  rows: string,
  columns: readonly SetColumn[],
  file: string,
): Promise<void> {
  const { writeArrowFile } = await import('./arrow-file.ts')
  await writeArrowFile(db, rows, columns, file)
}
