import { describe, expect, it } from 'vitest'
import { nearest } from './nearest.ts'

describe('nearest', () => {
  it.each([
    ['tll', ['sql', 'tags', 'ttl'], 'ttl'],
    ['TTL', ['sql', 'ttl'], 'ttl'],
    ['sourcse', ['source', 'schedule'], 'source'],
    ['time_stamp', ['timestamp', 'tags'], 'timestamp'],
    ['materialize', ['ttl', 'online'], undefined],
    ['', [], undefined],
  ])('%s among %j is %s', (text, candidates, expected) => {
    expect(nearest(text, candidates)).toBe(expected)
  })
})
