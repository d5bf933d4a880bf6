/** Whether two stored values of a type are the same, bit for bit: NaN is NaN, and zero is not minus zero. */
import { type Parsed, parseExact } from '../../core/json.ts'
import type { ValueType } from '../../core/types.ts'
import { type StoredValue, vectorItems } from '../../core/values.ts'

export function isSameValue(type: ValueType, one: StoredValue, other: StoredValue): boolean {
  if (one === null || other === null) return one === other
  switch (type.kind) {
    case 'float32':
      // Two texts may be read as one float32.
      return Object.is(Math.fround(Number(one)), Math.fround(Number(other)))
    case 'vector': {
      const [a, b] = [vectorItems(one), vectorItems(other)]
      return a.length === b.length && a.every((item, at) => Object.is(item, b[at]))
    }
    case 'list':
      return (
        Array.isArray(one) &&
        Array.isArray(other) &&
        one.length === other.length &&
        one.every((item, at) => isSameValue(type.of, item, other[at] ?? null))
      )
    case 'json':
      return isSameJson(parseExact(String(one)), parseExact(String(other)))
    default:
      return Object.is(one, other)
  }
}

/** Spaces and the order of members are no part of a JSON value. */
function isSameJson(one: Parsed, other: Parsed): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other)
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [a, b] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
  return a.size === b.size && [...a].every(([name, value]) => b.has(name) && isSameJson(value, b.get(name) ?? null))
}
