/**
 * The cache never serves a value past its bound: any sequence of calls, publishes, rollbacks, new versions, failures, times
 * offline, restarts, users and clocks that jump, beside a model that knows the true time. SHORELINE_RUNS is how many sequences.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { FeatureService } from '../../registry/definitions/feature-service.ts'
import { createClientIn } from '../client.ts'
import { ClientError } from '../error.ts'
import type { Meta } from '../meta.ts'
import type { Client, RequestOptions } from '../types.ts'
import { World } from '../world.fixture.ts'
import { Deployment, KEYS, type Told } from './deployment.fixture.ts'
import { memoryStore } from './store.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 150)
const STEPS = 60
const TIMEOUT = 5000
const WINDOWS = { maxAge: '10s', staleWhileRevalidate: '20s', offline: '2m' } as const
const [MAX_AGE, REVALIDATE, OFFLINE, DEGRADED] = [10_000, 30_000, 120_000, 5000]

type AnyClient = Client<Record<string, FeatureService<string, Record<string, unknown>, { risk: number; told: number }>>>

beforeAll(async () => {
  await Promise.all([import('./index.ts'), import('../batch.ts'), import('../late.ts'), import('../refusal.ts')])
})

/** How often each way of answering was tried, so that nothing here is true of nothing. */
const seen = { network: 0, fresh: 0, stale: 0, offline: 0, failed: 0, ended: 0 }

class Device {
  readonly #world: World
  readonly #deployment: Deployment
  readonly #store = memoryStore(1e9)
  #client: AnyClient
  user = 'ada'
  /** When this run first looked into the cache. */
  #opened = Number.POSITIVE_INFINITY
  /** Whether the deployment's clock is known to this run. */
  #anchored = false
  /** Every time that the clock was set back: when, and by how much. */
  readonly #setBack: { readonly at: number; readonly ms: number }[] = []
  /** What each user was told by the network. */
  readonly #news: Told[] = []

  constructor(world: World, deployment: Deployment) {
    this.#world = world
    this.#deployment = deployment
    this.#client = this.#open()
  }

  #open(): AnyClient {
    return createClientIn(this.#world.runtime(), {
      url: 'https://edge',
      fetch: this.#deployment.fetch,
      token: () => this.user,
      retries: 1,
      timeout: TIMEOUT,
      cache: { store: this.#store, partition: () => this.user, ...WINDOWS },
    }) as unknown as AnyClient
  }

  restart(): void {
    this.#opened = Number.POSITIVE_INFINITY
    this.#anchored = false
    this.#client = this.#open()
  }

  jump(ms: number): void {
    this.#world.offset += ms
    if (ms < 0) this.#setBack.push({ at: this.#world.now, ms: -ms })
  }

  async ask(keys: readonly string[], options: RequestOptions): Promise<void> {
    const rows = keys.map((origin) => ({ origin }))
    this.#opened = Math.min(this.#opened, this.#world.now)
    try {
      const answer = await this.#world.until(this.#client.getMany('risk', rows, options))
      for (const { risk, told } of answer.rows) this.#check(risk, told, answer.meta)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      seen.failed++
      // Nothing else goes wrong here.
      expect(['UNREACHABLE', 'UNAVAILABLE', 'DEADLINE', 'EXPIRED']).toContain(error.code)
    }
  }

  #check(risk: number | null, number: number, meta: Meta): void {
    const told = this.#deployment.told[number]
    if (!told) throw new Error('a value that nobody said')
    const { now } = this.#world
    expect(told.user).toBe(`Bearer ${this.user}`)
    const hidden = meta.source === 'cache' ? this.#hidden(told) : 0
    if (risk === null) seen.ended++
    else expect(now - told.event - hidden, 'the age of a value').toBeLessThanOrEqual(told.limit)
    if (meta.source === 'network') {
      seen.network++
      this.#anchored = true
      this.#news.push(told)
      return
    }
    const since = now - told.at - hidden
    const way = meta.offline ? 'offline' : meta.stale ? 'stale' : 'fresh'
    seen[way]++
    expect(meta.age, 'what it says of its age').toBeGreaterThanOrEqual(since)
    expect(since, way).toBeLessThanOrEqual({ fresh: MAX_AGE, stale: REVALIDATE, offline: OFFLINE }[way])
    if (told.degraded) expect(since, 'degraded').toBeLessThanOrEqual(DEGRADED)
    const later = this.#news.filter(
      ({ user, degraded, revision }) => user === told.user && !degraded && revision > told.revision,
    )
    for (const { version, snapshot } of later)
      if (version === told.version) expect(snapshot, 'what was rolled back').toBeGreaterThanOrEqual(told.snapshot)
    const newest = later.reduce((one, other) => (other.revision > one.revision ? other : one), told)
    if (newest === told) return
    // What was asked for in the background may have told it that these are online again.
    const maybe = this.#deployment.told.filter(
      ({ user, degraded, revision }) => user === told.user && !degraded && revision >= newest.revision,
    )
    expect(
      maybe.map(({ version }) => version),
      'an earlier version',
    ).toContain(told.version)
    if (way === 'fresh')
      expect(
        maybe.map(({ snapshot }) => snapshot),
        'a newer snapshot',
      ).toContain(told.snapshot)
  }

  /**
   * Time that no clock of this run can know of: the device's was set back after an earlier run kept the answer and before this
   * run first looked, and the deployment has not answered since.
   */
  #hidden({ at }: Told): number {
    if (at >= this.#opened || this.#anchored) return 0
    // From when it was asked for.
    const hiding = this.#setBack.filter((one) => one.at >= at - TIMEOUT && one.at <= this.#opened)
    return hiding.reduce((sum, { ms }) => sum + ms, 0)
  }
}

async function step(world: World, deployment: Deployment, device: Device): Promise<void> {
  const { random } = world
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const dice = random()
  if (dice < 0.5) {
    const keys = random() < 0.8 ? [pick(KEYS)] : KEYS.filter(() => random() < 0.7)
    const maxAge = pick([undefined, undefined, '15s', '40s'])
    const options = { ...(maxAge && { maxAge }), ...(random() < 0.1 && { cache: 'reload' as const }) }
    if (keys.length > 0) await device.ask(keys, options)
  } else if (dice < 0.72) await world.pass(Math.floor(random() * pick([1000, 12_000, 40_000, 300_000])))
  else if (dice < 0.78) deployment.publish()
  else if (dice < 0.81) deployment.rollback()
  else if (dice < 0.83) deployment.publish(pick([1, 2]))
  else if (dice < 0.89) deployment.reachable = !deployment.reachable
  else if (dice < 0.91) deployment.failing = !deployment.failing
  else if (dice < 0.93) deployment.degraded = !deployment.degraded
  else if (dice < 0.95) device.user = pick(['ada', 'bob'])
  else if (dice < 0.98) device.jump(Math.floor((random() * 2 - 1) * pick([2000, 60_000, 86_400_000])))
  else {
    device.restart()
    if (random() < 0.3) device.jump(Math.floor((random() * 2 - 1) * 60_000))
  }
}

describe('the cache', () => {
  it(`serves nothing past its bound, in ${RUNS} sequences`, async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const world = new World(seed)
      const deployment = new Deployment(world)
      const device = new Device(world, deployment)
      try {
        for (let at = 0; at < STEPS; at++) await step(world, deployment, device)
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
      }
    }
    for (const [way, count] of Object.entries(seen)) expect(count, way).toBeGreaterThan(RUNS / 10)
  })
})
