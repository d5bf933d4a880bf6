/** Reads are counted, not timed: what a request costs in rounds of I/O, in workerd over its real KV. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Head } from '../../core/head.ts'
import { Isolate, NO_D1 as NO_DATABASES } from '../../worker/serving/isolate.ts'
import { USUAL } from '../../worker/serving/request.ts'
import { type Asked, serve } from '../../worker/serving/serve.ts'
import { type KvReader, kvReader, type Truth } from '../../worker/stores.ts'
import { BLOCKS, bindings, OVERLAY, publishFixture, publishOverlay, USERS } from './deployment.fixture.ts'

/** Counts gets, and how many rounds they make: calls that are under way together are one round. */
class Counting implements KvReader {
  readonly #kv = kvReader(bindings.KV)
  #under = 0
  rounds = 0
  calls: string[][] = []

  async get(key: string, cacheTtl: number): Promise<string | null> {
    return this.#counted([key], () => this.#kv.get(key, cacheTtl))
  }

  async getMany(keys: readonly string[], cacheTtl: number): Promise<ReadonlyMap<string, string | null>> {
    return this.#counted([...keys], () => this.#kv.getMany(keys, cacheTtl))
  }

  reset(): void {
    this.rounds = 0
    this.calls = []
  }

  async #counted<T>(keys: string[], read: () => Promise<T>): Promise<T> {
    if (this.#under++ === 0) this.rounds++
    this.calls.push(keys)
    try {
      return await read()
    } finally {
      this.#under--
    }
  }
}

const NO_D1: Truth = {
  latestRevision: () => Promise.reject(new Error('D1 was asked on the request path')),
  revision: () => Promise.reject(new Error('D1 was asked on the request path')),
  registryText: () => Promise.reject(new Error('D1 was asked on the request path')),
  planText: () => Promise.reject(new Error('D1 was asked on the request path')),
}

function coldIsolate(blockBytes?: number) {
  const kv = new Counting()
  const isolate = new Isolate(
    kv,
    NO_D1,
    { now: () => Date.now(), wait: () => new Promise(() => {}) },
    NO_DATABASES,
    blockBytes,
  )
  const ask = (service: string, users: readonly string[]) => {
    const asked: Asked = { ...USUAL, service, rows: users.map((user_id) => ({ user_id })), metadata: 'none' }
    return serve({ isolate, background: () => {}, now: 0 }, asked)
  }
  return { kv, ask }
}

let head: Head
beforeAll(async () => {
  head = await publishFixture(bindings.KV)
})

describe('a request for features in KV', () => {
  it('takes at most three rounds from a cold isolate: head, plan, blocks', async () => {
    const { kv, ask } = coldIsolate()
    const { body } = await ask('both', ['u7'])
    expect(body).toBe('{"service":"both@1","revision":1,"rows":[{"one":7,"two":7}],"degraded":false}')
    expect(kv.rounds).toBe(3)
  })

  it('takes one round with the head and the plan in memory, of one bulk get per 100 keys, for any number of rows', async () => {
    const { kv, ask } = coldIsolate()
    await ask('both', ['u7'])
    kv.reset()
    const { body, read } = await ask('both', USERS)
    expect(JSON.parse(body)).toMatchObject({ rows: USERS.map((_, index) => ({ one: index, two: index })) })
    expect(kv.rounds).toBe(1)
    expect(kv.calls.length).toBe(Math.ceil(kv.calls.flat().length / 100))
    expect(read.length).toBe(kv.calls.flat().length)
    expect(new Set(kv.calls.flat()).size).toBe(read.length)
  })

  it('keeps what it fetched until it has answered, however small the memory', async () => {
    const { kv, ask } = coldIsolate(2000)
    const { body, degraded } = await ask('both', USERS)
    expect(JSON.parse(body)).toMatchObject({ rows: USERS.map((_, index) => ({ one: index, two: index })) })
    expect(degraded).toBe(false)
    expect(kv.rounds).toBe(3)
    const others = await Promise.all([USERS.slice(0, 200), USERS.slice(200), USERS].map((users) => ask('both', users)))
    expect(others.map((one) => one.degraded)).toEqual([false, false, false])
  })

  it('does no I/O with everything in memory, for unknown keys too', async () => {
    const { kv, ask } = coldIsolate()
    const all = [...USERS, ...Array.from({ length: 2000 }, (_, i) => `nobody${i}`)]
    await ask('both', all)
    expect(new Set(kv.calls.flat()).size).toBe(2 * BLOCKS + 2) // every block is in memory now
    kv.reset()
    await ask('both', [...USERS.slice(0, 50), 'nobody at all'])
    expect(kv.calls).toEqual([])
  })

  it('reads only the views of its service', async () => {
    const { kv, ask } = coldIsolate()
    await ask('single', USERS)
    expect(kv.calls.flat().some((key) => key.includes('stats_two'))).toBe(false)
  })
})

describe('a request over an overlay', () => {
  beforeAll(() => publishOverlay(bindings.KV, head, USERS.slice(0, 10), USERS.slice(10, 15)))
  const ofOverlay = (key: string): boolean => key.includes(`/${OVERLAY.run}/`)
  const one = (index: number): number | null => (index < 10 ? 1000 + index : index < 15 ? null : index)

  it('is one round as well, of the filter, the overlay and the base together', async () => {
    const { kv, ask } = coldIsolate()
    await ask('both', ['u300'])
    kv.reset()
    const { body } = await ask('both', USERS)
    expect(JSON.parse(body)).toMatchObject({ rows: USERS.map((_, index) => ({ one: one(index), two: index })) })
    expect(kv.rounds).toBe(1)
    expect(kv.calls.flat().filter(ofOverlay).length).toBeLessThanOrEqual(OVERLAY.blocks + OVERLAY.filters)
    kv.reset()
    await ask('both', [...USERS, 'nobody'].slice(0, 20))
    expect(kv.calls).toEqual([])
  })

  it('asks the overlay for no key that its filter does not know, once the filter is in memory', async () => {
    const { kv, ask } = coldIsolate()
    await ask('single', ['u300'])
    expect(kv.calls.flat().filter(ofOverlay)).toHaveLength(2) // the filter, and one block before it was there
    kv.reset()
    const { body } = await ask('single', USERS.slice(15))
    expect(JSON.parse(body)).toMatchObject({ rows: USERS.slice(15).map((_, index) => ({ one: index + 15 })) })
    expect(kv.rounds).toBe(1)
    expect(kv.calls.flat().filter(ofOverlay).length).toBeLessThanOrEqual(1) // a filter may be wrong, seldom
  })
})
