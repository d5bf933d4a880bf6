import { expect, it } from 'vitest'
import { Bounded } from './bounded.ts'

it('forgets what was put in longest ago, and what is put in again is new', () => {
  const bounded = new Bounded<number>(3)
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['a', 4],
    ['d', 5],
  ] as const)
    bounded.set(key, value)
  expect(['a', 'b', 'c', 'd'].map((key) => bounded.get(key))).toEqual([4, undefined, 3, 5])
  bounded.delete('a')
  for (let i = 0; i < 100; i++) bounded.set(`x${i}`, i)
  expect(bounded.size).toBe(3)
})
