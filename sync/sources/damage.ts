/** Which file is damaged, when DuckDB says only that one is: of a page that cannot be decoded it names no file. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import type { LakeSourceObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { literal } from '../sql/text.ts'

/** What DuckDB 1.5 says about bytes that it cannot decode, and not about SQL or values. */
const ABOUT_BYTES =
  /^(?:Invalid|IO|TransactionContext|Serialization|Corruption|Internal) ?(?:Input )?Error: (?!view |source )/

/**
 * Reads the Parquet files of the sources whole, one after the other, to find the one that cannot be read.
 * @param thrown by a query over them
 * @returns the error that names the file; undefined when all can be read, or the query failed for another reason
 */
export async function damageOf(
  db: DuckDBConnection,
  sources: readonly LakeSourceObject[],
  files: ReadonlyMap<string, readonly string[]>,
  thrown: unknown,
): Promise<ShorelineError | undefined> {
  if (!(thrown instanceof Error) || !ABOUT_BYTES.test(thrown.message)) return undefined
  for (const source of sources) {
    if (source.format !== 'parquet') continue // was parsed whole already
    for (const file of files.get(source.name) ?? []) {
      const whole = `select bit_xor(hash(columns(*))) from read_parquet(${literal(file)}, hive_partitioning = false)`
      const damage = await query(db, whole).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (damage !== undefined)
        return new ShorelineError(
          'INVALID',
          `source ${source.name}: ${file} is damaged (${reason(damage)}). Write the file again.`,
          { file },
          thrown,
        )
    }
  }
  return undefined
}

function reason(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return (text.split('\n')[0] ?? '').replace(/^(?:[A-Z]\w+ )+Error: /, '').slice(0, 120)
}
