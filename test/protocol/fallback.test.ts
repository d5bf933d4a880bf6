import { expect } from 'vitest'
import { KV_IMMUTABLE_CACHE_TTL_S } from '../../core/limits.ts'
import { airportBlock, blocksOf } from './definitions.ts'
import type { Deployment } from './deployment.ts'
import { scenarios } from './scenario.ts'

const { inEveryInterleaving, onRandomWalks } = scenarios()

/** The newest block of delays is not there for a while. */
function blockIsAway(deployment: Deployment): void {
  const [key, text] = blocksOf('delays', 2).find(([one]) => one === airportBlock('delays', 2)) ?? ['', '']
  deployment.happens(
    'disaster',
    { what: 'a block is lost', key, run: () => deployment.kv.land(key, null) },
    { what: 'the block is repaired', key, run: () => deployment.kv.land(key, text) },
  )
}

inEveryInterleaving(
  'a block is lost and repaired: whole vectors of the earlier revision, degraded, and then recovery',
  20,
  {
    computed: { delays: [2], traffic: [2] },
    async play(deployment, schedule) {
      await deployment.published({ delays: 2, traffic: 2 })
      const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
      deployment.begin()
      blockIsAway(deployment)
      schedule.actor(async () => {
        for (let asked = 0; asked < 3; asked++) {
          const { degraded, revision } = await isolate.ask({ mayDegrade: true })
          expect(revision).toBe(degraded ? 1 : 2)
        }
      })
      deployment.time(31)
      return undefined
    },
  },
)

inEveryInterleaving(
  'a block is lost: strict requests are refused, others degraded, at two isolates of one location',
  50,
  {
    computed: { delays: [2], traffic: [2] },
    async play(deployment, schedule) {
      await deployment.published({ delays: 2, traffic: 2 })
      const lenient = await deployment.isolate('isolate in AMS', 'AMS', true)
      const strict = await deployment.isolate('strict isolate in AMS', 'AMS', true)
      deployment.begin()
      blockIsAway(deployment)
      schedule.actor(async () => {
        for (let asked = 0; asked < 2; asked++) await lenient.ask({ mayDegrade: true })
      })
      schedule.actor(async () => {
        await strict.askIfAvailable({ strict: true })
      })
      return undefined
    },
  },
)

inEveryInterleaving('a damaged block is as good as lost', 10, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    const key = airportBlock('delays', 2)
    const text = blocksOf('delays', 2)[0]?.[1] ?? ''
    deployment.begin()
    deployment.happens(
      'disaster',
      { what: 'a block is damaged', key, run: () => deployment.kv.land(key, text.replace('delays 2"', 'delays 7"')) },
      { what: 'the block is repaired', key, run: () => deployment.kv.land(key, text) },
    )
    schedule.actor(async () => {
      for (let asked = 0; asked < 2; asked++) await isolate.ask({ mayDegrade: true })
    })
    deployment.time(31)
    return undefined
  },
})

inEveryInterleaving('a block is lost: nobody who asks for at least its revision gets an earlier one', 6, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    deployment.begin()
    blockIsAway(deployment)
    schedule.actor(async () => {
      await isolate.askIfAvailable({ minRevision: 2, mayDegrade: true })
      await isolate.askIfAvailable({ minRevision: 1, mayDegrade: true })
    })
    return undefined
  },
})

inEveryInterleaving(
  'a block is lost: a request pinned to its revision is refused, one pinned to the earlier is right',
  4,
  {
    computed: { delays: [2] },
    async play(deployment, schedule) {
      await deployment.published({ delays: 2 })
      const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
      deployment.begin()
      blockIsAway(deployment)
      schedule.actor(async () => {
        await isolate.askIfAvailable({ revision: 2 })
        await isolate.ask({ revision: 1 })
      })
      return undefined
    },
  },
)

inEveryInterleaving('the head cannot be read while a block cannot either: what is too old to be sure of says so', 10, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const key = airportBlock('delays', 1)
    deployment.kv.breakDown(key)
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    // It knows the head and none of its blocks.
    await expect(isolate.answerNow()).rejects.toThrow('cannot be read now')
    deployment.kv.breakDown('head')
    await deployment.published({ delays: 2 })
    deployment.clock.pass(150_000)
    deployment.begin()
    deployment.happens('store', { what: 'the block can be read', key, run: () => deployment.kv.mend(key) })
    deployment.happens('other store', {
      what: 'the head can be read',
      key: 'head',
      run: () => deployment.kv.mend('head'),
    })
    schedule.actor(async () => void (await isolate.askIfAvailable({ mayDegrade: true })))
    schedule.actor(async () => void (await isolate.askIfAvailable({ strict: true })))
    return undefined
  },
})

onRandomWalks('blocks of three revisions are lost and repaired while two locations answer', 500, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    const isolates = [
      await deployment.isolate('isolate in AMS', 'AMS', true),
      await deployment.isolate('isolate in SFO', 'SFO'),
    ]
    deployment.begin()
    blockIsAway(deployment)
    schedule.actor(async () => void (await deployment.publish('publisher', { traffic: 2 })))
    for (const isolate of isolates)
      schedule.actor(async () => {
        for (let asked = 0; asked < 4; asked++) await isolate.askIfAvailable({ mayDegrade: true })
      })
    deployment.time(31, 31, 65, 31)
    return undefined
  },
})

inEveryInterleaving(
  'where a location keeps a miss as long as its first reader said, it recovers when that is over',
  4,
  {
    computed: { delays: [2] },
    stubborn: true,
    recoversLaterMs: KV_IMMUTABLE_CACHE_TTL_S * 1000,
    async play(deployment, schedule) {
      await deployment.published({ delays: 2 })
      const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
      deployment.begin()
      blockIsAway(deployment)
      schedule.actor(async () => void (await isolate.ask({ mayDegrade: true })))
      return undefined
    },
  },
)
