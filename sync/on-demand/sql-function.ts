/** One function for one list of argument types. */
import type { PackName } from '../../core/expressions/packs.ts'

export interface SqlFunction {
  /** As DuckDB binds it. */
  readonly name: string
  readonly args: readonly string[]
  readonly returns: string
  /** In `core`. */
  readonly call: string
  readonly pack: PackName
  /** Its SQL offline, of the SQL of its arguments and their types. */
  readonly sql: (args: readonly string[], types: readonly string[]) => string
  /** As users write it, where that is not its SQL offline. */
  readonly written?: (args: readonly string[]) => string
  /** Arguments, by position, that have to be literals, each with values that work; a test takes its values from here. */
  readonly literals?: Readonly<Record<number, LiteralArgument>>
}

export interface LiteralArgument {
  /** Why a value does not work, with what does; undefined where it works. */
  readonly refuse: (value: unknown) => string | undefined
  readonly examples: readonly (string | number)[]
}

export function signature(name: string, args: readonly string[]): string {
  return `${name}(${args.map((type) => type.replace(/^vector.*/, 'vector')).join(', ')})`
}

type Shape = Pick<SqlFunction, 'pack'> & Partial<Pick<SqlFunction, 'sql' | 'written' | 'literals'>>

/**
 * @param name as DuckDB binds it
 * @param call in `core`
 * @param types of its arguments and of what it returns, as in `int32, int32 -> int32`
 */
export function sqlFunctions(name: string, call: string, types: readonly string[], shape: Shape): SqlFunction[] {
  return types.map((text) => {
    const [args = '', returns = ''] = text.split('->').map((part) => part.trim())
    const sql = shape.sql ?? ((values: readonly string[]) => `${name}(${values.join(', ')})`)
    return { name, call, returns, args: args === '' ? [] : args.split(/,\s*(?![^(]*\))/), ...shape, sql }
  })
}

export function infix(operator: string): (args: readonly string[]) => string {
  return (args) => `(${args.join(` ${operator} `)})`
}

const PREFIX = 'shoreline_'

/** A function of `core` that DuckDB runs as a scalar function, under a name that it has nothing of. */
export function ours(call: string, types: readonly string[], shape: Shape): SqlFunction[] {
  const written = (args: readonly string[]) => `${call}(${args.join(', ')})`
  return sqlFunctions(`${PREFIX}${call}`, call, types, { written, ...shape })
}

/** Whether DuckDB has to have it registered: some have only SQL of their own. */
export function isOurs({ name, args }: Pick<SqlFunction, 'name' | 'args'>): boolean {
  return name.startsWith(PREFIX) && !/date|timestamp/.test(args.join())
}
