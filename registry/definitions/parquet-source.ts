/**
 * A data source of Parquet files in the lake. Its name is the table's name in the SQL of the views that read it, and
 * hive partitions (`year=2001/`) are columns.
 *
 * @example
 * const flights = parquetSource('flights', { path: 'r2://offline/flights/**\/*.parquet', timestamp: 'date' })
 */
import { checkName, isName } from '../../core/name.ts'
import type { ParquetSourceObject } from '../objects.ts'
import { DEFINITION, type Definition, frozen, isDefinition, refuse, shown } from './definition.ts'
import {
  checkColumn,
  checkMetadata,
  checkOptions,
  checkTags,
  isRecord,
  METADATA_OPTIONS,
  type MetadataOptions,
  present,
  type Tags,
} from './options.ts'

export interface ParquetSourceOptions extends MetadataOptions {
  /** `r2://bucket/folder/**\/*.parquet`, or `file://folder/*.parquet` on the machine of the sync; one file or a glob. */
  readonly path: string
  /** The column with the event timestamp. */
  readonly timestamp: string
  /** The column with the time at which the row was written; among rows of one event the newest wins. */
  readonly created?: string
  /** Feature or join key -> the column that holds it, where they differ. Only for views without SQL. */
  readonly columns?: Readonly<Record<string, string>>
  /** Tags of single columns, which every feature computed from the column inherits: `{ email: { pii: 'true' } }`. */
  readonly columnTags?: Readonly<Record<string, Tags>>
}

export interface Source<N extends string = string> extends Definition<'source'> {
  readonly name: N
  readonly object: ParquetSourceObject
}

/** @throws ShorelineError INVALID naming the source and the field */
export function parquetSource<const N extends string>(name: N, options: ParquetSourceOptions): Source<N> {
  checkName('parquetSource', name)
  const subject = `parquetSource ${name}`
  checkOptions(subject, options, ['path', 'timestamp', 'created', 'columns', 'columnTags', ...METADATA_OPTIONS])
  if (options.path === undefined) refuse(subject, `path is missing. ${PATH_FORMS}`)
  checkPath(subject, options.path)
  if (options.timestamp === undefined)
    refuse(subject, 'timestamp is missing. Name the column with the event timestamp.')
  checkColumn(subject, 'timestamp', options.timestamp)
  checkColumn(subject, 'created', options.created)
  checkColumns(subject, options.columns)
  checkColumnTags(subject, options.columnTags)
  const object: ParquetSourceObject = {
    name,
    ...checkMetadata(subject, options),
    format: 'parquet',
    path: options.path,
    timestamp: options.timestamp,
    ...present(options, ['created']),
    ...(options.columns && { columns: { ...options.columns } }),
    ...(options.columnTags && { column_tags: copyOf(options.columnTags) }),
  }
  return Object.freeze({ [DEFINITION]: 'source' as const, name, object: frozen(object) })
}

export function isSource(value: unknown): value is Source {
  return isDefinition(value, 'source')
}

/** R2's rule for the names of buckets: https://developers.cloudflare.com/r2/buckets/create-buckets/ */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const PATH_FORMS = 'Write r2://bucket/folder/**/*.parquet or file://folder/*.parquet.'

function checkPath(subject: string, path: unknown): void {
  if (typeof path !== 'string') refuse(subject, `path is ${shown(path)}. ${PATH_FORMS}`)
  const s3 = /^s3a?:\/\/(.*)$/s.exec(path)
  if (s3)
    refuse(
      subject,
      `path ${shown(path)} is in S3. Only R2 and files are read: copy it into an R2 bucket, then write r2://${s3[1]}.`,
    )
  const [, scheme, rest = ''] = /^(r2|file):\/\/(.*)$/s.exec(path) ?? []
  if (scheme === undefined) refuse(subject, `path ${shown(path)} is neither in R2 nor a file. ${PATH_FORMS}`)
  const slash = rest.indexOf('/')
  if (scheme === 'r2' && !BUCKET.test(slash < 0 ? rest : rest.slice(0, slash)))
    refuse(
      subject,
      `path ${shown(path)} names no bucket: 3 to 63 lower-case letters, digits and hyphens. ${PATH_FORMS}`,
    )
  const key = scheme === 'r2' ? (slash < 0 ? '' : rest.slice(slash + 1)) : rest
  if (key === '' || key.endsWith('/')) refuse(subject, `path ${shown(path)} names a folder, not files. ${PATH_FORMS}`)
  if (hasControlCharacter(key)) refuse(subject, `path ${shown(path)} holds a control character. ${PATH_FORMS}`)
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((char) => char < ' ')
}

function checkColumns(subject: string, columns: unknown): void {
  if (columns === undefined) return
  if (!isRecord(columns)) refuse(subject, `columns is ${shown(columns)}. Write { feature: 'COLUMN' }.`)
  for (const [feature, column] of Object.entries(columns)) {
    if (!isName(feature) && typeof column === 'string' && isName(column))
      refuse(
        subject,
        `columns has them the wrong way round: the feature comes first. Write { ${column}: '${feature}' }.`,
      )
    if (!isName(feature))
      refuse(subject, `columns names the feature "${feature}", which is not a name. Write { feature: 'COLUMN' }.`)
    checkColumn(subject, `columns.${feature}`, column)
  }
}

function checkColumnTags(subject: string, columns: unknown): void {
  if (columns === undefined) return
  if (!isRecord(columns))
    refuse(
      subject,
      `columnTags is ${shown(columns)}. Write { column: { tag: 'value' } }, as in { email: { pii: 'true' } }.`,
    )
  for (const [column, tags] of Object.entries(columns)) {
    checkColumn(subject, 'columnTags', column)
    checkTags(`${subject}: columnTags.${column}`, tags)
  }
}

/** The registry's own: what was passed stays the caller's. */
function copyOf(columns: Readonly<Record<string, Tags>>): Readonly<Record<string, Tags>> {
  return Object.fromEntries(Object.entries(columns).map(([column, tags]) => [column, { ...tags }]))
}
