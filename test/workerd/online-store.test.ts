/** One suite for both online stores: whatever holds for blocks in KV holds for blocks in D1. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type BlockIdentity, writeBlock } from '../../core/block.ts'
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import { partitionOf } from '../../core/partition.ts'
import { HEAD_KEY, planKey, revisionKey } from '../../core/storage.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { canonicalJson } from '../../registry/hash.ts'
import { type Definitions, EMPTY_REGISTRY } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import type { Env } from '../../worker/env.ts'
import { d1Blocks, d1BlockWriter } from '../../worker/online/d1-blocks.ts'
import { kvBlocks, kvBlockWriter } from '../../worker/online/kv-blocks.ts'
import { type BlockReader, type BlockWriter, STORES, type StoreName } from '../../worker/online/store.ts'
import { Isolate, NO_D1 as NO_DATABASES } from '../../worker/serving/isolate.ts'
import { USUAL } from '../../worker/serving/request.ts'
import { type Served, serve } from '../../worker/serving/serve.ts'
import { kvReader, kvWriter, type Truth } from '../../worker/stores.ts'
import { migrate } from './guarded.fixture.ts'

const bindings = env as unknown as Env

const READERS: Readonly<Record<StoreName, BlockReader>> = {
  kv: kvBlocks(kvReader(bindings.KV)),
  d1: d1Blocks(bindings.DB),
}
const WRITERS: Readonly<Record<StoreName, BlockWriter>> = {
  kv: kvBlockWriter(kvWriter(bindings.KV)),
  d1: d1BlockWriter(bindings.DB),
}

beforeAll(migrate)

describe.each(STORES)('blocks in %s', (store) => {
  const reader = READERS[store]
  const writer = WRITERS[store]

  it('are read back exactly, by view, run and number', async () => {
    const texts = ['{"a":"quote \\" and \\\\"}', 'ünïcödé 💡 \u2028', '', ' ']
    await writer.write('v@1', '1-a', 5, texts)
    await writer.write('v@1', '2-b', 5, ['another run'])
    await writer.write('v@2', '1-a', 5, ['another version'])
    const places = [8, 5, 7, 6].map((block) => ({ view: 'v@1', run: '1-a', block }))
    expect([...(await reader.read(places, false))].sort(([a], [b]) => a - b)).toEqual([
      [0, texts[3]],
      [1, texts[0]],
      [2, texts[2]],
      [3, texts[1]],
    ])
    const others = [
      { view: 'v@1', run: '2-b', block: 5 },
      { view: 'v@2', run: '1-a', block: 5 },
    ]
    expect([...(await reader.read(others, true)).values()].sort()).toEqual(['another run', 'another version'])
  })

  it('that are not there are left out, and nothing is asked for nothing', async () => {
    const places = [1, 5].map((block) => ({ view: 'nowhere@1', run: '1-a', block }))
    expect(await reader.read([...places, { view: 'v@1', run: '1-a', block: 5 }], true)).toHaveProperty('size', 1)
    expect(await reader.read([], false)).toEqual(new Map())
  })

  it('may be written twice and are read once', async () => {
    await writer.write('twice@1', '1-a', 0, ['same', 'same'])
    await writer.write('twice@1', '1-a', 0, ['same', 'same', 'more'])
    const places = [0, 1, 2, 0].map((block) => ({ view: 'twice@1', run: '1-a', block }))
    expect([...(await reader.read(places, true))].sort(([a], [b]) => a - b)).toEqual([
      [0, 'same'],
      [1, 'same'],
      [2, 'more'],
      [3, 'same'],
    ])
  })

  it('come by the thousand, and large', async () => {
    const small = Array.from({ length: 1200 }, (_, block) => `block ${block}`)
    for (let at = 0; at < small.length; at += 400) await writer.write('many@1', '1-a', at, small.slice(at, at + 400))
    const places = small.map((_, block) => ({ view: 'many@1', run: '1-a', block }))
    const read = await reader.read(places, false)
    expect(small.map((_, at) => read.get(at))).toEqual(small)
    const large = Array.from({ length: 5 }, (_, block) => String(block).repeat(500_000))
    await writer.write('large@1', '1-a', 0, large)
    const back = await reader.read(
      large.map((_, block) => ({ view: 'large@1', run: '1-a', block })),
      false,
    )
    expect(large.every((text, at) => back.get(at) === text)).toBe(true)
  })

  it('of a store that fails are not there, and the reader says nothing else', async () => {
    const failing =
      store === 'kv'
        ? kvBlocks({ get: () => Promise.reject(new Error('down')), getMany: () => Promise.reject(new Error('down')) })
        : d1Blocks({
            withSession: () => {
              throw new Error('down')
            },
          } as unknown as D1Database)
    expect(await failing.read([{ view: 'v@1', run: '1-a', block: 5 }], false)).toEqual(new Map())
  })
})

const USERS = Array.from({ length: 60 }, (_, i) => `u${i}`)
const BLOCKS = 20

function definitions(store: StoreName): Definitions {
  const name = `stats_${store}`
  return {
    entities: [{ name: 'user', join_keys: [{ name: 'user_id', type: 'string' }] }],
    sources: [{ name: 'users', format: 'parquet', path: 'file:///users.parquet', timestamp: 'at' }],
    views: [
      {
        name,
        entity: 'user',
        sources: ['users'],
        timestamp: 'event_timestamp',
        online: store,
        features: [{ name: 'score', type: 'int64', visibility: 'server' }],
      },
    ],
    services: [
      {
        name: `of_${store}`,
        inputs: [{ view: name, as: name, keys: {}, features: [{ feature: 'score', name: 'score' }] }],
      },
    ],
  }
}

/** A run whose value of user i is `base + i`. */
async function writeRun(
  store: StoreName,
  run: string,
  base: number,
  but: (block: number) => boolean = () => false,
): Promise<void> {
  const view = `stats_${store}@1`
  const rows: string[][] = Array.from({ length: BLOCKS }, () => [])
  for (const [index, user] of USERS.entries())
    rows[partitionOf(user, BLOCKS)]?.push(JSON.stringify([user, 0, String(base + index)]))
  for (const [block, texts] of rows.entries()) {
    if (but(block)) continue
    const identity: BlockIdentity = { view, run, block, blocks: BLOCKS }
    await WRITERS[store].write(view, run, block, [writeBlock(identity, `[${texts.join(',')}]`)])
  }
}

