/**
 * The sync service: a loop that says every ten seconds that it is alive, reads what is defined and what it was asked for,
 * and runs what is due. What a run does wrong never ends the loop.
 */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { RegistrySnapshot, ViewObject } from '../../registry/objects.ts'
import { viewId } from '../../registry/objects.ts'
import type { HeartbeatAnswer } from '../../registry/wire/sync.ts'
import type { Control } from '../control.ts'
import { parallel } from '../lake/parallel.ts'
import type { ViewReport } from '../materialize/report.ts'
import { Agenda, type Before, type Bounds, type Ending, type Job } from './agenda.ts'
import type { Clock } from './clock.ts'
import type { HealthReport, ViewHealth } from './health.ts'
import { doneLine, eventLine, type Log, type RunLine, undoneLine } from './log.ts'
import { Alarm, type Message, type Send } from './webhook.ts'

export interface WatchOptions {
  /** No other service has it. */
  readonly name: string
  readonly control: Pick<Control, 'url' | 'head' | 'registry' | 'runs' | 'heartbeat'>
  /** The views that are to be kept materialized. */
  readonly kept: (registry: RegistrySnapshot) => readonly ViewObject[]
  /** The views that a request names. @throws ShorelineError UNKNOWN_NAME */
  readonly picked: (registry: RegistrySnapshot, names: readonly string[]) => readonly ViewObject[]
  readonly run: (view: ViewObject, bounds: Bounds) => Promise<ViewReport>
  /** What is done once a day, besides the views. @returns what came of it, or null when nothing did */
  readonly daily?: (registry: RegistrySnapshot) => Promise<string | null>
  readonly jitterMs: number
  /** Views that run at once. */
  readonly parallel: number
  readonly clock: Clock
  readonly log: Log
  /** Null: nobody is told. */
  readonly send: Send | null
  /** Aborted when the service is to stop; runs that throw its reason were interrupted. */
  readonly stop: AbortSignal
}

/** The deployment takes a service for dead after a minute. */
export const BEAT_MS = 10_000
const UNREACHABLE_MS = 60_000
const STUCK_MS = 120_000
/** How long a stopping service waits for the phases that are under way, and for messages. */
export const GRACE_MS = 25_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const PARALLEL_READS = 8

export class Watch {
  readonly #options: WatchOptions
  readonly #agenda: Agenda
  readonly #alarm = new Alarm()
  readonly #startedAt: number
  readonly #last = new Map<string, RunLine>()
  /** Runs, and messages on their way. */
  readonly #pending = new Set<Promise<void>>()
  #registry: RegistrySnapshot | null = null
  #roundAt: number
  #seenAt: number | null = null
  #beatAt = Number.NEGATIVE_INFINITY
  #dailyAt: number
  #isDaily = false
  #wake = new AbortController()

  constructor(options: WatchOptions) {
    this.#options = options
    this.#agenda = new Agenda(options.jitterMs)
    this.#startedAt = options.clock.now()
    this.#roundAt = this.#startedAt
    this.#dailyAt = this.#startedAt
  }

