/** Stored values of every type (`core/values.ts`), made at random. */
import fc from 'fast-check'
import type { StoredValue } from '../../core/values.ts'
import { type EVERY_TYPE, micros, vectorOf } from './feast.fixture.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const instant = fc.integer({ min: micros('1900-01-01T00:00:00Z'), max: micros('2100-01-01T00:00:00Z') })
const odd = fc.constantFrom('NaN', 'Infinity', '-Infinity')
const float64 = fc.oneof(
  { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: odd },
)
const narrow = fc.float({ noNaN: true, noDefaultInfinity: true })
const float32 = fc.oneof({ weight: 6, arbitrary: narrow }, { weight: 1, arbitrary: odd })
const text = fc.string({ unit: 'grapheme' })
const bytes = fc.uint8Array({ maxLength: 9 }).map((some) => btoa(String.fromCharCode(...some)))
const list = (item: fc.Arbitrary<StoredValue>) => fc.array(fc.option(item), { maxLength: 4 })

export const STORED: Readonly<Record<keyof typeof EVERY_TYPE, fc.Arbitrary<StoredValue>>> = {
  a_bool: fc.boolean(),
  an_int32: fc.integer(),
  an_int64: int64,
  a_float32: float32,
  a_float64: float64,
  a_string: text,
  a_timestamp: instant,
  a_date: instant.map((at) => new Date(at / 1000).toISOString().slice(0, 10)),
  a_uuid: fc.uuid(),
  some_bytes: bytes,
  a_json: fc.json(),
  ints: list(int64),
  instants: list(instant),
  floats: list(float64),
  a_vector: fc.tuple(narrow, narrow, narrow).map((items) => vectorOf(...items)),
}

/** Lists of what `EVERY_TYPE` has one by one, and the other edges of what a type can be. */
export const NESTED_TYPES = {
  bools: 'list(bool)',
  texts: 'list(string)',
  blobs: 'list(bytes)',
  jsons: 'list(json)',
  nested: 'list(list(float32))',
  vectors: 'list(vector(2))',
  a_number: 'vector(1)',
  early_or_late: 'timestamp',
  any_floats: 'vector(2)',
} as const

export const NESTED: Readonly<Record<keyof typeof NESTED_TYPES, fc.Arbitrary<StoredValue>>> = {
  bools: list(fc.boolean()),
  texts: list(text),
  blobs: list(bytes),
  jsons: list(fc.json()),
  nested: list(list(float32)),
  vectors: list(fc.tuple(narrow, narrow).map((items) => vectorOf(...items))),
  a_number: narrow.map((item) => vectorOf(item)),
  early_or_late: fc.constantFrom(
    micros('0001-01-01T00:00:00Z'),
    micros('9999-12-31T23:59:59Z'),
    -1,
    2 ** 32,
    -(2 ** 32) - 1,
    2 ** 53 - 1,
  ),
  any_floats: fc.tuple(fc.float(), fc.float()).map((items) => vectorOf(...items)),
}
