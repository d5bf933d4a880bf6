/** The sources as DuckDB sees them: listed, copied to this machine in whole or in part, and a table each. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ShorelineError } from '../../core/errors.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { LakeSourceObject } from '../../registry/objects.ts'
import { type ColumnType, describe, duckdbError } from '../duckdb.ts'
import { type LocalCopy, localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { withObjectNames } from '../lake/names.ts'
import { type LakeConfig, openSource } from '../lake/resolve.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { identifier } from '../sql/text.ts'

export interface CheckedSource {
  readonly source: LakeSourceObject
  readonly columns: readonly ColumnType[]
  readonly objects: number
  /** Rows of the objects that were read. */
  readonly rows: number
  /** How many times more there is than was read; 1 when all of it was. */
  readonly scale: number
}

/** A source beyond this many bytes is checked on its last objects: a plan must not copy a lake. */
const READ_WHOLE_BYTES = 1024 ** 3
const SAMPLE_BYTES = 256 * 1024 ** 2
/** Every value of a text file is parsed to check it, which Parquet needs not: its bounds are so many times lower. */
const TEXT_FACTOR = 8

export interface CheckPlace {
  readonly lake: LakeConfig
  /** Where copies are kept. */
  readonly folder: string
}

/**
 * Makes the source a table of its name.
 * @throws ShorelineError naming the source: nothing matches its path, files disagree, or a column is not there
 */
export async function checkSource(
  db: DuckDBConnection,
  place: CheckPlace,
  source: LakeSourceObject,
): Promise<CheckedSource> {
  const subject = `source ${source.name}`
  let copies: readonly LocalCopy[] = []
  try {
    const { lake, objects } = await openSource(source.path, place.lake)
    const read = sample(source, objects)
    copies = await localCopies(lake, read, join(place.folder, 'cache'), () => {})
    const rows = await createSourceTable(
      db,
      source,
      copies.map((copy) => copy.path),
    )
    const columns = await describe(db, `select * from ${identifier(source.name)}`)
    checkColumns(subject, source, columns)
    return { source, columns, objects: objects.length, rows, scale: bytesOf(objects) / Math.max(1, bytesOf(read)) }
  } catch (thrown) {
    throw explain(subject, source, thrown, (text) => withNames(text, copies, place.lake.folder))
  }
}

/** The error as one that names the source. @param named puts the names of objects in the place of local copies' */
function explain(
  subject: string,
  source: LakeSourceObject,
  thrown: unknown,
  named: (text: string) => string,
): ShorelineError {
  if (!(thrown instanceof ShorelineError)) {
    const { code, message, details, cause } = duckdbError(subject, thrown)
    return new ShorelineError(code, filesError(subject, named(message)), details, cause)
  }
  const { code, message, details } = thrown
  if (message.startsWith(subject)) {
    const { problems } = details
    return Array.isArray(problems) ? thrown : new ShorelineError(code, named(message), details, thrown)
  }
  return new ShorelineError(code, `${subject}: ${named(message)}${fixOf(source, message)}`, details, thrown)
}

/** What to do about what the lake says, which knows no definitions. */
function fixOf({ path, format }: LakeSourceObject, message: string): string {
  if (message.startsWith('No object matches'))
    return `. Correct the path${/^file:\/\/[^/]/.test(path) ? ', which is relative to the folder of package.json' : ''}.`
  if (message.includes('is no source path'))
    return `. Write r2://bucket/folder/**/*.${format} or file://folder/*.${format}.`
  if (message.includes('which is not configured'))
    return ', as R2_ENDPOINT, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY. The local Worker needs none of them.'
  return /[.!?]$/.test(message) ? '' : '.'
}

/** What DuckDB says about files, where we can say more. */
function filesError(subject: string, message: string): string {
  const file = /(?:No magic bytes found at end of file|File) '(.*?)'/.exec(message)?.[1]
  if (file !== undefined && /No magic bytes|too small to be a Parquet file/.test(message))
    return `${subject}: ${file} is not a Parquet file. Convert it, or narrow the path to the files that are.`
  const [, one, other] = /Hive partition mismatch between file "(.*?)" and "(.*?)"/.exec(message) ?? []
  if (one !== undefined)
    return `${subject}: ${one} and ${other} are not partitioned alike. All files of a source need the same folders of the form name=value; narrow the path to those that have them.`
  return message
}

/** Copies of objects of a bucket by the objects' names, files below the folder of package.json relative to it. */
function withNames(text: string, copies: readonly LocalCopy[], folder: string | undefined): string {
  const objects = withObjectNames(text, copies)
  return folder === undefined ? objects : objects.replaceAll(`${folder.replace(/\/$/, '')}/`, '')
}

/** The last objects: of a source that grows by date, the ones that look like what comes next. */
function sample({ format }: LakeSourceObject, objects: readonly LakeObject[]): readonly LakeObject[] {
  const factor = format === 'parquet' ? 1 : TEXT_FACTOR
  if (bytesOf(objects) <= READ_WHOLE_BYTES / factor) return objects
  let bytes = 0
  let first = objects.length
  while (first > 0 && bytes < SAMPLE_BYTES / factor) bytes += objects[--first]?.size ?? 0
  return objects.slice(first)
}

function bytesOf(objects: readonly LakeObject[]): number {
  return objects.reduce((sum, object) => sum + object.size, 0)
}

function checkColumns(subject: string, source: LakeSourceObject, columns: readonly ColumnType[]): void {
  const names = columns.map((column) => column.name)
  const wanted = [
    ['timestamp', source.timestamp],
    ...(source.created === undefined ? [] : [['created', source.created]]),
    ...Object.entries(source.columns ?? {}).map(([feature, column]) => [`columns.${feature}`, column]),
    ...Object.keys(source.column_tags ?? {}).map((column) => ['columnTags', column]),
    ...(source.format === 'parquet' ? [] : source.types.map(({ name }) => ['types', name])),
  ]
  const problems = wanted.flatMap(([option = '', column = '']) =>
    names.some((name) => name.toLowerCase() === column.toLowerCase())
      ? []
      : [noColumn(`${subject}: ${option}`, column, names)],
  )
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
}

/** One sentence for a column that is not there. @param names of those that are */
export function noColumn(subject: string, column: string, names: readonly string[]): string {
  const meant = nearest(column, names)
  return `${subject} names the column ${column}, which its files do not have. They have ${names.join(', ')}. ${meant ? `Did you mean ${meant}?` : 'Name one of them.'}`
}
