/** The sources as DuckDB sees them: listed, copied to this machine in whole or in part, and a table each. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { nearest } from '../../registry/definitions/nearest.ts'
import type { SourceObject } from '../../registry/objects.ts'
import { type ColumnType, describe, duckdbError } from '../duckdb.ts'
import { localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { type LakeConfig, openSource } from '../lake/resolve.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { identifier } from '../sql/text.ts'

export interface CheckedSource {
  readonly source: SourceObject
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
  source: SourceObject,
): Promise<CheckedSource> {
  const subject = `source ${source.name}`
  try {
    const { lake, objects } = await openSource(source.path, place.lake)
    const read = sample(objects)
    const copies = await localCopies(lake, read, join(place.folder, 'cache'), () => {})
    const rows = await createSourceTable(
      db,
      source,
      copies.map((copy) => copy.path),
    )
    const columns = await describe(db, `select * from ${identifier(source.name)}`)
    checkColumns(subject, source, columns)
    return { source, columns, objects: objects.length, rows, scale: bytesOf(objects) / Math.max(1, bytesOf(read)) }
  } catch (thrown) {
    if (!(thrown instanceof ShorelineError)) throw duckdbError(subject, thrown)
    const named = thrown.message.startsWith(subject)
    throw named ? thrown : new ShorelineError(thrown.code, `${subject}: ${messageOf(thrown)}`, thrown.details, thrown)
  }
}

/** The last objects: of a source that grows by date, the ones that look like what comes next. */
function sample(objects: readonly LakeObject[]): readonly LakeObject[] {
  if (bytesOf(objects) <= READ_WHOLE_BYTES) return objects
  let bytes = 0
  let first = objects.length
  while (first > 0 && bytes < SAMPLE_BYTES) bytes += objects[--first]?.size ?? 0
  return objects.slice(first)
}

function bytesOf(objects: readonly LakeObject[]): number {
  return objects.reduce((sum, object) => sum + object.size, 0)
}

function checkColumns(subject: string, source: SourceObject, columns: readonly ColumnType[]): void {
  const names = columns.map((column) => column.name)
  const wanted = [
    ['timestamp', source.timestamp],
    ...(source.created === undefined ? [] : [['created', source.created]]),
    ...Object.entries(source.columns ?? {}).map(([feature, column]) => [`columns.${feature}`, column]),
    ...Object.keys(source.column_tags ?? {}).map((column) => ['columnTags', column]),
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
