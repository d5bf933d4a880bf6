/**
 * One deployment whose lake is edited, synced, rolled back and resumed at random; after each step it is compared with what the
 * rows of the lake say.
 */
import { join } from 'node:path'
import { expect } from 'vitest'
import { collect } from '../../registry/definitions/collect.ts'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { r2Access } from '../../sync/config.ts'
import { type Control, controlOf } from '../../sync/control.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type MaterializeOptions, materializeTogether, type Workplace } from '../../sync/materialize/materialize.ts'
import type { ViewReport } from '../../sync/materialize/report.ts'
import { SILENT } from '../../sync/progress.ts'
import { type Deployment, deploy } from './deployment.fixture.ts'
import { EditedLake, KEYS, START } from './edited-lake.fixture.ts'
import {
  asTheyAre,
  HOUR,
  keyOf,
  newest,
  newestOfWindow,
  type OutputRow,
  type Rows,
  recent,
  summed,
  type Value,
  type View,
} from './lake-model.fixture.ts'
import { type Random, seeded } from './random.fixture.ts'

const CLOCK = START + 72 * HOUR

const thing = entity('thing', { joinKeys: { part: t.string(), number: t.int64() } })
const events = parquetSource('events', { path: 'r2://offline/events/*.parquet', timestamp: 'at', created: 'created' })
const plain = { x: t.float64(), n: t.int64(), s: t.string() }
const keys = 'part, number'
const VIEWS = {
  kv: {
    of: asTheyAre,
    names: ['x', 'n', 's'],
    view: featureView('kv', { entity: thing, source: events, features: plain }),
  },
  d1: {
    of: asTheyAre,
    names: ['x', 'n', 's'],
    view: featureView('d1', { entity: thing, source: events, online: 'd1', features: plain }),
  },
  sums: {
    of: summed,
    names: ['events', 'known', 'least', 'last'],
    view: featureView('sums', {
      entity: thing,
      source: events,
      online: 'd1',
      sql: `select ${keys}, max("at") as event_timestamp, count(*) as events, count(x) as known, min(n) as least, max(s) as last from events group by ${keys}`,
      features: { events: t.int64(), known: t.int64(), least: t.int64(), last: t.string() },
    }),
  },
  hours: {
    of: recent,
    names: ['hour'],
    view: featureView('hours', {
      entity: thing,
      source: events,
      lookback: '1h',
      sql: `select ${keys}, "at" as event_timestamp, count(*) over (partition by ${keys} order by "at" range between interval 1 hour preceding and current row) as hour from events`,
      features: { hour: t.int64() },
    }),
  },
} as const satisfies Record<string, { of: View; names: readonly string[]; view: unknown }>
type Name = keyof typeof VIEWS
const NAMES = Object.keys(VIEWS) as readonly Name[]
const DEFINITIONS = collect({
  one: featureService('one', { features: [VIEWS.kv.view, VIEWS.sums.view, VIEWS.hours.view] }),
  // Its names are those of the other.
  other: featureService('other', { features: [VIEWS.d1.view] }),
})
const FEATURES = NAMES.flatMap((name) => VIEWS[name].names.map((feature) => `${name}:${feature}`))

/** Thrown by everything that a sync asks for once it is cut off. */
class Killed extends Error {}

/** What one view serves, as the test knows it. */
interface Known {
  readonly view: ViewObject
  online: Snapshot | null
  held: boolean
  readonly history: Map<number, Snapshot>
  /** Keys of the base that is online. */
  base: ReadonlySet<string>
  overlays: number
}

interface Snapshot {
  readonly number: number
  readonly asOf: number
  readonly rows: Rows
  /** Of the base below it. */
  readonly base: ReadonlySet<string>
}

/** What has happened, how often. */
export type Seen = Map<string, number>

export class History {
  readonly #seed: number
  readonly #seen: Seen
  readonly #random: Random
  readonly #deployment: Deployment
  readonly #control: Control
  readonly #lake: EditedLake
  readonly #known: ReadonlyMap<Name, Known>
  /** The last sync, if it was: the next one may be the same and finish it. */
  #killed: { readonly names: readonly Name[]; readonly options: MaterializeOptions } | null = null
  readonly #trace: string[] = []

