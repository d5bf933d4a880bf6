/** The client against the whole Worker, in workerd: one request of many calls, tokens that end, rows that are refused, what is kept. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Meta } from '../../client/meta.ts'
import { type Guarded, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

type Row = Readonly<Record<string, unknown>>

interface AnyClient {
  get(service: string, row: Row, options?: object): Promise<{ readonly row: Row; readonly meta: Meta }>
  getMany(
    service: string,
    rows: readonly Row[],
    options?: object,
  ): Promise<{ readonly rows: readonly Row[]; readonly meta: Meta }>
  readonly cache: { status(): Promise<unknown>; clear(): Promise<void> }
}

/** The room of the client has the types of a page, which are not those of a Worker. */
const { createClient } = Object.values(
  import.meta.glob<{ readonly createClient: (options: object) => AnyClient }>('../../client/index.ts', { eager: true }),
)[0] as { readonly createClient: (options: object) => AnyClient }

const GRANT = { services: ['delays', 'visits'], entities: { origin: ['SFO', 'JFK'], destination: '*', user_id: [7] } }

beforeAll(async () => {
  await migrate()
  await publishGuarded()
})

/** A client whose requests are counted, by path. */
function clientOf(deployment: Guarded, options: object) {
  const sent: { readonly path: string; readonly rows: number }[] = []
  const fetch = async (input: string, init: RequestInit & { readonly headers: Record<string, string> }) => {
    const path = input.replace('https://features.example.com', '')
    const body = typeof init.body === 'string' ? init.body : undefined
    sent.push({ path, rows: body === undefined ? 0 : JSON.parse(body).rows.length })
    const { authorization = '' } = init.headers
    const key = authorization.replace('Bearer ', '')
    const { method = 'GET' } = init
    const { status, headers, bytes } = await deployment.call(path, { method, key, ...(body !== undefined && { body }) })
    return new Response(bytes, { status, headers })
  }
  const client = createClient({ url: 'https://features.example.com', fetch, ...options })
  const posts = (): readonly number[] => sent.flatMap(({ path, rows }) => (path === '/v1/features' ? [rows] : []))
  return { client, posts }
}

const of = (origin: unknown, destination: unknown = 'JFK'): Row => ({ origin, destination })

describe('calls of one tick', () => {
  it('are one request, and each has its own row, instants and issues', async () => {
    const deployment = guarded()
    const { client, posts } = clientOf(deployment, { token: await deployment.token(GRANT) })
    const [one, other, many] = await Promise.all([
      client.get('delays', of('SFO')),
      client.get('delays', of('JFK')),
      client.getMany('delays', [of('JFK'), of('SFO')], { statuses: true }),
    ])
    expect(posts()).toEqual([4])
    expect([one.row, other.row, ...many.rows]).toEqual(
      [0.5, 0.75, 0.75, 0.5].map((risk) => expect.objectContaining({ risk, flights: risk === 0.5 ? 12n : 13n })),
    )
    const epoch = '1970-01-01T00:00:00Z'
    expect(one.meta).toMatchObject({
      event_timestamps: { origin_delays: [epoch] },
      source: 'network',
      computed: 'edge',
    })
    // Since the epoch, by the clock of the deployment.
    expect(Math.abs((one.meta.ages['origin_delays']?.[0] ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(many.meta.statuses).toHaveLength(2)
  })

  it('fail alone: what the token or the plan refuses is asked for without it', async () => {
    const deployment = guarded()
    const { client, posts } = clientOf(deployment, { token: await deployment.token(GRANT) })
    const answers = await Promise.allSettled([
      client.get('delays', of('SFO')),
      client.get('delays', of('ORD')),
      client.getMany('delays', [of('SFO'), of(7)]),
      client.get('delays', { origin: 'SFO' }),
      client.get('delays', of('JFK')),
    ])
    expect(answers.map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason))).toEqual([
      'ok',
      expect.objectContaining({ code: 'FORBIDDEN', status: 403, details: { field: 'origin', row: 0 } }),
      expect.objectContaining({ code: 'INVALID', status: 422, details: { field: 'origin', row: 1 } }),
      expect.objectContaining({
        code: 'INVALID',
        message: expect.stringMatching(/^rows\[0\]: the join key destination/),
      }),
      'ok',
    ])
    expect(posts()).toHaveLength(4)
  })

  it('end for one caller without ending for the others', async () => {
    const deployment = guarded()
    const { client } = clientOf(deployment, { token: await deployment.token(GRANT) })
    const cut = new AbortController()
    const gone = client.get('delays', of('SFO'), { signal: cut.signal })
    const stays = client.get('delays', of('JFK'))
    cut.abort(new Error('not needed'))
    await expect(gone).rejects.toThrow('not needed')
    expect((await stays).row).toMatchObject({ risk: 0.75 })
  })
})

describe('a token', () => {
  it('that has ended is asked for again once, and a function that has no other is an error', async () => {
    const deployment = guarded()
    const asked: unknown[] = []
    let token = await deployment.token({ ...GRANT, ttl: '1m' })
    const renewing = async (refused?: string) => {
      asked.push(refused)
      if (refused !== undefined) token = await deployment.token(GRANT)
      return token
    }
    const { client } = clientOf(deployment, { token: renewing })
    await client.get('delays', of('SFO'))
    const first = token
    deployment.now += 60_000
    expect((await client.get('delays', of('SFO'))).row).toMatchObject({ risk: 0.5 })
    expect(asked).toEqual([undefined, undefined, first])
    const stuck = clientOf(deployment, { token: async () => first })
    await expect(stuck.client.get('delays', of('SFO'))).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  })
})

describe('a cache', () => {
  it('keeps rows for who may read the same, through renewed tokens, and for nobody else', async () => {
    const deployment = guarded()
    let token = await deployment.token(GRANT)
    const { client, posts } = clientOf(deployment, { token: () => token, cache: { maxAge: '1m' } })
    await client.get('delays', of('SFO'))
    token = await deployment.token(GRANT)
    expect((await client.get('delays', of('SFO'))).meta).toMatchObject({ source: 'cache', stale: false, revision: 1 })
    token = await deployment.token({ ...GRANT, entities: { ...GRANT.entities, origin: ['SFO'] } })
    expect((await client.get('delays', of('SFO'))).meta.source).toBe('network')
    expect(posts()).toEqual([1, 1])
    expect(await client.cache.status()).toEqual({ store: 'memory' })
  })

  it('lets go of what the server refuses by now', async () => {
    const deployment = guarded()
    let token = await deployment.token(GRANT)
    const cache = { maxAge: '1h', offline: '1d', partition: 'ada' }
    const { client } = clientOf(deployment, { token: () => token, cache })
    await client.get('delays', of('SFO'))
    token = await deployment.token({ ...GRANT, entities: { ...GRANT.entities, origin: ['JFK'] } })
    expect((await client.get('delays', of('SFO'))).meta.source).toBe('cache')
    const refused = { code: 'FORBIDDEN', status: 403 }
    await expect(client.get('delays', of('SFO'), { cache: 'reload' })).rejects.toMatchObject(refused)
    await expect(client.get('delays', of('SFO'))).rejects.toMatchObject(refused)
  })
})
