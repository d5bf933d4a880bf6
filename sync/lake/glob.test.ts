import { describe, expect, test } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { parseSourcePath } from './glob.ts'

function matching(path: string, keys: readonly string[]): readonly string[] {
  const glob = parseSourcePath(path)
  const matched = keys.filter((key) => glob.matches(key))
  // The promise of the prefix: listing by it never misses a match.
  for (const key of matched) expect(key.startsWith(glob.prefix)).toBe(true)
  return matched
}

describe('bucket paths', () => {
  test('split into the bucket, the longest literal prefix and the pattern', () => {
    expect(parseSourcePath('r2://offline/flights/**/*.parquet')).toMatchObject({
      scheme: 'r2',
      root: 'offline',
      prefix: 'flights/',
      pattern: 'flights/**/*.parquet',
    })
    expect(parseSourcePath('r2://offline/flights/day=2001-0?/x').prefix).toBe('flights/day=2001-0')
    expect(parseSourcePath('r2://offline/one.parquet').prefix).toBe('one.parquet')
    expect(parseSourcePath('r2://offline/*').prefix).toBe('')
  })

  test('** is any number of folders, also none; * stays within one; ? is one character', () => {
    const keys = ['f/a.parquet', 'f/x/a.parquet', 'f/x/y/a.parquet', 'f/x/y/b.csv', 'g/a.parquet', 'ff/a.parquet']
    expect(matching('r2://b0/f/**/*.parquet', keys)).toEqual(keys.slice(0, 3))
    expect(matching('r2://b0/f/*.parquet', keys)).toEqual(['f/a.parquet'])
    expect(matching('r2://b0/f/*/*.parquet', keys)).toEqual(['f/x/a.parquet'])
    expect(matching('r2://b0/f/**', keys)).toEqual(keys.slice(0, 4))
    expect(matching('r2://b0/**/a.parquet', keys)).toEqual(keys.filter((key) => key.endsWith('a.parquet')))
    expect(matching('r2://b0/f/**/**/y/*', keys)).toEqual(['f/x/y/a.parquet', 'f/x/y/b.csv'])
    expect(matching('r2://b0/?/a.parquet', keys)).toEqual(['f/a.parquet', 'g/a.parquet'])
  })

  test('everything else is itself, and ? takes a whole character', () => {
    const keys = ['a+b.(1)[x]{y}^$|.p', 'a+b.(1)x', 'aab', '🛫.p', 'line\nend.p']
    expect(matching('r2://b0/a+b.(1)[x]{y}^$|.p', keys)).toEqual([keys[0]])
    expect(matching('r2://b0/?.p', keys)).toEqual(['🛫.p'])
    expect(matching('r2://b0/*.p', keys)).toEqual([keys[0], '🛫.p', 'line\nend.p'])
    expect(matching('r2://b0/day=2001-01-0?/*', ['day=2001-01-01/x', 'day=2001-01-11/x'])).toEqual(['day=2001-01-01/x'])
  })

  test('our own objects are matched only by a path that begins with _shoreline/', () => {
    const keys = ['_shoreline/snapshots/v@1/1/part-0.parquet', 'a/part-0.parquet', '_shorelines/part-0.parquet']
    expect(matching('r2://b0/**/*.parquet', keys)).toEqual(keys.slice(1))
    expect(matching('r2://b0/_*/**/*.parquet', keys)).toEqual(keys.slice(2))
    expect(matching('r2://b0/_shoreline/**/*.parquet', keys)).toEqual(keys.slice(0, 1))
  })

  test.each([
    ['flights/*.parquet', 'it has to begin with "r2://bucket/" or "file:///folder/"'],
    ['s3://bucket/x', 'it has to begin with'],
    ['r2://bucket', 'comes the name of a bucket'],
    ['r2://b*/x', 'comes the name of a bucket'],
    ['r2://bucket/', 'all Parquet files below it are "r2://bucket/**/*.parquet"'],
    ['r2://bucket/flights/', 'all Parquet files below it are "r2://bucket/flights/**/*.parquet"'],
    ['r2://bucket/fl**.parquet', '"**" stands for whole folders'],
  ])('%s is refused', (path, why) => {
    expect(() => parseSourcePath(path)).toThrow(ShorelineError)
    expect(() => parseSourcePath(path)).toThrow(why)
  })
})

describe('folder paths', () => {
  test('have the deepest literal folder as their root', () => {
    expect(parseSourcePath('file:///data/flights/day=2001*/*.parquet')).toMatchObject({
      scheme: 'file',
      root: '/data/flights/',
      prefix: 'day=2001',
      pattern: 'day=2001*/*.parquet',
    })
    expect(parseSourcePath('file:///data/one.parquet')).toMatchObject({ root: '/data/', pattern: 'one.parquet' })
  })

  test('are relative to the given folder without a slash at the beginning', () => {
    expect(parseSourcePath('file://./data/*.parquet', '/home/me').root).toBe('/home/me/data/')
    expect(parseSourcePath('file://../data/*.parquet', '/home/me').root).toBe('/home/data/')
  })

  test('leave our own folders out wherever they are, unless named', () => {
    const keys = ['lake/_shoreline/x.parquet', '_shoreline/x.parquet', 'lake/x.parquet']
    expect(matching('file:///data/**/*.parquet', keys)).toEqual(['lake/x.parquet'])
    expect(matching('file:///data/**/_shoreline/*.parquet', keys)).toEqual(keys.slice(0, 2))
    expect(matching('file:///data/_shoreline/*.parquet', ['x.parquet'])).toEqual(['x.parquet'])
  })

  test('a folder is refused', () => {
    expect(() => parseSourcePath('file:///data/')).toThrow('"file:///data/**/*.parquet"')
  })
})
