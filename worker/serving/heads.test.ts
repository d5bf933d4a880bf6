import { describe, expect, it } from 'vitest'
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import { HEAD_REFRESH_MS, HEAD_STALE_MS } from '../../core/limits.ts'
import { HEAD_KEY, revisionKey } from '../../core/storage.ts'
import type { KvReader, Truth } from '../stores.ts'
import { Heads, type LoadedHead } from './heads.ts'

function head(revision: number): Head {
  return { ...EMPTY_HEAD, revision, registry: 1, oldest: 1 }
}

/** A KV and a D1 that hold what a test puts there, and a clock that it turns. */
class Place {
  readonly values = new Map<string, string>()
  truth: Head | null = null
  failing = false
  now = 1_000_000
  reads = 0
  readonly background: Promise<unknown>[] = []
  readonly switched: [from: number, to: number][] = []
  readonly heads: Heads

  constructor() {
    const kv: KvReader = {
      get: async (key) => {
        this.reads++
        if (this.failing) throw new Error('KV is down')
        return this.values.get(key) ?? null
      },
      getMany: async () => new Map(),
    }
    const truth: Truth = {
      latestRevision: async () =>
        this.truth && { revision: this.truth.revision, registry: 1, head: JSON.stringify(this.truth) },
      revision: async () => null,
      registryText: async () => null,
      planText: async () => null,
    }
    const clock = { now: () => this.now, wait: async () => {} }
    this.heads = new Heads(kv, truth, clock, async (from: LoadedHead, to: LoadedHead) => {
      this.switched.push([from.revision, to.revision])
    })
  }

  publish(revision: number): void {
    this.values.set(HEAD_KEY, JSON.stringify(head(revision)))
    this.values.set(revisionKey(revision), JSON.stringify(head(revision)))
  }

  async current(): Promise<{ revision: number; stale: boolean }> {
    const { head, stale } = await this.heads.current((work) => void this.background.push(work))
    return { revision: head.revision, stale }
  }
}

describe('the head of an isolate', () => {
  it('is read once and then answers from memory', async () => {
    const place = new Place()
    place.publish(4)
    expect(await place.current()).toEqual({ revision: 4, stale: false })
    place.now += HEAD_REFRESH_MS
    expect(await place.current()).toEqual({ revision: 4, stale: false })
    expect(place.reads).toBe(1)
  })

  it('is refreshed in the background when it is due, after the hot blocks were fetched', async () => {
    const place = new Place()
    place.publish(4)
    await place.current()
    place.publish(5)
    place.now += HEAD_REFRESH_MS + 1
    expect(await place.current()).toEqual({ revision: 4, stale: false })
    await Promise.all(place.background)
    expect(place.switched).toEqual([[4, 5]])
    expect(await place.current()).toEqual({ revision: 5, stale: false })
  })

  it('is refreshed by one request at a time, and by another when that one was lost', async () => {
    const place = new Place()
    place.publish(4)
    await place.current()
    place.now += HEAD_REFRESH_MS + 1
    await place.current()
    await place.current()
    expect(place.reads).toBe(2)
  })

  it('is read again before answering when it is stale', async () => {
    const place = new Place()
    place.publish(4)
    await place.current()
    place.publish(5)
    place.now += HEAD_STALE_MS + 1
    expect(await place.current()).toEqual({ revision: 5, stale: false })
  })

  it('answers stale, and says so, when it cannot be read again', async () => {
    const place = new Place()
    place.publish(4)
    await place.current()
    place.now += HEAD_STALE_MS + 1
    place.failing = true
    expect(await place.current()).toEqual({ revision: 4, stale: true })
  })

  it('never goes back to an older revision that its location still shows', async () => {
    const place = new Place()
    place.publish(5)
    await place.current()
    place.publish(4)
    place.now += HEAD_STALE_MS + 1
    expect(await place.current()).toEqual({ revision: 5, stale: false })
  })

  it('comes from D1 where KV shows nothing yet', async () => {
    const place = new Place()
    place.truth = head(7)
    expect(await place.current()).toEqual({ revision: 7, stale: false })
    expect(await new Place().current()).toEqual({ revision: 0, stale: false })
  })

  it('is at least what a reader of its own publish asks for', async () => {
    const place = new Place()
    place.publish(4)
    await place.current()
    place.truth = head(6)
    expect((await place.heads.atLeast(6, () => {})).revision).toBe(6)
    await expect(place.heads.atLeast(7, () => {})).rejects.toThrow('Revision 7 does not exist; the newest is 6.')
  })

  it('of a format this Worker does not know is refused, never guessed', async () => {
    const place = new Place()
    place.values.set(HEAD_KEY, JSON.stringify({ ...head(4), format: 2 }))
    await expect(place.current()).rejects.toThrow('the head has format 2, this Worker reads 1')
  })

  it('of an earlier revision is what was published then', async () => {
    const place = new Place()
    place.publish(4)
    expect((await place.heads.earlier(4))?.revision).toBe(4)
    expect(await place.heads.earlier(3)).toBeNull()
  })
})
