/** Browser tokens and what a page could try with one, at every door that reads features. */
import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { IssueTokenAnswer } from '../../registry/wire/keys.ts'
import {
  ADMIN_KEY,
  type Answer,
  definitions,
  type Guarded,
  guarded,
  migrate,
  publishGuarded,
  TOKEN_KEY,
} from './guarded.fixture.ts'

type Vars = Parameters<typeof guarded>[0]
type Row = Readonly<Record<string, string | number | boolean>>
type Ask = (deployment: Guarded, key: string, service: string, row: Row) => Promise<Answer>

const posted =
  (path: string, more: Readonly<Record<string, unknown>> = {}): Ask =>
  (deployment, key, service, row) =>
    deployment.call(path, { method: 'POST', key, body: { service, rows: [row], ...more } })

/** Every way to features. */
const DOORS: readonly (readonly [string, Ask])[] = [
  ['POST /v1/features', posted('/v1/features')],
  ['POST /v1/features with all options', posted('/v1/features', { metadata: 'full', full_names: true, strict: true })],
  ['POST past the short way', posted('/v1/%66eatures')],
  ['POST in columns', posted('/v1/features', { format: 'columns' })],
  [
    'POST with shared keys',
    (deployment, key, service, row) =>
      deployment.call('/v1/features', { method: 'POST', key, body: { service, rows: [{}], shared: row } }),
  ],
  [
    'GET /v1/services/{service}/features',
    (deployment, key, service, row) => {
      const query = new URLSearchParams(Object.entries(row).map(([name, value]) => [name, String(value)]))
      return deployment.call(`/v1/services/${encodeURIComponent(service)}/features?${query}`, { key })
    },
  ],
]

const SFO = { origin: 'SFO', destination: 'JFK' }
const GRANT = { services: ['delays', 'internal'], entities: { origin: ['SFO'], destination: '*', airport: '*' } }

let published: Awaited<ReturnType<typeof publishGuarded>>
beforeAll(async () => {
  await migrate()
  published = await publishGuarded()
})

