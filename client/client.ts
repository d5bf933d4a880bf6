import { type Answered, answeredOf } from './answer.ts'
import { asker, type Row } from './ask.ts'
import type { Opened } from './cache/index.ts'
import type { ClientCache } from './cache/options.ts'
import { referenceOf } from './lock.ts'
import { planCache } from './plan.ts'
import { sender } from './request.ts'
import { RUNTIME, type Runtime } from './runtime.ts'
import { tokensOf } from './token.ts'
import type { Client, ClientOptions, RequestOptions, Services } from './types.ts'
import { watcher } from './watch.ts'

const TIMEOUT_MS = 10_000
const RETRIES = 2

/**
 * A client for the services that a features module exports.
 *
 * @param options `url` of the Worker; `token`, an API key or a function that yields a browser token; `lock`, the service versions to ask for; `cache`; `compute` and `code`, for computing on the device; `timeout`; `retries`; `fetch`, if not the runtime's
 * @example
 * const client = createClient<typeof import('./features')>({ url: 'https://features.example.com' })
 * const { row, meta } = await client.get('flight_delay', { origin: 'SFO' })
 */
export function createClient<M>(options: ClientOptions): Client<Services<M>> {
  return createClientIn<M>(RUNTIME, options)
}

/** With clocks and chance of a test. */
export function createClientIn<M>(runtime: Runtime, options: ClientOptions): Client<Services<M>> {
  const { url, token, cache: caching, timeout = TIMEOUT_MS, retries = RETRIES } = options
  const base = url.replace(/\/+$/, '')
  const referenceTo = referenceOf(base, options.lock)
  const tokens = tokensOf(token)
  const send = sender({ base, retries, fetch: options.fetch }, tokens, runtime)
  let opening: Promise<Opened> | undefined
  const cache = async (): Promise<Opened | undefined> => {
    if (!caching) return undefined
    opening ??= import('./cache/index.ts').then(({ openCache }) => openCache(caching, { base, runtime, tokens, plans }))
    // Its code may be out of reach just now: tried again at the next call.
    return opening.catch((error: unknown) => {
      opening = undefined
      throw error
    })
  }
  const plans = planCache(send, () => runtime.mono() + timeout, cache)
  const ask = asker({ send, plans, runtime, timeout, before: cache })

  async function getMany(name: string, rows: readonly Row[], requestOptions: RequestOptions = {}): Promise<Answered> {
    const service = referenceTo(name)
    const { signal, maxAge, compute = options.compute ?? 'edge', statuses = false } = requestOptions
    const reload = requestOptions.cache === 'reload'
    const edge = async (): Promise<Answered> =>
      answeredOf(await ask({ service, compute: 'edge', maxAge, reload }, rows, statuses, signal), statuses)
    if (compute === 'edge') return edge()
    // Beside its code, and not after it; who computes is told of a failure.
    plans.of(service).catch(() => {})
    const { computeLocally } = await import('./local/index.ts')
    return computeLocally({
      service,
      rows,
      only: compute === 'local',
      code: options.code ?? [],
      options: requestOptions,
      plan: plans.of,
      stored: (keys) => ask({ service, compute: 'client', maxAge, reload }, keys, statuses, signal),
      edge,
    })
  }

  async function get(service: string, row: Row, requestOptions?: RequestOptions) {
    const { rows, meta } = await getMany(service, [row], requestOptions)
    return { row: rows[0] ?? {}, meta }
  }

  const controls: ClientCache = {
    status: async () => (await cache())?.status() ?? { store: 'off' },
    clear: async () => (await cache())?.clear(),
  }
  // The rows are of the plan's types; that these are the types of M is what deploying M's definitions means.
  return { get, getMany, watch: watcher(get, runtime), cache: controls } as unknown as Client<Services<M>>
}
