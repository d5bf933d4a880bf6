import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../core/errors.ts'
import { twice } from './retry.ts'

const DOWN = new Error('connection lost')

function attempt(random = 0.5) {
  const waits: number[] = []
  let again = 0
  const tried = twice({
    store: 'D1',
    random: () => random,
    wait: async (ms) => {
      waits.push(ms)
    },
    again: () => {
      again++
    },
  })
  return { tried, waits, retries: () => again }
}

/** Fails as often as it is told to, then answers how often it was asked. */
function failing(times: number, error: Error = DOWN) {
  let asked = 0
  return async (): Promise<number> => {
    asked++
    if (asked <= times) throw error
    return asked
  }
}

describe('a second try', () => {
  it('is not made of what is done at once', async () => {
    const { tried, waits, retries } = attempt()
    expect(await tried(failing(0))).toBe(1)
    expect({ waits, retries: retries() }).toEqual({ waits: [], retries: 0 })
  })

  it('is made of what failed once, after 20 to 80 ms', async () => {
    for (const [random, ms] of [
      [0, 20],
      [0.5, 50],
      [0.999999, 80],
    ] as const) {
      const { tried, waits, retries } = attempt(random)
      expect(await tried(failing(1))).toBe(2)
      expect(waits).toEqual([expect.closeTo(ms, 3)])
      expect(retries()).toBe(1)
    }
  })

  it('that fails as well says which store does not answer, and why to the log', async () => {
    const { tried, waits } = attempt()
    await expect(tried(failing(2))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'D1 does not answer. Try again in a moment.',
      cause: DOWN,
    })
    expect(waits).toHaveLength(1)
  })

  it('is not made of what we refuse ourselves', async () => {
    const { tried, waits } = attempt()
    const refusal = new ShorelineError('UNKNOWN_NAME', 'There is no such run.')
    await expect(tried(failing(2, refusal))).rejects.toBe(refusal)
    expect(waits).toEqual([])
  })
})
