import { describe, expect, it, vi } from 'vitest'
import type { FeatureService } from '../registry/definitions/feature-service.ts'
import { createClient } from './client.ts'
import { ClientError } from './error.ts'
import type { Client } from './types.ts'

/** The client of a module with any service, which takes and yields any row. */
type AnyClient = Client<Record<string, FeatureService<string, Record<string, unknown>, object>>>

const PLAN = {
  service: 'flight_delay',
  version: 1,
  features: [
    { name: 'flights_1d', type: 'int64' },
    { name: 'avg_delay_7d', type: 'float64' },
  ],
  keys: [{ name: 'origin', type: 'string' }],
}
const ANSWER =
  '{"service":"flight_delay@1","revision":42,"rows":[{"flights_1d":9007199254740993,"avg_delay_7d":"NaN"}],"issues":[],"views":[],"degraded":false}'

/** Answers each path with a text or a response, and keeps the requests. */
function server(answers: Record<string, string | (() => Response)>) {
  const requests: { path: string; method: string | undefined; body: unknown; headers: Headers }[] = []
  const handle = vi.fn(async (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
    const path = String(input).replace('http://edge', '')
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    requests.push({ path, method: init?.method, body, headers: new Headers(init?.headers) })
    const answer = answers[path]
    if (answer === undefined) return new Response('not found', { status: 404 })
    return typeof answer === 'string' ? new Response(answer) : answer()
  })
  return { fetch: handle, requests }
}

function clientOf(answers: Record<string, string | (() => Response)>, token?: string | (() => Promise<string>)) {
  const { fetch, requests } = server({ '/v1/services/flight_delay/plan': JSON.stringify(PLAN), ...answers })
  const options = { url: 'http://edge/', fetch, retries: 0, ...(token !== undefined && { token }) }
  return { client: createClient(options) as unknown as AnyClient, requests }
}

async function failure(call: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ClientError) return error
  throw new Error(`no ClientError: ${String(error)}`)
}

