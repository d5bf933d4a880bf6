/** A scenario is a small deployment with actors; as a test it is run in every interleaving, or along random walks. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Cloud, remembering, startCloud } from './central-store.ts'
import { Deployment, type DeploymentOptions } from './deployment.ts'
import { explore, type Model, replay, type Schedule } from './schedule.ts'

export interface Scenario extends DeploymentOptions {
  /** Sets the actors up. @returns what has to hold at the end, beside what holds of every scenario */
  readonly play: (deployment: Deployment, schedule: Schedule) => Promise<(() => void | Promise<void>) | undefined>
}

export interface Scenarios {
  /** Fails unless all interleavings were run, and at least this many, so that a scenario cannot fall asleep. */
  inEveryInterleaving(name: string, atLeast: number, scenario: Scenario): void
  /** Larger scenarios: fixed seed, and a failure is shrunk to the shortest list of choices. */
  onRandomWalks(name: string, walks: number, scenario: Scenario): void
}

const SEED = 20_261_123
const LONGEST_WALK = 150

export function scenarios(): Scenarios {
  let cloud: Cloud | undefined
  beforeAll(async () => {
    cloud = await startCloud()
    // The product logs what it could not read; here that is part of the play.
    vi.spyOn(console, 'warn').mockReturnValue()
    vi.spyOn(console, 'error').mockReturnValue()
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await cloud?.dispose()
  })

  function model({ play, ...options }: Scenario): Model {
    if (!cloud) throw new Error('scenarios run in tests.')
    const central = remembering(cloud.kv)
    return async (schedule) => {
      const deployment = await Deployment.start(schedule, central, options)
      const check = await play(deployment, schedule)
      return async () => {
        await deployment.quiet()
        await deployment.everyoneAgrees()
        await check?.()
      }
    }
  }

  return {
    inEveryInterleaving(name, atLeast, scenario) {
      test(name, async () => {
        const { interleavings, complete } = await explore(model(scenario), { bound: 30_000 })
        console.log(`${name}: ${interleavings} interleavings, ${complete ? 'all there are' : 'not all'}`)
        expect(complete).toBe(true)
        expect(interleavings).toBeGreaterThanOrEqual(atLeast)
      })
    },
    onRandomWalks(name, walks, scenario) {
      test(`${name} (${walks} random walks)`, async () => {
        const walk = model(scenario)
        const choices = fc.array(fc.nat(999), { maxLength: LONGEST_WALK, size: 'max' })
        await fc.assert(
          fc.asyncProperty(choices, (numbers) => replay(walk, numbers)),
          { seed: SEED, numRuns: walks },
        )
      })
    },
  }
}
