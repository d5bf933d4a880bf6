import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64, toBase64 } from './base64.ts'
import { addToFilter, filterBlockOf, filterBlocks, filterBytes, mayHave } from './filter.ts'
import { md5Words } from './md5.ts'

/** The filter of docs/storage.md, from another MD5. */
function words(key: string): readonly [number, number, number] {
  const hex = createHash('md5').update(key).digest('hex')
  const word = (at: number): number => Number.parseInt(hex.slice(8 * at, 8 * at + 8), 16)
  return [word(0), word(1), word(2)]
}

const keys = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 200 })

describe('a filter', () => {
  it('hashes as the page says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (key) => {
          expect(md5Words(key)).toEqual(words(key))
        },
      ),
      { seed: 3, numRuns: 200 },
    )
  })

  it('knows every key that it was made of, after it was written and read', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 3 }), (known, filters) => {
        const bits = Array.from({ length: filters }, () => new Uint8Array(filterBytes(known.length)))
        for (const key of known) {
          const [, b, c] = words(key)
          addToFilter(bits[filterBlockOf(key, filters)] ?? new Uint8Array(0), b, c)
        }
        const read = bits.map((one) => fromBase64(toBase64(one)))
        expect(read).toEqual(bits)
        for (const key of known) expect(mayHave(read[filterBlockOf(key, filters)] ?? new Uint8Array(1), key)).toBe(true)
      }),
      { seed: 5, numRuns: 100 },
    )
  })

  it.each([1000, 50_000])('of %d keys takes one in a hundred others for its own', (count) => {
    const filters = filterBlocks(count)
    const bits = Array.from({ length: filters }, () => new Uint8Array(filterBytes(count)))
    for (let at = 0; at < count; at++) {
      const [, b, c] = words(`known ${at}`)
      addToFilter(bits[filterBlockOf(`known ${at}`, filters)] ?? new Uint8Array(0), b, c)
    }
    let taken = 0
    for (let at = 0; at < 20_000; at++)
      if (mayHave(bits[filterBlockOf(`other ${at}`, filters)] ?? new Uint8Array(1), `other ${at}`)) taken++
    expect(taken / 20_000).toBeLessThan(0.013)
  })
})
