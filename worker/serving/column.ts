/** A feature of an answer: its name, and how its values are written. */
import { parseType, type ValueType } from '../../core/types.ts'
import { type ValueWriter, valueWriter } from '../../core/values.ts'

export interface ReadyColumn {
  readonly name: string
  readonly feature: string
  readonly type: ValueType
  /** `"name":` as it stands in an answer. */
  readonly prefix: string
  readonly write: ValueWriter
}

export function readyColumn(
  name: string,
  { feature, type: text }: { readonly feature: string; readonly type: string },
): ReadyColumn {
  const type = parseType(text)
  return { name, feature, type, prefix: `${JSON.stringify(name)}:`, write: valueWriter(type) }
}
