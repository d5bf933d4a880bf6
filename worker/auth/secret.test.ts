import { describe, expect, it } from 'vitest'
import { keyParts, keyText, newKey, sameSecret, secretHash } from './secret.ts'

describe('a new key', () => {
  it('is another one each time, of letters and digits that are all used', () => {
    const keys = Array.from({ length: 300 }, () => keyText(newKey()))
    expect(new Set(keys).size).toBe(300)
    for (const key of keys) expect(key).toMatch(/^sl_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$/)
    expect(new Set(keys.join('').replaceAll('_', '')).size).toBe(62)
  })

  it('is read back in its parts', () => {
    const parts = newKey()
    expect(keyParts(keyText(parts))).toEqual(parts)
  })
})

describe('what is no key by its shape', () => {
  const id = 'a'.repeat(12)
  const secret = 'b'.repeat(43)
  it.each([
    '',
    'sl_',
    `sl_${id}`,
    `sl_${id}_`,
    `sl_${id}_${secret}b`,
    `sl_${id}_${secret.slice(1)}`,
    `sk_${id}_${secret}`,
    `sl_${id}${secret}_`,
  ])('%j', (text) => {
    expect(keyParts(text)).toBeNull()
  })
})

describe('two secrets', () => {
  it('are the same when every character is', () => {
    expect(sameSecret('abc', 'abc')).toBe(true)
    for (const other of ['abd', 'xbc', 'ab', 'abcd', '', 'ABC']) expect(sameSecret('abc', other)).toBe(false)
  })
})

describe('the hash of a secret', () => {
  it('is SHA-256, in hex', async () => {
    expect(await secretHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
