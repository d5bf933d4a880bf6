/** CSV files for DuckDB to read: every column as text, under the names of the header. */
import { ShorelineError } from '../../core/errors.ts'
import { hiveNames } from '../../core/hive.ts'
import type { CsvSourceObject } from '../../registry/objects.ts'
import { literal } from '../sql/text.ts'
import { refuseDrift } from './drift.ts'
import { FILE_COLUMN, type RawRead } from './raw-read.ts'
import { csvRecords } from './records.ts'

/**
 * One read for the files of each header: DuckDB takes the columns of a file by their place, whatever its header says.
 * @throws ShorelineError INVALID naming the file whose header is none, or that has other columns
 */
export async function csvReads(source: CsvSourceObject, files: readonly string[]): Promise<readonly RawRead[]> {
  const headers = new Map<
    string,
    { readonly fields: readonly string[]; readonly hive: readonly string[]; readonly files: string[] }
  >()
  const all: { file: string; columns: readonly string[] }[] = []
  for (const file of files) {
    const fields = await fieldsOf(source, file)
    const hive = hiveNames(file)
    const key = JSON.stringify([fields, hive])
    const same = headers.get(key)
    if (same) same.files.push(file)
    else headers.set(key, { fields, hive, files: [file] })
    all.push({ file, columns: [...new Set([...fields, ...hive])] })
  }
  if (source.schema_drift !== 'union') refuseDrift(source.name, all)
  return [...headers.values()].map(({ fields, hive, files: same }) => ({
    columns: [...new Set([...fields, ...hive])],
    files: same,
    from: readCsv(source, same, fields, hive.length > 0),
  }))
}

function readCsv(source: CsvSourceObject, files: readonly string[], fields: readonly string[], hive: boolean): string {
  const columns = fields.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')
  return `read_csv([${files.map(literal).join(', ')}], auto_detect = false, strict_mode = true, columns = {${columns}},
    header = ${source.header !== false}, delim = ${literal(source.delimiter ?? ',')}, quote = '"', escape = '"',
    nullstr = ${literal(source.null_text ?? '')}, allow_quoted_nulls = false,
    hive_partitioning = ${hive}, hive_types_autocast = false, filename = ${literal(FILE_COLUMN)})`
}

async function fieldsOf(source: CsvSourceObject, file: string): Promise<readonly string[]> {
  if (source.header === false) return source.types.map(({ name }) => name)
  const { value } = await csvRecords(file, source.delimiter ?? ',').next()
  const fields: readonly string[] = value?.fields ?? []
  const problem = headerProblem(fields)
  if (problem) throw new ShorelineError('INVALID', `source ${source.name}: ${file}${problem}`)
  return fields
}

function headerProblem(fields: readonly string[]): string | null {
  if (fields.length === 0)
    return ' is empty. A CSV file has a line with the names of its columns, unless the source says header: false.'
  const unnamed = fields.indexOf('')
  if (unnamed >= 0) return `, line 1: column ${unnamed + 1} has no name. Name it in the header.`
  const names = fields.map((field) => field.toLowerCase())
  const twice = fields.find((field, at) => names.indexOf(field.toLowerCase()) < at)
  return twice === undefined ? null : `, line 1: the column ${twice} is there twice. Rename one of them in the header.`
}
