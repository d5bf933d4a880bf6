/**
 * Stored values (`core/values.ts`) as Arrow arrays: validity, offsets, data
 * (https://arrow.apache.org/docs/format/Columnar.html#physical-memory-layout). Typed arrays are little-endian wherever Workers
 * run, as Arrow is.
 */
import type { ScalarKind, ValueType } from '../../core/types.ts'
import type { StoredValue } from '../../core/values.ts'
import type { Batch } from './stream.ts'

/** Adds one array, with its children, to a batch. */
export type ArrayWriter = (values: readonly StoredValue[], batch: Batch) => void

const MS_PER_DAY = 86_400_000
const encoder = new TextEncoder()

const SCALARS: Readonly<Record<ScalarKind, ArrayWriter>> = {
  bool: (values, batch) => {
    writeValidity(values, batch)
    batch.buffer(bits(values.length, (at) => values[at] === true))
  },
  int32: writeNumbers((length) => new Int32Array(length), Number),
  int64: writeInt64,
  float32: writeNumbers((length) => new Float32Array(length), Number),
  float64: writeNumbers((length) => new Float64Array(length), Number),
  string: writeTexts,
  timestamp: writeInt64,
  date: writeNumbers((length) => new Int32Array(length), daysOf),
  uuid: writeTexts,
  bytes: (values, batch) => {
    writeValidity(values, batch)
    writePieces(
      values.map((value) => (value === null ? NOTHING : base64Bytes(String(value)))),
      batch,
    )
  },
  json: writeTexts,
}

/** Chosen once per column: a request never looks at a type. */
export function arrayWriter(type: ValueType): ArrayWriter {
  if (type.kind === 'vector') return vectorWriter(type.size)
  return type.kind === 'list' ? listWriter(arrayWriter(type.of)) : SCALARS[type.kind]
}

/** Texts from a short list of them, as their numbers in it: int8. */
export function writeNumbered(numbers: readonly number[], batch: Batch): void {
  batch.node(numbers.length, 0)
  batch.buffer(NOTHING)
  batch.buffer(Uint8Array.from(numbers))
}

const NOTHING = new Uint8Array(0)

/** No bitmap where nothing is null. */
function writeValidity(values: readonly StoredValue[], batch: Batch): void {
  let nulls = 0
  for (const value of values) if (value === null) nulls++
  batch.node(values.length, nulls)
  batch.buffer(nulls === 0 ? NOTHING : bits(values.length, (at) => values[at] !== null))
}

/** The least significant bit of a byte comes first. */
function bits(length: number, isSet: (at: number) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 8))
  for (let at = 0; at < length; at++) if (isSet(at)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7))
  return bytes
}

/** `Number` reads what blocks hold in place of the floats that JSON has not: "NaN", "Infinity", "-Infinity". */
function writeNumbers(
  make: (length: number) => Int32Array | Float32Array | Float64Array,
  read: (value: StoredValue) => number,
): ArrayWriter {
  return (values, batch) => {
    writeValidity(values, batch)
    const data = make(values.length)
    for (let at = 0; at < values.length; at++) {
      const value = values[at] ?? null
      if (value !== null) data[at] = read(value)
    }
    batch.buffer(bytesOf(data))
  }
}

/** So many digits are below 2^53 for sure. */
const EXACT_DIGITS = 15
const TWO_TO_32 = 2 ** 32

/** From decimal strings (int64) and numbers (microseconds). A BigInt costs five times what two halves of a double do. */
function writeInt64(values: readonly StoredValue[], batch: Batch): void {
  writeValidity(values, batch)
  const halves = new Int32Array(values.length * 2)
  const whole = new BigInt64Array(halves.buffer)
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? null
    if (value === null) continue
    if (typeof value === 'number' || String(value).length <= EXACT_DIGITS) {
      const number = Number(value)
      halves[2 * at] = number // the lower 32 bits of it
      halves[2 * at + 1] = Math.floor(number / TWO_TO_32)
    } else whole[at] = BigInt(String(value))
  }
  batch.buffer(bytesOf(halves))
}

/** Days since the epoch of an ISO date. */
function daysOf(value: StoredValue): number {
  return Date.parse(`${String(value)}T00:00:00Z`) / MS_PER_DAY
}

function writeTexts(values: readonly StoredValue[], batch: Batch): void {
  writeValidity(values, batch)
  const texts = values.map((value) => (value === null ? '' : String(value)))
  const together = texts.join('')
  const bytes = encoder.encode(together)
  if (bytes.length === together.length) writeAscii(texts, bytes, batch)
  else
    writePieces(
      texts.map((text) => encoder.encode(text)),
      batch,
    )
}

/** As many bytes as units. */
function writeAscii(texts: readonly string[], bytes: Uint8Array, batch: Batch): void {
  const offsets = new Int32Array(texts.length + 1)
  let end = 0
  for (let at = 0; at < texts.length; at++) {
    end += texts[at]?.length ?? 0
    offsets[at + 1] = end
  }
  batch.buffer(bytesOf(offsets))
  batch.buffer(bytes)
}

function writePieces(pieces: readonly Uint8Array[], batch: Batch): void {
  const offsets = new Int32Array(pieces.length + 1)
  let end = 0
  for (const [at, piece] of pieces.entries()) {
    end += piece.length
    offsets[at + 1] = end
  }
  const data = new Uint8Array(end)
  for (const [at, piece] of pieces.entries()) data.set(piece, offsets[at])
  batch.buffer(bytesOf(offsets))
  batch.buffer(data)
}

function listWriter(item: ArrayWriter): ArrayWriter {
  return (values, batch) => {
    writeValidity(values, batch)
    const offsets = new Int32Array(values.length + 1)
    const items: StoredValue[] = []
    for (const [at, value] of values.entries()) {
      if (Array.isArray(value)) for (const one of value) items.push(one)
      offsets[at + 1] = items.length
    }
    batch.buffer(bytesOf(offsets))
    item(items, batch)
  }
}

/** Blocks hold a vector as base64 of its float32s in little-endian order: the bytes that Arrow wants. */
function vectorWriter(size: number): ArrayWriter {
  return (values, batch) => {
    writeValidity(values, batch)
    const data = new Uint8Array(values.length * size * 4)
    for (const [at, value] of values.entries())
      if (value !== null) data.set(base64Bytes(String(value)).subarray(0, size * 4), at * size * 4)
    batch.node(values.length * size, 0)
    batch.buffer(NOTHING)
    batch.buffer(data)
  }
}

function base64Bytes(text: string): Uint8Array {
  const chars = atob(text)
  const bytes = new Uint8Array(chars.length)
  for (let at = 0; at < chars.length; at++) bytes[at] = chars.charCodeAt(at)
  return bytes
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
