/** The whole Worker with authentication on, over real D1 and KV, with a clock of its own. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { writeBlock } from '../../core/block.ts'
import { EMPTY_HEAD, type Head } from '../../core/head.ts'
import { blockKey, HEAD_KEY, planKey, revisionKey } from '../../core/storage.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { canonicalJson } from '../../registry/hash.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot } from '../../registry/objects.ts'
import { nextHead } from '../../registry/publish.ts'
import type { CreateKeyAnswer, IssueTokenAnswer } from '../../registry/wire/keys.ts'
import { createApp } from '../../worker/app.ts'
import type { Env } from '../../worker/env.ts'

export const bindings = env as unknown as Env

export const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'
export const TOKEN_KEY = 'what-signs-the-browser-tokens-of-this-one'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly text: string
  readonly json: unknown
}

export interface Call {
  readonly method?: string
  readonly key?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One isolate of a deployment. */
export interface Guarded {
  /** Milliseconds since the epoch. */
  now: number
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  /** Waits for what the request left in the background, too. */
  call(path: string, call?: Call): Promise<Answer>
  /** @returns the key */
  key(scopes: readonly string[], expires?: string): Promise<CreateKeyAnswer>
  /** Issued by the first admin key unless another is given. */
  token(request: TokenRequest, key?: string): Promise<string>
}

export interface TokenRequest {
  readonly services: readonly string[]
  readonly entities: Readonly<Record<string, unknown>>
  readonly ttl?: string
}

const UNLIMITED = { RATE_LIMIT: undefined, RATE_LIMIT_BROWSER: undefined }
const START = Date.UTC(2026, 10, 25, 12)

/** @param vars over the usual ones; an undefined one is not set */
export function guarded(vars: Partial<Record<keyof Env, unknown>> = {}): Guarded {
  const one = {
    now: START,
    routes: [] as Guarded['routes'],
    async call(path: string, { method = 'GET', key, body, headers = {} }: Call = {}): Promise<Answer> {
      const request = new Request(`https://features.example.com${path}`, {
        method,
        headers: { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const context = createExecutionContext()
      const response = await app.fetch(request, all, context)
      const bytes = await response.bytes()
      const text = new TextDecoder().decode(bytes)
      await waitOnExecutionContext(context)
      const isJson = text !== '' && (response.headers.get('content-type') ?? '').startsWith('application/json')
      return { status: response.status, headers: response.headers, bytes, text, json: isJson ? JSON.parse(text) : null }
    },
    async key(scopes: readonly string[], expires?: string): Promise<CreateKeyAnswer> {
      const body = { name: 'test', scopes, ...(expires === undefined ? {} : { expires }) }
      const made = await one.call('/v1/keys', { method: 'POST', key: ADMIN_KEY, body })
      if (made.status !== 201) throw new Error(made.text)
      return made.json as CreateKeyAnswer
    },
    async token(body: TokenRequest, key = ADMIN_KEY): Promise<string> {
      const made = await one.call('/v1/tokens', { method: 'POST', key, body })
      if (made.status !== 200) throw new Error(made.text)
      return (made.json as IssueTokenAnswer).token
    },
  }
  const all = {
    ...bindings,
    AUTH: undefined,
    CLOCK: undefined,
    ADMIN_KEY,
    TOKEN_KEY,
    ...UNLIMITED,
    ...vars,
  } as unknown as Env
  const app = createApp(() => one.now)
  return Object.assign(one, { routes: app.routes })
}

const MIGRATIONS = import.meta.glob<string>('../../registry/migrations/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

export async function migrate(): Promise<void> {
  const statements = Object.keys(MIGRATIONS)
    .sort()
    .flatMap((file) => MIGRATIONS[file]?.split('--> statement-breakpoint') ?? [])
  await bindings.DB.batch(statements.map((statement) => bindings.DB.prepare(statement)))
}

/** `delays` has features of both kinds, `visits` an integer key, `internal` nothing that is public. */
export function definitions(risk: 'server' | 'public' = 'public'): Definitions {
  const view = (name: string, entity: string, features: Definitions['views'][number]['features']) => ({
    name,
    entity,
    sources: ['all'],
    timestamp: 'event_timestamp',
    online: 'kv' as const,
    features,
  })
  const input = (name: string, as: string, keys: Readonly<Record<string, string>>, ...features: readonly string[]) => ({
    view: name,
    as,
    keys,
    features: features.map((feature) => ({ feature, name: feature })),
  })
  return {
    entities: [
      { name: 'airport', join_keys: [{ name: 'airport', type: 'string' }] },
      { name: 'user', join_keys: [{ name: 'user_id', type: 'int64' }] },
    ],
    sources: [{ name: 'all', format: 'parquet', path: 'file:///all.parquet', timestamp: 'at' }],
    views: [
      view('airport_delays', 'airport', [
        { name: 'risk', type: 'float64', visibility: risk },
        { name: 'margin', type: 'float64', visibility: 'server' },
        { name: 'flights', type: 'int64', visibility: 'public' },
      ]),
      view('airport_costs', 'airport', [{ name: 'cost', type: 'float64', visibility: 'server' }]),
      view('user_stats', 'user', [{ name: 'visits', type: 'int64', visibility: 'public' }]),
    ],
    services: [
      {
        name: 'delays',
        inputs: [
          input('airport_delays', 'origin_delays', { airport: 'origin' }, 'risk', 'margin', 'flights'),
          input('airport_costs', 'destination_costs', { airport: 'destination' }, 'cost'),
        ],
      },
      { name: 'visits', inputs: [input('user_stats', 'user_stats', {}, 'visits')] },
      { name: 'internal', inputs: [input('airport_costs', 'airport_costs', {}, 'cost')] },
    ],
  }
}

const ROWS: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  'airport_delays@1': [
    ['SFO', 0, 0.5, 77.25, '12'],
    ['JFK', 0, 0.75, 78.25, '13'],
  ],
  'airport_costs@1': [
    ['SFO', 0, 991.5],
    ['JFK', 0, 992.5],
  ],
  'user_stats@1': [
    ['7', 0, '70'],
    ['8', 0, '80'],
  ],
}

/** Puts blocks, plans, the next revision and the head into KV. */
export async function publishGuarded(
  defined = definitions(),
  before: { readonly head: Head; readonly registry: RegistrySnapshot } = { head: EMPTY_HEAD, registry: EMPTY_REGISTRY },
): Promise<{ readonly head: Head; readonly registry: RegistrySnapshot }> {
  const { KV } = bindings
  const { snapshot, plans } = await applyDefinitions(before.registry, defined)
  const run = { store: 'kv' as const, run: '1-aaaa', blocks: 1 }
  const views = Object.fromEntries(Object.keys(ROWS).map((view) => [view, { snapshot: 1, base: run, watermark: 0 }]))
  const head = nextHead(before.head, snapshot, views)
  for (const [view, rows] of Object.entries(ROWS))
    await KV.put(
      blockKey(view, run.run, 0),
      writeBlock({ view, run: run.run, block: 0, blocks: 1 }, JSON.stringify(rows)),
    )
  for (const [hash, plan] of plans) await KV.put(planKey(hash), canonicalJson(plan))
  await KV.put(revisionKey(head.revision), JSON.stringify(head))
  await KV.put(HEAD_KEY, JSON.stringify(head))
  return { head, registry: snapshot }
}
