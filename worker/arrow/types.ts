/**
 * What a value type is called in Arrow. Field ids and numbers are those of `Schema.fbs`
 * (https://github.com/apache/arrow/blob/main/format/Schema.fbs).
 *
 * | type | Arrow |
 * |---|---|
 * | bool, int32, int64, float32, float64 | the same |
 * | string, uuid, json | utf8 |
 * | timestamp | timestamp[us, UTC] |
 * | date | date32 |
 * | bytes | binary |
 * | list(T) | list<item: T> |
 * | vector(n) | fixed_size_list<item: float32, n> |
 */
import type { ScalarKind, ValueType } from '../../core/types.ts'
import { bool, byte, int, long, type Node, short, type Table, table } from './flatbuffer.ts'

/** A member of the union `Type`: its number, and its table. */
interface ArrowType {
  readonly number: number
  readonly table: Table
}

const FLOAT32: ArrowType = { number: 3, table: table(short(1)) }
const UTF8: ArrowType = { number: 5, table: table() }
const INT8: Table = table(int(8), bool(true))

const SCALARS: Readonly<Record<ScalarKind, ArrowType>> = {
  bool: { number: 6, table: table() },
  int32: { number: 2, table: table(int(32), bool(true)) },
  int64: { number: 2, table: table(int(64), bool(true)) },
  float32: FLOAT32,
  float64: { number: 3, table: table(short(2)) },
  string: UTF8,
  timestamp: { number: 10, table: table(short(2), 'UTC') },
  date: { number: 8, table: table(short(0)) },
  uuid: UTF8,
  bytes: { number: 4, table: table() },
  json: UTF8,
}

/** A `Field` that may be null. */
export function fieldOf(name: string, type: ValueType): Table {
  if (type.kind === 'list') return field(name, { number: 12, table: table() }, [fieldOf('item', type.of)])
  if (type.kind === 'vector')
    return field(name, { number: 16, table: table(int(type.size)) }, [fieldOf('item', { kind: 'float32' })])
  return field(name, SCALARS[type.kind], [])
}

/** Texts by their number in a dictionary: int8 into utf8. */
export function dictionaryField(name: string, dictionary: number): Table {
  return field(name, UTF8, [], table(long(dictionary), INT8, bool(false)))
}

function field(name: string, type: ArrowType, children: readonly Table[], dictionary: Node | null = null): Table {
  return table(name, bool(true), byte(type.number), type.table, dictionary, children)
}
