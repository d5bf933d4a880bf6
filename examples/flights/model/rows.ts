/** Rows of a training set's files, as numbers. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../../core/errors.ts'
import { query } from '../../../sync/duckdb.ts'
import { literal } from '../../../sync/sql/text.ts'

/**
 * @param columns name -> SQL of a number
 * @returns in the order of the file; NaN for null
 */
export async function readNumbers<N extends string>(
  db: DuckDBConnection,
  file: string,
  columns: Readonly<Record<N, string>>,
): Promise<Readonly<Record<N, Float64Array>>> {
  const from = `read_parquet(${literal(file)}, file_row_number = true)`
  const [counted] = await query(db, `select count(*)::varchar as rows from ${from}`)
  const rows = Number(counted?.['rows'])
  const names = Object.keys(columns) as N[]
  const found = names.map(() => new Float64Array(rows).fill(Number.NaN))
  const selected = names.map((name) => `(${columns[name]})::double`).join(', ')
  const result = await db.stream(`select ${selected} from ${from} order by file_row_number`)
  let first = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) break
    for (const [column, numbers] of found.entries())
      for (const [row, value] of chunk.getColumnValues(column).entries())
        if (value !== null) numbers[first + row] = Number(value)
    first += chunk.rowCount
  }
  return Object.fromEntries(names.map((name, at) => [name, found[at]])) as Record<N, Float64Array>
}

/** @throws ShorelineError INVALID naming the first that is null or not finite */
export function checkFinite(columns: Readonly<Record<string, Float64Array>>): void {
  for (const [name, numbers] of Object.entries(columns)) {
    const row = numbers.findIndex((value) => !Number.isFinite(value))
    if (row >= 0)
      throw new ShorelineError('INVALID', `${name} of row ${row} is no number: the model cannot be fitted on it.`)
  }
}