describe('client', () => {
  it('gets one row, in the types of the plan', async () => {
    const { client, requests } = clientOf({ '/v1/features': ANSWER }, 'sl_key')
    const { row, meta } = await client.get('flight_delay', { origin: 'SFO', number: 9007199254740993n })
    expect(row).toEqual({ flights_1d: 9007199254740993n, avg_delay_7d: Number.NaN })
    expect(meta).toEqual({
      ...{ service: 'flight_delay@1', revision: 42, degraded: false, issues: [], views: [] },
      ...{ event_timestamps: {}, ages: {}, expires_in: null, computed: 'edge' },
      ...{ source: 'network', stale: false, offline: false, age: 0 },
    })
    const post = requests.find((request) => request.path === '/v1/features')
    expect(post).toMatchObject({
      method: 'POST',
      body: { service: 'flight_delay', rows: [{ origin: 'SFO', number: '9007199254740993' }] },
    })
    expect(post?.headers.get('authorization')).toBe('Bearer sl_key')
  })

  it('gets many rows in their order, and asks for the plan once', async () => {
    const rows = '[{"flights_1d":1,"avg_delay_7d":null},{"flights_1d":2,"avg_delay_7d":0.5}]'
    const answer = `{"service":"flight_delay@1","revision":42,"rows":${rows},"degraded":true,"issues":[{"view":"delays","status":"NOT_FOUND","rows":[0]}]}`
    const { client, requests } = clientOf({ '/v1/features': answer })
    await client.getMany('flight_delay', [{}, {}])
    const { rows: found, meta } = await client.getMany('flight_delay', [{ origin: 'SFO' }, { origin: 'JFK' }])
    expect(found).toEqual([
      { flights_1d: 1n, avg_delay_7d: null },
      { flights_1d: 2n, avg_delay_7d: 0.5 },
    ])
    expect(meta).toMatchObject({
      degraded: true,
      issues: [{ view: 'delays', status: 'NOT_FOUND', rows: [0] }],
      views: [],
    })
    expect(requests.filter((request) => request.path.endsWith('/plan'))).toHaveLength(1)
  })

  it('reads the plan of the version that answered', async () => {
    const newer = { ...PLAN, version: 2, features: [{ name: 'flights_1d', type: 'int32' }] }
    const { client } = clientOf({
      '/v1/services/flight_delay@2/plan': JSON.stringify(newer),
      '/v1/features': '{"service":"flight_delay@2","revision":43,"rows":[{"flights_1d":1}]}',
    })
    expect((await client.get('flight_delay', {})).row).toEqual({ flights_1d: 1 })
  })

  it('asks a token function once for the requests of a tick', async () => {
    const token = vi.fn(async () => 'browser')
    const { client, requests } = clientOf({ '/v1/features': ANSWER }, token)
    await client.get('flight_delay', {})
    await client.get('flight_delay', {})
    expect(requests).toHaveLength(3)
    expect(token).toHaveBeenCalledTimes(2)
    expect(requests.every((request) => request.headers.get('authorization') === 'Bearer browser')).toBe(true)
  })

  it('asks for the versions of the lock file', async () => {
    const locked = { ...PLAN, version: 1 }
    const { fetch, requests } = server({
      '/v1/services/flight_delay@1/plan': JSON.stringify(locked),
      '/v1/features': ANSWER,
    })
    const lock = { deployments: { 'http://edge': { registry: 4, services: { flight_delay: 1 } } } }
    const client = createClient({ url: 'http://edge/', fetch, lock }) as unknown as AnyClient
    expect((await client.get('flight_delay', {})).meta.service).toBe('flight_delay@1')
    expect(requests.find(({ path }) => path === '/v1/features')?.body).toMatchObject({ service: 'flight_delay@1' })
    await expect(client.get('other', {})).rejects.toThrow('The lock file has no version of other at http://edge.')
    expect(() => createClient({ url: 'http://elsewhere', fetch, lock })).toThrow(
      'The lock file knows no deployment http://elsewhere, only http://edge.',
    )
  })

  it("throws the server's error", async () => {
    const body =
      '{"error":{"code":"INVALID","message":"origin: 1 is not right; send a string.","details":{"field":"origin"}},"request_id":"r1"}'
    const { client } = clientOf({ '/v1/features': () => new Response(body, { status: 422 }) })
    expect(await failure(client.get('flight_delay', { origin: 1 }))).toMatchObject({
      code: 'INVALID',
      status: 422,
      requestId: 'r1',
      message: 'origin: 1 is not right; send a string.',
      details: { field: 'origin' },
    })
  })

  it('forgets a plan that failed', async () => {
    let attempts = 0
    const plan = () => (attempts++ === 0 ? new Response('', { status: 503 }) : new Response(JSON.stringify(PLAN)))
    const { client } = clientOf({ '/v1/services/flight_delay/plan': plan, '/v1/features': ANSWER })
    expect(await failure(client.get('flight_delay', {}))).toMatchObject({ code: 'UNREADABLE', status: 503 })
    expect((await client.get('flight_delay', {})).row).toMatchObject({ flights_1d: 9007199254740993n })
  })

  it('says when nobody answers', async () => {
    const cause = new TypeError('fetch failed')
    const fetch = () => Promise.reject(cause)
    const client = createClient({ url: 'http://edge', fetch, retries: 0 }) as unknown as AnyClient
    const error = await failure(client.get('flight_delay', {}))
    expect(error).toMatchObject({ code: 'UNREACHABLE', status: 0, message: 'http://edge cannot be reached.', cause })
  })

  it('throws the reason of an aborted request', async () => {
    const reason = new Error('too slow')
    const signal = AbortSignal.abort(reason)
    const fetch = async (_url: unknown, init?: RequestInit) => {
      init?.signal?.throwIfAborted()
      return new Response(JSON.stringify(PLAN))
    }
    const client = createClient({ url: 'http://edge', fetch }) as unknown as AnyClient
    await expect(client.get('flight_delay', {}, { signal })).rejects.toBe(reason)
  })

  it.each([
    ['<html>', 'The answer is not a JSON object. Check the url of the client.'],
    ['{"rows":[]}', 'The answer names no service or no revision.'],
    ['{"service":"flight_delay@1","revision":1,"rows":[]}', 'The answer does not hold the 1 rows that were asked for.'],
    ['{"service":"flight_delay@1","revision":1,"rows":[1]}', 'Row 0 of the answer is not an object.'],
    [
      '{"service":"flight_delay@1","revision":1,"rows":[{"x":1}]}',
      'The feature x of the answer is not in the plan of the service.',
    ],
    [
      '{"service":"flight_delay@1","revision":1,"rows":[{"flights_1d":1.5}]}',
      'The feature flights_1d cannot be read: it is "1.5" instead of an integer.',
    ],
  ])('refuses the answer %s', async (answer, message) => {
    const plan = { '/v1/services/flight_delay@1/plan': JSON.stringify(PLAN) }
    const { client } = clientOf({ '/v1/features': answer, ...plan })
    const error = await failure(client.get('flight_delay', {}))
    expect(error.code).toBe('UNREADABLE')
    expect(error.message).toContain(message)
  })

  it.each([
    [{}, 'The plan of the service has no name, version or features.'],
    [{ ...PLAN, features: [{ name: 'a' }] }, 'A feature in the plan of the service has no name or no type.'],
    [
      { ...PLAN, features: [{ name: 'a', type: 'decimal' }] },
      'The feature a has the type decimal, which this client does not know. Update it.',
    ],
  ])('refuses the plan %j', async (plan, message) => {
    const { client } = clientOf({ '/v1/services/flight_delay/plan': JSON.stringify(plan), '/v1/features': ANSWER })
    expect((await failure(client.get('flight_delay', {}))).message).toBe(message)
  })
})
