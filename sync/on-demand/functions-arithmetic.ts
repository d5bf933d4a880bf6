/** Arithmetic: DuckDB's own, everywhere. */
import { infix, type LiteralArgument, type SqlFunction, sqlFunctions } from './sql-function.ts'

const NUMBERS = ['int32', 'int64', 'float32', 'float64']
const FLOATS = ['float32', 'float64']
const pack = 'arithmetic'

const two = (types: readonly string[]) => types.map((type) => `${type}, ${type} -> ${type}`)
const one = (types: readonly string[]) => types.map((type) => `${type} -> ${type}`)
const test = (types: readonly string[]) => types.map((type) => `${type} -> bool`)

const operator = (name: string, call: string, types: readonly string[]) =>
  sqlFunctions(name, call, two(types), { pack, sql: infix(name) })

/** Ten to the power of which is a double without rounding, so that every C library gives the same. */
const DIGITS: LiteralArgument = {
  refuse: (value) =>
    Number.isInteger(value) && Math.abs(Number(value)) <= 22 ? undefined : 'a literal integer from -22 to 22',
  examples: [0, 1, 2, 3, 6, 22, -1, -2, -22],
}

export const ARITHMETIC_FUNCTIONS: readonly SqlFunction[] = [
  ...operator('+', 'add', NUMBERS),
  ...operator('-', 'subtract', NUMBERS),
  ...operator('*', 'multiply', NUMBERS),
  ...operator('/', 'divide', FLOATS),
  ...operator('//', 'quotient', ['int32', 'int64']),
  ...operator('%', 'remainder', NUMBERS),
  ...sqlFunctions('-', 'negate', one(NUMBERS), { pack, sql: ([x]) => `(- ${x})` }),
  ...sqlFunctions('abs', 'abs', one(NUMBERS), { pack }),
  // DuckDB's is a TINYINT, in which a product overflows at once.
  ...sqlFunctions(
    'sign',
    'sign',
    NUMBERS.map((type) => `${type} -> int8`),
    { pack },
  ),
  ...sqlFunctions('floor', 'floor', one(FLOATS), { pack }),
  ...sqlFunctions('ceil', 'ceil', one(FLOATS), { pack }),
  ...sqlFunctions('trunc', 'trunc', one(FLOATS), { pack }),
  ...sqlFunctions('round', 'round', one(FLOATS), { pack }),
  ...sqlFunctions('round', 'round_to', ['float64, int32 -> float64'], { pack, literals: { 1: DIGITS } }),
  ...sqlFunctions('sqrt', 'sqrt', one(['float64']), { pack }),
  ...sqlFunctions('pi', 'pi', ['-> float64'], { pack }),
  ...sqlFunctions('isnan', 'is_nan', test(FLOATS), { pack }),
  ...sqlFunctions('isfinite', 'is_finite', test(FLOATS), { pack }),
  ...sqlFunctions('isinf', 'is_infinite', test(FLOATS), { pack }),
]
