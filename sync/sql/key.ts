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
  return `((${wordExpression(column, 0)} * ${count}) >> 32)::integer`
}

/**
 * The `n`th 8 hex digits of the key's MD5 as an unsigned integer, a UBIGINT; equal to `md5Words` in `core/md5.ts`.
 * DuckDB's number has the digest's bytes in reverse. Half the time of reading them from the digest's text,
 * `('0x' || substr(md5(k), 1, 8))::ubigint`, which is the same.
 */
export function wordExpression(column: string, n: 0 | 1 | 2): string {
  const number = n === 0 ? `md5_number(${column})` : `(md5_number(${column}) >> ${32 * n})`
  const word = `(${number} & ${0xffffffff}::uhugeint)::ubigint`
  return `(((${word} & 255) << 24) | ((${word} & 65280) << 8) | ((${word} >> 8) & 65280) | (${word} >> 24))`
}
