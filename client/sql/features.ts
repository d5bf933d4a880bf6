/** Features of the page's own events, by SQL: request-time values of on-demand views that never leave the device. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import type { PlainValue } from '../../core/on-demand/to-plain.ts'
import { castExpression } from '../../core/sql/cast.ts'
import { identifier } from '../../core/sql/text.ts'
import { type Shape, typeText, type ValueType } from '../../core/types.ts'
import { readColumns } from './arrow.ts'
import type { Connection } from './engine.ts'
import { failed } from './failed.ts'
import { bindParameters } from './parameters.ts'
import {
  columnsOf,
  type GivenRow,
  plainColumn,
  type RowOf,
  readableQuery,
  refuseJson,
  rowsOf,
  storedFrom,
} from './values.ts'

export interface FeaturesOptions<F extends Shape, P extends Shape> {
  /** A query over the page's sources. `$name` stands for a parameter. */
  readonly sql: string
  /** Its columns, in their types: what would be lost by a cast is an error, as in a definition. */
  readonly features: F
  /** What `$name` stands for, each in its type. */
  readonly parameters?: P
}

export interface ClientFeatures<F extends Shape, P extends Shape> {
  /** The one row of the query. @throws ShorelineError INVALID when it has none, or several */
  get(...parameters: Arguments<P>): Promise<RowOf<F>>
  /** Every row of the query, in its order. */
  rows(...parameters: Arguments<P>): Promise<readonly RowOf<F>[]>
}

type Arguments<P extends Shape> = keyof P extends never ? [] : [parameters: GivenRow<P>]

export function clientFeatures<F extends Shape, P extends Shape>(
  connection: Connection,
  name: string,
  { sql, features, parameters }: FeaturesOptions<F, P>,
): ClientFeatures<F, P> {
  const columns = columnsOf(features)
  for (const one of columns) refuseJson(`features ${name}: ${one.name}`, one.type)
  const types: Readonly<Record<string, ValueType>> = parameters ?? {}

  async function rows(...[given]: Arguments<P>): Promise<readonly RowOf<F>[]> {
    const query = `(${bindParameters(`features ${name}`, sql, types, (given ?? {}) as Readonly<Record<string, unknown>>)}\n)`
    const typed = await typedColumns(connection, name, query, columns)
    const read = readColumns(
      await connection.run(readableQuery(typed, `${query} as q`)).catch(failed(`features ${name}`)),
    )
    const found = columns.map(({ name: column, type }, at): { name: string; values: readonly PlainValue[] } => ({
      name: column,
      values: plainColumn(
        (read[at]?.values ?? []).map((value) => storedFrom(value, type)),
        type,
      ),
    }))
    return rowsOf(found, read[0]?.values.length ?? 0) as readonly RowOf<F>[]
  }

  return {
    rows,
    async get(...given) {
      const found = await rows(...given)
      const [only] = found
      if (only && found.length === 1) return only
      throw new ShorelineError(
        'INVALID',
        `features ${name}: the query has ${found.length === 0 ? 'no row' : `${found.length} rows`} and get() wants one. Aggregate in SQL, or call rows().`,
      )
    },
  }
}

/** Each column in its declared type. */
async function typedColumns(
  connection: Connection,
  name: string,
  query: string,
  columns: readonly { readonly name: string; readonly type: ValueType }[],
): Promise<readonly { readonly sql: string; readonly type: string }[]> {
  const described = await describeQuery(connection, query).catch(failed(`features ${name}`))
  const problems: string[] = []
  const typed = columns.map((column) => {
    const found = described.get(column.name)
    try {
      if (found === undefined)
        throw new ShorelineError(
          'INVALID',
          `features ${name}: ${column.name} is not a column of its SQL, which has ${[...described.keys()].join(', ')}.`,
        )
      const sql = castExpression(`features ${name}: ${column.name}`, identifier(column.name), found, column.type)
      return { sql, type: typeText(column.type) }
    } catch (thrown) {
      problems.push(messageOf(thrown))
      return { sql: 'null', type: typeText(column.type) }
    }
  })
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
  return typed
}

/** The columns of a query by name, in DuckDB's types. */
export async function describeQuery(connection: Connection, query: string): Promise<ReadonlyMap<string, string>> {
  const [names, types] = readColumns(
    await connection.run(`select column_name, column_type from (describe select * from ${query} as q)`),
  )
  return new Map(names?.values.map((one, at) => [String(one), String(types?.values[at])]) ?? [])
}