  /**
   * Until it is stopped.
   * @throws ShorelineError when the deployment refuses the first round: another key or address is needed
   */
  async run(): Promise<void> {
    const { clock, stop } = this.#options
    stop.addEventListener('abort', () => this.#wake.abort(), { once: true })
    while (!stop.aborted) {
      this.#wake = new AbortController()
      await this.#round()
      if (stop.aborted) break
      await clock.wait(this.#untilNext(), this.#wake.signal)
    }
    await this.#end()
  }

  health(): HealthReport {
    const { name, clock } = this.#options
    const now = clock.now()
    const views = this.#views()
    const failing = views.flatMap(({ view, last }) => (last?.outcome === 'failed' ? [`${view}: ${last.error}`] : []))
    const isStuck = now - this.#roundAt > STUCK_MS
    const isUnreachable = now - (this.#seenAt ?? this.#startedAt) > UNREACHABLE_MS
    const problems = [
      ...(isStuck ? [`The loop has not come round since ${timeOf(this.#roundAt)}.`] : []),
      ...(isUnreachable ? [`The deployment has not answered since ${timeOf(this.#seenAt ?? this.#startedAt)}.`] : []),
      ...failing,
    ]
    const status = isStuck ? 'stuck' : isUnreachable ? 'unreachable' : failing.length > 0 ? 'failing' : 'ok'
    return {
      status,
      problems,
      service: name,
      started_at: timeOf(this.#startedAt),
      seen_at: this.#seenAt === null ? null : timeOf(this.#seenAt),
      waiting: this.#agenda.waiting,
      views,
    }
  }

  #views(): readonly ViewHealth[] {
    const now = this.#options.clock.now()
    const running = new Set(this.#agenda.running.map(({ view }) => viewId(view)))
    const views = new Set([...this.#agenda.views, ...running])
    return [...views].sort().map((view) => {
      const last = this.#last.get(view)
      const next = this.#agenda.nextOf(view)
      return {
        view,
        last: last ? { at: last.time, outcome: last.outcome, error: last.error } : null,
        next: next === null ? null : timeOf(Math.max(next, now)),
        running: running.has(view),
      }
    })
  }

  async #round(): Promise<void> {
    const { clock } = this.#options
    if (clock.now() - this.#beatAt >= BEAT_MS) {
      this.#beatAt = clock.now()
      await this.#meet()
    }
    this.#roundAt = clock.now()
    this.#startDue()
  }

  /** @throws ShorelineError when the first answer of the deployment is a refusal */
  async #meet(): Promise<void> {
    const { clock } = this.#options
    try {
      const requests = await this.#beat()
      const registry = await this.#read()
      if (registry) this.#take(registry, requests)
      this.#seenAt = clock.now()
    } catch (thrown) {
      const refused =
        thrown instanceof ShorelineError && thrown.code !== 'UNAVAILABLE' && thrown.code !== 'RATE_LIMITED'
      if (this.#seenAt === null && refused) throw thrown
      this.#trouble(messageOf(thrown))
    }
  }

  async #beat(): Promise<HeartbeatAnswer['requests']> {
    const { control, name } = this.#options
    const done = this.#agenda.done
    const { requests } = await control.heartbeat({
      name,
      started_at: timeOf(this.#startedAt),
      ...(done.length > 0 ? { done: [...done] } : {}),
    })
    this.#agenda.forget(done)
    return requests
  }

  /** The registry again only when there is another one. Null: nothing is registered yet. */
  async #read(): Promise<RegistrySnapshot | null> {
    const head = await this.#options.control.head()
    if (head.registry === 0) return null
    this.#agenda.see(new Set(Object.keys(head.views)))
    if (this.#registry?.revision === head.registry) return this.#registry
    const registry = await this.#options.control.registry()
    await this.#keep(this.#options.kept(registry))
    this.#registry = registry
    return registry
  }

  async #keep(views: readonly ViewObject[]): Promise<void> {
    const seen = this.#agenda.unseen(views)
    const before = await parallel(
      seen,
      PARALLEL_READS,
      async (view) => [viewId(view), await this.#before(view)] as const,
    )
    this.#agenda.keep(views, new Map(before), this.#options.clock.now())
  }

  /** A view that is online has run: without a record of it, now will do. */
  async #before(view: ViewObject): Promise<Before> {
    const { control, clock } = this.#options
    const [last] = (await control.runs({ view: viewId(view), limit: 1 })).runs
    const startedAt = last ? parseTimestamp(last.started_at) : null
    return {
      startedAt: startedAt === null ? clock.now() : startedAt / 1000,
      open: last?.state === 'started' || last?.state === 'computed',
    }
  }

  #take(registry: RegistrySnapshot, requests: HeartbeatAnswer['requests']): void {
    const { clock, picked } = this.#options
    for (const { id, views, from, to } of requests) {
      if (this.#agenda.isTaken(id)) continue
      const bounds = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }
      try {
        this.#agenda.ask(id, picked(registry, views), bounds, clock.now())
      } catch (thrown) {
        this.#trouble(`Request ${id} cannot be done: ${messageOf(thrown)}`)
        this.#agenda.ask(id, [], bounds, clock.now())
      }
    }
  }

  #startDue(): void {
    const { clock, parallel: most } = this.#options
    const busy = (): number => this.#agenda.running.length + (this.#isDaily ? 1 : 0)
    // What is done daily waits for a moment when nothing runs, but not for ever.
    if (busy() === 0) this.#startDaily(HOUR_MS)
    while (busy() < most) {
      const job = this.#agenda.take(clock.now())
      if (!job) break
      this.#keepPending(this.#do(job))
    }
    if (busy() === 0) this.#startDaily(0)
  }

  #startDaily(late: number): void {
    if (this.#registry && this.#options.clock.now() >= this.#dailyAt + late)
      this.#keepPending(this.#doDaily(this.#registry))
  }

  async #do(job: Job): Promise<void> {
    const { run, clock } = this.#options
    try {
      const report = await run(job.view, job.bounds)
      this.#ended(job, doneLine(job, report, clock.now()), 'done')
    } catch (thrown) {
      const outcome = thrown === this.#options.stop.reason ? 'interrupted' : isBusy(thrown) ? 'busy' : 'failed'
      const ending = outcome === 'busy' ? 'busy' : mayPass(thrown) ? 'failed' : 'failed for good'
      this.#ended(job, undoneLine(job, outcome, thrown, clock.now()), ending)
    }
  }

  #ended(job: Job, line: RunLine, ending: Ending): void {
    const { clock, log } = this.#options
    log(line)
    if (line.outcome !== 'interrupted') {
      if (line.outcome !== 'busy') this.#last.set(line.view, line)
      this.#agenda.ended(job, ending, clock.now())
      this.#tell(line)
    }
    this.#wake.abort()
  }

