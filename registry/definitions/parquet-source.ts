/**
 * A data source of Parquet files in the lake. Its name is the table's name in the SQL of the views that read it, and
 * hive partitions (`year=2001/`) are columns.
 *
 * @example
 * const flights = parquetSource('flights', { path: 'r2://offline/flights/**\/*.parquet', timestamp: 'date' })
 */
import type { ParquetSourceObject } from '../objects.ts'
import { DEFINITION, frozen } from './definition.ts'
import { FILE_OPTIONS, type FileSourceOptions, fileSource, type Source } from './file-source.ts'

export interface ParquetSourceOptions extends FileSourceOptions {}

/** @throws ShorelineError INVALID naming the source and the field */
export function parquetSource<const N extends string>(name: N, options: ParquetSourceOptions): Source<N> {
  const file = fileSource('parquetSource', name, options, FILE_OPTIONS)
  const object: ParquetSourceObject = { ...file, format: 'parquet' }
  return Object.freeze({ [DEFINITION]: 'source' as const, name, object: frozen(object) })
}
