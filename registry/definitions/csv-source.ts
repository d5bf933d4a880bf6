/**
 * A data source of CSV files in the lake (RFC 4180, UTF-8; `.csv.gz` too). No type is guessed: a column is text unless
 * `types` says what it is parsed to, and a value that is not exactly of that type stops the run.
 *
 * @example
 * const flights = csvSource('flights', {
 *   path: 'r2://offline/flights/**\/*.csv',
 *   timestamp: 'flown_at',
 *   types: { flown_at: t.timestamp(), delay: t.int64() },
 * })
 */
import type { CsvSourceObject } from '../objects.ts'
import { DEFINITION, frozen, refuse, shown } from './definition.ts'
import {
  type ColumnTypes,
  columnTypes,
  FILE_OPTIONS,
  type FileSourceOptions,
  fileSource,
  type Source,
} from './file-source.ts'

export interface CsvSourceOptions extends FileSourceOptions {
  /** Column -> type that its text is parsed to; the other columns are text. Without a header, all columns in their order. */
  readonly types?: ColumnTypes
  /** One character between fields; a comma when left out. */
  readonly delimiter?: string
  /** `false`: the first line is data, and `types` names the columns. */
  readonly header?: boolean
  /** An unquoted field with this text is null; an empty one when left out. */
  readonly nullText?: string
}

/** @throws ShorelineError INVALID naming the source and the field */
export function csvSource<const N extends string>(name: N, options: CsvSourceOptions): Source<N> {
  const known = [...FILE_OPTIONS, 'types', 'delimiter', 'header', 'nullText']
  const file = fileSource('csvSource', name, options, known)
  const subject = `csvSource ${name}`
  const types = columnTypes(subject, options.types ?? {})
  checkDelimiter(subject, options.delimiter)
  if (options.header !== undefined && typeof options.header !== 'boolean')
    refuse(subject, `header is ${shown(options.header)}. Write true or false.`)
  if (options.header === false && types.length === 0)
    refuse(
      subject,
      'it has no header and no types. Write types: { column: t.string() } with all columns in their order.',
    )
  if (options.nullText !== undefined && (typeof options.nullText !== 'string' || /["\r\n]/.test(options.nullText)))
    refuse(subject, `nullText is ${shown(options.nullText)}. Write a text without quotes and line ends, as in "NA".`)
  const object: CsvSourceObject = {
    ...file,
    format: 'csv',
    types,
    ...(options.delimiter !== undefined && options.delimiter !== ',' && { delimiter: options.delimiter }),
    ...(options.header === false && { header: false }),
    ...(options.nullText && { null_text: options.nullText }),
  }
  return Object.freeze({ [DEFINITION]: 'csvSource' as const, name, object: frozen(object) })
}

/** One byte: what every reader of CSV takes. */
function checkDelimiter(subject: string, delimiter: unknown): void {
  if (delimiter === undefined) return
  if (typeof delimiter !== 'string' || !/^[\t -!#-~]$/.test(delimiter))
    refuse(subject, `delimiter is ${shown(delimiter)}. Write one ASCII character but a quote, as in ";".`)
}
