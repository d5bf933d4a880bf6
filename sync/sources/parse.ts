/**
 * Text and JSON to values, strictly, in SQL. DuckDB's own casts from text are for people: `1.5` becomes the integer 2,
 * `0x10` is 16, `2001-01-01 00:00:00+02` loses its offset, `1e400` is infinite. Here a text is a value or it is not.
 */
import { duckdbType, type ValueType } from '../../core/types.ts'

/** SQL of one value, for a source value that is not null. */
export interface Parsed {
  /** Whether the text is such a value; null counts as no. */
  readonly ok: string
  /** Of the type; a vector as a list, which has to be cast: DuckDB 1.5 chooses between arrays nowhere. */
  readonly value: string
}

/** `.0` is nothing: tables with nulls write their integers so. */
const INTEGER = '[+-]?[0-9]+(\\.0*)?'
const DECIMAL = '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?'
const NO_NUMBER = '(?i)nan|[+-]?inf(inity)?'
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
/** Microseconds at most: what is finer is not kept. Without an offset the instant is in UTC. */
const INSTANT = `${DATE}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6}0*)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?`
const BASE64 = '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?'

/** @param text SQL of a VARCHAR */
export function parseText(text: string, type: ValueType, depth = 0): Parsed {
  switch (type.kind) {
    case 'string':
      return { ok: 'true', value: text }
    case 'bool':
      return { ok: `lower(${text}) in ('true', 'false')`, value: `lower(${text}) = 'true'` }
    case 'int32':
    case 'int64':
      // The digits alone: DuckDB would take the text with a point through a decimal.
      return castIf(isLike(text, INTEGER), `split_part(${text}, '.', 1)`, type)
    case 'float32':
    case 'float64': {
      const { ok, value } = castIf(isLike(text, `${DECIMAL}|${NO_NUMBER}`), text, type)
      return { ok: `${ok} and (isfinite(${value}) or ${isLike(text, NO_NUMBER)})`, value }
    }
    case 'timestamp':
      // The session is in UTC: so are instants without an offset.
      return castIf(isLike(text, INSTANT), `try_cast(${text} as timestamptz)`, type)
    case 'date':
      return castIf(isLike(text, DATE), text, type)
    case 'uuid':
      return castIf('true', text, type)
    case 'bytes':
      return { ok: isLike(text, BASE64), value: `try(from_base64(${text}))` }
    case 'json':
      return { ok: `json_valid(${text})`, value: `try_cast(${text} as json)` }
    case 'list':
    case 'vector': {
      const { ok, value } = parseJson(`try_cast(${text} as json)`, type, depth)
      return { ok: `json_valid(${text}) and ${ok}`, value }
    }
  }
}

/** Integers below it are the same in a double, which is what JSON numbers with a point or an exponent are read as. */
const EXACT_IN_DOUBLE = 2 ** 53

/** @param json SQL of a JSON, not JSON's null */
export function parseJson(json: string, type: ValueType, depth = 0): Parsed {
  if (type.kind === 'json') return { ok: 'true', value: json }
  if (type.kind === 'list' || type.kind === 'vector') return parseElements(json, type, depth)
  const text = `(${json} ->> '$')`
  const { ok, value } = parseText(text, type, depth)
  const is = `json_type(${json})`
  switch (type.kind) {
    case 'bool':
      return { ok: `${is} = 'BOOLEAN' and ${ok}`, value }
    case 'int32':
    case 'int64':
      return {
        ok: `(${is} in ('UBIGINT', 'BIGINT', 'VARCHAR') or (${is} = 'DOUBLE' and abs(try_cast(${text} as double)) < ${EXACT_IN_DOUBLE})) and ${ok}`,
        value,
      }
    case 'float32':
    case 'float64':
      // Bare NaN and Infinity are no JSON; the names of blocks and of the wire are strings.
      return {
        ok: `(${is} = 'VARCHAR' or (${is} in ('UBIGINT', 'BIGINT', 'DOUBLE') and isfinite(${value}))) and ${ok}`,
        value,
      }
    default:
      return { ok: `${is} = 'VARCHAR' and ${ok}`, value }
  }
}

/** SQL: the JSON is SQL's null or JSON's. */
export function isNullJson(json: string): string {
  return `(${json} is null or json_type(${json}) = 'NULL')`
}

function parseElements(
  json: string,
  type: Extract<ValueType, { readonly kind: 'list' | 'vector' }>,
  depth: number,
): Parsed {
  const item: ValueType = type.kind === 'list' ? type.of : { kind: 'float32' }
  const element = `e${depth}`
  const elements = `json_extract(${json}, '$[*]')`
  const parsed = parseJson(element, item, depth + 1)
  const lost =
    type.kind === 'list'
      ? `not ${isNullJson(element)} and (${parsed.ok}) is not true`
      : `${isNullJson(element)} or (${parsed.ok}) is not true`
  const all = `json_type(${json}) = 'ARRAY' and len(list_filter(${elements}, lambda ${element}: ${lost})) = 0`
  return {
    ok: type.kind === 'list' ? all : `${all} and len(${elements}) = ${type.size}`,
    value: `list_transform(${elements}, lambda ${element}: case when ${isNullJson(element)} then null else ${parsed.value} end)::${duckdbType(type.kind === 'list' ? type : { kind: 'list', of: item })}`,
  }
}

function castIf(ok: string, from: string, type: ValueType): Parsed {
  const value = `try_cast(${from} as ${duckdbType(type)})`
  return { ok: `${ok} and ${value} is not null`, value }
}

function isLike(text: string, pattern: string): string {
  return `regexp_full_match(${text}, '${pattern}')`
}
