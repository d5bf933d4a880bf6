/** A deployment in simulated time: one D1, one KV with its locations, one writer, publishers, and isolates that answer. */

import type { Head } from '../../core/head.ts'
import { COMMIT_LANDS_WITHIN_MS } from '../../core/limits.ts'
import { HEAD_KEY, revisionKey } from '../../core/storage.ts'
import { type Publishing, publish } from '../../worker/publishing/publish.ts'
import { rollback } from '../../worker/publishing/rollback.ts'
import type { CentralStore } from './central-store.ts'
import { Clock, passingTime } from './clock.ts'
import { blocksOf, computedRun, FIRST_HEAD, REGISTRY_KEYS, runId, textOf } from './definitions.ts'
import { EdgeIsolate } from './edge-isolate.ts'
import { EventualKv, type KvOptions, VISIBLE_WITHIN_MS } from './eventual-kv.ts'
import { LateArrivals } from './late-arrivals.ts'
import { ModelD1 } from './model-d1.ts'
import { ModelWriter } from './model-writer.ts'
import { type Intent, Oracle, type Values, type ViewName } from './oracle.ts'
import type { Schedule } from './schedule.ts'

/** What a publisher is told (`seen_everywhere_within_seconds`), in milliseconds: stated here again, to be held to it. */
export const PROMISED_MS = 150_000

export interface DeploymentOptions
  extends Pick<KvOptions, 'isLate' | 'visibleWithinMs' | 'isSlow' | 'stubborn' | 'failingPuts'> {
  /** Snapshots whose blocks are uploaded and that wait to be published; the first of each view is online. */
  readonly computed: Partial<Record<ViewName, readonly number[]>>
  /** How much later than the stated bound everything is as it should be. */
  readonly recoversLaterMs?: number
}

export class Deployment {
  readonly schedule: Schedule
  readonly clock = new Clock()
  readonly oracle = new Oracle({ delays: textOf('delays', 1), traffic: textOf('traffic', 1) })
  readonly kv: EventualKv
  readonly d1: ModelD1
  readonly writer: ModelWriter
  readonly late: LateArrivals
  readonly #locations = new Map<string, ReturnType<EventualKv['location']>>()
  readonly #isolates: EdgeIsolate[] = []
  readonly #visibleWithinMs: number
  readonly #recoversLaterMs: number
  /** Keys that something else than the writer changes: reading them is a step. */
  readonly #touched = new Set<string>()
  #modelled = false

  private constructor(schedule: Schedule, central: CentralStore, options: DeploymentOptions) {
    const isLate = options.isLate ?? ((key: string) => key === HEAD_KEY)
    this.schedule = schedule
    this.late = new LateArrivals(schedule, this.clock)
    this.#recoversLaterMs = options.recoversLaterMs ?? 0
    this.#visibleWithinMs = options.visibleWithinMs ?? VISIBLE_WITHIN_MS
    // Plans, registries and blocks are there before the play begins: unless something happens to them, nobody can tell
    // when they are read.
    const isStep = (key: string) =>
      this.#modelled && (/^(head|revision\/)/.test(key) || isLate(key) || this.#touched.has(key))
    this.kv = new EventualKv({
      ...options,
      schedule,
      clock: this.clock,
      late: this.late,
      central,
      isLate,
      isStep,
      lateUntil: () => this.writer.putLandsUntil,
      onLand: (key, value) => this.#checkHead(key, value),
    })
    const computed = (['delays', 'traffic'] as const).flatMap((name) =>
      (options.computed[name] ?? []).map((snapshot) => computedRun(name, snapshot)),
    )
    const published = [computedRun('delays', 1), computedRun('traffic', 1)]
    this.d1 = new ModelD1(schedule, this.oracle, published, computed)
    this.writer = new ModelWriter(this)
    // Two locations ask at the end, even where nobody did before.
    for (const location of ['AMS', 'SFO']) this.#locations.set(location, this.kv.location(location))
    this.writer.watchful = (options.failingPuts ?? 0) > 0
  }

