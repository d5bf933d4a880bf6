/** Lists and vectors: DuckDB's own, where it computes the same on every machine. */
import { type SqlFunction, sqlFunctions } from './sql-function.ts'

const pack = 'lists'
const ITEMS = ['bool', 'int32', 'int64', 'float32', 'float64', 'string', 'timestamp', 'date', 'uuid']
const [INTEGERS, FLOATS] = [['int32', 'int64'], ['float64']]

const lists = (name: string, call: string, types: readonly string[], shape = {}) =>
  sqlFunctions(name, call, types, { pack, ...shape })
const each = (types: readonly string[], signature: (item: string) => string) => types.map(signature)
/** In doubles: in float32, sums differ between processors that multiply and add in one step and those that do not. */
const vectors = (name: string, call: string, sql = doublesOf(name)) =>
  lists(name, call, ['vector, vector -> float32'], {
    sql,
    written: (args: readonly string[]) => `${name}(${args.join(', ')})`,
  })

/** DuckDB's own of doubles, where each product of two float32 is exact. */
function doublesOf(name: string): SqlFunction['sql'] {
  return (args, types) => {
    const doubles = args.map((arg, at) => `cast(${arg} as double[${/[0-9]+/.exec(types[at] ?? '')?.[0]}])`)
    return `cast(${name}(${doubles.join(', ')}) as float)`
  }
}

/** The square of a difference is not exact in doubles: each is rounded before it is added. */
function distanceSql(args: readonly string[]): string {
  const pairs = `list_zip(${args.map((arg) => `cast(${arg} as double[])`).join(', ')})`
  return `cast(sqrt(list_sum(list_transform(${pairs}, lambda p: (p[1] - p[2]) * (p[1] - p[2])))) as float)`
}

export const LIST_FUNCTIONS: readonly SqlFunction[] = [
  ...lists(
    'len',
    'list_length',
    each(ITEMS, (item) => `list(${item}) -> int64`),
  ),
  ...lists(
    'length',
    'list_length',
    each(ITEMS, (item) => `list(${item}) -> int64`),
  ),
  ...lists(
    'array_extract',
    'list_extract',
    each(ITEMS, (item) => `list(${item}), int64 -> ${item}`),
  ),
  ...lists(
    'list_contains',
    'list_contains',
    each(ITEMS, (item) => `list(${item}), ${item} -> bool`),
  ),
  ...lists(
    'list_position',
    'list_position',
    each(ITEMS, (item) => `list(${item}), ${item} -> int32`),
  ),
  ...lists(
    'list_min',
    'list_min',
    each(ITEMS, (item) => `list(${item}) -> ${item}`),
  ),
  ...lists(
    'list_max',
    'list_max',
    each(ITEMS, (item) => `list(${item}) -> ${item}`),
  ),
  ...lists(
    'list_sum',
    'list_sum',
    each(FLOATS, (item) => `list(${item}) -> ${item}`),
  ),
  ...lists(
    'list_sum',
    'list_sum',
    each(INTEGERS, (item) => `list(${item}) -> int128`),
  ),
  ...lists(
    'list_avg',
    'list_avg',
    each(FLOATS, (item) => `list(${item}) -> float64`),
  ),
  // Of integers, DuckDB divides in a width that differs from machine to machine.
  ...lists(
    'list_avg',
    'list_avg',
    each(INTEGERS, (item) => `list(${item}) -> float64`),
    {
      sql: ([list]: readonly string[]) =>
        `(cast(cast(list_sum(${list}) as bigint) as double) / cast(list_count(${list}) as double))`,
      written: ([list]: readonly string[]) => `list_avg(${list})`,
    },
  ),
  ...vectors('array_inner_product', 'inner_product'),
  ...vectors('array_distance', 'distance', distanceSql),
  ...vectors('array_cosine_similarity', 'cosine_similarity'),
]

export const LIST_NAMES: Readonly<Record<string, string>> = {
  ...{ list_extract: 'array_extract', list_element: 'array_extract', list_has: 'list_contains' },
  ...{ array_has: 'list_contains', array_contains: 'list_contains', array_length: 'len' },
  ...{ array_dot_product: 'array_inner_product', list_indexof: 'list_position' },
  ...{ array_position: 'list_position', array_indexof: 'list_position' },
}
