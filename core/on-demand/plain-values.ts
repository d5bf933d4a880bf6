/**
 * Plain values of TypeScript as stored values: what a `compute` returns. A value that is not of the declared type is not
 * repaired: the caller is told, and says so in its own way. `to-plain.ts` is the way there.
 */
import { toBase64 } from '../base64.ts'
import { readDate, readInstant, readText, readUuid } from '../read-scalars.ts'
import type { ValueType } from '../types.ts'
import { float32Text, type StoredValue, storedVector } from '../values.ts'

export { type PlainValue, type ToPlain, toPlain } from './to-plain.ts'

/** Of a value that is not null. @throws NotOfType, or ShorelineError, when it is no value of the type */
export type FromPlain = (value: unknown) => StoredValue

/** A value that is none of its declared type. */
export class NotOfType extends Error {}

export function fromPlain(type: ValueType): FromPlain {
  switch (type.kind) {
    case 'bool':
      return (value) => (typeof value === 'boolean' ? value : refuse())
    case 'int32':
      return (value) => (typeof value === 'number' && (value | 0) === value ? value | 0 : refuse()) // -0 is 0
    case 'int64':
      return (value) => (typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? String(value) : refuse())
    case 'float64':
      return storedFloat
    case 'float32':
      return storedFloat32
    case 'string':
      return (value) => readText('', value)
    case 'timestamp':
      return (value) => readInstant('', value)
    case 'date':
      return (value) => readDate('', value)
    case 'uuid':
      return (value) => readUuid('', value)
    case 'bytes':
      return (value) => (value instanceof Uint8Array ? toBase64(value) : refuse())
    case 'json':
      return (value) => jsonText(value, 0)
    case 'vector':
      return (value) => (value instanceof Float32Array && value.length === type.size ? storedVector(value) : refuse())
    case 'list': {
      const item = fromPlain(type.of)
      return (value) =>
        Array.isArray(value)
          ? Array.from(value, (one: unknown) => (one === null ? null : item(one))) // a hole is undefined, and refused
          : refuse()
    }
  }
}

export function storedFloat(value: unknown): StoredValue {
  if (typeof value !== 'number') return refuse()
  return Number.isFinite(value) ? value : String(value)
}

/** Rounded, as the type asks for; not to an infinity. */
export function storedFloat32(value: unknown): StoredValue {
  if (typeof value !== 'number') return refuse()
  if (!Number.isFinite(value)) return String(value)
  const narrow = Math.fround(value)
  if (!Number.isFinite(narrow)) return refuse()
  return Object.is(narrow, -0) ? -0 : Number(float32Text(narrow))
}

/** Deeper is nobody's value, and a value that holds itself has no end. */
const MAX_DEPTH = 100

/** The text of a JSON value: members in their order, and nothing that JSON would drop or change without a word. */
function jsonText(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return refuse()
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : refuse()
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : refuse()
  if (Array.isArray(value)) return `[${Array.from(value, (one: unknown) => jsonText(one, depth + 1)).join(',')}]`
  if (typeof value !== 'object' || !isPlainObject(value)) return refuse()
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${jsonText(one, depth + 1)}`)
  return `{${members.join(',')}}`
}

/** Of whatever realm: a module of another one has an `Object` of its own. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refuse(): never {
  throw new NotOfType('it is not of the declared type')
}
