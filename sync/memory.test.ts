import { describe, expect, it } from 'vitest'
import { duckdbMemory } from './memory.ts'

describe('--memory', () => {
  it.each([
    ['2GB', '1400MB'],
    ['2 gib', '1503MB'],
    ['800MB', '560MB'],
    ['1.5GB', '1050MB'],
  ])('%s leaves DuckDB %s', (text, limit) => expect(duckdbMemory(text)).toBe(limit))

  it.each([
    ['2', '--memory "2" is no size. Write 2GB, or 800MB.'],
    ['two GB', '--memory "two GB" is no size. Write 2GB, or 800MB.'],
    ['10MB', '--memory 10MB is too little: a sync needs at least 256MB.'],
  ])('%s is refused', (text, message) => expect(() => duckdbMemory(text)).toThrow(message))
})