  private constructor(
    seed: number,
    seen: Seen,
    deployment: Deployment,
    control: Control,
    views: readonly ViewObject[],
  ) {
    this.#seed = seed
    this.#seen = seen
    this.#random = seeded(seed)
    this.#deployment = deployment
    this.#control = control
    this.#lake = new EditedLake(openLake('r2://offline', { r2: r2Access(deployment.url, {}) }), deployment.lake)
    const of = (name: Name): Known[] =>
      views
        .filter((view) => view.name === name)
        .map((view) => ({ view, online: null, held: false, history: new Map(), base: new Set(), overlays: 0 }))
    this.#known = new Map(NAMES.flatMap((name) => of(name).map((known): [Name, Known] => [name, known])))
  }

  static async begin(seed: number, seen: Seen): Promise<History> {
    const deployment = await deploy({ AUTH: 'off', CLOCK: new Date(CLOCK / 1000).toISOString() })
    const control = controlOf({ url: deployment.url })
    await control.apply(DEFINITIONS)
    return new History(seed, seen, deployment, control, (await control.registry()).views)
  }

  async end(): Promise<void> {
    await this.#deployment.stop()
  }

  /** The first one makes the lake and puts all views online. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      try {
        if (step === 0) await this.#begin()
        else await this.#step()
        await this.#check()
      } catch (thrown) {
        throw new Error(`seed ${this.#seed}, step ${step}:\n${this.#trace.slice(-25).join('\n')}`, { cause: thrown })
      }
    }
  }

  async #begin(): Promise<void> {
    await this.#lake.rewrite(this.#random)
    await this.#syncAs(NAMES, {}, { isTogether: true, kill: null })
  }

  async #step(): Promise<void> {
    const random = this.#random
    if (random.chance(0.04)) {
      this.#did('rewrites')
      await this.#lake.rewrite(random)
    } else if (random.chance(0.85)) this.#did(await this.#lake.edit(random))
    const what = random.next()
    if (what < 0.1) await this.#rollBack()
    else if (what < 0.2) await this.#resume()
    else await this.#sync()
  }

  #did(what: string, exactly = ''): void {
    this.#trace.push(`${what} ${exactly}`)
    this.#count(what)
  }

  #count(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1)
  }

  #of(name: Name): Known {
    const known = this.#known.get(name)
    if (!known) throw new Error(`${name} is not registered`)
    return known
  }

  async #sync(): Promise<void> {
    const random = this.#random
    const again = random.chance(0.6) ? this.#killed : null
    const names = again?.names ?? (random.chance(0.5) ? NAMES : NAMES.filter(() => random.chance(0.5)))
    const isTogether = random.chance(0.8)
    const kill = random.chance(0.3) ? { after: random.below(6 + 7 * names.length), isDone: random.chance(0.5) } : null
    await this.#syncAs(names, again?.options ?? optionsOf(random), { isTogether, kill })
  }

  async #syncAs(
    names: readonly Name[],
    options: MaterializeOptions,
    { isTogether, kill }: { readonly isTogether: boolean; readonly kill: Kill | null },
  ): Promise<void> {
    this.#did('syncs', `${names.join(', ')} ${JSON.stringify({ ...options, isTogether, kill })}`)
    const whole: Workplace = {
      control: this.#control,
      lake: { r2: r2Access(this.#deployment.url, {}) },
      bucket: 'r2://offline',
      folder: join(this.#deployment.folder, '.shoreline'),
      memory: '1GB',
      progress: SILENT,
    }
    const work = kill ? cutOff(whole, kill) : whole
    const reports = new Map<Name, ViewReport>()
    this.#killed = null
    for (const group of isTogether ? [names] : names.map((name) => [name])) {
      const views = group.map((name) => this.#of(name).view)
      // What is online may be as of a later instant than the rows of a window would be.
      const isRefused = group.some((name) => this.#isTooEarly(name, options))
      try {
        for (const [index, report] of (await materializeTogether(work, views, options)).entries())
          reports.set(group[index] ?? 'kv', report)
      } catch (thrown) {
        if (isRefused && thrown instanceof Error && thrown.message.includes('as of a later instant')) {
          this.#count('refused')
          continue
        }
        if (!isDeath(thrown)) throw thrown
        this.#count('killed')
        this.#killed = { names, options }
        break
      }
    }
    await this.#learn(names, options, reports)
  }

  #isTooEarly(name: Name, { asOf = CLOCK, from, to }: MaterializeOptions): boolean {
    return (from !== undefined || to !== undefined) && asOf < (this.#of(name).online?.asOf ?? 0)
  }

  #expected(name: Name, { asOf = CLOCK, from, to }: MaterializeOptions): Rows {
    const outputs: readonly OutputRow[] = VIEWS[name].of(this.#lake.rows)
    if (from === undefined && to === undefined) return newest(outputs, asOf)
    const online = this.#of(name).online?.rows ?? new Map()
    return newestOfWindow(outputs, asOf, { from: from ?? null, to: to ?? null }, online)
  }

  /** What went online is what must have, and nothing else did. */
  async #learn(
    names: readonly Name[],
    options: MaterializeOptions,
    reports: ReadonlyMap<Name, ViewReport>,
  ): Promise<void> {
    const { views: head } = await this.#control.head()
    for (const name of names) {
      const known = this.#of(name)
      const report = reports.get(name)
      const number = head[`${name}@1`]?.snapshot ?? 0
      if (number !== (known.online?.number ?? 0)) this.#publish(name, number, options, report)
      else if (report?.mode === 'unchanged')
        expectRows(name, known.online?.rows ?? new Map(), this.#expected(name, options))
      else if (report) {
        expect([name, known.held, report.held]).toEqual([name, true, true])
        this.#count('held')
      }
    }
  }

  #publish(name: Name, number: number, options: MaterializeOptions, report: ViewReport | undefined): void {
    const known = this.#of(name)
    expect([name, known.held]).toEqual([name, false])
    const rows = this.#expected(name, options)
    if (report) {
      expect([name, report.snapshot, report.entities]).toEqual([name, number, rows.size])
      const isBase = report.mode === 'full'
      if (isBase) this.#count(report.reason.startsWith('an overlay') ? 'a base for an overlay' : 'a base')
      else this.#count(known.overlays > 0 ? 'an overlay for an overlay' : 'an overlay')
      if (!isBase && [...known.base].some((key) => !rows.has(key))) this.#count('tombstones')
      if (report.reading.includes('added')) this.#count('reads what was added')
      if (report.reason.startsWith('an earlier run')) this.#count('finishes')
      known.overlays = isBase ? 0 : known.overlays + 1
      if (isBase) known.base = new Set(rows.keys())
    } else {
      // Whoever published it died before it could say what it was.
      this.#count('published by the dead')
      known.overlays = 0
    }
    if (options.from !== undefined) this.#count('a window')
    known.online = { number, asOf: options.asOf ?? CLOCK, rows, base: known.base }
    known.history.set(number, known.online)
  }

  async #rollBack(): Promise<void> {
    const able = NAMES.filter((name) => this.#of(name).history.size > 1)
    if (able.length === 0) return
    const name = this.#random.pick(able)
    const known = this.#of(name)
    const target = this.#random.pick([...known.history.values()].slice(-4))
    this.#did('rolls back', `${name} to ${target.number}`)
    await this.#control.rollback({ [`${name}@1`]: target.number }, false)
    known.online = target
    known.base = target.base
    known.overlays = 0
    known.held = true
  }

  async #resume(): Promise<void> {
    const held = NAMES.filter((name) => this.#of(name).held)
    if (held.length === 0) return
    this.#did('resumes', held.join(', '))
    await this.#control.resume(held)
    for (const name of held) this.#of(name).held = false
  }

  /** Every row that there could be is served as it must be, or is not there. */
  async #check(): Promise<void> {
    const { revision } = await this.#control.head()
    const response = await this.#deployment.fetch('/v1/features', {
      method: 'POST',
      body: JSON.stringify({ features: FEATURES, rows: KEYS, full_names: true, metadata: 'full' }),
      headers: { 'x-shoreline-min-revision': String(revision) },
    })
    const answer = JSON.parse(await response.text()) as Answer
    expect([response.status, answer.degraded]).toEqual([200, false])
    for (const name of NAMES) expectRows(name, servedOf(name, answer), this.#of(name).online?.rows ?? new Map())
  }
}

