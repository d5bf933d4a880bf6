/**
 * A WebAssembly module with a function for every kind of parameter and result, as wabt 1.0.39 writes this text:
 *
 * ```wat
 * (module
 *   (memory (export "memory") 1)
 *   (global $next (mut i32) (i32.const 1024))
 *   (global $calls (mut i32) (i32.const 0))
 *   (func (export "alloc") (param i32) (result i32)
 *     global.get $next
 *     global.get $next local.get 0 i32.add global.set $next)
 *   (func (export "i32") (param i32) (result i32) local.get 0)
 *   (func (export "i64") (param i64) (result i64) local.get 0)
 *   (func (export "f32") (param f32) (result f32) local.get 0)
 *   (func (export "f64") (param f64) (result f64) local.get 0)
 *   (func (export "not") (param i32) (result i32) local.get 0 i32.eqz)
 *   (func (export "swap") (param f64 i64) (result i64 f64) local.get 1 local.get 0)
 *   (func (export "dot") (param i32 i32) (result f32)
 *     local.get 0 f32.load local.get 1 f32.load f32.mul
 *     local.get 0 f32.load offset=4 local.get 1 f32.load offset=4 f32.mul f32.add)
 *   (func (export "twice") (param i32) (result i32)
 *     i32.const 64 local.get 0 f32.load f32.const 2 f32.mul f32.store
 *     i32.const 68 local.get 0 f32.load offset=4 f32.const 2 f32.mul f32.store
 *     i32.const 64)
 *   (func (export "grows") (param i32) (result i32)
 *     i32.const 1 memory.grow drop
 *     local.get 0)
 *   (func (export "far") (param i32) (result i32) i32.const -4)
 *   (func (export "divide") (param i32 i32) (result i32) local.get 0 local.get 1 i32.div_s)
 *   (func (export "counts") (param i32) (result i32)
 *     global.get $calls i32.const 1 i32.add global.set $calls
 *     local.get 0 i32.eqz if unreachable end
 *     global.get $calls)
 * )
 * ```
 */
import { fromBase64 } from '../base64.ts'

export const WASM: Uint8Array = fromBase64(
  [
    'AGFzbQEAAAABKAdgAX8Bf2ABfgF+YAF9AX1gAXwBfGACfH4CfnxgAn9/AX1gAn9/AX8DDg0AAAECAwAEBQAAAAYABQMBAAEGDAJ/AUGACAt/AU',
    'EACwdlDgZtZW1vcnkCAAVhbGxvYwAAA2kzMgABA2k2NAACA2YzMgADA2Y2NAAEA25vdAAFBHN3YXAABgNkb3QABwV0d2ljZQAIBWdyb3dzAAkD',
    'ZmFyAAoGZGl2aWRlAAsGY291bnRzAAwKmgENCwAjACMAIABqJAALBAAgAAsEACAACwQAIAALBAAgAAsFACAARQsGACABIAALGQAgACoCACABKg',
    'IAlCAAKgIEIAEqAgSUkgsnAEHAACAAKgIAQwAAAECUOAIAQcQAIAAqAgRDAAAAQJQ4AgBBwAALCQBBAUAAGiAACwQAQXwLBwAgACABbQsSACMB',
    'QQFqJAEgAEUEQAALIwEL',
  ].join(''),
)
