/** The canonical key string of `core/keys.ts`, built in SQL from columns of the declared types. */
import type { ValueType } from '../../core/types.ts'
import { identifier } from './text.ts'

export interface SqlColumn {
  readonly name: string
  readonly type: ValueType
}

/** @returns SQL of a VARCHAR; the empty string for the global entity, which has no join keys */
export function keyExpression(keys: readonly SqlColumn[]): string {
  const [only] = keys
  if (!only) return "''"
  if (keys.length === 1) return partText(only)
  return keys
    .map((key) =>
      key.type.kind === 'string' ? `replace(replace(${partText(key)}, '\\', '\\\\'), '|', '\\|')` : partText(key),
    )
    .join(" || '|' || ")
}

function partText({ name, type }: SqlColumn): string {
  const column = identifier(name)
  if (type.kind === 'string') return column
  return type.kind === 'timestamp' ? `epoch_us(${column})::varchar` : `${column}::varchar`
}

/** The partition among `count` of the key in `column`; equal to `partitionOf` in `core/partition.ts`. */
export function partitionExpression(column: string, count: number): string {
  // The first four bytes of the digest are the last of DuckDB's number, in reverse. Half the time of reading them from
  // the digest's text, `('0x' || substr(md5(k), 1, 8))::ubigint`, which is the same.
  const last = `(md5_number(${column}) & ${0xffffffff}::uhugeint)::ubigint`
  const first = `(((${last} & 255) << 24) | ((${last} & 65280) << 8) | ((${last} >> 8) & 65280) | (${last} >> 24))`
  return `((${first} * ${count}) >> 32)::integer`
}