function optionsOf(random: Random): MaterializeOptions {
  const asOf = random.chance(0.5) ? {} : { asOf: START + (random.below(7) + 1) * 12 * HOUR }
  const what = random.next()
  if (what < 0.15) return { ...asOf, full: true }
  if (what > 0.25) return asOf
  const from = START + random.below(60) * HOUR
  return { ...asOf, from, ...(random.chance(0.5) ? { to: from + random.below(30) * HOUR } : {}) }
}

interface Kill {
  /** How many things it asks for before the last one. */
  readonly after: number
  /** Whether the last one is done. */
  readonly isDone: boolean
}

/** From then on everything that it asks for throws, as if it were dead: no request reaches the deployment any more. */
function cutOff(work: Workplace, { after, isDone }: Kill): Workplace {
  let left = after
  let dead = false
  const through = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed('killed')
    dead = left-- <= 0
    if (dead && !isDone) throw new Killed('killed')
    const answer = await ask()
    if (dead) throw new Killed('killed')
    return answer
  }
  const asking = new Proxy(work.control, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver)
      if (typeof found !== 'function') return found
      return (...args: readonly unknown[]) => through(async () => Reflect.apply(found, target, args) as unknown)
    },
  })
  const fetching: typeof fetch = (input, init) => through(() => fetch(input, init))
  return { ...work, control: asking, lake: { ...work.lake, fetch: fetching, firstWaitMs: 0 } }
}

