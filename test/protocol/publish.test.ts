import { expect } from 'vitest'
import { scenarios } from './scenario.ts'

const { inEveryInterleaving, onRandomWalks } = scenarios()

inEveryInterleaving('publish of one view while isolates at two locations answer', 20, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const here = await deployment.isolate('isolate in AMS', 'AMS')
    const there = await deployment.isolate('isolate in SFO', 'SFO')
    deployment.begin()
    schedule.actor(async () => {
      expect(await deployment.publish('publisher', { delays: 2 })).toBe(2)
    })
    schedule.actor(async () => {
      await here.ask()
      await here.ask()
    })
    schedule.actor(async () => void (await there.ask()))
    deployment.time(91)
    return undefined
  },
})

inEveryInterleaving(
  'publish of one view while an isolate refreshes its head, once in the background and once not',
  70,
  {
    computed: { delays: [2] },
    async play(deployment, schedule) {
      const isolate = await deployment.isolate('isolate in AMS', 'AMS')
      deployment.begin()
      schedule.actor(async () => void (await deployment.publish('publisher', { delays: 2 })))
      schedule.actor(async () => {
        for (let asked = 0; asked < 2; asked++) await isolate.ask()
      })
      deployment.time(31, 92)
      return undefined
    },
  },
)

inEveryInterleaving('publish of two views in one revision: no vector mixes them', 200, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS')
    const cold = await deployment.isolate('cold isolate in SFO', 'SFO', true)
    deployment.begin()
    schedule.actor(async () => {
      expect(await deployment.publish('publisher', { delays: 2, traffic: 2 })).toBe(2)
    })
    schedule.actor(async () => {
      await isolate.ask()
      await isolate.ask()
    })
    schedule.actor(async () => void (await cold.ask()))
    deployment.time(31)
    return undefined
  },
})

inEveryInterleaving('blocks of two views that are seen later than their head: degraded and whole, never mixed', 10, {
  computed: { delays: [2], traffic: [2] },
  isLate: (key) => key.startsWith('b/'),
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS')
    deployment.begin()
    schedule.actor(async () => {
      await deployment.publish('publisher', { delays: 2, traffic: 2 })
    })
    schedule.actor(async () => {
      for (let asked = 0; asked < 3; asked++) await isolate.ask({ mayDegrade: true })
    })
    deployment.time(91)
    return undefined
  },
})

onRandomWalks('three revisions of two views, two locations, everything seen late', 500, {
  computed: { delays: [2, 3], traffic: [2] },
  isLate: () => true,
  async play(deployment, schedule) {
    const isolates = [
      await deployment.isolate('isolate in AMS', 'AMS'),
      await deployment.isolate('other isolate in AMS', 'AMS', true),
      await deployment.isolate('isolate in SFO', 'SFO'),
    ]
    deployment.begin()
    schedule.actor(async () => {
      await deployment.publish('publisher', { delays: 2 })
      await deployment.publish('publisher', { delays: 3, traffic: 2 })
    })
    for (const isolate of isolates)
      schedule.actor(async () => {
        for (let asked = 0; asked < 4; asked++) await isolate.ask({ mayDegrade: true })
      })
    deployment.time(31, 35, 65, 31, 95)
    return undefined
  },
})
