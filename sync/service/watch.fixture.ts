/** A service whose time is moved by the test: a deployment that answers from memory, and runs that take as long as is said. */
import { ShorelineError } from '../../core/errors.ts'
import { timestampText } from '../../core/values.ts'
import type { RegistrySnapshot, ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import type { HeartbeatRequest } from '../../registry/wire/sync.ts'
import type { ViewReport } from '../materialize/report.ts'
import type { Bounds } from './agenda.ts'
import type { Clock } from './clock.ts'
import type { EventLine, LogLine, RunLine } from './log.ts'
import { stoppedError } from './stop.ts'
import { Watch, type WatchOptions } from './watch.ts'
import type { Message } from './webhook.ts'

export const START = Date.UTC(2026, 2, 1, 12)
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

interface Wait {
  readonly at: number
  readonly over: () => void
}

export class FakeClock implements Clock {
  #now = START
  readonly #waits = new Set<Wait>()

  now(): number {
    return this.#now
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wait: Wait = {
        at: this.#now + ms,
        over: () => {
          this.#waits.delete(wait)
          resolve()
        },
      }
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', wait.over, { once: true })
      this.#waits.add(wait)
    })
  }

  /** Everything that happens until then, in its order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const [next] = [...this.#waits].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#now = Math.max(this.#now, next.at)
      next.over()
    }
    this.#now = end
    await settled()
  }
}

/** Until nothing more happens by itself: everything here is promises, and they are all settled before the next turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

export function viewOf(name: string, more: Partial<ViewObject> = {}): ViewObject {
  return { ...BARE, name, ...more }
}

const BARE: ViewObject = {
  name: '',
  version: 1,
  hash: '',
  entity: 'shop',
  join_keys: [{ name: 'shop', type: 'string' }],
  sources: ['all'],
  reads: [],
  timestamp: 'event_timestamp',
  online: 'kv',
  features: [],
}

type Request = Awaited<ReturnType<WatchOptions['control']['heartbeat']>>['requests'][number]

/** Seconds that a run takes, or what it throws. */
type Script = (view: string, run: number) => number | Error

export class Scene {
  readonly clock = new FakeClock()
  /** By `view@version`; what is materialized is added. */
  readonly online = new Set<string>()
  views: ViewObject[]
  registry = 1
  requests: Request[] = []
  /** Null: it answers. */
  failure: ShorelineError | null = null
  /** No call ever ends. */
  hangs = false
  /** By `view@version`. */
  readonly lastRuns = new Map<
    string,
    { readonly startedAt: number; readonly state: 'published' | 'computed' | 'failed' }
  >()
  readonly beats: HeartbeatRequest[] = []
  /** When each beat came, milliseconds since the start. */
  readonly beatTimes: number[] = []
  readonly lines: LogLine[] = []
  readonly messages: Message[] = []
  webhookFails = false
  /** View, bounds, and milliseconds since the start. */
  readonly started: { readonly view: string; readonly at: number; readonly bounds: Bounds }[] = []
  most = 0
  readonly stop = new AbortController()
  watch: Watch
  ended: Promise<void> = Promise.resolve()
  #script: Script = () => 1
  #running = 0

  constructor(views: readonly ViewObject[], more: Partial<WatchOptions> = {}) {
    this.views = [...views]
    this.watch = new Watch({
      name: 'one',
      control: {
        url: 'https://features.example.com',
        heartbeat: (request) => this.#answer(() => this.#beat(request)),
        head: () => this.#answer(() => this.#head()),
        registry: () => this.#answer(() => this.#snapshot()),
        runs: ({ view = '' }) => this.#answer(() => ({ runs: this.#runs(view) })),
      },
      kept: ({ views: kept }) => kept,
      picked: (registry, names) => this.#pick(registry, names),
      run: (view, bounds) => this.#run(view, bounds),
      jitterMs: 0,
      parallel: 1,
      clock: this.clock,
      log: (line) => void this.lines.push(line),
      send: async (message) => {
        this.messages.push(message)
        if (this.webhookFails) throw new ShorelineError('UNAVAILABLE', 'The webhook answered 500.')
      },
      stop: this.stop.signal,
      ...more,
    })
  }

