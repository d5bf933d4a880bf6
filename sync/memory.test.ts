import { describe, expect, it } from 'vitest'
import { duckdbMemory, sharedMemory } from './memory.ts'

describe('--memory', () => {
  it.each([
    ['2GB', '1300MB'],
    ['2 gib', '1396MB'],
    ['800MB', '520MB'],
    ['1.5GB', '975MB'],
  ])('%s leaves DuckDB %s', (text, limit) => expect(duckdbMemory(text)).toBe(limit))

  it.each([
    ['2', '--memory "2" is no size. Write 2GB, or 800MB.'],
    ['two GB', '--memory "two GB" is no size. Write 2GB, or 800MB.'],
    ['10MB', '--memory 10MB is too little: a sync needs at least 256MB.'],
  ])('%s is refused', (text, message) => expect(() => duckdbMemory(text)).toThrow(message))
})

describe('--memory with --parallel', () => {
  it('is shared out, and refused where a share is too little', () => {
    expect(sharedMemory('2GB', 1)).toBe('2000MB')
    expect(sharedMemory('2GB', 3)).toBe('666MB')
    expect(() => sharedMemory('1GB', 4)).toThrow('--memory 1GB is too little for --parallel 4: each run needs')
  })
})
