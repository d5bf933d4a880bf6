import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { md5Hex, md5Prefix } from './md5.ts'

/** What Node's OpenSSL says. */
function reference(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex')
}

/** The test suite of RFC 1321, appendix A.5. */
const RFC_1321 = [
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  [
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
    '57edf4a22be3c955ac49da2e2107b67a',
  ],
] as const

describe('md5', () => {
  it.each(RFC_1321)('of %j is the one in RFC 1321', (text, digest) => {
    expect(md5Hex(text)).toBe(digest)
  })

  it('is right at every length up to four blocks, where padding changes shape', () => {
    for (let length = 0; length <= 256; length++) {
      const text = 'x'.repeat(length)
      expect(md5Hex(text)).toBe(reference(text))
    }
  })

  it.each(['é', '€', '😀', 'a'])('is right for %j around the size of the buffer that is kept', (char) => {
    for (const length of [2705, 2706, 2707, 2708, 8192, 100_000]) {
      const text = char.repeat(length)
      expect(md5Hex(text)).toBe(reference(text))
      expect(md5Hex('a')).toBe(RFC_1321[1][1])
    }
  })

  it('agrees with OpenSSL on any Unicode text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => md5Hex(text) === reference(text)),
      { seed: 1, numRuns: 500 },
    )
  })

  it('has as its prefix the first eight hex digits as an unsigned integer', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (text) => md5Prefix(text) === Number.parseInt(reference(text).slice(0, 8), 16),
      ),
      { seed: 2, numRuns: 1000 },
    )
  })
})
