import { describe, expect, it } from 'vitest'
import { parseJson, writeJson } from './json.ts'

describe('parseJson', () => {
  it.each([
    ['{"a":9007199254740993}', { a: 9007199254740993n }],
    ['[-9223372036854775808,9007199254740991]', [-9223372036854775808n, 9007199254740991]],
    ['[1234567890123456.5,1e300,-12345678901234567e-2]', [1234567890123456.5, 1e300, -123456789012345.67]],
    ['["9007199254740993",0.30000000000000004]', ['9007199254740993', 0.30000000000000004]],
    ['{"a":1,"b":null,"c":true}', { a: 1, b: null, c: true }],
  ])('reads %s without loss', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })
})

describe('writeJson', () => {
  it('writes bigint as decimal text and floats without a number as their names', () => {
    expect(writeJson({ a: 9007199254740993n, b: [Number.NaN, -Infinity, 1.5] })).toBe(
      '{"a":"9007199254740993","b":["NaN","-Infinity",1.5]}',
    )
  })
})
