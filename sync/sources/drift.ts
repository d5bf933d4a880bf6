/** What it means that the files of a source differ in their columns. */
import { ShorelineError } from '../../core/errors.ts'
import type { ColumnType } from '../duckdb.ts'

export interface FileColumns {
  readonly file: string
  readonly columns: readonly ColumnType[]
}

export const SAME_COLUMNS = "All files of a source must have the same columns, unless it says schemaDrift: 'union'."

/**
 * Types of DuckDB that hold every value of another exactly. A DOUBLE rounds a BIGINT beyond 2^53 and a FLOAT an INTEGER
 * beyond 2^24, which DuckDB's union does without a word.
 */
const HELD_BY: ReadonlyMap<string, readonly string[]> = new Map([
  ['TINYINT', ['SMALLINT', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE']],
  ['SMALLINT', ['INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE']],
  ['INTEGER', ['BIGINT', 'DOUBLE']],
  ['UTINYINT', ['SMALLINT', 'INTEGER', 'BIGINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'FLOAT', 'DOUBLE']],
  ['USMALLINT', ['INTEGER', 'BIGINT', 'UINTEGER', 'UBIGINT', 'FLOAT', 'DOUBLE']],
  ['UINTEGER', ['BIGINT', 'UBIGINT', 'DOUBLE']],
  ['FLOAT', ['DOUBLE']],
  ['DATE', ['TIMESTAMP']],
])

/** The one of two types that holds every value of both, or null. */
export function wider(one: string, other: string): string | null {
  if (one === other || HELD_BY.get(other)?.includes(one)) return one
  return HELD_BY.get(one)?.includes(other) ? other : null
}

/**
 * The columns of all files together, each in the widest of its types.
 * @throws ShorelineError INVALID naming the column, both types and both files when no type of theirs holds both
 */
export function unionColumns(source: string, files: readonly FileColumns[]): readonly ColumnType[] {
  const found = new Map<string, ColumnType & { readonly file: string }>()
  for (const { file, columns } of files)
    for (const { name, type } of columns) {
      // Names are the same in any case, as in SQL.
      const earlier = found.get(name.toLowerCase())
      const both = earlier === undefined ? type : wider(earlier.type, type)
      if (earlier !== undefined && both === null)
        throw new ShorelineError(
          'INVALID',
          `source ${source}: column ${name} is ${earlier.type} in ${earlier.file} and ${type} in ${file}, and neither holds every value of the other. Write the files with one type.`,
        )
      if (both !== null && both !== earlier?.type)
        found.set(name.toLowerCase(), { name: earlier?.name ?? name, type: both, file })
    }
  return [...found.values()].map(({ name, type }) => ({ name, type }))
}

/** @throws ShorelineError INVALID naming the first column that not every file has, and a file that has it */
export function refuseDrift(
  source: string,
  files: readonly { readonly file: string; readonly columns: readonly string[] }[],
): void {
  const having = new Map<string, string[]>()
  for (const { file, columns } of files)
    for (const column of columns) having.set(column, [...(having.get(column) ?? []), file])
  for (const [column, [example = '', ...others]] of having)
    if (others.length + 1 < files.length)
      throw new ShorelineError(
        'INVALID',
        `source ${source}: column ${column} is in ${others.length + 1} of ${files.length} files, for example in ${example}. ${SAME_COLUMNS}`,
      )
}
