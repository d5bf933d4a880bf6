/** From a stored value to the value that the definitions' TypeScript type promises: what the client makes of JSON. */
import type { Json, ScalarKind, ValueType } from '../../core/types.ts'
import { type StoredValue, timestampText, vectorItems } from '../../core/values.ts'

/**
 * int64 is a bigint; floats are numbers, NaN and the infinities among them; timestamps, dates and uuids are strings; bytes
 * an Uint8Array; a vector a Float32Array; json what it says.
 */
export type FeatureValue = Json | bigint | Uint8Array | Float32Array | readonly FeatureValue[]

/** Reads one stored value that is not null. */
export type ValueReader = (value: StoredValue) => FeatureValue

const asIs: ValueReader = (value) => value

const READERS: Readonly<Record<ScalarKind, ValueReader>> = {
  bool: asIs,
  int32: asIs,
  int64: (value) => BigInt(String(value)),
  float32: (value) => Math.fround(Number(value)),
  float64: Number,
  string: asIs,
  timestamp: (value) => timestampText(Number(value)),
  date: asIs,
  uuid: asIs,
  bytes: (value) => Uint8Array.from(atob(String(value)), (char) => char.charCodeAt(0)),
  json: (value) => JSON.parse(String(value)) as Json,
}

/** Chosen once per column of an answer. */
export function valueReader(type: ValueType): ValueReader {
  if (type.kind === 'vector') return (value) => Float32Array.from(vectorItems(value))
  if (type.kind !== 'list') return READERS[type.kind]
  const item = valueReader(type.of)
  return (value) => (Array.isArray(value) ? value.map((one) => (one === null ? null : item(one))) : null)
}
