import { scenarios } from './scenario.ts'

const { inEveryInterleaving, onRandomWalks } = scenarios()

inEveryInterleaving('a publisher dies at any step: the alarm publishes in its place', 6, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    schedule.actor(() => deployment.mortal('publisher', () => deployment.publish('publisher', { delays: 2 })))
    return undefined
  },
})

inEveryInterleaving('a publisher dies and its commit lands after the first alarm', 10, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    schedule.actor(() => deployment.mortal('publisher', () => deployment.publish('publisher', { delays: 2 })))
    deployment.time(6)
    return undefined
  },
})

inEveryInterleaving('a publisher dies at any step: the next publisher publishes both revisions', 170, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    schedule.actor(() => deployment.mortal('dying', () => deployment.publish('dying', { delays: 2 })))
    schedule.actor(async () => void (await deployment.publish('next', { traffic: 2 })))
    return undefined
  },
})

inEveryInterleaving('the writer dies at any step, its put of head is lost or late: head catches up', 6, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(async () => void (await deployment.publish('publisher', { delays: 2 }).catch(() => {})))
    return undefined
  },
})

inEveryInterleaving('the writer dies and its put of head lands over that of the next revision: it is put right', 10, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(async () => {
      await deployment.publish('publisher', { delays: 2 }).catch(() => {})
      await deployment.publish('publisher', { traffic: 2 }).catch(() => {})
    })
    return undefined
  },
})

inEveryInterleaving('two publishers race and the writer dies', 500, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(async () => void (await deployment.publish('first', { delays: 2 }).catch(() => {})))
    schedule.actor(async () => void (await deployment.publish('second', { traffic: 2 }).catch(() => {})))
    return undefined
  },
})

inEveryInterleaving('the writer dies while a cold isolate answers', 10, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(async () => void (await deployment.publish('publisher', { delays: 2 }).catch(() => {})))
    schedule.actor(async () => void (await isolate.ask()))
    return undefined
  },
})

inEveryInterleaving('publisher and writer both die', 70, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(() => deployment.mortal('publisher', () => deployment.publish('publisher', { delays: 2 })))
    deployment.time(6)
    return undefined
  },
})

onRandomWalks('publishers and the writer die while isolates at two locations answer', 500, {
  computed: { delays: [2, 3], traffic: [2] },
  async play(deployment, schedule) {
    const isolates = [
      await deployment.isolate('isolate in AMS', 'AMS'),
      await deployment.isolate('isolate in SFO', 'SFO'),
    ]
    deployment.begin()
    deployment.mortalWriter()
    schedule.actor(() => deployment.mortal('first', () => deployment.publish('first', { delays: 2 })))
    schedule.actor(() => deployment.mortal('second', () => deployment.publish('second', { traffic: 2 })))
    schedule.actor(async () => void (await deployment.publish('third', { delays: 3 }).catch(() => {})))
    for (const isolate of isolates)
      schedule.actor(async () => {
        for (let asked = 0; asked < 3; asked++) await isolate.ask()
      })
    deployment.time(6, 31, 20)
    return undefined
  },
})
