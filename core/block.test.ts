import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockIdentity, parseBlock, readIdentity, type StoredRow, writeBlock } from './block.ts'

const IDENTITY: BlockIdentity = { view: 'airport_delays@1', run: '7-3fa9c1d2', block: 3, blocks: 15 }
const ROWS: readonly StoredRow[] = [
  ['JFK', 994_000_000_000_000, '412', -0.5, null, 'NaN'],
  ['SFO\n"😀\u2028,"rows":[]}', 994_000_000_000_001, '9007199254740993', 0.1, ['a', null], ',"rows":'],
]
const BLOCK = writeBlock(IDENTITY, JSON.stringify(ROWS))

function readOrRefuse(text: string): readonly StoredRow[] | 'refused' {
  try {
    return parseBlock(text, IDENTITY)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'UNAVAILABLE' })
    return 'refused'
  }
}

describe('a block', () => {
  it('is JSON with its identity, the MD5 of its rows, and its rows last', () => {
    const rows = JSON.stringify(ROWS)
    const md5 = createHash('md5').update(rows).digest('hex')
    expect(BLOCK).toBe(
      `{"format":1,"view":"airport_delays@1","run":"7-3fa9c1d2","block":3,"blocks":15,"md5":"${md5}","rows":${rows}}`,
    )
    expect(JSON.parse(BLOCK)).toEqual({ format: 1, ...IDENTITY, md5, rows: ROWS })
  })

  it('gives its rows and its identity back', () => {
    expect(parseBlock(BLOCK, IDENTITY)).toEqual(ROWS)
    expect(readIdentity(BLOCK)).toEqual(IDENTITY)
  })

  it('may be empty', () => {
    expect(parseBlock(writeBlock(IDENTITY, '[]'), IDENTITY)).toEqual([])
  })

  it('gives back whatever rows were written', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null), fc.array(fc.string()))
    const row = fc.tuple(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), value)
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const text = JSON.stringify(rows)
        expect(parseBlock(writeBlock(IDENTITY, text), IDENTITY)).toEqual(JSON.parse(text))
      }),
      { seed: 10, numRuns: 300 },
    )
  })
})

describe('a damaged block', () => {
  const other = fc.oneof(fc.constantFrom(...'0123456789-+eE."\',:[]{}\\ \t\nafr'), fc.string({ unit: 'binary' }))

  it('is refused, whichever one character became another', () => {
    for (let at = 0; at < BLOCK.length; at++)
      for (const char of '09e-." ]}x\u0000é')
        if (BLOCK[at] !== char)
          expect(readOrRefuse(BLOCK.slice(0, at) + char + BLOCK.slice(at + 1)), `at ${at}`).toBe('refused')
  })

  it('is refused, whichever character is missing and wherever it is cut off', () => {
    for (let at = 0; at < BLOCK.length; at++) {
      expect(readOrRefuse(BLOCK.slice(0, at) + BLOCK.slice(at + 1)), `without ${at}`).toBe('refused')
      expect(readOrRefuse(BLOCK.slice(0, at)), `cut at ${at}`).toBe('refused')
    }
  })

  it('is refused, or still has the same rows, wherever something came between', () => {
    fc.assert(
      fc.property(fc.nat(BLOCK.length), other, (at, inserted) => {
        const read = readOrRefuse(BLOCK.slice(0, at) + inserted + BLOCK.slice(at))
        if (read !== 'refused') expect(read).toEqual(ROWS)
      }),
      { seed: 11, numRuns: 3000 },
    )
  })

  it.each([
    ['nothing', '', 'it has no header'],
    ['an error page', '<html>', 'it has no header'],
    ['null', 'null', 'it has no header'],
    ['a list', '[1,"rows":[]}', 'it has no header'],
    ['a truncated body', BLOCK.slice(0, -10), 'its checksum does not match its rows'],
    ['other rows', BLOCK.replace('"412"', '"413"'), 'its checksum does not match its rows'],
    ['rows in another order', writeBlock(IDENTITY, '[1,2]').replace('[1,2]', '[2,1]'), 'its checksum does not match'],
    ['no checksum', BLOCK.replace('"md5"', '"nd5"'), 'its checksum does not match its rows'],
    ['a later format', BLOCK.replace('"format":1', '"format":2'), 'its format is 2, this reader knows 1'],
    ['no format', BLOCK.replace('"format":1,', ''), 'its format is undefined, this reader knows 1'],
  ])('with %s says so', (_what, text, why) => {
    expect(() => parseBlock(text, IDENTITY)).toThrow(
      expect.objectContaining({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(`block 3 of airport_delays@1, run 7-3fa9c1d2, cannot be used: ${why}`),
        details: { view: 'airport_delays@1', run: '7-3fa9c1d2', block: 3 },
      }),
    )
  })
})

describe('another block than the one asked for', () => {
  it.each<[Partial<BlockIdentity>, string]>([
    [{ view: 'airport_delays@2' }, 'it says view airport_delays@2'],
    [{ run: '8-3fa9c1d2' }, 'it says run 8-3fa9c1d2'],
    [{ block: 4 }, 'it says block 4'],
    [{ blocks: 16 }, 'it says blocks 16'],
  ])('is refused: %j', (change, why) => {
    expect(() => parseBlock(writeBlock({ ...IDENTITY, ...change }, '[]'), IDENTITY)).toThrow(why)
  })

  it.each([
    '',
    '{"rows":[]}',
    '{"view":"v@1","run":"r","block":-1,"blocks":1,"rows":[]}',
    '{"view":"v@1","run":"r","block":0.5,"blocks":1,"rows":[]}',
    '{"view":"v@1","run":"r","block":"0","blocks":1,"rows":[]}',
    '{"view":1,"run":"r","block":0,"blocks":1,"rows":[]}',
    '{"run":"r","block":0,"blocks":1,"rows":[]}',
  ])('%j claims to be none', (text) => {
    expect(readIdentity(text)).toBeNull()
  })
})
