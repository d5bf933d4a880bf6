import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { HEAD_KEY } from '../../core/storage.ts'
import { type CentralStore, type Cloud, remembering, startCloud } from './central-store.ts'
import { blocksOf } from './definitions.ts'
import { Deployment, type DeploymentOptions } from './deployment.ts'
import { explore, type Model, replay, type Schedule } from './schedule.ts'

/** Two actors of `steps` steps each that touch nothing in common, or one and the same thing. */
function twoActors(steps: number, inCommon: boolean): Model {
  return async (schedule) => {
    for (const actor of ['one', 'two'])
      schedule.actor(async () => {
        const writes = [inCommon ? 'it' : actor]
        for (let step = 0; step < steps; step++) await schedule.gate({ actor, label: `${step}`, writes, run: () => {} })
      })
    return async () => {}
  }
}

describe('explore', () => {
  test('runs every interleaving once: 70 of two actors with four steps each', async () => {
    expect(await explore(twoActors(4, true))).toEqual({ interleavings: 70, complete: true })
    expect(await explore(twoActors(4, false), { everyOrder: true })).toEqual({ interleavings: 70, complete: true })
  })

  test('runs one of those that nobody can tell apart', async () => {
    expect(await explore(twoActors(4, false))).toEqual({ interleavings: 1, complete: true })
  })

  test('says when it reached its bound first', async () => {
    expect(await explore(twoActors(4, true), { bound: 69 })).toEqual({ interleavings: 69, complete: false })
  })

  test('runs every way that a step can go', async () => {
    const seen: number[] = []
    await explore(async (schedule) => {
      schedule.actor(async () => {
        for (let step = 0; step < 2; step++)
          seen.push(await schedule.gate({ actor: 'one', label: 'dice', ways: () => 3, run: (way) => way }))
      })
      return async () => {}
    })
    expect(seen).toEqual([0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 2, 0, 2, 1, 2, 2])
  })

  test('finds the lost update and says how it came about', async () => {
    const model: Model = async (schedule) => {
      let counter = 0
      for (const actor of ['one', 'two'])
        schedule.actor(async () => {
          const read = await schedule.gate({ actor, label: 'read', reads: ['counter'], run: () => counter })
          const run = () => {
            counter = read + 1
          }
          await schedule.gate({ actor, label: 'write', writes: ['counter'], run })
        })
      return async () => expect(counter).toBe(2)
    }
    await expect(explore(model)).rejects.toThrow(
      'expected 1 to be 2 // Object.is equality\nafter\n  one: read\n  two: read\n  one: write\n  two: write',
    )
  })

  test('says that nothing can happen', async () => {
    const model: Model = async (schedule) => {
      schedule.actor(() => schedule.gate({ actor: 'one', label: 'never', enabled: () => false, run: () => {} }))
      return async () => {}
    }
    await expect(explore(model)).rejects.toThrow('nothing can happen, but not all actors have ended.')
  })

  test('replays one order from numbers', async () => {
    const orders: string[] = []
    const model: Model = async (schedule) => {
      await twoActors(2, true)(schedule)
      return async () => void orders.push(schedule.trace.join(', '))
    }
    await replay(model, [1, 0, 1])
    await replay(model, [])
    expect(orders).toEqual(['two: 0, one: 0, one: 1, two: 1, -- quiet', 'one: 0, two: 0, one: 1, two: 1, -- quiet'])
  })
})

describe('leaving out orders that nobody can tell apart leaves out no outcome', () => {
  let cloud: Cloud
  let central: CentralStore
  beforeAll(async () => {
    cloud = await startCloud()
    central = remembering(cloud.kv)
    vi.spyOn(console, 'warn').mockReturnValue()
    vi.spyOn(console, 'error').mockReturnValue()
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await cloud.dispose()
  })

  /** All that the actors have met, in every run. */
  async function outcomes(
    options: DeploymentOptions,
    play: (deployment: Deployment, schedule: Schedule, met: Map<string, unknown[]>) => Promise<void>,
    everyOrder: boolean,
  ): Promise<{ readonly runs: number; readonly outcomes: ReadonlySet<string> }> {
    const seen = new Set<string>()
    const { interleavings, complete } = await explore(
      async (schedule) => {
        const deployment = await Deployment.start(schedule, central, options)
        const met = new Map<string, unknown[]>()
        await play(deployment, schedule, met)
        return async () => {
          // What nobody waits for any more still happens.
          await schedule.settle()
          const head = deployment.kv.newest(HEAD_KEY)
          const { alarm } = deployment.writer
          const now = deployment.clock.now()
          seen.add(JSON.stringify([[...met].sort(), head, alarm, deployment.d1.latest, deployment.late.next, now]))
          await deployment.quiet()
          await deployment.everyoneAgrees()
        }
      },
      { everyOrder, bound: 40_000 },
    )
    expect(complete).toBe(true)
    return { runs: interleavings, outcomes: seen }
  }

  async function compare(...[options, play]: [DeploymentOptions, Parameters<typeof outcomes>[1]]): Promise<void> {
    const all = await outcomes(options, play, true)
    const few = await outcomes(options, play, false)
    console.log(`${all.runs} orders, ${few.runs} of them told apart, ${all.outcomes.size} outcomes`)
    expect(few.outcomes).toEqual(all.outcomes)
    expect(few.runs).toBeLessThan(all.runs)
  }

  test('of a publish while an isolate answers', () =>
    compare({ computed: { delays: [2] } }, async (deployment, schedule, met) => {
      const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
      deployment.begin()
      schedule.actor(async () => void met.set('publisher', [await deployment.publish('publisher', { delays: 2 })]))
      schedule.actor(async () => void met.set('isolate', [await isolate.ask()]))
      deployment.time(31)
    }))

  test('of a publish whose publisher and writer die', () =>
    compare({ computed: { delays: [2] } }, async (deployment, schedule, met) => {
      deployment.begin()
      deployment.mortalWriter()
      const publish = async () => met.set('publisher', [await deployment.publish('publisher', { delays: 2 })])
      schedule.actor(() => deployment.mortal('publisher', publish))
    }))

  test('of a block that is lost and repaired while an isolate answers', () =>
    compare({ computed: { delays: [2] } }, async (deployment, schedule, met) => {
      await deployment.published({ delays: 2 })
      const isolate = await deployment.isolate('isolate in AMS', 'AMS', true)
      const [[key, text] = ['', '']] = blocksOf('delays', 2)
      deployment.begin()
      deployment.happens(
        'disaster',
        { what: 'a block is lost', key, run: () => deployment.kv.land(key, null) },
        { what: 'the block is repaired', key, run: () => deployment.kv.land(key, text) },
      )
      schedule.actor(async () => {
        met.set('isolate', [await isolate.ask({ mayDegrade: true }), await isolate.ask({ mayDegrade: true })])
      })
      deployment.time(31)
    }))
})
