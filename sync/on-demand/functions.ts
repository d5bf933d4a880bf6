/**
 * What expressions may call: each function of DuckDB with the argument types that are proven to agree with the evaluator, the
 * function of `core` that it is there, and the SQL that it is offline. What is not here is refused by name.
 */
import { ARITHMETIC_FUNCTIONS } from './functions-arithmetic.ts'
import { LIST_FUNCTIONS, LIST_NAMES } from './functions-lists.ts'
import { STRING_FUNCTIONS, STRING_NAMES } from './functions-strings.ts'
import { TIME_FUNCTIONS, TIME_NAMES } from './functions-time.ts'
import { TRANSCENDENTAL_FUNCTIONS, TRANSCENDENTAL_NAMES } from './functions-transcendental.ts'
import { type SqlFunction, signature } from './sql-function.ts'
import { sqlType } from './types.ts'

export const SQL_FUNCTIONS: readonly SqlFunction[] = [
  ...ARITHMETIC_FUNCTIONS,
  ...TRANSCENDENTAL_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...LIST_FUNCTIONS,
]

const BY_SIGNATURE = new Map(SQL_FUNCTIONS.map((one) => [signature(one.name, one.args), one]))
const BY_CALL = new Map(SQL_FUNCTIONS.map((one) => [signature(one.call, one.args), one]))
const NAMES = new Set(SQL_FUNCTIONS.map((one) => one.name))

/** By the name and the argument types that DuckDB bound. */
export function functionOf(name: string, args: readonly string[]): SqlFunction | undefined {
  return BY_SIGNATURE.get(signature(name, args))
}

/** By the name that the function has in `core`. */
export function functionOfCall(call: string, args: readonly string[]): SqlFunction | undefined {
  return BY_CALL.get(signature(call, args))
}

/** Whether there is one for any types. */
export function isFunction(name: string): boolean {
  return NAMES.has(name)
}

/** The argument types that a function takes, each as text, for errors. */
export function signaturesOf(name: string): readonly string[] {
  return SQL_FUNCTIONS.filter((one) => one.name === name).map((one) =>
    one.args.map((type) => (type === 'vector' ? 'FLOAT[n]' : sqlType(type))).join(', '),
  )
}

/** Names by which the parser knows what is called otherwise when it is bound, or is ours. */
export const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...TRANSCENDENTAL_NAMES, ...STRING_NAMES, ...TIME_NAMES, ...LIST_NAMES }),
)

/** Names that users write. */
export const WRITTEN_NAMES: readonly string[] = [...new Set([...NAMES, ...RENAMED.keys()])]
  .filter((name) => /^[a-z]/.test(name) && !name.startsWith('shoreline_'))
  .sort()
