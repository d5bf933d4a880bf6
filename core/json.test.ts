import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactJson, parseBounded, parseExact } from './json.ts'
import { MAX_JSON_DEPTH } from './limits.ts'

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

it('what exactJson writes is read back with the sign of zero', () => {
  const value = { a: -0, b: [0, [-0, 1.5]], c: '-0', d: null, e: { f: -0 } }
  expect(exactJson(value)).toBe('{"a":-0.0,"b":[0,[-0.0,1.5]],"c":"-0","d":null,"e":{"f":-0.0}}')
  expect(parseExact(exactJson(value))).toEqual(value)
})

describe('parseBounded', () => {
  const nested = (levels: number, inside = '') => `${'['.repeat(levels)}${inside}${']'.repeat(levels)}`

  it('refuses what is nested deeper than the limit, wherever it is', () => {
    const right = nested(MAX_JSON_DEPTH)
    const deep = nested(MAX_JSON_DEPTH, '{}')
    expect(parseBounded(right)).toEqual(JSON.parse(right))
    for (const text of [deep, `{"a":{"\\\\":"]]]]","\\"":[1,${deep}]}}`, nested(100_000)])
      expect(() => parseBounded(text)).toThrow(new SyntaxError(`it is nested deeper than ${MAX_JSON_DEPTH} levels`))
  })

  it('counts no brackets inside of strings, and leaves what is no JSON to the parser', () => {
    const brackets = { '[{': '['.repeat(1000), '\\"[': ['"[{'.repeat(1000)] }
    expect(parseBounded(JSON.stringify(brackets))).toEqual(brackets)
    expect(() => parseBounded(`["${'['.repeat(2000)}`)).toThrow(/Unterminated string/)
  })

  it('agrees with a count of the levels', { timeout: 60_000 }, () => {
    const around = fc.array(fc.constantFrom('list', 'object', 'text'), { minLength: 700, maxLength: 800 })
    fc.assert(
      fc.property(around, fc.jsonValue({ maxDepth: 2 }), (levels, inside) => {
        const value = levels.reduce<unknown>(
          (one, level) => (level === 'list' ? ['"]', one] : level === 'object' ? { '{"': 7, b: one } : one),
          inside,
        )
        const read = () => parseBounded(JSON.stringify(value))
        if (depthOf(value) > MAX_JSON_DEPTH) expect(read).toThrow('nested deeper')
        else expect(read()).toEqual(parseExact(JSON.stringify(value)))
      }),
      { seed: 14, numRuns: 300 },
    )
  })
})

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
