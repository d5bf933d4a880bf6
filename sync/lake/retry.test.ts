import { describe, expect, test } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { parallel } from './parallel.ts'
import { TRIES, Transient, withRetries } from './retry.ts'

const failing = new ShorelineError('UNAVAILABLE', 'down')

describe('retries', () => {
  test('go on until the attempt succeeds', async () => {
    let tries = 0
    const result = withRetries(async () => {
      if (++tries < TRIES) throw new Transient(failing)
      return 'up'
    }, 1)
    await expect(result).resolves.toBe('up')
    expect(tries).toBe(TRIES)
  })

  test('are bounded, and the last error is the plain one', async () => {
    let tries = 0
    const result = withRetries(() => {
      tries++
      throw new Transient(failing)
    }, 1)
    await expect(result).rejects.toBe(failing)
    expect(tries).toBe(TRIES)
  })

  test('leave every other error alone', async () => {
    let tries = 0
    const refused = new ShorelineError('CONFLICT', 'changed')
    const result = withRetries(() => {
      tries++
      throw refused
    }, 1)
    await expect(result).rejects.toBe(refused)
    expect(tries).toBe(1)
  })

  test('wait at least as long as the store asked', async () => {
    let tries = 0
    const start = performance.now()
    await withRetries(async () => {
      if (++tries === 1) throw new Transient(failing, 50)
    }, 0)
    expect(performance.now() - start).toBeGreaterThan(45)
  })
})

describe('parallel work', () => {
  test('keeps the order and the limit', async () => {
    let running = 0
    let most = 0
    const doubled = await parallel([5, 1, 4, 2, 3], 2, async (n) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, n))
      running--
      return n * 2
    })
    expect(doubled).toEqual([10, 2, 8, 4, 6])
    expect(most).toBe(2)
  })

  test('begins nothing after a failure and waits for what runs', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const all = parallel([1, 2, 3, 4], 2, async (n) => {
      begun.push(n)
      if (n === 1) throw new Error('one')
      await new Promise((resolve) => setTimeout(resolve, 5))
      ended.push(n)
    })
    await expect(all).rejects.toThrow('one')
    expect(begun).toEqual([1, 2])
    expect(ended).toEqual([2])
  })
})
