/** A typed column as the JSON that stands for it in a block; the table is in `core/values.ts`. */
import type { ValueType } from '../../core/types.ts'

/** @returns SQL that `json_array` prints as the stored value; null prints as null */
export function storedExpression(column: string, type: ValueType): string {
  switch (type.kind) {
    case 'bool':
    case 'int32':
    case 'string':
      return column
    case 'int64':
    case 'date':
    case 'uuid':
      return `${column}::varchar`
    case 'json':
      return `${column}::varchar` // its text, as a string
    case 'float64':
      return `case when isfinite(${column}) then to_json(${column}) else ${notFinite(column)} end`
    case 'float32':
      // Printed as FLOAT, the shortest text: printed through DOUBLE, 0.1 would be 0.10000000149011612.
      return `case when isfinite(${column}) then ${column}::varchar::json else ${notFinite(column)} end`
    case 'timestamp':
      return `epoch_us(${column})`
    case 'bytes':
      return `to_base64(${column})`
    case 'list':
      return `list_transform(${column}, lambda x: to_json(${storedExpression('x', type.of)}))`
    case 'vector':
      return `to_base64(${vectorBytes(column, type.size)})`
  }
}

function notFinite(column: string): string {
  return `to_json(case when ${column} is null then null when isnan(${column}) then 'NaN' when ${column} > 0 then 'Infinity' else '-Infinity' end)`
}

/** Little-endian float32, four bytes an element: DuckDB prints a FLOAT's bits with the highest first. */
function vectorBytes(column: string, size: number): string {
  const bits = ['25', '17', '9', '1'].map((from) => `substr(x::bit::varchar, ${from}, 8)`).join(' || ')
  return `unbin(array_to_string(list_transform(${column}::float[${size}]::float[], lambda x: ${bits}), ''))`
}
