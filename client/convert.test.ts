import { describe, expect, it } from 'vitest'
import { parseExact } from '../core/json.ts'
import { parseType } from '../core/types.ts'
import { valueWriter } from '../core/values.ts'
import { convert } from './convert.ts'

const read = (type: string, json: string) => convert(parseExact(json), parseType(type))

describe('convert', () => {
  it.each([
    ['int64', '412', 412n],
    ['int64', '9007199254740993', 9007199254740993n],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['int64', 'null', null],
    ['int32', '7', 7],
    ['float64', '7.9', 7.9],
    ['float64', '"NaN"', Number.NaN],
    ['float64', '"-Infinity"', -Infinity],
    ['float64', '100000000000000000000', 1e20],
    ['float64', '-0.0', -0],
    ['float32', '0.1', Math.fround(0.1)],
    ['float32', '"Infinity"', Infinity],
    ['bool', 'true', true],
    ['string', '"12"', '12'],
    ['timestamp', '"2001-06-30T23:00:00Z"', '2001-06-30T23:00:00Z'],
    ['bytes', '"AAH/"', new Uint8Array([0, 1, 255])],
    ['json', '{"a":[1,null,{"b":12345678901234567890}]}', { a: [1, null, { b: 1.2345678901234567e19 }] }],
    ['list(int64)', '[1,null,9007199254740993]', [1n, null, 9007199254740993n]],
    ['list(list(float32))', '[[0.1],["NaN"]]', [[Math.fround(0.1)], [Number.NaN]]],
    ['vector(3)', '[0.1,"NaN",-2]', new Float32Array([0.1, Number.NaN, -2])],
  ])('%s %s', (type, json, value) => {
    expect(read(type, json)).toEqual(value)
  })

  it('reads what the Worker writes', () => {
    const vector = new Float32Array([1.1, -3e38, Infinity])
    const stored = btoa(String.fromCharCode(...new Uint8Array(vector.buffer)))
    expect(read('vector(3)', valueWriter(parseType('vector(3)'))(stored))).toEqual(vector)
    expect(read('float32', valueWriter(parseType('float32'))('NaN'))).toBeNaN()
    expect(read('list(int64)', valueWriter(parseType('list(int64)'))(['9223372036854775807', null]))).toEqual([
      9223372036854775807n,
      null,
    ])
  })

  it.each([
    ['int64', '1.5', 'it is "1.5" instead of an integer'],
    ['int64', '"12"', 'it is "12" instead of an integer'],
    ['float64', '"x"', 'it is "x" instead of a number'],
    ['bool', '1', 'it is "1" instead of true or false'],
    ['string', '1', 'it is "1" instead of a text'],
    ['list(int64)', '{}', 'it is a list or an object instead of a list'],
    ['vector(2)', '"AAAA"', 'it is "AAAA" instead of a list'],
  ])('refuses %s %s', (type, json, message) => {
    expect(() => read(type, json)).toThrow(message)
  })

  it('refuses an integer that an engine without source text has rounded', () => {
    expect(() => convert(2 ** 53, { kind: 'int64' })).toThrow(
      'it is "9007199254740992" instead of an integer that this JavaScript engine reads exactly',
    )
  })
})
