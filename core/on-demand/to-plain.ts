/** Stored values as the plain values of TypeScript: what a `compute` gets, and what a client answers with. */
import { fromBase64 } from '../base64.ts'
import type { Json, ValueType } from '../types.ts'
import { type StoredValue, timestampText, vectorItems } from '../values.ts'

/** As the TypeScript column of `docs/semantics.md` says; a timestamp is its RFC 3339 text. */
export type PlainValue = Json | bigint | Uint8Array | Float32Array | readonly PlainValue[]

/** Of a value that is not null. */
export type ToPlain = (value: StoredValue) => PlainValue
export function toPlain(type: ValueType): ToPlain {
  switch (type.kind) {
    case 'int64':
      return (value) => BigInt(value as string)
    case 'float64':
      return (value) => Number(value) // "NaN" and the infinities are texts in a block
    case 'float32':
      return (value) => Math.fround(Number(value))
    case 'timestamp':
      return (value) => timestampText(Number(value))
    case 'bytes':
      return (value) => fromBase64(value as string)
    case 'json':
      return (value) => JSON.parse(value as string) as Json
    case 'vector':
      return (value) => Float32Array.from(vectorItems(value))
    case 'list': {
      const item = toPlain(type.of)
      return (value) => (value as readonly StoredValue[]).map((one) => (one === null ? null : item(one)))
    }
    default:
      return (value) => value
  }
}
