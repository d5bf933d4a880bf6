import { expect, test } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { HEAD_KEY } from '../../core/storage.ts'
import { NOTHING_WRITTEN, settle, type Written } from '../../worker/publishing/settle.ts'
import type { StoredRevision } from '../../worker/stores.ts'
import { runId } from './definitions.ts'
import { scenarios } from './scenario.ts'

const { inEveryInterleaving, onRandomWalks } = scenarios()

inEveryInterleaving('two publishers of two views race: each gets a revision of its own, head ends at the newest', 70, {
  computed: { delays: [2], traffic: [2] },
  async play(deployment, schedule) {
    const revisions: number[] = []
    deployment.begin()
    schedule.actor(async () => void revisions.push(await deployment.publish('first', { delays: 2 })))
    schedule.actor(async () => void revisions.push(await deployment.publish('second', { traffic: 2 })))
    return () => {
      expect(revisions.sort()).toEqual([2, 3])
      expect(deployment.oracle.valuesAt(3)).toEqual({ delays: 'delays 2', traffic: 'traffic 2' })
    }
  },
})

inEveryInterleaving('two publishers race while an isolate answers', 120, {
  computed: { delays: [2], traffic: [2] },
  // Seen at once: here the order counts; the random walks below see it late.
  isLate: () => false,
  async play(deployment, schedule) {
    const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('first', { delays: 2 })))
    schedule.actor(async () => void (await deployment.publish('second', { traffic: 2 })))
    schedule.actor(async () => void (await isolate.ask()))
    return undefined
  },
})

inEveryInterleaving('two publishers of one view race: the newer snapshot ends online, the older is refused', 20, {
  computed: { delays: [2, 3] },
  async play(deployment, schedule) {
    const outcomes: (number | string)[] = []
    const publish = (actor: string, snapshot: number) => async () => {
      const outcome = deployment.publish(actor, { delays: snapshot })
      outcomes.push(await outcome.catch(refusal))
    }
    deployment.begin()
    schedule.actor(publish('older', 2))
    schedule.actor(publish('newer', 3))
    return () => {
      expect(deployment.oracle.valuesAt(deployment.oracle.newest).delays).toBe('delays 3')
      const refused = 'CONFLICT Snapshot 2 of delays@1 is older than snapshot 3, which is online.'
      expect([
        [2, 3],
        [2, refused],
      ]).toContainEqual(outcomes.sort())
    }
  },
})

inEveryInterleaving('the same run is published twice at once: one revision, and both are told it', 10, {
  computed: { delays: [2] },
  async play(deployment, schedule) {
    const revisions: number[] = []
    deployment.begin()
    schedule.actor(async () => void revisions.push(await deployment.publish('first', { delays: 2 })))
    schedule.actor(async () => void revisions.push(await deployment.publish('again', { delays: 2 })))
    return () => {
      expect(revisions).toEqual([2, 2])
      expect(deployment.oracle.newest).toBe(2)
    }
  },
})

test('the writer reads D1 again after it has put a head, and writes what was committed meanwhile', async () => {
  const revisions = [stored(1)]
  const puts: string[] = []
  let written: Written = NOTHING_WRITTEN
  const settled = await settle({
    truth: {
      latestRevision: async () => revisions.at(-1) ?? null,
      revision: async (revision) => revisions[revision - 1] ?? null,
      registryText: async () => null,
      planText: async () => null,
    },
    kv: {
      put: async (key, value) => {
        puts.push(`${key} = ${value}`)
        if (key === HEAD_KEY && revisions.length === 1) revisions.push(stored(2), stored(3))
      },
    },
    now: () => 0,
    wait: async () => {},
    load: async () => written,
    save: async (now) => {
      written = now
    },
  })
  expect(settled.revision).toBe(3)
  expect(written).toEqual(settled)
  expect(puts).toEqual(['revision/1 = 1', 'head = 1', 'revision/2 = 2', 'revision/3 = 3', 'head = 3'])
})

onRandomWalks('three publishers race while isolates at two locations answer', 500, {
  computed: { delays: [2, 3], traffic: [2] },
  async play(deployment, schedule) {
    const isolates = [
      await deployment.isolate('isolate in AMS', 'AMS'),
      await deployment.isolate('isolate in SFO', 'SFO'),
    ]
    deployment.begin()
    schedule.actor(async () => void (await deployment.publish('first', { delays: 2 }).catch(refusal)))
    schedule.actor(async () => void (await deployment.publish('second', { traffic: 2 })))
    schedule.actor(async () => void (await deployment.publish('third', { delays: 3 })))
    for (const isolate of isolates)
      schedule.actor(async () => {
        for (let asked = 0; asked < 4; asked++) await isolate.ask()
      })
    deployment.time(31, 35, 65)
    return () =>
      expect(deployment.oracle.valuesAt(deployment.oracle.newest).delays).toBe(`delays ${runId('delays', 3)[0]}`)
  },
})

function stored(revision: number): StoredRevision {
  return { revision, registry: 0, head: `${revision}` }
}

function refusal(thrown: unknown): string {
  if (thrown instanceof ShorelineError) return `${thrown.code} ${thrown.message}`
  throw thrown
}
