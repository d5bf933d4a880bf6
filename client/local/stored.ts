/** Values of an answer as blocks store them, which is what on-demand views compute from: the inverse of how the Worker writes them. */
import type { Parsed } from '../../core/json.ts'
import type { ValueType } from '../../core/types.ts'
import { parseTimestamp, type StoredValue, storedVector } from '../../core/values.ts'

/** @throws TypeError for what is no value of the type: nothing is computed from a guess */
export function storedOf(value: Parsed, type: ValueType): StoredValue {
  if (value === null) return null
  switch (type.kind) {
    case 'int64':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : refuse(type)
    case 'int32':
    case 'float64':
    case 'float32':
      // An integer beyond 2^53 is the double that any reader of JSON makes of it; one that is not finite is its name in both.
      if (typeof value === 'bigint') return Number(value)
      return typeof value === 'number' || NOT_FINITE.includes(value) ? (value as StoredValue) : refuse(type)
    case 'timestamp':
      return parseTimestamp(String(value)) ?? refuse(type)
    case 'vector':
      return Array.isArray(value) ? storedVector(Float32Array.from(value, Number)) : refuse(type)
    case 'list':
      return Array.isArray(value) ? value.map((one: Parsed) => storedOf(one, type.of)) : refuse(type)
    case 'json':
      return textOf(value)
    default:
      return typeof value === 'string' || typeof value === 'boolean' ? value : refuse(type)
  }
}

const NOT_FINITE: readonly Parsed[] = ['NaN', 'Infinity', '-Infinity']

/** JSON that is read as the same value, of numbers too that `JSON.stringify` changes. */
function textOf(value: Parsed): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number')
    return Object.is(value, -0) ? '-0.0' : Number.isFinite(value) ? String(value) : value > 0 ? '1e999' : '-1e999'
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${textOf(one)}`)}}`
}

function refuse({ kind }: ValueType): never {
  throw new TypeError(`it is no ${kind}`)
}
