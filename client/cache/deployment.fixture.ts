/** A deployment as a client sees it: what it answers, from which revision, and what every answer was made of. */
import type { World } from '../world.fixture.ts'

/** Milliseconds, by version of the service. */
export const TTL: Readonly<Record<number, number>> = { 1: 60_000, 2: 20_000 }
export const KEYS = ['SFO', 'JFK', 'ORD'] as const

interface Revision {
  readonly version: number
  readonly snapshot: number
  /** Of each key's row, milliseconds since the epoch. */
  readonly events: Readonly<Record<string, number>>
}

/** What was written down when it was answered. */
export interface Told {
  readonly at: number
  readonly user: string
  readonly key: string
  readonly event: number
  /** The ttl, or the call's `max_age` where that is tighter. */
  readonly limit: number
  readonly version: number
  readonly snapshot: number
  readonly revision: number
  readonly degraded: boolean
}

export class Deployment {
  readonly told: Told[] = []
  /** By number, from 1. */
  readonly #revisions: Revision[] = []
  readonly #world: World
  #snapshots = 0
  reachable = true
  failing = false
  degraded = false

  constructor(world: World) {
    this.#world = world
    this.publish()
  }

  get #head(): Revision {
    return this.#revisions.at(-1) ?? { version: 1, snapshot: 0, events: {} }
  }

  publish(version = this.#head.version): void {
    const { now, random } = this.#world
    const events = KEYS.map((key) => [key, now - Math.floor(random() * 1.2 * (TTL[version] ?? 0))])
    this.#revisions.push({ version, snapshot: ++this.#snapshots, events: Object.fromEntries(events) })
  }

  /** To an earlier snapshot of the same version, if there is one. */
  rollback(): void {
    const { version, snapshot } = this.#head
    const earlier = this.#revisions.findLast((one) => one.version === version && one.snapshot < snapshot)
    if (earlier) this.#revisions.push(earlier)
  }

  readonly fetch = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
    await this.#way()
    if (!this.reachable) throw new TypeError('fetch failed')
    const response = this.failing
      ? Response.json({ error: { code: 'UNAVAILABLE', message: 'A store failed.' } }, { status: 503 })
      : init.method === 'POST'
        ? this.#features(String(init.body), new Headers(init.headers).get('authorization') ?? '')
        : this.#plan(String(input))
    await this.#way()
    if (!this.reachable) throw new TypeError('fetch failed')
    return response
  }

  /** Mostly quick, sometimes longer than a ttl has left. */
  #way(): Promise<void> {
    const { random } = this.#world
    const ms = random() < 0.8 ? 20 : Math.floor(random() * 3000)
    return new Promise((resolve) => this.#world.after(ms, resolve))
  }

  #plan(url: string): Response {
    const version = Number(/@(\d+)/.exec(url)?.[1] ?? this.#head.version)
    return Response.json({
      service: 'risk',
      version,
      keys: [{ name: 'origin', type: 'string' }],
      features: [
        { name: 'risk', type: 'float64' },
        { name: 'told', type: 'int32' },
      ],
      views: [
        { as: 'delays', view: `delays@${version}`, ttl_seconds: (TTL[version] ?? 0) / 1000 },
        { as: 'answers', view: 'answers@1', ttl_seconds: null },
      ],
    })
  }

  #features(text: string, user: string): Response {
    const { now } = this.#world
    const asked = JSON.parse(text) as {
      readonly rows: readonly { readonly origin: string }[]
      readonly max_age?: string
    }
    const back = this.degraded && this.#revisions.length > 1 ? 2 : 1
    const { version, snapshot, events } = this.#revisions.at(-back) ?? this.#head
    const revision = this.#revisions.length + 1 - back
    const limit = Math.min(
      TTL[version] ?? 0,
      asked.max_age === undefined ? Infinity : Number(asked.max_age.slice(0, -1)) * 1000,
    )
    const rows = asked.rows.map(({ origin: key }) => {
      const event = events[key] ?? 0
      this.told.push({ at: now, user, key, event, limit, version, snapshot, revision, degraded: back > 1 })
      return { risk: now - event <= limit ? 0.5 : null, told: this.told.length - 1 }
    })
    const times = asked.rows.map(({ origin }) => new Date(events[origin] ?? 0).toISOString())
    return Response.json(
      {
        service: `risk@${version}`,
        revision,
        rows,
        statuses: rows.map(({ risk }) => ({ risk: risk === null ? 'OUTSIDE_MAX_AGE' : 'PRESENT', told: 'PRESENT' })),
        issues: [],
        views: [
          { view: `delays@${version}`, as: 'delays', store: 'kv', snapshot, event_timestamps: times },
          { view: 'answers@1', as: 'answers', store: 'kv', snapshot: 1, event_timestamps: times },
        ],
        degraded: back > 1,
      },
      { headers: { 'x-shoreline-now': new Date(now).toISOString() } },
    )
  }
}
