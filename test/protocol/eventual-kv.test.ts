import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cloud, startCloud } from './central-store.ts'
import { Clock } from './clock.ts'
import { EventualKv, type KvOptions, VISIBLE_WITHIN_MS } from './eventual-kv.ts'
import { LateArrivals } from './late-arrivals.ts'
import { explore, Schedule } from './schedule.ts'

let cloud: Cloud
let clock: Clock

beforeAll(async () => {
  cloud = await startCloud()
})
afterAll(() => cloud.dispose())
beforeEach(() => {
  clock = new Clock()
})

/** Without steps: reads and writes happen when they are called, and reads get the newest that is visible. */
function kvWith(options: Partial<KvOptions> = {}): EventualKv {
  const schedule = new Schedule()
  const late = new LateArrivals(schedule, clock)
  return new EventualKv({
    schedule,
    clock,
    late,
    central: cloud.kv,
    lateUntil: clock.now,
    isStep: () => false,
    ...options,
  })
}

test('a location keeps a value for the cacheTtl of the read that filled it', async () => {
  const kv = kvWith()
  const here = kv.location('AMS')('here')
  await kv.land('key', 'old')
  expect(await here.get('key', 60)).toBe('old')
  await kv.land('key', 'new')
  clock.pass(59_999)
  expect(await here.get('key', 60)).toBe('old')
  expect(await kv.location('SFO')('there').get('key', 60)).toBe('new')
  clock.pass(1)
  expect(await here.get('key', 60)).toBe('new')
})

test('a location keeps a miss as long', async () => {
  const kv = kvWith()
  const here = kv.location('AMS')('here')
  expect(await here.get('missing', 30)).toBeNull()
  await kv.land('missing', 'there now')
  expect(await here.get('missing', 30)).toBeNull()
  clock.pass(30_000)
  expect(await here.get('missing', 30)).toBe('there now')
})

test('a read with a smaller cacheTtl shortens what is cached, unless the location is stubborn', async () => {
  for (const stubborn of [false, true]) {
    const kv = kvWith({ stubborn })
    const here = kv.location('AMS')('here')
    await kv.land('block', null)
    expect(await here.get('block', 3600)).toBeNull()
    await kv.land('block', 'repaired')
    clock.pass(30_000)
    expect(await here.get('block', 30)).toBe(stubborn ? null : 'repaired')
  }
})

test('isolates of one location share its cache', async () => {
  const kv = kvWith()
  const location = kv.location('AMS')
  await kv.land('shared', 'old')
  await location('one isolate').get('shared', 60)
  await kv.land('shared', 'new')
  expect(await location('another isolate').get('shared', 60)).toBe('old')
})

test('until the bound a location may be shown any value since the last that everyone sees', async () => {
  const seen: (string | null)[][] = []
  await explore(async (schedule) => {
    const kv = kvWith({ schedule, isStep: () => true, isLate: () => true })
    const reader = kv.location('AMS')('reader')
    await kv.land('head', 'first')
    clock.pass(VISIBLE_WITHIN_MS)
    await kv.land('head', 'second')
    await kv.land('head', 'third')
    schedule.actor(async () => {
      // A cacheTtl of nothing: every read asks the central store.
      seen.push([await reader.get('head', 0), await reader.get('head', 0)])
    })
    return async () => {
      clock.pass(VISIBLE_WITHIN_MS)
      const last = reader.get('head', 0)
      await schedule.settle()
      expect(await last).toBe('third')
    }
  })
  expect(seen).toHaveLength(9)
  expect(seen).toContainEqual(['third', 'first'])
})

test('keys are seen independently of one another', async () => {
  const seen: unknown[] = []
  await explore(async (schedule) => {
    const kv = kvWith({ schedule, isStep: () => true, isLate: () => true })
    await kv.land('first written', 'a')
    await kv.land('then written', 'b')
    schedule.actor(async () => {
      seen.push(Object.fromEntries(await kv.location('AMS')('reader').getMany(['first written', 'then written'], 60)))
    })
    return async () => {}
  })
  expect(seen).toHaveLength(4)
  expect(seen).toContainEqual({ 'first written': null, 'then written': 'b' })
})

test('a bulk get takes at most 100 keys, and leaves out keys that look like integers', async () => {
  const kv = kvWith()
  const reader = kv.location('AMS')('reader')
  const keys = Array.from({ length: 101 }, (_, n) => `key ${n}`)
  await expect(reader.getMany(keys, 60)).rejects.toThrow('You can request a maximum of 100 keys')
  await kv.land('42', 'the answer')
  await kv.land('x', 'y')
  expect(Object.fromEntries(await reader.getMany(['42', 'x', 'z'], 60))).toEqual({ x: 'y', z: null })
})

test('the central store is a KV namespace of Miniflare', async () => {
  expect(await cloud.kv.store('really', 'stored')).toBe('stored')
  expect(await cloud.kv.store('really', null)).toBeNull()
})
