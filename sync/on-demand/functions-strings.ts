/** Strings: DuckDB's own where it counts code points as we do; letters change their case in ASCII alone. */
import { regexProblem } from '../../core/expressions/regex.ts'
import { infix, type LiteralArgument, ours, type SqlFunction, sqlFunctions } from './sql-function.ts'

const pack = 'strings'
const [UPPER, LOWER] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz']

/** Of text that is ASCII all through DuckDB's own, which is many times faster than translate. */
function folded(name: 'lower' | 'upper', text: string | undefined): string {
  const [from, to] = name === 'lower' ? [UPPER, LOWER] : [LOWER, UPPER]
  return `case when strlen(${text}) = length(${text}) then ${name}(${text}) else translate(${text}, '${from}', '${to}') end`
}

function lowerSql(text: string | undefined): string {
  return `(${folded('lower', text)})`
}

const PATTERN: LiteralArgument = {
  refuse: (value) => {
    if (typeof value !== 'string') return 'a literal pattern'
    const problem = regexProblem(value)
    return problem === undefined
      ? undefined
      : `a pattern of characters, [classes], (groups), |, * + ? {n,m}, ^ $ \\b \\d \\w \\s: ${JSON.stringify(value)} ${problem}`
  },
  examples: [
    ...[
      'a',
      '^a',
      'a$',
      '^$',
      '.',
      '^.$',
      '^.{3}$',
      'a.c',
      '[a-c]+',
      '[^a]',
      '\\d',
      '^\\d+$',
      '\\s',
      '\\S',
      '\\w+',
      '\\W',
      '\\bb',
    ],
    ...[
      'a|b',
      '^(a|b)',
      '(ab)+',
      '(?:a|,)*b?',
      '[A-Z]{3}',
      'é',
      '😀',
      '[😀é]',
      '\\.',
      '[.,-]',
      '^[^,]*,',
      'x?',
      'a{2,}',
      '\\[',
      '日.',
      '-',
      "'",
    ],
  ],
}

/** A size that comes from a row could be of gigabytes. */
const SIZE: LiteralArgument = {
  refuse: (value) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 1000
      ? undefined
      : 'a literal integer from 0 to 1000',
  examples: [0, 1, 3, 5, 10],
}

const strings = (name: string, call: string, types: readonly string[], shape = {}) =>
  sqlFunctions(name, call, types, { pack, ...shape })

const test = ['string, string -> bool']

/** As many as anybody writes. */
const many = Array.from({ length: 8 }, (_, count) => Array.from({ length: count + 1 }, () => 'string').join(', '))

export const STRING_FUNCTIONS: readonly SqlFunction[] = [
  ...strings('lower', 'lower', ['string -> string'], {
    sql: ([x]: readonly string[]) => folded('lower', x),
    written: written('lower'),
  }),
  ...strings('upper', 'upper', ['string -> string'], {
    sql: ([x]: readonly string[]) => folded('upper', x),
    written: written('upper'),
  }),
  ...strings('length', 'length', ['string -> int64']),
  ...strings('len', 'length', ['string -> int64']),
  ...['trim', 'ltrim', 'rtrim'].flatMap((name) =>
    strings(name, name, ['string -> string', 'string, string -> string']),
  ),
  ...strings('substring', 'substring', ['string, int64 -> string', 'string, int64, int64 -> string']),
  ...['left', 'right'].flatMap((name) => strings(name, name, ['string, int64 -> string'])),
  ...strings('replace', 'replace', ['string, string, string -> string']),
  ...strings('instr', 'position', ['string, string -> int64']),
  // A macro in DuckDB: its name is lost when it is bound, and its arguments are not all evaluated.
  ...ours('split_part', ['string, string, int32 -> string'], { pack, sql: splitPart }),
  ...['lpad', 'rpad'].flatMap((name) =>
    strings(name, name, ['string, int32, string -> string'], { literals: { 1: SIZE } }),
  ),
  ...strings('||', 'join', ['string, string -> string'], { sql: infix('||') }),
  ...strings(
    'concat',
    'concat',
    many.map((types) => `${types} -> string`),
  ),
  ...strings(
    'concat_ws',
    'concat_ws',
    many.slice(1).map((types) => `${types} -> string`),
  ),
  ...strings('starts_with', 'starts_with', test),
  ...strings('ends_with', 'ends_with', test),
  ...strings('contains', 'contains', test),
  ...strings('~~', 'like', test, { sql: infix('like') }),
  ...strings('!~~', 'not_like', test, { sql: infix('not like') }),
  ...strings('~~*', 'ilike', test, {
    sql: ([x, pattern]: readonly string[]) => `(${lowerSql(x)} like ${lowerSql(pattern)})`,
    written: infix('ilike'),
  }),
  ...strings('!~~*', 'not_ilike', test, {
    sql: ([x, pattern]: readonly string[]) => `(${lowerSql(x)} not like ${lowerSql(pattern)})`,
    written: infix('not ilike'),
  }),
  ...strings('regexp_matches', 'regexp_matches', test, { literals: { 1: PATTERN } }),
  ...strings('regexp_full_match', 'regexp_full_match', test, { literals: { 1: PATTERN } }),
  // Casts are made of these; nobody writes them.
  ...ours('float64_text', ['float64 -> string'], { pack }),
  ...ours('float32_text', ['float32 -> string'], { pack }),
  ...strings('md5', 'md5', ['string -> string']),
]

/** The part, or nothing where there is none; null where an argument is. */
function splitPart([text, by, place]: readonly string[]): string {
  const part = `concat(list_extract(string_split(${text}, ${by}), ${place}))`
  return `(${part} || left(${text}, 0) || left(${by}, 0) || left(cast(${place} as varchar), 0))`
}

function written(name: string): (args: readonly string[]) => string {
  return (args) => `${name}(${args.join(', ')})`
}

/** Other names of DuckDB for the same, and those that are bound under another. */
export const STRING_NAMES: Readonly<Record<string, string>> = {
  ...{ split_part: 'shoreline_split_part', substr: 'substring', lcase: 'lower', ucase: 'upper' },
  ...{ char_length: 'length', character_length: 'length', strpos: 'instr', position: 'instr' },
  ...{ suffix: 'ends_with', prefix: 'starts_with' },
}
