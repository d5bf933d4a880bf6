/**
 * Reads protobuf's wire format into protobuf's JSON form, which is what `feast registry-dump` prints: names in camel
 * case, enums by name, durations as `86400s`, bytes as base64, defaults left out.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { type Kind, MESSAGES, type MessageName, type One, SOURCE_TYPES, VALUE_TYPES } from './messages.ts'

/** The bytes are not the message; the reader above says what that means for the file. */
export class WireError extends Error {}

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** protobuf's own bound, against bytes made to nest without end. */
const MAX_DEPTH = 100

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws WireError when the bytes are not such a message */
export function readMessage(message: MessageName, bytes: Uint8Array, depth = 0): Readonly<Record<string, unknown>> {
  if (depth > MAX_DEPTH) throw new WireError('messages nest too deep')
  const found = new Map<string, unknown>()
  const input = { bytes, at: 0 }
  while (input.at < bytes.length) {
    const tag = Number(readVarint(input))
    const field = MESSAGES[message][Math.floor(tag / 8)]
    const value = readValue(input, tag % 8)
    if (field) put(found, field[0], field[1], value, depth)
  }
  return Object.fromEntries(found)
}

function put(found: Map<string, unknown>, name: string, kind: Kind, value: Wire, depth: number): void {
  const map = /^map<(.+)>$/.exec(kind)?.[1] as One | undefined
  const item = (kind.endsWith('[]') ? kind.slice(0, -2) : undefined) as One | undefined
  const earlier = found.get(name)
  if (map) found.set(name, { ...(earlier as object | undefined), ...entryOf(map, value, depth) })
  else if (item) found.set(name, [...((earlier as readonly unknown[] | undefined) ?? []), itemOf(item, value, depth)])
  else found.set(name, itemOf(kind as One, value, depth))
}

/** A map is a repeated message of key and value, either of which may be left out when it is empty. */
function entryOf(kind: One, value: Wire, depth: number): Readonly<Record<string, unknown>> {
  const input = { bytes: bytesOf(value), at: 0 }
  let key: unknown = ''
  let held: unknown = kind === 'string' ? '' : {}
  while (input.at < input.bytes.length) {
    const tag = Number(readVarint(input))
    const part = readValue(input, tag % 8)
    if (Math.floor(tag / 8) === 1) key = itemOf('string', part, depth)
    if (Math.floor(tag / 8) === 2) held = itemOf(kind, part, depth)
  }
  return Object.fromEntries([[String(key), held]])
}

function itemOf(kind: One, value: Wire, depth: number): unknown {
  switch (kind) {
    case 'string':
      return textOf(bytesOf(value))
    case 'bytes':
      return Buffer.from(bytesOf(value)).toString('base64')
    case 'bool':
      return numberOf(value) !== 0n
    case 'int':
      return Number(BigInt.asIntN(64, numberOf(value)))
    case 'ValueType':
      return VALUE_TYPES[Number(numberOf(value))] ?? Number(numberOf(value))
    case 'SourceType':
      return SOURCE_TYPES[Number(numberOf(value))] ?? Number(numberOf(value))
    case 'duration':
      return durationOf(bytesOf(value))
    default:
      return readMessage(kind, bytesOf(value), depth + 1)
  }
}

/** google.protobuf.Duration: seconds and nanoseconds. */
function durationOf(bytes: Uint8Array): string {
  const input = { bytes, at: 0 }
  const parts = [0n, 0n, 0n]
  while (input.at < bytes.length) {
    const tag = Number(readVarint(input))
    const part = readValue(input, tag % 8)
    if (Math.floor(tag / 8) <= 2) parts[Math.floor(tag / 8)] = BigInt.asIntN(64, numberOf(part))
  }
  const [, seconds = 0n, nanos = 0n] = parts
  return nanos === 0n ? `${seconds}s` : `${seconds}.${String(nanos).padStart(9, '0')}s`
}

type Wire = bigint | Uint8Array
interface Input {
  readonly bytes: Uint8Array
  at: number
}

function readValue(input: Input, wireType: number): Wire {
  if (wireType === VARINT) return readVarint(input)
  if (wireType === LENGTH) return take(input, Number(readVarint(input)))
  if (wireType === FIXED64) return take(input, 8)
  if (wireType === FIXED32) return take(input, 4)
  throw new WireError(`there is no wire type ${wireType}`)
}

function readVarint(input: Input): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = input.bytes[input.at++]
    if (byte === undefined) throw new WireError('the bytes end inside a number')
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw new WireError('a number has more than ten bytes')
}

function take(input: Input, length: number): Uint8Array {
  if (length > input.bytes.length - input.at) throw new WireError('the bytes end inside a field')
  input.at += length
  return input.bytes.subarray(input.at - length, input.at)
}

function bytesOf(value: Wire): Uint8Array {
  if (typeof value === 'bigint') throw new WireError('a number stands where a text or a message belongs')
  return value
}

function numberOf(value: Wire): bigint {
  if (typeof value !== 'bigint') throw new WireError('bytes stand where a number belongs')
  return value
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new WireError('a text is not UTF-8')
  }
}
