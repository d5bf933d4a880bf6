/** Value types and DuckDB's, both ways. Three more exist only inside an expression. */
import { duckdbType, parseType } from '../../core/types.ts'

const INSIDE: Readonly<Record<string, string>> = { interval: 'INTERVAL', int8: 'TINYINT', int128: 'HUGEINT' }

/** DuckDB's name of a type of an expression's node. */
export function sqlType(type: string): string {
  const inside = INSIDE[type]
  if (inside !== undefined) return inside
  const item = /^list\((.+)\)$/.exec(type)?.[1]
  return item === undefined ? duckdbType(parseType(type)) : `${sqlType(item)}[]`
}

const SCALARS: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int8',
  INTEGER: 'int32',
  BIGINT: 'int64',
  HUGEINT: 'int128',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  VARCHAR: 'string',
  TIMESTAMP: 'timestamp',
  DATE: 'date',
  UUID: 'uuid',
  BLOB: 'bytes',
  INTERVAL: 'interval',
}

/**
 * Of a type as a plan writes it: `{"id": "LIST", "type_info": {"child_type": …}}`.
 * @returns DuckDB's name in capitals for one that expressions do not have
 */
export function typeOf(written: unknown): string {
  const { id, type_info: info } = (written ?? {}) as { readonly id?: unknown; readonly type_info?: unknown }
  const { alias, child_type: child, size } = (info ?? {}) as Readonly<Record<string, unknown>>
  if (alias === 'JSON') return 'json'
  if (id === 'LIST') return `list(${typeOf(child)})`
  if (id === 'ARRAY' && typeOf(child) === 'float32') return `vector(${String(size)})`
  return SCALARS[String(id)] ?? String(id)
}

/** Whether the type is one that values inside an expression may have. */
export function isKnown(type: string): boolean {
  return !/[A-Z]/.test(type)
}
