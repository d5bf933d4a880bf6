/** What a WebAssembly function gets and answers, in every type that it can; and that a row which fails leaves nothing behind. */
import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../errors.ts'
import type { PlanWasmEntry } from '../plan.ts'
import { type StoredValue, storedVector } from '../values.ts'
import { type Computed, readyEntry } from './entry.ts'
import { WASM } from './wasm.fixture.ts'

interface Api {
  readonly Module: new (bytes: Uint8Array) => object
}
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: Api }

const HASH = 'a'.repeat(64)
/** `(module (func (export "f") (param i32) (result i32) local.get 0))`: no memory. */
const BARE = Uint8Array.from([
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 32, 0,
    11,
  ],
])

/** Rows of arguments through one function. */
function run(
  name: string,
  args: readonly string[],
  returns: readonly string[],
  rows: readonly (readonly StoredValue[])[],
  bytes = WASM,
): readonly Computed[] {
  const entry: PlanWasmEntry = {
    view: 'risk@1',
    as: 'risk',
    form: 'wasm',
    code: HASH,
    export: name,
    inputs: args.map((type, at) => ({ name: `in${at}`, type, at, from: { field: `in${at}` } })),
    width: args.length,
    args: args.map((_, at) => at),
    features: returns.map((type, at) => ({ feature: `out${at}`, type, visibility: 'public' })),
  }
  const ready = readyEntry(entry, { packs: [], modules: { [HASH]: { default: new api.Module(bytes) } } })
  return ready(
    args.map((_, at) => rows.map((row) => row[at] ?? null)),
    rows.length,
  ).map(({ values, invalid }) => ({ values, invalid }))
}

const vector = (...items: readonly number[]): StoredValue => storedVector(Float32Array.from(items))

describe('a WebAssembly function', () => {
  it.each<readonly [string, string, readonly StoredValue[]]>([
    ['i32', 'int32', [0, -1, 2_147_483_647, -2_147_483_648]],
    ['i32', 'bool', [true, false]],
    ['i64', 'int64', ['0', '-1', '9223372036854775807', '-9223372036854775808']],
    ['i64', 'timestamp', [0, 994_003_200_000_000, -62_135_596_800_000_000, 253_402_300_799_000_000]],
    ['f32', 'float32', [0.1, -0, 3.4028235e38, 'NaN', 'Infinity', '-Infinity']],
    ['f64', 'float64', [0.1, -0, 5e-324, 'NaN', 'Infinity', '-Infinity']],
    ['i32', 'vector(3)', [vector(0.1, -0, Number.NaN), vector(1, 2, Number.POSITIVE_INFINITY)]],
  ])('gets as %s and answers a %s as it is', (name, type, values) => {
    const [answer] = run(
      name,
      [type],
      [type],
      values.map((value) => [value]),
    )
    expect(answer).toEqual({ values, invalid: null })
  })

  it('computes', () => {
    expect(run('not', ['bool'], ['bool'], [[true], [false]])[0]?.values).toEqual([false, true])
    const dot = run(
      'dot',
      ['vector(2)', 'vector(2)'],
      ['float32'],
      [
        [vector(1, 2), vector(3, 4)],
        [vector(0.5, 0), vector(3, 4)],
      ],
    )
    expect(dot[0]?.values).toEqual([11, 1.5])
    expect(run('twice', ['vector(2)'], ['vector(2)'], [[vector(1, -3)]])[0]?.values).toEqual([vector(2, -6)])
  })

  it('answers with several results, in the order of its features', () => {
    const answers = run(
      'swap',
      ['float64', 'int64'],
      ['int64', 'float64'],
      [
        [0.5, '7'],
        [-1, '-7'],
      ],
    )
    expect(answers.map(({ values }) => values)).toEqual([
      ['7', '-7'],
      [0.5, -1],
    ])
  })

  it('is not called with null', () => {
    const counts = run('counts', ['int32'], ['int32'], [[1], [null], [1]])
    expect(counts).toEqual([{ values: [1, null, 2], invalid: null }])
    const swapped = run('swap', ['float64', 'int64'], ['int64', 'float64'], [[1, null]])
    expect(swapped).toEqual([
      { values: [null], invalid: null },
      { values: [null], invalid: null },
    ])
  })

  it('may let its memory grow', () => {
    const rows = Array.from({ length: 5 }, (_, at) => [vector(at, at + 0.5)])
    expect(run('grows', ['vector(2)'], ['vector(2)'], rows)[0]?.values).toEqual(rows.map(([one]) => one))
  })
})

describe('a row that a WebAssembly function fails at', () => {
  it('is invalid alone when it traps', () => {
    const rows = [
      [7, 2],
      [7, 0],
      [-2_147_483_648, -1],
      [9, 3],
    ]
    expect(run('divide', ['int32', 'int32'], ['int32'], rows)).toEqual([
      { values: [3, null, null, 3], invalid: [false, true, true, false] },
    ])
  })

  it('leaves the next row a new instance, and no memory of itself', () => {
    expect(run('counts', ['int32'], ['int32'], [[1], [1], [0], [1], [0], [0], [1]])).toEqual([
      { values: [1, 2, null, 1, null, null, 1], invalid: [false, false, true, false, true, true, false] },
    ])
  })

  it.each<readonly [string, string, readonly string[], readonly string[], readonly StoredValue[]]>([
    ['a vector outside of its memory', 'far', ['int32'], ['vector(2)'], [1]],
    ['an instant that no year has', 'i64', ['int64'], ['timestamp'], ['9223372036854775807']],
    ['an i64 where an i32 was declared', 'i64', ['int64'], ['int32'], ['1']],
    ['a number where an i64 was declared', 'f64', ['float64'], ['int64'], [1]],
    ['what is beyond float32', 'f64', ['float64'], ['float32'], [1e39]],
    ['one result where two were declared', 'i32', ['int32'], ['int32', 'int32'], [1]],
  ])('is invalid when it answers with %s', (_what, name, args, returns, row) => {
    for (const { values, invalid } of run(name, args, returns, [row, row])) {
      expect(values).toEqual([null, null])
      expect(invalid).toEqual([true, true])
    }
  })
})

describe('a WebAssembly module', () => {
  it.each<readonly [string, string, string, Uint8Array, string]>([
    ['the function', 'g', 'int32', WASM, 'does not export a function g.'],
    ['its memory', 'f', 'vector(2)', BARE, 'does not export its memory, in which vectors are passed.'],
  ])('without %s is not ready', (_what, name, type, bytes, message) => {
    const start = (): unknown => run(name, [type], ['int32'], [[1]], bytes)
    expect(start).toThrow(ShorelineError)
    expect(start).toThrow(`The WebAssembly module of risk@1 ${message}`)
  })
})
