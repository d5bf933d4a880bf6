/** Feast's value types and ours. What is not in the table has no counterpart that keeps every value. */
import { t, type ValueType } from '../../../core/types.ts'
import type { FeastFeature } from './schema.ts'

const SCALARS: Readonly<Record<string, ValueType>> = {
  BYTES: t.bytes(),
  STRING: t.string(),
  INT32: t.int32(),
  INT64: t.int64(),
  DOUBLE: t.float64(),
  FLOAT: t.float32(),
  BOOL: t.bool(),
  UNIX_TIMESTAMP: t.timestamp(),
  UUID: t.uuid(),
  TIME_UUID: t.uuid(),
  JSON: t.json(),
  MAP: t.json(),
  STRUCT: t.json(),
}

/** Kept as text by Feast in some stores and as columns within columns in Parquet, which we take as JSON text only. */
const NESTED = /^(MAP|STRUCT)(_LIST)?$/

export interface Mapped {
  readonly type: ValueType
  /** What the user has to look at, though the type is converted. */
  readonly note?: string
}

/** @returns undefined for types without a counterpart */
export function typeOf(feature: Pick<FeastFeature, 'valueType' | 'vectorIndex' | 'vectorLength'>): Mapped | undefined {
  const { valueType, vectorIndex, vectorLength } = feature
  const scalar = SCALARS[valueType]
  if (scalar) return NESTED.test(valueType) ? { type: scalar, note: nestedNote(valueType) } : { type: scalar }
  const [, of = '', many] = /^(.+)_(LIST|SET)$/.exec(valueType) ?? []
  const item = SCALARS[of]
  if (!item) return undefined
  if (vectorIndex && many === 'LIST' && of === 'FLOAT' && vectorLength > 0)
    return {
      type: t.vector(vectorLength),
      note: 'its vector is served as a value; the similarity search over it has no counterpart',
    }
  const list: ValueType = { kind: 'list', of: item }
  if (many === 'SET')
    return { type: list, note: `${valueType} is a list here: what stands twice in the data stands twice in the answer` }
  if (NESTED.test(valueType)) return { type: list, note: nestedNote(valueType) }
  return vectorIndex
    ? {
        type: list,
        note: 'it is a list, since Feast has no length for its vector; with one, declare it as t.vector(n)',
      }
    : { type: list }
}

function nestedNote(valueType: string): string {
  return `${valueType} is JSON here, and the files must hold it as JSON text; of a nested column, write sql with to_json()`
}
