import { expect } from 'vitest'
import { scenarios } from './scenario.ts'

const { inEveryInterleaving } = scenarios()

inEveryInterleaving('rollback while isolates at two locations answer: a later revision with the earlier values', 50, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    const here = await deployment.isolate('isolate in AMS', 'AMS')
    const there = await deployment.isolate('isolate in SFO', 'SFO')
    deployment.begin()
    schedule.actor(async () => {
      expect(await deployment.rollback('operator', 'delays', 1)).toBe(3)
    })
    schedule.actor(async () => {
      await here.ask()
      await here.ask()
    })
    schedule.actor(async () => void (await there.ask()))
    deployment.time(31)
    return () => expect(deployment.oracle.valuesAt(3)).toEqual({ delays: 'delays 1', traffic: 'traffic 1' })
  },
})

inEveryInterleaving('rollback holds: a sync that publishes at the same time cannot undo it', 10, {
  computed: { delays: [2, 3], traffic: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    deployment.begin()
    schedule.actor(async () => void (await deployment.rollback('operator', 'delays', 1)))
    schedule.actor(async () => void (await deployment.publish('sync', { delays: 3, traffic: 2 })))
    return () => {
      const { oracle } = deployment
      expect(oracle.newest).toBe(4)
      expect(oracle.valuesAt(4)).toEqual({ delays: 'delays 1', traffic: 'traffic 2' })
    }
  },
})

inEveryInterleaving('an operator and the writer die during a rollback', 70, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    await deployment.published({ delays: 2 })
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(() => deployment.mortal('operator', () => deployment.rollback('operator', 'delays', 1)))
    deployment.time(6)
    return undefined
  },
})
