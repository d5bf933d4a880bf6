import { describe, expect, it } from 'vitest'
import { writeJson } from './json.ts'

describe('writeJson', () => {
  it('writes bigint as decimal text and floats without a number as their names', () => {
    expect(writeJson({ a: 9007199254740993n, b: [Number.NaN, -Infinity, 1.5] })).toBe(
      '{"a":"9007199254740993","b":["NaN","-Infinity",1.5]}',
    )
  })
})