  runs(script: Script): this {
    this.#script = script
    return this
  }

  start(): this {
    this.ended = this.watch.run()
    return this
  }

  /** @param ms of which everything happens */
  async pass(ms: number): Promise<this> {
    await this.clock.pass(ms)
    return this
  }

  define(...views: readonly ViewObject[]): void {
    this.views = [...views]
    this.registry += 1
  }

  get runLines(): readonly RunLine[] {
    return this.lines.filter((line) => line.event === 'run')
  }

  get troubles(): readonly string[] {
    return this.lines.filter((line): line is EventLine => line.event === 'trouble').map(({ message }) => message)
  }

  /** When runs of a view began, milliseconds since the start. */
  timesOf(name: string): readonly number[] {
    return this.started.filter(({ view }) => view === `${name}@1`).map(({ at }) => at)
  }

  askToStop(): void {
    this.stop.abort(stoppedError())
  }

  async #answer<T>(answer: () => T): Promise<T> {
    if (this.hangs) return new Promise<T>(() => {})
    if (this.failure) throw this.failure
    return answer()
  }

  #beat(request: HeartbeatRequest): { requests: Request[] } {
    this.beats.push(request)
    this.beatTimes.push(this.clock.now() - START)
    this.requests = this.requests.filter(({ id }) => !request.done?.includes(id))
    return { requests: request.stopping ? [] : this.requests }
  }

  #head() {
    const entry = { snapshot: 1, rows: 1, blocks: 1, store: 'kv' as const, watermark: null, held: false }
    const views = Object.fromEntries([...this.online].map((view) => [view, entry]))
    return { revision: 1, registry: this.registry, now: timestampText(this.clock.now() * 1000), views }
  }

  #snapshot(): RegistrySnapshot {
    return { revision: this.registry, entities: [], sources: [], views: this.views, services: [] }
  }

  #runs(view: string) {
    const last = this.lastRuns.get(view)
    if (!last) return []
    const started_at = timestampText(last.startedAt * 1000)
    return [{ ...RUN, view, state: last.state, started_at, as_of: started_at }]
  }

  #pick({ views }: RegistrySnapshot, names: readonly string[]): readonly ViewObject[] {
    const unknown = names.find((name) => !views.some((view) => view.name === name))
    if (unknown !== undefined) throw new ShorelineError('UNKNOWN_NAME', `There is no view ${unknown}.`)
    return names.length === 0 ? views : views.filter(({ name }) => names.includes(name))
  }

  async #run(view: ViewObject, bounds: Bounds): Promise<ViewReport> {
    const id = viewId(view)
    this.started.push({ view: id, at: this.clock.now() - START, bounds })
    const does = this.#script(id, this.started.filter((one) => one.view === id).length)
    if (does instanceof Error) throw does
    this.#running += 1
    this.most = Math.max(this.most, this.#running)
    await this.clock.wait(does * SECOND, new AbortController().signal)
    this.#running -= 1
    this.stop.signal.throwIfAborted()
    this.online.add(id)
    return { ...REPORT, view: id }
  }
}

const RUN = {
  run: '1-a',
  snapshot: 1,
  kind: 'base',
  store: 'kv',
  rows: 1,
  changed: 1,
  blocks: 1,
  filters: 0,
  watermark: null,
  reason: null,
  error: null,
  checks: null,
  finished_at: null,
  marked_at: null,
  read: null,
} as const

const REPORT: ViewReport = {
  view: '',
  mode: 'overlay',
  reason: '1 % changed',
  objects: 1,
  bytes: 10,
  reading: 'all',
  rows_read: 100,
  entities: 50,
  changed: 5,
  blocks: 2,
  block_bytes: 4096,
  kv_writes: 3,
  kv_deletes: 3,
  d1_rows: 0,
  d1_deletes: 0,
  r2_ops: 4,
  stored_bytes: 1000,
  dollars: 0.00002,
  warnings: [],
  seconds: { compute: 1 },
  snapshot: 7,
  revision: 42,
  held: false,
}
