/** `$name` in SQL, outside of texts, quoted names and comments, by values. */
import { ShorelineError } from '../../core/errors.ts'
import type { ValueType } from '../../core/types.ts'
import { storedOf, valueLiteral } from './values.ts'

const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$\$[\s\S]*?\$\$|\$([A-Za-z_]\w*)/g

/** @throws ShorelineError INVALID for a name that is not declared, and for a value that is not of its type */
export function bindParameters(
  where: string,
  sql: string,
  types: Readonly<Record<string, ValueType>>,
  given: Readonly<Record<string, unknown>>,
): string {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(types, name)) throw new ShorelineError('INVALID', `${where}: it has no parameter ${name}.`)
  return sql.replace(TOKENS, (token: string, name: string | undefined) => {
    if (name === undefined) return token
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (!type) throw new ShorelineError('INVALID', `${where}: $${name} is not among its parameters.`)
    return valueLiteral(storedOf(`${where}: ${name}`, given[name], type), type)
  })
}
