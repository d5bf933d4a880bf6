/** The page's own events: what a person did here, in a table of the page's DuckDB, and nowhere else. */
import { ShorelineError } from '../../core/errors.ts'
import { isName } from '../../core/name.ts'
import { identifier } from '../../core/sql/text.ts'
import { duckdbType, type Shape } from '../../core/types.ts'
import { arrowStream } from './arrow.ts'
import type { Connection } from './engine.ts'
import { failed } from './failed.ts'
import { arrowOf, columnsOf, type GivenRow, kindOf, refuseJson, storedOf, typedColumn } from './values.ts'

/** @template S the columns, by name */
export interface ClientSource<N extends string = string, S extends Shape = Shape> {
  readonly name: N
  readonly schema: S
}

/**
 * A table of the page's events.
 *
 * @param name of the table in SQL
 * @param schema its columns, in the types of the definitions; each may be null
 * @example
 * const looks = clientSource('looks', { airport: t.string(), seconds: t.float64(), at: t.timestamp() })
 */
export function clientSource<const N extends string, const S extends Shape>(name: N, schema: S): ClientSource<N, S> {
  for (const [what, one] of [['source', name] as const, ...Object.keys(schema).map((key) => ['column', key] as const)])
    if (!isName(one))
      throw new ShorelineError(
        'INVALID',
        `The ${what} ${JSON.stringify(one)} has no usable name: a letter, then letters, digits and single underscores, all lower case.`,
      )
  if (Object.keys(schema).length === 0) throw new ShorelineError('INVALID', `clientSource ${name} has no column.`)
  for (const [column, type] of Object.entries(schema)) refuseJson(`clientSource ${name}: ${column}`, type)
  return { name, schema }
}

export interface ClientTable<S extends Shape> {
  readonly source: ClientSource<string, S>
  /** Adds rows, in their order. What a row leaves out is null. @throws ShorelineError INVALID naming the row and the field */
  append(rows: readonly GivenRow<S>[]): Promise<void>
  /** Removes what the condition holds for, written in SQL; all rows without one. */
  remove(where?: string): Promise<void>
}

export async function openTable<S extends Shape>(
  connection: Connection,
  source: ClientSource<string, S>,
): Promise<ClientTable<S>> {
  const columns = columnsOf(source.schema)
  const table = identifier(source.name)
  const types = columns.map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`)
  await connection.run(`create table ${table} (${types.join(', ')})`).catch(failed(`clientSource ${source.name}`))
  let inserted = 0
  return {
    source,
    async append(rows) {
      if (rows.length === 0) return
      for (const [at, row] of rows.entries())
        for (const name of Object.keys(row))
          if (!Object.hasOwn(source.schema, name))
            throw new ShorelineError(
              'INVALID',
              `rows[${at}].${name}: clientSource ${source.name} has no such column; it has ${columns.map((one) => one.name).join(', ')}.`,
              { field: `rows[${at}].${name}` },
            )
      const arrow = columns.map(({ name, type }) => ({
        name,
        kind: kindOf(type),
        values: rows.map((row, at) => arrowOf(storedOf(`rows[${at}].${name}`, row[name], type), type)),
      }))
      const came = `_came_${source.name}_${inserted++}`
      await connection.insert(came, arrowStream(arrow, rows.length), true)
      const selected = columns.map(({ name, type }) => typedColumn(identifier(name), type))
      await connection.run(`insert into ${table} select ${selected.join(', ')} from ${identifier(came)}`)
      await connection.run(`drop table ${identifier(came)}`)
    },
    async remove(where) {
      await connection
        .run(where === undefined ? `delete from ${table}` : `delete from ${table} where ${where}`)
        .catch(failed(`clientSource ${source.name}`))
    },
  }
}
