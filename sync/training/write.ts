/** Writes the rows of a training set: in the spine's order, as one file or one for each part of a split. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckdbType, parseType } from '../../core/types.ts'
import type { TrainingFile, TrainingOptions } from '../../registry/training.ts'
import { identifier, literal } from '../sql/text.ts'
import { writeArrow } from './arrow.ts'
import type { SetColumn } from './columns.ts'
import { ROW } from './join.ts'

/**
 * How Parquet is written. A dictionary takes zero and minus zero for the same (DuckDB 1.5.6), so that floats go without.
 * Rows of a group are fixed, so that the same rows are the same bytes.
 */
export function parquetFormat(columns: readonly SetColumn[]): string {
  const floats = columns.some(({ type }) => /float|vector|double|real/i.test(type))
  return `(format parquet, compression zstd, row_group_size 122880${floats ? ', dictionary_size_limit 0' : ''})`
}

/** Arrow's reader of Parquet, which pandas uses, refuses a null among lists of a fixed size as DuckDB 1.5.6 writes it. */
function parquetValue({ sql, type, is }: SetColumn): string {
  const duckdb = is === 'passed' ? type : duckdbType(parseType(type))
  return /\[\d+\]/.test(duckdb) ? `(${sql})::${duckdb.replaceAll(/\[\d+\]/g, '[]')}` : sql
}

export interface Part {
  /** `train`; null where nothing is split. */
  readonly name: string | null
  /** SQL of which rows, in the relation. */
  readonly where: string | null
  readonly rows: number
}

/**
 * @param relation SQL of a table with `_row` and what the columns are made of
 * @param out the file; parts put their name before its ending
 */
export async function writeParts(
  db: DuckDBConnection,
  relation: string,
  columns: readonly SetColumn[],
  parts: readonly Part[],
  out: string,
  format: TrainingOptions['format'],
): Promise<readonly TrainingFile[]> {
  const files: TrainingFile[] = []
  for (const { name, where, rows: count } of parts) {
    const file = name === null ? out : partFile(out, name)
    const value = format === 'parquet' ? parquetValue : ({ sql }: SetColumn): string => sql
    const selected = columns.map((column) => `${value(column)} as ${identifier(column.name)}`).join(', ')
    const rows = `select ${selected} from ${relation} as r${where === null ? '' : ` where ${where}`} order by ${ROW}`
    if (format === 'arrow') await writeArrow(db, rows, columns, file)
    else await db.run(`copy (${rows}) to ${literal(file)} ${format === 'csv' ? CSV : parquetFormat(columns)}`)
    files.push({
      file: basename(file),
      key: null,
      part: name,
      rows: count,
      bytes: (await stat(file)).size,
      sha256: await sha256(file),
    })
  }
  return files
}

/** Instants as RFC 3339; a null is an empty field, an empty text a quoted one. */
const CSV = "(format csv, header true, timestampformat '%Y-%m-%dT%H:%M:%S.%fZ')"

function partFile(out: string, part: string): string {
  const [, stem = out, ending = ''] = /^(.*?)(\.[a-z]+)?$/.exec(basename(out)) ?? []
  return join(dirname(out), `${stem}.${part}${ending}`)
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
