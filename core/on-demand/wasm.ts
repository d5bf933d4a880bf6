/**
 * Calls a function of a WebAssembly module. Numbers go as the parameters that they are; a vector goes as the address of its
 * float32 items in the module's memory, and comes back as one. For that the module exports `memory`, and `alloc(bytes)`, which
 * is called once for each vector parameter when the module is made ready.
 *
 * | type | parameter or result |
 * |---|---|
 * | bool, int32 | i32 |
 * | int64, timestamp (microseconds since the epoch) | i64 |
 * | float32 | f32 |
 * | float64 | f64 |
 * | vector(n) | i32, where n float32 are |
 */
import { ShorelineError } from '../errors.ts'
import type { ValueType } from '../types.ts'
import { type StoredValue, storedVector, vectorItems } from '../values.ts'
import type { WasmExports } from './modules.ts'
import { NotOfType, storedFloat, storedFloat32 } from './plain-values.ts'

export interface Signature {
  /** `view@version`, for errors. */
  readonly view: string
  readonly export: string
  readonly args: readonly ValueType[]
  readonly returns: readonly ValueType[]
}

/** Of arguments that are not null: one stored value for each result. @throws whatever the module traps with, and NotOfType */
export type WasmCall = (args: readonly StoredValue[]) => readonly StoredValue[]

/** Whether a value of the type can be an argument or a result. */
export function isWasmType({ kind }: ValueType): boolean {
  return ['bool', 'int32', 'int64', 'timestamp', 'float32', 'float64', 'vector'].includes(kind)
}

type ToWasm = (value: StoredValue) => number | bigint
type FromWasm = (value: unknown) => StoredValue

/** @throws ShorelineError UNAVAILABLE when the module has no such function, or no memory for vectors */
export function wasmCall(exports: WasmExports, signature: Signature): WasmCall {
  const call = exports[signature.export]
  if (typeof call !== 'function') throw lacks(signature, `a function ${signature.export}`)
  const args = signature.args.map((type) => argument(type, exports, signature))
  const results = signature.returns.map((type) => result(type, exports, signature))
  const [only] = results
  return (values) => {
    const answer: unknown = call(...args.map((write, at) => write(values[at] ?? null)))
    if (only && results.length === 1) return [only(answer)]
    if (!Array.isArray(answer)) throw new NotOfType('it returns one result, and several were declared')
    return results.map((read, at) => read(answer[at]))
  }
}

function argument(type: ValueType, exports: WasmExports, signature: Signature): ToWasm {
  switch (type.kind) {
    case 'int64':
    case 'timestamp':
      return (value) => BigInt(value as string | number)
    case 'vector':
      return vectorArgument(type.size, exports, signature)
    default:
      return Number
  }
}

/** One place for every row: a function that keeps the address keeps nothing. */
function vectorArgument(size: number, exports: WasmExports, signature: Signature): ToWasm {
  const memory = memoryOf(exports, signature)
  const { alloc } = exports
  if (typeof alloc !== 'function') throw lacks(signature, 'a function alloc(bytes), which gives vectors a place')
  const address = Number(alloc(size * 4)) >>> 0
  return (value) => {
    // The memory is another object whenever it has grown.
    const view = new DataView(memory.buffer, address, size * 4)
    const items = vectorItems(value)
    for (let at = 0; at < items.length; at++) view.setFloat32(at * 4, items[at] ?? 0, true)
    return address
  }
}

function result(type: ValueType, exports: WasmExports, signature: Signature): FromWasm {
  switch (type.kind) {
    case 'bool':
      return (value) => number(value) !== 0
    case 'int32':
      return (value) => number(value) | 0
    case 'int64':
      return (value) => String(integer(value))
    case 'timestamp':
      return (value) => instant(integer(value))
    case 'float32':
      return storedFloat32
    case 'vector': {
      const memory = memoryOf(exports, signature)
      return (value) => {
        const view = new DataView(memory.buffer, number(value) >>> 0, type.size * 4)
        return storedVector(Float32Array.from({ length: type.size }, (_, at) => view.getFloat32(at * 4, true)))
      }
    }
    default:
      return storedFloat
  }
}

function number(value: unknown): number {
  if (typeof value === 'number') return value
  throw new NotOfType('it is no number')
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  throw new NotOfType('it is no i64')
}

/** The years 0001 to 9999, and microseconds that a double holds. */
function instant(micros: bigint): number {
  const held = Number(micros)
  if (micros >= -62_135_596_800_000_000n && micros < 253_402_300_800_000_000n && BigInt(held) === micros) return held
  throw new NotOfType('it is no instant of the years 0001 to 9999')
}

function memoryOf(exports: WasmExports, signature: Signature): { readonly buffer: ArrayBuffer } {
  const { memory } = exports
  if (typeof memory === 'object' && memory !== null && 'buffer' in memory) return memory as { buffer: ArrayBuffer }
  throw lacks(signature, 'its memory, in which vectors are passed')
}

function lacks({ view }: Signature, what: string): ShorelineError {
  return new ShorelineError('UNAVAILABLE', `The WebAssembly module of ${view} does not export ${what}.`)
}
