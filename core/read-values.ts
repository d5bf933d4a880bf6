/**
 * Values as they are sent, to how they are stored: the inverse of what `values.ts` writes. Whatever would have to be rounded,
 * cut or guessed is refused.
 */
import { toBase64 } from './base64.ts'
import {
  INT32,
  INT64,
  readBoolean,
  readDate,
  readInstant,
  readInteger,
  readText,
  readUuid,
  refuse,
} from './read-scalars.ts'
import type { ValueType } from './types.ts'
import { float32Text, type StoredValue } from './values.ts'

/** Reads one value that is not null. @throws ShorelineError INVALID naming the field and what to send */
export type ValueReader = (field: string, value: unknown) => StoredValue

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity']

/** Chosen once per column. */
export function valueReader(type: ValueType): ValueReader {
  switch (type.kind) {
    case 'bool':
      return readBoolean
    case 'string':
      return readText
    case 'int32':
      return (field, value) => Number(readInteger(field, value, INT32))
    case 'int64':
      return (field, value) => String(readInteger(field, value, INT64))
    case 'float64':
      return readFloat64
    case 'float32':
      return readFloat32
    case 'timestamp':
      return readInstant
    case 'date':
      return readDate
    case 'uuid':
      return readUuid
    case 'bytes':
      return (field, value) =>
        typeof value === 'string' && BASE64.test(value) ? value : refuse(field, 'bytes as base64', value)
    case 'json':
      return (_field, value) => jsonText(value)
    case 'list':
      return listReader(type.of)
    case 'vector':
      return vectorReader(type.size)
  }
}

function readFloat64(field: string, value: unknown): StoredValue {
  if (NOT_FINITE.includes(value)) return value as string
  // An integer beyond 2^53 came exactly; the nearest double is what every reader of JSON would have made of it.
  if (typeof value === 'bigint') return Number(value)
  // Digits like 1e999 are read as Infinity: who means that says it.
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return refuse(field, 'a number, or "NaN", "Infinity" or "-Infinity"', value)
}

function readFloat32(field: string, value: unknown): StoredValue {
  const wide = readFloat64(field, value)
  if (typeof wide !== 'number') return wide
  const narrow = Math.fround(wide)
  if (!Number.isFinite(narrow)) return refuse(field, 'a number that a float32 can hold', value)
  return Object.is(narrow, -0) ? -0 : Number(float32Text(narrow))
}

/** The text of any JSON value, integers of any size exactly. */
function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}:${jsonText(one)}`)
      .join(',')}}`
  return JSON.stringify(value)
}

function listReader(of: ValueType): ValueReader {
  const read = valueReader(of)
  return (field, value) =>
    Array.isArray(value)
      ? value.map((one: unknown, at) => (one === null ? null : read(`${field}[${at}]`, one)))
      : refuse(field, 'a list', value)
}

function vectorReader(size: number): ValueReader {
  return (field, value) => {
    if (!Array.isArray(value) || value.length !== size) return refuse(field, `a list of ${size} numbers`, value)
    const bytes = new Uint8Array(size * 4)
    const view = new DataView(bytes.buffer)
    for (const [at, one] of value.entries()) {
      if (one === null) return refuse(`${field}[${at}]`, 'a number', one)
      view.setFloat32(at * 4, Number(readFloat32(`${field}[${at}]`, one)), true)
    }
    return toBase64(bytes)
  }
}
