import { describe, expect, it } from 'vitest'
import { EMPTY_HEAD, type Head, parseHead } from './head.ts'

const HEAD: Head = {
  format: 1,
  revision: 7,
  registry: 2,
  oldest: 1,
  views: {
    'airport_delays@1': { snapshot: 3, base: { store: 'kv', run: '3-a', blocks: 15 }, watermark: 994_000_000_000_000 },
  },
  services: { flight_delay: { current: 1, plans: { '1': 'abc' } } },
}

describe('the head', () => {
  it.each([
    ['of a deployment', HEAD],
    ['that a deployment starts from', EMPTY_HEAD],
  ])('%s is read as it was written', (_what, head) => {
    expect(parseHead(JSON.stringify(head))).toEqual(head)
  })

  it.each([
    ['of a later format', { ...HEAD, format: 2 }, 'the head has format 2, this Worker reads 1.'],
    ['without a format', { ...HEAD, format: undefined }, 'the head has format undefined, this Worker reads 1.'],
    ['without a revision', { ...HEAD, revision: undefined }, 'the head has format 1'],
    ['without views', { ...HEAD, views: undefined }, 'the head has format 1'],
    ['without services', { ...HEAD, services: undefined }, 'the head has format 1'],
  ])('%s is refused: a reader must not guess', (_what, head, message) => {
    expect(() => parseHead(JSON.stringify(head))).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(message) }),
    )
  })
})