  /** Revision 1 is seen everywhere; the computed runs have just been uploaded. */
  static async start(schedule: Schedule, central: CentralStore, options: DeploymentOptions): Promise<Deployment> {
    const deployment = new Deployment(schedule, central, options)
    const { kv, clock } = deployment
    const head = JSON.stringify(FIRST_HEAD)
    const blocks = (name: ViewName, snapshots: readonly number[]) =>
      snapshots.flatMap((snapshot) => blocksOf(name, snapshot))
    const online = [...blocks('delays', [1]), ...blocks('traffic', [1])]
    for (const [key, text] of [...REGISTRY_KEYS, ...online, [revisionKey(1), head], [HEAD_KEY, head]] as const)
      await kv.land(key, text)
    clock.pass(deployment.#visibleWithinMs)
    for (const name of ['delays', 'traffic'] as const)
      for (const [key, text] of blocks(name, options.computed[name] ?? [])) await kv.land(key, text)
    return deployment
  }

  /** An isolate at a location; it has answered a request from revision 1 unless it is cold. */
  async isolate(name: string, location: string, cold = false): Promise<EdgeIsolate> {
    const reader = this.#locations.get(location) ?? this.kv.location(location)
    this.#locations.set(location, reader)
    const isolate = new EdgeIsolate(this, name, reader(name))
    this.#isolates.push(isolate)
    if (!cold) await isolate.answerNow()
    return isolate
  }

  /** Publishes these snapshots before the play begins, and lets everyone see them. */
  async published(snapshots: Partial<Record<ViewName, number>>): Promise<void> {
    const publishing = this.publish('earlier publisher', snapshots)
    await this.schedule.settle()
    await publishing
    this.writer.rest()
    this.clock.pass(Math.max(this.#visibleWithinMs, COMMIT_LANDS_WITHIN_MS))
  }

  /** Something happens to these keys, as steps of an actor, in this order. */
  happens(
    actor: string,
    ...events: readonly { readonly what: string; readonly key: string; readonly run: () => void | Promise<void> }[]
  ): void {
    for (const { key } of events) this.#touched.add(key)
    this.schedule.actor(async () => {
      for (const { what, key, run } of events)
        await this.schedule.gate({ actor, label: what, reads: ['clock'], writes: [`kv ${key}`], run })
    })
  }

  /** From here on every operation is a step. */
  begin(): void {
    this.#modelled = true
  }

  time(...seconds: readonly number[]): void {
    const steps = seconds.map((s) => s * 1000)
    this.schedule.actor(passingTime(this.schedule, this.clock, steps))
  }

  /** A publisher of these snapshots, in one revision. */
  async publish(actor: string, snapshots: Partial<Record<ViewName, number>>): Promise<number> {
    const names = Object.keys(snapshots) as ViewName[]
    const runs = names.map((name) => runId(name, snapshots[name] ?? 0))
    const { revision } = await publish(this.publishing(actor, { kind: 'publish', values: texts(snapshots) }), runs)
    this.promise(revision)
    return revision
  }

  async rollback(actor: string, name: ViewName, to: number): Promise<number> {
    const intent = { kind: 'rollback', values: { [name]: textOf(name, to) } } as const
    const { revision } = await rollback(this.publishing(actor, intent), [name], { to })
    this.promise(revision)
    return revision
  }

  /** Once a publisher has its answer. */
  promise(revision: number): void {
    // Where KV is later than the bound assumes, nothing is promised.
    if (this.#visibleWithinMs > VISIBLE_WITHIN_MS) return
    this.oracle.promised(revision, this.clock.now() + PROMISED_MS)
  }

  publishing(actor: string, intent: Intent): Publishing {
    const repository = this.d1.repository(actor, intent)
    return { repository, publisher: this.writer.publisher(), now: this.clock.now }
  }

  /** The writer may die, once. */
  mortalWriter(): void {
    this.writer.watchful = true
    this.schedule.daemon(() => this.writer.mayDie())
  }

  /** A publisher that may die at any moment: a commit on its way may be lost, or land when nobody waits for it. */
  async mortal(actor: string, work: () => Promise<unknown>): Promise<void> {
    const { schedule, d1, late, writer } = this
    this.writer.watchful = true
    const died = schedule.gate({
      actor: `fate of ${actor}`,
      label: 'dies',
      optional: true,
      writes: [`actor ${actor}`],
      ways: () => (d1.inFlight.has(actor) ? 2 : 1),
      run: (way) => {
        const commit = d1.inFlight.get(actor)
        schedule.kill(actor)
        if (!commit || way === 0) return
        const land = () => {
          try {
            commit()
          } catch {
            // Lost the race, and nobody is there to be told.
          }
        }
        late.add({ what: `the commit of ${actor}`, until: writer.armedUntil, land }, ['d1'])
      },
    })
    await Promise.race([work().catch(() => {}), died])
  }

  /** Whoever sees a head finds what it names: every revision up to it, and the blocks. */
  #checkHead(key: string, value: string | null): void {
    if (key !== HEAD_KEY || value === null) return
    const { revision, views } = JSON.parse(value) as Pick<Head, 'revision' | 'views'>
    const blocks = Object.entries(views).map(([view, { base }]) => `b/${view}/${base.run}/0`)
    const revisions = Array.from({ length: revision }, (_, index) => revisionKey(index + 1))
    for (const named of [...blocks, ...revisions])
      if (!this.kv.hasLanded(named)) throw new Error(`head ${revision} was put before ${named}.`)
  }

  /**
   * Everyone has ended: alarms go off, what is late lands at the last moment, time passes until the bound is over. Where
   * nobody may die there is nothing to repair, and the alarms are left out.
   */
  async quiet(): Promise<void> {
    const { schedule, clock, writer, kv, d1, late } = this
    await schedule.settle()
    for (let events = 0; this.writer.watchful; events++) {
      await schedule.settle('alarm')
      const times = [writer.alarm, late.next].filter((time) => time !== undefined)
      if (times.length === 0) break
      if (events > 100) throw new Error('the alarm never stops.')
      clock.passUntil(Math.min(...times))
      await late.landDue()
    }
    const head = kv.newest(HEAD_KEY)
    if (head !== d1.latest.head) throw new Error(`head in KV stays behind revision ${d1.latest.revision}: ${head}`)
    clock.pass(PROMISED_MS + this.#visibleWithinMs - VISIBLE_WITHIN_MS + this.#recoversLaterMs)
  }

  /** After `quiet`: every isolate, and a cold one at every location, answers from the newest revision. */
  async everyoneAgrees(): Promise<void> {
    this.#modelled = false
    this.oracle.promised(this.oracle.newest, this.clock.now())
    const cold = [...this.#locations].map(
      ([name, reader]) => new EdgeIsolate(this, `cold isolate in ${name}`, reader(name)),
    )
    for (const isolate of [...this.#isolates, ...cold]) await isolate.answerNow()
  }
}

function texts(snapshots: Partial<Record<ViewName, number>>): Partial<Values> {
  return Object.fromEntries(
    Object.entries(snapshots).map(([name, snapshot]) => [name, textOf(name as ViewName, snapshot)]),
  )
}
