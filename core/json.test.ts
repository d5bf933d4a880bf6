import { describe, expect, it } from 'vitest'
import { parseExact } from './json.ts'

describe('parseExact', () => {
  it.each([
    ['{"a":9007199254740993}', { a: 9007199254740993n }],
    ['[-9223372036854775808,9007199254740991]', [-9223372036854775808n, 9007199254740991]],
    ['[1234567890123456.5,1e300,-12345678901234567e-2]', [1234567890123456.5, 1e300, -123456789012345.67]],
    ['["9007199254740993",0.30000000000000004]', ['9007199254740993', 0.30000000000000004]],
    ['{"a":1,"b":null,"c":true}', { a: 1, b: null, c: true }],
  ])('reads %s without loss', (text, value) => {
    expect(parseExact(text)).toEqual(value)
  })
})
