/**
 * Casts a source column to its declared type. What would change the value stops the run with the column's name: DuckDB's
 * own casts round 1.5 to 2, and a HUGEINT that does not fit is reported without saying which column it is in.
 */
import { ShorelineError } from '../errors.ts'
import { duckdbType, type ValueType } from '../types.ts'
import { literal, timestampLiteral } from './text.ts'

const INTEGERS = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
]
const TIMESTAMPS = ['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE', 'DATE']

/** Kinds with values that DuckDB has and we cannot write, even when the column has the declared type. */
const CHECKED: readonly ValueType['kind'][] = ['timestamp', 'date', 'json', 'vector']

/** Which DuckDB types each scalar kind takes. Text is never parsed into numbers: a view's SQL says so if it wants that. */
const ACCEPTS: Readonly<Record<Exclude<ValueType['kind'], 'list' | 'vector'>, (type: string) => boolean>> = {
  bool: (type) => type === 'BOOLEAN',
  int32: isNumber,
  int64: isNumber,
  float32: isNumber,
  float64: isNumber,
  string: (type) => type === 'VARCHAR' || type.startsWith('ENUM('),
  timestamp: (type) => TIMESTAMPS.includes(type),
  date: (type) => TIMESTAMPS.includes(type),
  uuid: (type) => type === 'UUID' || type === 'VARCHAR',
  bytes: (type) => type === 'BLOB',
  json: (type) => type === 'JSON' || type === 'VARCHAR',
}

/** Where rounding is what the declaration asks for: an average declared float32. Becoming infinite is still a loss. */
function mayRound(from: string, to: ValueType): boolean {
  return (to.kind === 'float32' || to.kind === 'float64') && !INTEGERS.includes(from)
}

/**
 * @param label how errors name the column, as in `view airport_delays: feature avg_delay_7d`
 * @param column SQL of the source value
 * @param from its DuckDB type
 * @returns SQL of the cast value; null stays null
 * @throws ShorelineError INVALID when no value of the source type could be one of the declared type
 */
export function castExpression(label: string, column: string, from: string, to: ValueType): string {
  const target = duckdbType(to)
  if (!accepts(from, to))
    throw new ShorelineError(
      'INVALID',
      `${label} is declared ${target}, and the data has ${from}. Cast it in the view's SQL, or declare another type.`,
    )
  if (!canDiffer(from, to)) return column
  // Not between arrays: DuckDB 1.5 has no case expression of them as soon as one row is null.
  const chosen = to.kind === 'vector' ? 'FLOAT[]' : target
  const cast = `case when ${column} is null then null when ${isKept(column, from, to)} then try_cast(${column} as ${chosen}) else error(${literal(`${label}: the value `)} || ${column}::varchar || ${literal(` is not exactly a ${target}. Correct the source, or cast it in the view's SQL.`)}) end`
  return chosen === target ? cast : `(${cast})::${target}`
}

/** SQL: the cast keeps the value, which is not null; null counts as no. Null where every value is kept. */
export function keepsValue(column: string, from: string, to: ValueType): string | null {
  return canDiffer(from, to) ? isKept(column, from, to) : null
}

function accepts(from: string, to: ValueType): boolean {
  if (to.kind !== 'list' && to.kind !== 'vector') return ACCEPTS[to.kind](from)
  const item = itemType(from)
  // An array of another size holds no value of this one.
  if (to.kind === 'vector' && /\[[0-9]+\]$/.test(from) && !from.endsWith(`[${to.size}]`)) return false
  return item !== undefined && accepts(item, itemOf(to))
}

/** `BIGINT[]`, `FLOAT[3]` -> the type of an element; undefined for what is neither a list nor an array. */
function itemType(from: string): string | undefined {
  return /^(.*)\[[0-9]*\]$/.exec(from)?.[1]
}

function itemOf(to: Extract<ValueType, { readonly kind: 'list' | 'vector' }>): ValueType {
  return to.kind === 'list' ? to.of : { kind: 'float32' }
}

/** Whether a value of the source type may be none of the declared type. */
function canDiffer(from: string, to: ValueType): boolean {
  return from !== duckdbType(to) || isChecked(to)
}

function isChecked(to: ValueType): boolean {
  return to.kind === 'list' ? isChecked(to.of) : CHECKED.includes(to.kind)
}

function isNumber(type: string): boolean {
  return INTEGERS.includes(type) || type === 'FLOAT' || type === 'DOUBLE' || type.startsWith('DECIMAL(')
}

/** The years that RFC 3339 can write. */
const WRITABLE = "timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
/** Between them, the years 1684 to 2255, a double holds every microsecond: one comparison settles almost every row. */
const ALL_EXACT = `${timestampLiteral(Number.MIN_SAFE_INTEGER)} and ${timestampLiteral(Number.MAX_SAFE_INTEGER)}`

/** SQL: the cast keeps the value, which is not null; null counts as no. */
function isKept(column: string, from: string, to: ValueType, depth = 0): string {
  if (!canDiffer(from, to)) return 'true'
  if (to.kind === 'list' || to.kind === 'vector') return areKept(column, itemType(from) ?? from, to, depth)
  const cast = `try_cast(${column} as ${duckdbType(to)})`
  // Back again with try_cast: BIGINT's greatest as a DOUBLE is too great for a BIGINT.
  const same = `try_cast(${cast} as ${from}) = ${column}`
  // Microseconds that a double holds, in years that can be written: a reader in JavaScript sees the same instant.
  if (to.kind === 'timestamp')
    return `(${cast} between ${ALL_EXACT} or (${cast} between ${WRITABLE} and epoch_us(${cast})::double::hugeint = epoch_us(${cast})))${from === 'TIMESTAMP_NS' ? ` and ${same}` : ''}`
  if (to.kind === 'date') return `${cast} between date '0001-01-01' and date '9999-12-31' and ${same}`
  if (to.kind === 'json') return `json_valid(${column}) and not ${hasLooseJson(`${column}::varchar`)}`
  if (to.kind === 'uuid' || to.kind === 'string') return `${cast} is not null`
  if (!mayRound(from, to)) return same
  return from === 'FLOAT' || from === 'DOUBLE'
    ? `(isfinite(${cast}) or (${cast} is not null and not isfinite(${column})))`
    : `isfinite(${cast})`
}

/** Element by element: a cast of the whole list makes an element that does not fit null, and says nothing. */
function areKept(
  column: string,
  item: string,
  to: Extract<ValueType, { readonly kind: 'list' | 'vector' }>,
  depth: number,
): string {
  const element = `e${depth}`
  const kept = isKept(element, item, itemOf(to), depth + 1)
  const lost =
    to.kind === 'list'
      ? `${element} is not null and (${kept}) is not true`
      : `(${element} is not null and ${kept}) is not true`
  const count = `len(list_filter(${column}, lambda ${element}: ${lost})) = 0`
  return to.kind === 'list' ? count : `len(${column}) = ${to.size} and ${count}`
}

/** SQL: the text is JSON to DuckDB only, which also takes NaN, Infinity and a comma before a closing bracket. */
function hasLooseJson(text: string): string {
  const withoutStrings = `regexp_replace(${text}, '"([^"\\\\]|\\\\.)*"', '', 'g')`
  return `regexp_matches(${withoutStrings}, '(?i)nan|inf|,\\s*[\\]}]')`
}