const NO_D1: Truth = {
  latestRevision: async () => null,
  revision: async () => null,
  registryText: async () => null,
  planText: async () => null,
}

describe.each(STORES)('a view that is online in %s', (store) => {
  const view = `stats_${store}@1`
  const heads: Head[] = []

  /** An isolate that sees this head first. */
  async function isolateAt(head: Head): Promise<Isolate> {
    await bindings.KV.put(HEAD_KEY, JSON.stringify(head))
    const clock = { now: () => Date.now(), wait: () => new Promise<void>(() => {}) }
    return new Isolate(kvReader(bindings.KV), NO_D1, clock, { ...NO_DATABASES, blocks: READERS.d1 })
  }

  function ask(
    isolate: Isolate,
    users: readonly string[],
    more: { revision?: number; strict?: boolean } = {},
  ): Promise<Served> {
    const asked = { ...USUAL, service: `of_${store}`, rows: users.map((user_id) => ({ user_id })), ...more }
    return serve({ isolate, background: () => {}, now: 0 }, asked)
  }

  function scores(served: Served): readonly unknown[] {
    return (JSON.parse(served.body) as { rows: { score: unknown }[] }).rows.map((row) => row.score)
  }

  beforeAll(async () => {
    const { snapshot, plans } = await applyDefinitions(EMPTY_REGISTRY, definitions(store))
    for (const [hash, plan] of plans) await bindings.KV.put(planKey(hash), canonicalJson(plan))
    let head = EMPTY_HEAD
    const damaged = partitionOf('u7', BLOCKS)
    for (const [number, run] of ['1-a', '2-b', '3-c'].entries()) {
      await writeRun(store, run, (number + 1) * 1000, (block) => run === '3-c' && block === damaged)
      head = nextHead(head, snapshot, {
        [view]: { snapshot: number + 1, base: { store, run, blocks: BLOCKS }, watermark: 0 },
      })
      await bindings.KV.put(revisionKey(head.revision), JSON.stringify(head))
      heads.push(head)
    }
  })

  it('answers what its run holds, and says where from', async () => {
    const isolate = await isolateAt(heads[1] ?? EMPTY_HEAD)
    const served = await ask(isolate, [...USERS, 'nobody'])
    expect(scores(served)).toEqual([...USERS.map((_, i) => 2000 + i), null])
    expect(JSON.parse(served.body)).toMatchObject({ views: [{ view, store, snapshot: 2 }], degraded: false })
    expect(served.read.length).toBeGreaterThan(0)
    expect(new Set(served.read.map(({ run }) => run.pointer.store))).toEqual(new Set([store]))
    expect((await ask(isolate, USERS)).read).toEqual([])
  })

  it('answers from an earlier revision when a request pins it', async () => {
    const isolate = await isolateAt(heads[1] ?? EMPTY_HEAD)
    expect(scores(await ask(isolate, ['u3'], { revision: 1 }))).toEqual([1003])
    expect(scores(await ask(isolate, ['u3']))).toEqual([2003])
  })

  it('falls back to an earlier revision when a block is missing, whole and marked, and refuses who is strict', async () => {
    const isolate = await isolateAt(heads[2] ?? EMPTY_HEAD)
    const served = await ask(isolate, ['u3', 'u7'])
    expect(served).toMatchObject({ degraded: true, revision: 2 })
    expect(scores(served)).toEqual([2003, 2007])
    await expect(ask(isolate, ['u7'], { strict: true })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