  #tell(line: RunLine): void {
    const { send, clock, name, control } = this.#options
    if (!send || line.outcome === 'busy') return
    const { view, error, time } = line
    const failed = line.outcome === 'failed'
    if (!(failed ? this.#alarm.failed(view, clock.now()) : this.#alarm.recovered(view))) return
    const message: Message = {
      text: failed
        ? `Shoreline: the sync of ${view} failed, and what was online stays so. ${error}`
        : `Shoreline: the sync of ${view} works again (${line.outcome}).`,
      event: failed ? 'run_failed' : 'run_recovered',
      view,
      error,
      deployment: control.url,
      service: name,
      time,
    }
    this.#keepPending(
      send(message).catch((thrown: unknown) => {
        if (failed) this.#alarm.unsaid(view)
        this.#trouble(messageOf(thrown))
      }),
    )
  }

  async #doDaily(registry: RegistrySnapshot): Promise<void> {
    const { daily, clock, log } = this.#options
    this.#dailyAt = clock.now() + DAY_MS
    if (!daily) return
    this.#isDaily = true
    try {
      const message = await daily(registry)
      if (message !== null) log(eventLine(clock.now(), 'info', 'daily', message))
    } catch (thrown) {
      this.#trouble(messageOf(thrown))
    } finally {
      this.#isDaily = false
      this.#wake.abort()
    }
  }

  #untilNext(): number {
    const { clock, parallel: most } = this.#options
    const now = clock.now()
    const beat = this.#beatAt + BEAT_MS - now
    const isFull = this.#agenda.running.length >= most
    const next = isFull ? null : this.#agenda.nextAt()
    return Math.max(0, Math.min(beat, next === null ? beat : next - now))
  }

  #keepPending(work: Promise<void>): void {
    const kept = work.finally(() => this.#pending.delete(kept))
    this.#pending.add(kept)
  }

  /** Runs end with the phase that they are in; one that takes longer is left as it is, and the next sync finishes it. */
  async #end(): Promise<void> {
    const { clock, log, control, name } = this.#options
    const running = this.#agenda.running.map(({ view }) => viewId(view))
    const waits = running.length > 0 ? `, once the phases of ${running.join(', ')} are done` : ''
    log(eventLine(clock.now(), 'info', 'stopping', `Stopping${waits}.`))
    const over = new AbortController()
    void this.#drained().then(() => over.abort())
    await clock.wait(GRACE_MS, over.signal)
    const done = this.#agenda.done
    await control
      .heartbeat({
        name,
        started_at: timeOf(this.#startedAt),
        stopping: true,
        ...(done.length > 0 ? { done: [...done] } : {}),
      })
      .catch((thrown: unknown) => this.#trouble(messageOf(thrown)))
    log(eventLine(clock.now(), 'info', 'stopped', 'Stopped.'))
  }

  /** Messages may follow what has ended. */
  async #drained(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled([...this.#pending])
  }

  #trouble(message: string): void {
    const { clock, log } = this.#options
    log(eventLine(clock.now(), 'warn', 'trouble', message))
  }
}

/** Somebody else holds the view's lease. */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof ShorelineError && thrown.code === 'CONFLICT' && typeof thrown.details['holder'] === 'string'
}

/** What the data, the SQL or the definitions did wrong stays wrong until they change; a store or a race may be better next time. */
function mayPass(thrown: unknown): boolean {
  return !(thrown instanceof ShorelineError && FOR_GOOD.has(thrown.code))
}

const FOR_GOOD: ReadonlySet<string> = new Set(['INVALID', 'MALFORMED', 'UNKNOWN_NAME', 'TOO_LARGE'])

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
