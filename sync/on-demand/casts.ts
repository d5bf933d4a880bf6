/** Which casts are proven to agree, and where the evaluator has them. */
import type { PackName } from '../../core/expressions/packs.ts'

const NUMERIC: ReadonlySet<string> = new Set(['bool', 'int8', 'int32', 'int64', 'float32', 'float64'])

export interface Cast {
  readonly call: string
  readonly pack: PackName
  /** Its SQL offline, where DuckDB's own cast takes more than the evaluator. */
  readonly sql?: (value: string, cast: (value: string) => string) => string
}

/** Strings that become a value of the type; of all others the cast fails, as DuckDB's does of text that is none. */
const TEXTS: Readonly<Record<string, string>> = {
  int32: ' *[-+]?[0-9]+ *',
  int64: ' *[-+]?[0-9]+ *',
  float64: ' *[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)? *',
  bool: '[tT][rR][uU][eE]|[tT1]|[fF][aA][lL][sS][eE]|[fF0]',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
  timestamp: '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?)?',
  uuid: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
}

/** @returns why there is none, as a sentence with the fix */
export function castCall(from: string, to: string): Cast | string {
  if (from === 'float64' && to === 'int32') return { call: 'cast', pack: 'arithmetic', sql: byBigint }
  if (NUMERIC.has(from) && NUMERIC.has(to)) return { call: 'cast', pack: 'arithmetic' }
  if (to === 'string' && (from === 'float32' || from === 'float64'))
    return { call: 'cast_string', pack: 'strings', sql: oursOf(from) }
  if (to === 'string' && (NUMERIC.has(from) || from === 'uuid')) return { call: 'cast_string', pack: 'strings' }
  if (to === 'int128') return 'A sum of integers is wider than 64 bits: write list_sum(x)::bigint.'
  if (from === 'int128' && (to === 'int64' || to === 'int32')) return { call: 'cast', pack: 'arithmetic' }
  if (from.startsWith('vector') && to === 'list(float32)') return { call: 'cast_list', pack: 'lists' }
  const [item, target] = [itemOf(from), itemOf(to)]
  if (item === 'float64' && target === 'int32') return 'Cast it to BIGINT[].'
  if (NUMERIC.has(item) && NUMERIC.has(target)) return { call: 'cast_list', pack: 'lists' }
  if (to.startsWith('vector')) return 'Write a vector as a list of numbers, as in [0.1, 0.2]::float[2].'
  if (isMoment(from) && isMoment(to)) return { call: 'cast_time', pack: 'time' }
  if (isMoment(from) && to === 'string') return { call: 'cast_time', pack: 'time' }
  const text = TEXTS[to]
  if (from === 'string' && text !== undefined)
    return isMoment(to)
      ? { call: 'cast_time', pack: 'time', sql: onlyAfterYearZero(text) }
      : { call: 'cast_string', pack: 'strings', sql: only(text) }
  if (from === 'string' && to === 'float32') return 'Cast it to DOUBLE, and that to FLOAT.'
  return 'Compute the view in TypeScript, or cast in the SQL of a feature view.'
}

function itemOf(type: string): string {
  return /^list\((.+)\)$/.exec(type)?.[1] ?? ''
}

function isMoment(type: string): boolean {
  return type === 'date' || type === 'timestamp'
}

/** DuckDB 1.5 compares 2147483647.5 with the greatest integer before it rounds it, and makes it the least. */
function byBigint(value: string, cast: (value: string) => string): string {
  return cast(cast(value).replace(/ as INTEGER\)$/, ' as BIGINT)'))
}

/** DuckDB's digits of a float are not always the fewest. */
function oursOf(from: string): NonNullable<Cast['sql']> {
  return (value) => `shoreline_${from}_text(${value})`
}

/** DuckDB has a year 0, which no other has. */
function onlyAfterYearZero(pattern: string): NonNullable<Cast['sql']> {
  const matching = only(pattern)
  return (value, cast) =>
    `case when starts_with(${value}, '0000') then ${cast(`('none: ' || ${value})`)} else ${matching(value, cast)} end`
}

function only(pattern: string): NonNullable<Cast['sql']> {
  return (value, cast) =>
    `case when regexp_full_match(${value}, '${pattern}') then ${cast(value)} else ${cast(`('none: ' || ${value})`)} end`
}
