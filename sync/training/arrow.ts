/** A training set as an Arrow file. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { SetColumn } from './columns.ts'

export async function writeArrow(
  _db: DuckDBConnection,
  _rows: string,
  _columns: readonly SetColumn[],
  _file: string,
): Promise<void> {
  throw new ShorelineError('INVALID', 'not yet')
}
