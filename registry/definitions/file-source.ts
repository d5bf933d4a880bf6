/** What the sources of files in the lake have in common, whatever their format. */
import { checkName, isName } from '../../core/name.ts'
import { isType, typeText, type ValueType } from '../../core/types.ts'
import type { ColumnTypeObject, LakeSourceObject } from '../objects.ts'
import { type Definition, isDefinition, refuse, shown } from './definition.ts'
import { notAType } from './feature.ts'
import {
  checkChoice,
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

export interface FileSourceOptions extends MetadataOptions {
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
  /**
   * `'union'`: a column that a file lacks is null there, and one that only some files have is read. Without it, files that
   * differ in their columns are an error. A type that differs stays one, unless the wider type holds every value exactly.
   */
  readonly schemaDrift?: 'union'
}

/** Column -> type that its text is parsed to. */
export type ColumnTypes = Readonly<Record<string, ValueType>>

export interface Source<N extends string = string> extends Definition<'source' | 'csvSource' | 'ndjsonSource'> {
  readonly name: N
  readonly object: LakeSourceObject
}

export function isSource(value: unknown): value is Source {
  return isDefinition(value, 'source') || isDefinition(value, 'csvSource') || isDefinition(value, 'ndjsonSource')
}

export const FILE_OPTIONS: readonly string[] = [
  ...['path', 'timestamp', 'created', 'columns', 'columnTags', 'schemaDrift'],
  ...METADATA_OPTIONS,
]

/**
 * The part of a source's object that does not depend on its format.
 * @param known the options that a source of this format has
 * @throws ShorelineError INVALID naming the source and the field
 */
export function fileSource(
  maker: 'parquetSource' | 'csvSource' | 'ndjsonSource',
  name: string,
  options: FileSourceOptions,
  known: readonly string[],
): Omit<LakeSourceObject, 'format' | 'types'> {
  checkName(maker, name)
  const subject = `${maker} ${name}`
  checkOptions(subject, options, known)
  const forms = pathForms(maker)
  if (options.path === undefined) refuse(subject, `path is missing. ${forms}`)
  checkPath(subject, options.path, forms)
  if (options.timestamp === undefined)
    refuse(subject, 'timestamp is missing. Name the column with the event timestamp.')
  checkColumn(subject, 'timestamp', options.timestamp)
  checkColumn(subject, 'created', options.created)
  checkColumns(subject, options.columns)
  checkColumnTags(subject, options.columnTags)
  checkChoice(subject, 'schemaDrift', options.schemaDrift, ['union'])
  return {
    name,
    ...checkMetadata(subject, options),
    path: options.path,
    timestamp: options.timestamp,
    ...present(options, ['created']),
    ...(options.columns && { columns: { ...options.columns } }),
    ...(options.columnTags && { column_tags: copyOf(options.columnTags) }),
    ...(options.schemaDrift && { schema_drift: options.schemaDrift }),
  }
}

/** @throws ShorelineError INVALID when a column has no type */
export function columnTypes(subject: string, types: unknown): readonly ColumnTypeObject[] {
  if (!isRecord(types))
    return refuse(subject, `types is ${shown(types)}. Write { column: type }, as in { clicks: t.int64() }.`)
  return Object.entries(types).map(([name, type]) => {
    checkColumn(subject, 'types', name)
    if (!isType(type)) return refuse(subject, `types.${name} ${notAType(type)}`)
    return { name, type: typeText(type) }
  })
}

/** R2's rule for the names of buckets: https://developers.cloudflare.com/r2/buckets/create-buckets/ */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/** The form of a path, as errors show it. */
function pathForms(maker: string): string {
  const extension = maker.replace('Source', '')
  return `Write r2://bucket/folder/**/*.${extension} or file://folder/*.${extension}.`
}

function checkPath(subject: string, path: unknown, forms: string): void {
  if (typeof path !== 'string') refuse(subject, `path is ${shown(path)}. ${forms}`)
  const s3 = /^s3a?:\/\/(.*)$/s.exec(path)
  if (s3)
    refuse(
      subject,
      `path ${shown(path)} is in S3. Only R2 and files are read: copy it into an R2 bucket, then write r2://${s3[1]}.`,
    )
  const [, scheme, rest = ''] = /^(r2|file):\/\/(.*)$/s.exec(path) ?? []
  if (scheme === undefined) refuse(subject, `path ${shown(path)} is neither in R2 nor a file. ${forms}`)
  const slash = rest.indexOf('/')
  if (scheme === 'r2' && !BUCKET.test(slash < 0 ? rest : rest.slice(0, slash)))
    refuse(subject, `path ${shown(path)} names no bucket: 3 to 63 lower-case letters, digits and hyphens. ${forms}`)
  const key = scheme === 'r2' ? (slash < 0 ? '' : rest.slice(slash + 1)) : rest
  if (key === '' || key.endsWith('/')) refuse(subject, `path ${shown(path)} names a folder, not files. ${forms}`)
  if (hasControlCharacter(key)) refuse(subject, `path ${shown(path)} holds a control character. ${forms}`)
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
