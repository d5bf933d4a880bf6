import { expect, test } from 'vitest'
import { HEAD_KEY } from '../../core/storage.ts'
import { SEEN_EVERYWHERE_WITHIN_S } from '../../worker/publishing/publish.ts'
import { PROMISED_MS } from './deployment.ts'
import { scenarios } from './scenario.ts'

test('a flip is seen everywhere within 150 s, as publish and rollback print', () => {
  expect(SEEN_EVERYWHERE_WITHIN_S * 1000).toBe(PROMISED_MS)
})

const { inEveryInterleaving, onRandomWalks } = scenarios()

inEveryInterleaving('a location shows an older head after a newer one: no isolate goes back', 10, {
  computed: { delays: [2], traffic: [2] },
  // Much later than the stated bound assumes: then nothing is promised but this.
  visibleWithinMs: 600_000,
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('publisher', { traffic: 2 })))
    schedule.actor(async () => {
      for (let asked = 0; asked < 3; asked++) await isolate.ask()
    })
    deployment.time(91)
    return undefined
  },
})

inEveryInterleaving('whoever publishes reads it at once with x-shoreline-min-revision', 20, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const here = await deployment.isolate('isolate in AMS', 'AMS')
    const there = await deployment.isolate('isolate in SFO', 'SFO', true)
    deployment.begin()
    schedule.actor(async () => {
      const revision = await deployment.publish('publisher', { delays: 2 })
      await here.ask({ minRevision: revision })
      await there.ask({ minRevision: revision })
    })
    schedule.actor(async () => void (await here.ask()))
    deployment.time(31)
    return undefined
  },
})

inEveryInterleaving('an isolate that is only asked for at least an old revision does not stay behind', 50, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS')
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('publisher', { delays: 2 })))
    schedule.actor(async () => {
      for (let asked = 0; asked < 2; asked++) await isolate.ask({ minRevision: 1 })
    })
    deployment.time(91, 95)
    return undefined
  },
})

inEveryInterleaving('a pinned revision is answered although KV shows it late', 2, {
  computed: { delays: [2], traffic: [2] },
  isLate: (key) => key.startsWith('revision/'),
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS')
    deployment.begin()
    schedule.actor(async () => {
      await deployment.publish('publisher', { delays: 2 })
      await deployment.publish('publisher', { traffic: 2 })
      await isolate.ask({ minRevision: 3, revision: 2 })
      await isolate.ask({ revision: 1 })
    })
    return undefined
  },
})

inEveryInterleaving('a head that was read slowly is as old as its question', 70, {
  computed: { delays: [2] },
  isSlow: (key) => key === HEAD_KEY,
  isLate: () => false,
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS')
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('publisher', { delays: 2 })))
    schedule.actor(async () => {
      await isolate.ask()
      await isolate.ask()
    })
    deployment.time(31, 160)
    return undefined
  },
})

inEveryInterleaving('KV refuses a put, which lands all the same or not: head catches up', 10, {
  computed: { delays: [2], traffic: [2] },
  failingPuts: 2,
  async play(deployment, schedule) {
    deployment.begin()
    schedule.actor(async () => {
      await deployment.publish('publisher', { delays: 2 }).catch(() => {})
      await deployment.publish('publisher', { traffic: 2 }).catch(() => {})
    })
    return undefined
  },
})

onRandomWalks('KV refuses puts while publishers race and two locations answer', 500, {
  computed: { delays: [2, 3], traffic: [2] },
  failingPuts: 3,
  async play(deployment, schedule) {
    const isolates = [
      await deployment.isolate('isolate in AMS', 'AMS'),
      await deployment.isolate('isolate in SFO', 'SFO'),
    ]
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('first', { delays: 2 }).catch(() => {})))
    schedule.actor(async () => void (await deployment.publish('second', { traffic: 2 }).catch(() => {})))
    for (const isolate of isolates)
      schedule.actor(async () => {
        for (let asked = 0; asked < 3; asked++) {
          const { revision } = await isolate.ask()
          expect(revision).toBeLessThanOrEqual(deployment.oracle.newest)
        }
      })
    deployment.time(6, 31, 20)
    return undefined
  },
})