describe.each(DOORS)('at %s', (_door, ask) => {
  it('a token reads the public features of its entities, and none of the others', async () => {
    const deployment = guarded()
    const { status, text, headers } = await ask(deployment, await deployment.token(GRANT), 'delays', SFO)
    expect(status).toBe(200)
    expect(headers.get('x-shoreline-revision')).toBe('1')
    expect(text).toMatch(/risk":\[?0\.5/)
    expect(text).toMatch(/flights":\[?12/)
    for (const secret of ['margin', '77.25', 'cost', '99']) expect(text).not.toContain(secret)
    const all = await ask(deployment, ADMIN_KEY, 'delays', SFO)
    for (const value of ['77.25', '992.5']) expect(all.text).toContain(value)
  })

  it.each([
    ['another entity', 'delays', { origin: 'JFK', destination: 'SFO' }, 'does not cover that origin'],
    ['an entity that looks the same', 'delays', { origin: 'sfo', destination: 'JFK' }, 'does not cover'],
    ['the wildcard as an entity', 'delays', { origin: '*', destination: 'JFK' }, 'does not cover'],
    ['another service', 'visits', { user_id: 7 }, 'not for \\"visits\\"'],
    ['a version of another service', 'visits@1', { user_id: 7 }, 'not for \\"visits\\"'],
    ['a service that does not exist', 'nothing', {}, 'not for \\"nothing\\"'],
    ['a service without a public feature', 'internal', { airport: 'SFO' }, 'no feature that is public'],
    ['that service by its version', 'internal@1', { airport: 'SFO' }, 'no feature that is public'],
  ])('a token is refused for %s', async (_what, service, row, message) => {
    const deployment = guarded()
    const { status, text } = await ask(deployment, await deployment.token(GRANT), service, row)
    expect({ status, text }).toEqual({ status: 403, text: expect.stringContaining(message) })
    expect(text).toContain('"code":"FORBIDDEN"')
  })

  it('integers are the same as numbers and as text, and nothing else is', async () => {
    const deployment = guarded()
    const token = await deployment.token({ services: ['visits'], entities: { user_id: [7, 'x', true] } })
    expect((await ask(deployment, token, 'visits', { user_id: '7' })).text).toMatch(/visits":\[?70/)
    expect((await ask(deployment, token, 'visits', { user_id: 8 })).status).toBe(403)
    const texts = await deployment.token({ services: ['visits'], entities: { user_id: ['7'] } })
    expect((await ask(deployment, texts, 'visits', { user_id: 7 })).text).toMatch(/visits":\[?70/)
    expect((await ask(deployment, texts, 'visits', { user_id: 70 })).status).toBe(403)
  })

  it('a join key that the token does not name covers nobody', async () => {
    const deployment = guarded()
    const token = await forged({ claims: { ...GRANT, entities: { origin: ['SFO'] } } })
    const { status, text } = await ask(deployment, token, 'delays', SFO)
    expect({ status, text }).toEqual({ status: 403, text: expect.stringContaining('the join key destination') })
  })

  it('a token ends at its time, from memory too', async () => {
    const deployment = guarded()
    const token = await deployment.token({ ...GRANT, ttl: '1m' })
    deployment.now += 59_999
    expect((await ask(deployment, token, 'delays', SFO)).status).toBe(200)
    deployment.now += 1
    expect(await ask(deployment, token, 'delays', SFO)).toMatchObject({ status: 401 })
    expect((await ask(guardedAt(deployment.now), token, 'delays', SFO)).text).toContain('has expired')
  })

  it.each(forgeries())('a token that is %s is 401', async (_what, make) => {
    const deployment = guarded()
    const { status, json } = await ask(deployment, await make(deployment), 'delays', SFO)
    expect({ status, json }).toEqual({
      status: 401,
      json: expect.objectContaining({ error: expect.objectContaining({ code: 'UNAUTHENTICATED' }) }),
    })
  })

  it('a token with other claims or another signature stays refused after the right one was seen', async () => {
    const deployment = guarded()
    const token = await deployment.token(GRANT)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const statuses = []
    for (const one of [
      token,
      `${header}.${payload}.${flip(signature)}`,
      `${header}.${flip(payload)}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      token,
    ])
      statuses.push((await ask(deployment, one, 'delays', SFO)).status)
    expect(statuses).toEqual([200, 401, 401, 401, 401, 200])
  })

  it('a token dies with the key that issued it, within 30 s', async () => {
    const here = guarded()
    const there = guarded()
    const { id, key } = await here.key(['tokens:issue', 'features:read:delays', 'features:read:internal'])
    const token = await here.token(GRANT, key)
    expect((await ask(there, token, 'delays', SFO)).status).toBe(200)
    await here.call(`/v1/keys/${id}/revoke`, { method: 'POST', key: ADMIN_KEY })
    expect((await ask(here, token, 'delays', SFO)).status).toBe(401)
    there.now += 30_001
    expect(await ask(there, token, 'delays', SFO)).toMatchObject({
      status: 401,
      json: { error: { message: expect.stringContaining('is not valid any more') } },
    })
  })

  it('a key of another scope is refused', async () => {
    const deployment = guarded()
    for (const scope of ['features:read:visits', 'registry:write', 'tokens:issue', 'push:write']) {
      const { key } = await deployment.key([scope])
      expect({ scope, status: (await ask(deployment, key, 'delays', SFO)).status }).toEqual({ scope, status: 403 })
    }
  })
})

describe('a token', () => {
  it('is checked in every row of a request', async () => {
    const deployment = guarded()
    const key = await deployment.token(GRANT)
    const body = { service: 'delays', rows: [SFO, SFO, { origin: 'JFK', destination: 'SFO' }] }
    const { status, text } = await deployment.call('/v1/features', { method: 'POST', key, body })
    expect(status).toBe(403)
    expect(text).toContain('rows[2].origin')
  })

  it('is not good for an earlier revision, in which more was public', async () => {
    const deployment = guarded()
    const key = await deployment.token(GRANT)
    const pinned = { 'x-shoreline-revision': '1' }
    const calls = [
      deployment.call('/v1/features', {
        method: 'POST',
        key,
        headers: pinned,
        body: { service: 'delays', rows: [SFO] },
      }),
      deployment.call('/v1/services/delays/features?origin=SFO&destination=JFK', { key, headers: pinned }),
    ]
    for (const { status } of await Promise.all(calls)) expect(status).toBe(403)
    const least = await deployment.call('/v1/services/delays/features?origin=SFO&destination=JFK', {
      key,
      headers: { 'x-shoreline-min-revision': '1' },
    })
    expect(least.status).toBe(200)
  })

  it('cannot name features one by one, nor have inputs instead of what is computed of them', async () => {
    const deployment = guarded()
    const key = await deployment.token({ ...GRANT, entities: { ...GRANT.entities, airport: ['SFO'] } })
    const ask = (body: unknown, by: string) => deployment.call('/v1/features', { method: 'POST', key: by, body })
    const list = { features: ['airport_delays:risk', 'airport_delays:margin'], rows: [{ airport: 'SFO' }] }
    expect(await ask(list, key)).toMatchObject({ status: 403, json: { error: { code: 'FORBIDDEN' } } })
    const { key: one } = await deployment.key(['features:read:delays'])
    expect(await ask(list, one)).toMatchObject({
      status: 403,
      json: { error: { details: { scopes: ['features:read'] } } },
    })
    const { status, json, text } = await ask({ service: 'delays', rows: [SFO], compute: 'client' }, key)
    expect({ status, json }).toMatchObject({ status: 200, json: { rows: [{ risk: 0.5, flights: 12 }] } })
    expect(text).not.toMatch(/77\.25|margin|cost/)
  })

  it('is checked where a row and what it shares name one entity together', async () => {
    const deployment = guarded()
    const key = await deployment.token(GRANT)
    const ask = (shared: unknown, row: unknown) =>
      deployment.call('/v1/features', { method: 'POST', key, body: { service: 'delays', rows: [row], shared } })
    expect((await ask({ destination: 'JFK' }, { origin: 'SFO' })).status).toBe(200)
    expect((await ask({ destination: 'JFK' }, { origin: 'JFK' })).status).toBe(403)
    expect((await ask({ origin: 'JFK' }, { destination: 'JFK' })).status).toBe(403)
    expect((await ask({ origin: 'JFK' }, { origin: 'SFO', destination: 'JFK' })).status).toBe(422)
  })

  it('says of a service what is public, and nothing of the rest', async () => {
    const deployment = guarded()
    const key = await deployment.token(GRANT)
    const { status, json, text, headers } = await deployment.call('/v1/services/delays/plan', { key })
    expect({ status, json }).toMatchObject({
      status: 200,
      json: {
        features: [{ name: 'risk' }, { name: 'flights' }],
        views: [{ as: 'origin_delays', view: 'airport_delays@1', ttl_seconds: null }],
      },
    })
    for (const secret of ['margin', 'cost']) expect(text).not.toContain(secret)
    const same = { key, headers: { 'if-none-match': headers.get('etag') ?? '' } }
    expect((await deployment.call('/v1/services/delays/plan', same)).status).toBe(304)
    expect((await deployment.call('/v1/services/internal/plan', { key })).status).toBe(403)
    expect((await deployment.call('/v1/services/visits/plan', { key })).status).toBe(403)
  })

  it('that was signed with the previous key is good while that key is kept', async () => {
    const token = await guarded().token(GRANT)
    const ask = async (vars: Vars) => (await DOORS[0]?.[1](guarded(vars), token, 'delays', SFO))?.status
    const next = 'the-key-that-signs-after-the-rotation-of-it'
    expect(await ask({ TOKEN_KEY: next, TOKEN_KEY_PREVIOUS: TOKEN_KEY })).toBe(200)
    expect(await ask({ TOKEN_KEY: next })).toBe(401)
    expect(await ask({ TOKEN_KEY: undefined })).toBe(401)
    expect(await ask({ ADMIN_KEY: undefined })).toBe(401) // its issuer is gone
  })

  it('reads what is public now: a feature that is made internal is gone with the next head', async () => {
    const deployment = guarded()
    const key = await deployment.token(GRANT)
    const ask = () => deployment.call('/v1/features', { method: 'POST', key, body: { service: 'delays', rows: [SFO] } })
    expect((await ask()).text).toContain('"risk":0.5')
    const next = await publishGuarded(definitions('server'), published)
    expect(next.registry.services.map((one) => one.version)).toEqual(
      published.registry.services.map((one) => one.version),
    )
    const fresh = guarded()
    const call = { method: 'POST', key, body: { service: 'delays@1', rows: [SFO] } }
    const { status, text } = await fresh.call('/v1/features', call)
    expect(status).toBe(200)
    expect(text).toContain('"rows":[{"flights":12}]')
    await publishGuarded(definitions(), next)
  })
})

describe('POST /v1/tokens', () => {
  const issue = async (body: unknown, key = ADMIN_KEY, vars = {}) =>
    guarded(vars).call('/v1/tokens', { method: 'POST', key, body })

  it('answers the token and its end, ten minutes from now unless asked otherwise', async () => {
    const { status, json, headers } = await issue(GRANT)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json).toEqual({ token: expect.stringMatching(/^eyJ/), expires_at: '2026-11-25T12:10:00.000Z' })
    expect((await issue({ ...GRANT, ttl: '15m' })).json).toMatchObject({ expires_at: '2026-11-25T12:15:00.000Z' })
    const { token } = json as IssueTokenAnswer
    expect(JSON.parse(atob(token.split('.')[1] ?? ''))).toMatchObject({
      iss: 'shoreline',
      aud: 'shoreline/features',
      sub: 'admin',
    })
  })

  it.each([
    ['a longer life', { ttl: '16m' }, 422, 'at most 15m'],
    ['a life that is none', { ttl: 'long' }, 422, 'ttl'],
    ['a service that does not exist', { services: ['nope'] }, 404, 'nope'],
    ['a version', { services: ['delays@1'] }, 400, 'services.0'],
    ['no service', { services: [] }, 400, 'services'],
    ['a join key without a value', { entities: { origin: ['SFO'] } }, 422, 'destination'],
    ['no value', { entities: { origin: [], destination: '*' } }, 400, 'entities.origin'],
    [
      'a number that JSON has rounded',
      '{"services":["visits"],"entities":{"user_id":[9007199254740993]}}',
      400,
      'entities.user_id',
    ],
    ['a number that is no key', { entities: { origin: [1.5], destination: '*' } }, 400, 'entities.origin'],
    ['another word for any', { entities: { origin: 'SFO', destination: '*' } }, 400, 'entities.origin'],
    [
      'more values than a header holds',
      {
        entities: { origin: Array.from({ length: 900 }, (_, i) => `a${i}`.padEnd(9)), destination: '*', airport: '*' },
      },
      413,
      'headers hold',
    ],
    ['an unknown field', { scope: 'x' }, 400, 'scope'],
  ])('refuses %s', async (_what, wrong, status, message) => {
    const answer = await issue(typeof wrong === 'string' ? wrong : { ...GRANT, ...wrong })
    expect({ status: answer.status, text: answer.text }).toEqual({ status, text: expect.stringContaining(message) })
  })

  it('hands on no more than the key has, and needs tokens:issue besides', async () => {
    const deployment = guarded()
    const both = await deployment.key(['tokens:issue', 'features:read:visits'])
    const reads = await deployment.key(['features:read'])
    const issues = await deployment.key(['tokens:issue'])
    const visits = { services: ['visits'], entities: { user_id: '*' } }
    expect((await issue(visits, both.key)).status).toBe(200)
    const refused = await Promise.all([issue(GRANT, both.key), issue(visits, reads.key), issue(visits, issues.key)])
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403])
    expect(
      refused.map(({ json }) => (json as { error: { details: { scopes: string[] } } }).error.details.scopes),
    ).toEqual([['features:read:delays'], ['tokens:issue'], ['features:read:visits']])
  })

  it('says what to set where nothing signs', async () => {
    const { status, text } = await issue(GRANT, ADMIN_KEY, { TOKEN_KEY: undefined })
    expect({ status, text }).toEqual({ status: 409, text: expect.stringContaining('wrangler secret put TOKEN_KEY') })
  })
})

describe('a browser', () => {
  const CORS = { CORS_ORIGINS: 'https://shop.example.com, http://localhost:5173' }
  const preflight = (origin: string, vars: Vars = CORS, path = '/v1/features') =>
    guarded(vars).call(path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    })

  it.each(['/v1/features', '/v1/services/visits/features'])('of an origin on the list may call %s', async (path) => {
    const { status, headers, text } = await preflight('http://localhost:5173', CORS, path)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect(headers.get('access-control-allow-headers')).toContain('authorization')
    expect(headers.get('access-control-allow-methods')).toContain('POST')
    expect(headers.get('vary')).toContain('Origin')
  })

  it.each([
    'https://evil.example.com',
    'https://shop.example.com.evil.example',
    'http://shop.example.com',
    'https://shop.example.com:8443',
    'https://SHOP.example.com',
    'null',
    '*',
  ])('of the origin %s may not', async (origin) => {
    const { status, headers } = await preflight(origin)
    expect(status).toBe(403)
    expect(headers.get('access-control-allow-origin')).toBeNull()
    const deployment = guarded(CORS)
    const called = await deployment.call('/v1/features', {
      method: 'POST',
      key: ADMIN_KEY,
      body: {},
      headers: { origin },
    })
    expect(called.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('reads answers and errors, with the headers that matter, at every door', async () => {
    const deployment = guarded(CORS)
    const key = await deployment.token(GRANT)
    const headers = { origin: 'https://shop.example.com' }
    const calls: readonly (readonly [string, Parameters<Guarded['call']>[1], number])[] = [
      ['/v1/features', { method: 'POST', key, body: { service: 'delays', rows: [SFO] } }, 200],
      ['/v1/features', { method: 'POST', body: {} }, 401],
      ['/v1/features', { method: 'POST', key, body: { service: 'visits', rows: [{ user_id: 1 }] } }, 403],
      ['/v1/services/delays/features?origin=SFO&destination=JFK', { key }, 200],
      ['/v1/services/delays/features?origin=JFK&destination=JFK', { key }, 403],
      ['/nope', {}, 401],
      ['/health', {}, 200],
    ]
    for (const [path, call, status] of calls) {
      const answer = await deployment.call(path, { ...call, headers })
      expect({ path, status: answer.status }).toEqual({ path, status })
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example.com')
      expect(answer.headers.get('vary')).toContain('Origin')
      for (const name of ['x-request-id', 'x-shoreline-revision', 'server-timing', 'etag'])
        expect(answer.headers.get('access-control-expose-headers')).toContain(name)
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it('finds no door where no origin is on the list', async () => {
    expect((await preflight('https://shop.example.com', {})).status).toBe(401)
    const { headers } = await guarded().call('/health', { headers: { origin: 'https://shop.example.com' } })
    expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([null, null])
  })
})

/** A Worker that has just started, at that time. */
function guardedAt(now: number): Guarded {
  const deployment = guarded()
  deployment.now = now
  return deployment
}

function flip(text: string): string {
  return `${text.slice(0, 4)}${text[4] === 'A' ? 'B' : 'A'}${text.slice(5)}`
}

interface Forged {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly secret?: string
  readonly without?: string
}

/** A token as the Worker signs them, but for what is said. */
async function forged({ header = {}, claims = {}, secret = TOKEN_KEY, without = '' }: Forged): Promise<string> {
  const at = Date.UTC(2026, 10, 25, 12) / 1000
  const all: Record<string, unknown> = {
    iss: 'shoreline',
    aud: 'shoreline/features',
    sub: 'admin',
    jti: crypto.randomUUID(),
    iat: at,
    nbf: at,
    exp: at + 600,
    ...GRANT,
    ...claims,
  }
  delete all[without]
  const genuine = await guarded().token(GRANT)
  const { kid } = JSON.parse(atob(genuine.split('.')[0] ?? '')) as { kid: string }
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid, ...header })
    .sign(new TextEncoder().encode(secret))
}

/** With the same secret, so that nothing but what is named is wrong. */
function forgeries(): readonly (readonly [string, (deployment: Guarded) => Promise<string>])[] {
  const at = Date.UTC(2026, 10, 25, 12) / 1000
  const part = (value: unknown): string =>
    btoa(JSON.stringify(value)).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  return [
    ['expired', () => forged({ claims: { exp: at - 1 } })],
    ['expiring now', () => forged({ claims: { exp: at } })],
    ['not yet valid', () => forged({ claims: { nbf: at + 60 } })],
    ['of the future', () => forged({ claims: { iat: at + 60 } })],
    ['older than any may get', () => forged({ claims: { iat: at - 1000 } })],
    ['signed by somebody else', () => forged({ secret: 'another secret of more than 32 bytes, or so' })],
    [
      'signed by somebody else who says so',
      () => forged({ secret: 'another secret of more than 32 bytes', header: { kid: '0' } }),
    ],
    ['without a key id', () => forged({ header: { kid: undefined } })],
    ['signed by another algorithm', () => forged({ header: { alg: 'HS384' }, secret: TOKEN_KEY.repeat(2) })],
    [
      'of another algorithm by its header',
      async (deployment) => {
        const [, payload, signature] = (await deployment.token(GRANT)).split('.')
        return `${part({ alg: 'RS256', typ: 'JWT' })}.${payload}.${signature}`
      },
    ],
    [
      'unsigned',
      async (deployment) => `${part({ alg: 'none', typ: 'JWT' })}.${(await deployment.token(GRANT)).split('.')[1]}.`,
    ],
    [
      'unsigned, with a key id',
      async (deployment) => {
        const [header = '', payload] = (await deployment.token(GRANT)).split('.')
        return `${part({ ...JSON.parse(atob(header)), alg: 'none' })}.${payload}.`
      },
    ],
    ['for another audience', () => forged({ claims: { aud: 'somebody/else' } })],
    ['of another issuer', () => forged({ claims: { iss: 'somebody' } })],
    ['from a key that does not exist', () => forged({ claims: { sub: 'aaaaaaaaaaaa' } })],
    ['from a deployment without authentication', () => forged({ claims: { sub: 'open' } })],
    ['of another kind', () => forged({ header: { typ: 'at+jwt' } })],
    ...['exp', 'nbf', 'iat', 'sub', 'jti', 'iss', 'aud', 'services', 'entities'].map(
      (without) => [`without ${without}`, () => forged({ without })] as const,
    ),
    ['for services that are no list', () => forged({ claims: { services: 'delays' } })],
    ['for entities that are no names', () => forged({ claims: { entities: '*' } })],
  ]
}