/** The lake tells it as a connection that failed. */
function isDeath(thrown: unknown): boolean {
  return thrown instanceof Killed || (thrown instanceof Error && thrown.message.includes('killed'))
}

interface Answer {
  readonly rows: readonly { readonly [feature: string]: Value }[]
  readonly views: readonly { readonly view: string; readonly event_timestamps: readonly (string | null)[] }[]
  readonly degraded: boolean
}

function servedOf(name: Name, answer: Answer): Rows {
  const times = answer.views.find(({ view }) => view === `${name}@1`)?.event_timestamps ?? []
  const served = new Map<string, OutputRow>()
  for (const [index, key] of KEYS.entries()) {
    const at = times[index] ?? null
    const values = VIEWS[name].names.map((feature) => numeric(answer.rows[index]?.[`${name}__${feature}`] ?? null))
    if (at !== null) served.set(keyOf(key), { key: keyOf(key), at: Date.parse(at) * 1000, created: null, values })
    else if (values.some((value) => value !== null)) throw new Error(`${keyOf(key)} of ${name} has values and no event`)
  }
  return served
}

function numeric(value: Value): Value {
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}

function expectRows(name: Name, found: Rows, wanted: Rows): void {
  const text = (rows: Rows) => new Map([...rows.values()].map((one) => [one.key, rowText(one)]))
  const [are, should] = [text(found), text(wanted)]
  const wrong = KEYS.map(keyOf).filter((key) => are.get(key) !== should.get(key))
  const shown = wrong.slice(0, 5).map((key) => `${name} ${key}: ${are.get(key)}, and not ${should.get(key)}`)
  expect(shown).toEqual([])
}

function rowText({ at, values }: OutputRow): string {
  const texts = values.map((value) =>
    Object.is(value, -0) ? '-0' : value === null ? 'null' : JSON.stringify(String(value)),
  )
  return `${new Date(at / 1000).toISOString()} ${texts.join(' ')}`
}
