/**
 * Join keys to the canonical key string that partitions and blocks are indexed by. The same string is built in SQL by
 * `sync/sql/key.ts`; `docs/storage.md` has the rule and test vectors that both are held to.
 */
import { ShorelineError } from './errors.ts'
import { MAX_KEY_BYTES } from './limits.ts'
import { INT32, INT64, readBoolean, readDate, readInstant, readInteger, readText, readUuid } from './read-scalars.ts'
import type { KeyKind } from './types.ts'

export interface KeyColumn {
  readonly name: string
  readonly kind: KeyKind
}

/** Reads one join key of a request to its canonical text, or throws INVALID naming the field. */
export type KeyReader = (value: unknown) => string

/** One reader per key column, chosen when a plan is compiled. */
export function keyReader({ name, kind }: KeyColumn): KeyReader {
  switch (kind) {
    case 'string':
      return (value) => readText(name, value)
    case 'int32':
      return (value) => String(readInteger(name, value, INT32))
    case 'int64':
      return (value) => String(readInteger(name, value, INT64))
    case 'bool':
      return (value) => String(readBoolean(name, value))
    case 'uuid':
      return (value) => readUuid(name, value)
    case 'date':
      return (value) => readDate(name, value)
    case 'timestamp':
      return (value) => String(readInstant(name, value))
  }
}

/** Joins the canonical parts of a composite key; a single part stays as it is, and no part at all is the global entity. */
export function joinKeyParts(parts: readonly string[]): string {
  const [first = ''] = parts
  return parts.length <= 1 ? first : parts.map(escapePart).join('|')
}

/** @throws ShorelineError INVALID when the key is longer than a key may be */
export function checkKeyLength(names: readonly string[], key: string): void {
  // A UTF-16 unit is at most three bytes: only long keys are measured.
  if (key.length * 3 <= MAX_KEY_BYTES) return
  const bytes = new TextEncoder().encode(key).length
  if (bytes > MAX_KEY_BYTES)
    throw new ShorelineError(
      'INVALID',
      `${names.join(', ')}: the key is ${bytes} bytes long; at most ${MAX_KEY_BYTES} are allowed.`,
      {
        field: names.join(','),
      },
    )
}

function escapePart(part: string): string {
  return part.includes('\\') || part.includes('|') ? part.replaceAll('\\', '\\\\').replaceAll('|', '\\|') : part
}
