/** Functions of `core` as scalar functions of DuckDB, for what has no equal there. */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBVector,
  FLOAT,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api'
import { ALL_PACKS } from '../../core/expressions/packs/all.ts'
import type { Evaluate, RuntimeValue } from '../../core/expressions/values.ts'
import { SQL_FUNCTIONS } from './functions.ts'
import { isOurs, type SqlFunction } from './sql-function.ts'

const TYPES: Readonly<Record<string, DuckDBType>> = { float32: FLOAT, float64: DOUBLE, string: VARCHAR, int32: INTEGER }

/** Once per database: a second connection of the same has them already. */
export function registerScalarFunctions(db: DuckDBConnection): void {
  for (const one of SQL_FUNCTIONS.filter(isOurs)) db.registerScalarFunction(scalarFunction(one))
}

function scalarFunction(one: SqlFunction): DuckDBScalarFunction {
  const evaluate = evaluator(one)
  return DuckDBScalarFunction.create({
    name: one.name,
    parameterTypes: one.args.map(duckType),
    returnType: duckType(one.returns),
    mainFunction: (info, input, output) => {
      try {
        compute(
          evaluate,
          one.args.map((_, at) => input.getColumnVector(at)),
          input.rowCount,
          output,
        )
      } catch {
        // TRY() asks again for each row alone.
        info.setError(`${one.call} has no value for a row`)
      }
    },
  })
}

/** One row for all: it is read and left before the next. */
function compute(evaluate: Evaluate, columns: readonly DuckDBVector[], count: number, output: DuckDBVector): void {
  const row: RuntimeValue[] = columns.map(() => null)
  for (let at = 0; at < count; at++) {
    for (let column = 0; column < columns.length; column++) row[column] = columns[column]?.getItem(at) as RuntimeValue
    output.setItem(at, evaluate(row) as never)
  }
  output.flush()
}

function evaluator(one: SqlFunction): Evaluate {
  const build = ALL_PACKS.functions.get(one.call)
  if (!build) throw new RangeError(`No pack has ${one.call}`)
  return build(
    one.args.map((type, column) => ({ type, column, evaluate: (row) => row[column] ?? null })),
    one.returns,
  )
}

function duckType(type: string): DuckDBType {
  const found = TYPES[type]
  if (!found) throw new RangeError(`A scalar function of ours has the type ${type}`)
  return found
}
