/**
 * Files of text as a table: every value is parsed once, strictly, and kept by DuckDB, which spills what does not fit. One
 * value that is not what `types` says stops the run, with its file, line and column.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { duckdbType, parseType } from '../../core/types.ts'
import type { CsvSourceObject, NdjsonSourceObject } from '../../registry/objects.ts'
import { query } from '../duckdb.ts'
import { identifier, literal } from '../sql/text.ts'
import { csvReads } from './csv-reads.ts'
import { ndjsonReads } from './ndjson-reads.ts'
import { isNullJson, type Parsed, parseJson, parseText } from './parse.ts'
import { FILE_COLUMN, type RawRead } from './raw-read.ts'
import { csvRecords, textLines } from './records.ts'

type TextSource = CsvSourceObject | NdjsonSourceObject

/**
 * @returns the number of rows
 * @throws ShorelineError INVALID naming the file, the line and the column of what cannot be read
 */
export async function createTextTable(
  db: DuckDBConnection,
  source: TextSource,
  files: readonly string[],
): Promise<number> {
  const reads = source.format === 'csv' ? await csvReads(source, files) : ndjsonReads(source, files)
  const rows = reads.map((read) => `select ${read.columns.map(selected(source, read)).join(', ')} from ${read.from}`)
  const table = identifier(source.name)
  try {
    await db.run(`create or replace temp table ${table} as ${rows.join(' union all by name ')}`)
  } catch (thrown) {
    throw (await explain(db, source, reads, thrown)) ?? thrown
  }
  const [counted] = await query(db, `select count(*)::varchar as rows from ${table}`)
  return Number(counted?.['rows'] ?? 0)
}

/** What stops the query; the place is looked for then. */
const UNREADABLE = 'a value is not of its type'

function selected(source: TextSource, read: RawRead): (column: string) => string {
  return (column) => {
    const parsed = parsedColumn(source, read, column)
    if (!parsed) return identifier(column)
    return `(case when ${parsed.none} then null when ${parsed.ok} then ${parsed.value} else error(${literal(UNREADABLE)}) end)::${parsed.type} as ${identifier(column)}`
  }
}

interface ParsedColumn extends Parsed {
  /** SQL: there is no value. */
  readonly none: string
  readonly type: string
}

/** Null for a column without a type, which is text. */
function parsedColumn(source: TextSource, read: RawRead, column: string): ParsedColumn | null {
  const declared = source.types.find(({ name }) => name.toLowerCase() === column.toLowerCase())
  if (!declared) return null
  const type = parseType(declared.type)
  const from = identifier(column)
  if (read.json?.includes(column)) return { ...parseJson(from, type), none: isNullJson(from), type: duckdbType(type) }
  return { ...parseText(from, type), none: `${from} is null`, type: duckdbType(type) }
}

/** The error as one that names the place; undefined when DuckDB said something else than that a file is wrong. */
async function explain(
  db: DuckDBConnection,
  source: TextSource,
  reads: readonly RawRead[],
  thrown: unknown,
): Promise<ShorelineError | undefined> {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const said = source.format === 'csv' ? csvError(source, text) : await ndjsonError(text)
  if (said) return new ShorelineError('INVALID', `source ${source.name}: ${said}`, {}, thrown)
  if (!text.includes(UNREADABLE)) return undefined
  for (const read of reads)
    for (const column of read.columns) {
      const parsed = parsedColumn(source, read, column)
      const wrong = parsed && (await wrongValue(db, read, column, parsed))
      if (!wrong) continue
      const line = await lineOf(source, wrong.file, column, wrong.value)
      return new ShorelineError(
        'INVALID',
        `source ${source.name}: ${wrong.file}${line === null ? '' : `, line ${line}`}: ${shownValue(wrong.value)} in the column ${column} is not exactly a ${parsed.type}. Correct the file, or ${source.format === 'csv' ? `take ${column} out of types: it is text then, for the view's SQL to parse` : `declare it t.json(), for the view's SQL to parse`}.`,
        {},
        thrown,
      )
    }
  return undefined
}

async function wrongValue(
  db: DuckDBConnection,
  read: RawRead,
  column: string,
  { ok, none }: ParsedColumn,
): Promise<{ readonly file: string; readonly value: string } | undefined> {
  const [row] = await query(
    db,
    `select ${FILE_COLUMN} as file, ${identifier(column)}::varchar as value from ${read.from}
     where not ${none} and (${ok}) is not true order by file limit 1`,
  )
  return row && { file: String(row['file']), value: String(row['value']) }
}

/** The first line with the value in the column: as wrong as any other with it. Null for a value from a folder's name. */
async function lineOf(source: TextSource, file: string, column: string, value: string): Promise<number | null> {
  if (source.format === 'csv') {
    let place = source.header === false ? source.types.findIndex(({ name }) => name === column) : -1
    for await (const { line, fields } of csvRecords(file, source.delimiter ?? ',')) {
      if (place < 0) {
        place = fields.indexOf(column)
        if (place < 0) return null
      } else if (fields[place] === value) return line
    }
    return null
  }
  const wanted = JSON.stringify(jsonOf(value))
  for await (const { line, text } of textLines(file)) {
    const row = jsonOf(text)
    if (typeof row === 'object' && row !== null && Object.hasOwn(row, column))
      if (JSON.stringify(Reflect.get(row, column)) === wanted) return line
  }
  return null
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const SHOWN = 60

function shownValue(value: string): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value === '' ? '""' : value
}

/** What DuckDB 1.5 says about the shape of a CSV file. */
function csvError({ types, header }: CsvSourceObject, text: string): string | undefined {
  const line = /^(?:[A-Z]\w+ )+Error: CSV Error on Line: (\d+)/.exec(text)?.[1]
  const file = /^ {2}file = (.*)$/m.exec(text)?.[1]
  if (line === undefined || file === undefined) return undefined
  const [, expected, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text) ?? []
  const columns = header === false ? `types has ${types.length}` : `the header has ${expected}`
  const problem = found
    ? `it has ${found} ${found === '1' ? 'field' : 'fields'}, and ${columns}. Quote fields that hold the delimiter, or correct the line.`
    : /unterminated quote/.test(text)
      ? 'a quote is not closed, or something follows it. Write a quote within a quoted field twice.'
      : /Invalid unicode/.test(text)
        ? 'it is not UTF-8. Convert the file.'
        : `DuckDB says: ${
            text
              .split('\n')
              .slice(2)
              .find((one) => one.trim() !== '') ?? ''
          }`
  return `${file}, line ${line}: ${problem}`
}

/** What DuckDB says about a line of JSON. Its line may be one too far, so the line is looked for. */
async function ndjsonError(text: string): Promise<string | undefined> {
  const [, file, said, why = ''] =
    /(?:Malformed JSON|JSON transform error) in file "(.*?)", (?:at byte \d+ )?in line (\d+): ([^\n]*)/.exec(text) ?? []
  if (file === undefined || said === undefined) return undefined
  let wrong = said
  for await (const { line, text: one } of textLines(file)) {
    const row = one.trim() === '' ? {} : jsonOf(one)
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) continue
    wrong = String(line)
    break
  }
  return `${file}, line ${wrong}: it is no JSON object: ${why.trim().replace(/\.$/, '')}. Write one object a line.`
}
