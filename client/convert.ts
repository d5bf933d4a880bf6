/** From a value on the wire to the value that the definitions' TypeScript type promises. */

import type { Parsed } from '../core/json.ts'
import type { Json, ValueType } from '../core/types.ts'
import { isList, isObject } from './json.ts'

export type FeatureValue = Json | bigint | Uint8Array | Float32Array | readonly FeatureValue[]

/** @throws TypeError when the value is not of the type */
export function convert(value: Parsed, type: ValueType): FeatureValue {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return toInt64(value)
    case 'int32':
    case 'float64':
      return toNumber(value)
    case 'float32':
      return Math.fround(toNumber(value))
    case 'bytes':
      return Uint8Array.from(atob(toText(value)), (char) => char.charCodeAt(0))
    case 'vector':
      return Float32Array.from(toList(value), toNumber)
    case 'list':
      return toList(value).map((item) => convert(item, type.of))
    case 'json':
      return toJson(value)
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(value, 'true or false')
    default:
      return toText(value)
  }
}

function toInt64(value: Parsed): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  // Beyond those an engine without source text has rounded it.
  return refuse(value, Number.isInteger(value) ? 'an integer that this JavaScript engine reads exactly' : 'an integer')
}

function toNumber(value: Parsed): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || value === 'NaN' || value === 'Infinity' || value === '-Infinity')
    return Number(value)
  return refuse(value, 'a number')
}

function toText(value: Parsed): string {
  return typeof value === 'string' ? value : refuse(value, 'a text')
}

function toList(value: Parsed): readonly Parsed[] {
  return isList(value) ? value : refuse(value, 'a list')
}

/** Within a json value integers are numbers, like all of its numbers. */
function toJson(value: Parsed): Json {
  if (typeof value === 'bigint') return Number(value)
  if (isList(value)) return value.map(toJson)
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part)]))
  return value
}

function refuse(value: Parsed, right: string): never {
  throw new TypeError(`it is ${typeof value === 'object' ? 'a list or an object' : `"${value}"`} instead of ${right}`)
}
