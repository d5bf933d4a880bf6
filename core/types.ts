/**
 * The value types. One table says what each is called in DuckDB and what may be a join key; how a value looks in a
 * block and on the wire is in `values.ts`, and `docs/semantics.md` is the published form of both.
 */
import { ShorelineError } from './errors.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Scalar kinds and their DuckDB type. */
export const DUCKDB_TYPE = {
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  uuid: 'UUID',
  bytes: 'BLOB',
  json: 'JSON',
} as const

export type ScalarKind = keyof typeof DUCKDB_TYPE
export type ValueType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly of: ValueType }
  | { readonly kind: 'vector'; readonly size: number }

/** No float, json, list, vector or bytes: they have no single canonical text. */
export const KEY_KINDS = ['string', 'int32', 'int64', 'uuid', 'bool', 'date', 'timestamp'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** A value type that carries the TypeScript type of its values, for inference only. */
export type Type<T = unknown, K extends string = string> = ValueType & { readonly kind: K; readonly _ts?: T }

/** Any type with this TypeScript type; used where the kind does not matter. */
export type Shape = Readonly<Record<string, Type>>

function scalar<T, const K extends ScalarKind>(kind: K): Type<T, K> {
  return { kind }
}

/** How definitions name value types: `t.int64()`, `t.list(t.string())`, `t.vector(384)`. */
export const t = {
  bool: () => scalar<boolean, 'bool'>('bool'),
  int32: () => scalar<number, 'int32'>('int32'),
  int64: () => scalar<bigint, 'int64'>('int64'),
  float32: () => scalar<number, 'float32'>('float32'),
  float64: () => scalar<number, 'float64'>('float64'),
  string: () => scalar<string, 'string'>('string'),
  timestamp: () => scalar<string, 'timestamp'>('timestamp'),
  date: () => scalar<string, 'date'>('date'),
  uuid: () => scalar<string, 'uuid'>('uuid'),
  bytes: () => scalar<Uint8Array, 'bytes'>('bytes'),
  json: () => scalar<Json, 'json'>('json'),
  list: <T>(of: Type<T>): Type<readonly T[], 'list'> => ({ kind: 'list', of }),
  vector: (size: number): Type<Float32Array, 'vector'> => ({ kind: 'vector', size }),
}

/** DuckDB keeps a FLOAT[n] of at most this size. */
const MAX_VECTOR = 100_000

/** `list(list(int64))`: the registry's text for a type, and the inverse of `parseType`. */
export function typeText(type: ValueType): string {
  if (type.kind === 'list') return `list(${typeText(type.of)})`
  if (type.kind === 'vector') return `vector(${type.size})`
  return type.kind
}

/** @throws ShorelineError INVALID when the text names no type */
export function parseType(text: string): ValueType {
  const list = /^list\((.+)\)$/.exec(text)
  if (list?.[1]) return { kind: 'list', of: parseType(list[1]) }
  const vector = /^vector\(([1-9][0-9]{0,5})\)$/.exec(text)
  if (vector && Number(vector[1]) <= MAX_VECTOR) return { kind: 'vector', size: Number(vector[1]) }
  if (Object.hasOwn(DUCKDB_TYPE, text)) return { kind: text as ScalarKind }
  throw new ShorelineError('INVALID', `${JSON.stringify(text)} is no value type. The types are ${typeNames()}.`)
}

/** Whether the value describes a type, as `t` builds them. */
export function isType(value: unknown): value is ValueType {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  if (value.kind === 'list') return 'of' in value && isType(value.of)
  if (value.kind === 'vector')
    return 'size' in value && Number.isInteger(value.size) && Number(value.size) > 0 && Number(value.size) <= MAX_VECTOR
  return typeof value.kind === 'string' && Object.hasOwn(DUCKDB_TYPE, value.kind)
}

export function typeNames(): string {
  return [...Object.keys(DUCKDB_TYPE), 'list(type)', 'vector(n)'].join(', ')
}

export function isKeyKind(kind: string): kind is KeyKind {
  return (KEY_KINDS as readonly string[]).includes(kind)
}

/** `FLOAT[384]`, `BIGINT[]`: the column type a value is cast to on its way in. */
export function duckdbType(type: ValueType): string {
  if (type.kind === 'list') return `${duckdbType(type.of)}[]`
  if (type.kind === 'vector') return `FLOAT[${type.size}]`
  return DUCKDB_TYPE[type.kind]
}
