/** A page that goes beyond its token, in a real browser: it is refused, and the refusal helps nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluate, open, type Visit } from './browser.fixture.ts'
import { type ExampleSite, exampleSite } from './example.fixture.ts'
import { html, type Site, serve } from './site.fixture.ts'

let site: ExampleSite
/** The Worker's own origin, where a page may send what it likes. */
let own: Visit
/** Another's. */
let foreign: Site
let elsewhere: Visit
let token: string

beforeAll(async () => {
  site = await exampleSite({ from: '2001-06-29', page: false })
  foreign = await serve({ '/': html(), '/page.js': '' })
  own = await open(`${site.url}/health`)
  elsewhere = await open(foreign.origin)
  token = await issue({ services: ['departure'], entities: { origin: ['SFO'], destination: ['JFK', 'BOS'] } })
})
afterAll(async () => {
  await Promise.all([own?.close(), elsewhere?.close(), foreign?.close()])
  await site?.[Symbol.asyncDispose]()
})

async function issue(grant: object): Promise<string> {
  const body = JSON.stringify({ ttl: '10m', ...grant })
  const response = await site.deployment.fetch('/v1/tokens', { method: 'POST', headers: site.admin, body })
  return ((await response.json()) as { token: string }).token
}

interface Answered {
  readonly status: number
  readonly text: string
}

/** As a script of the page sends it. */
function ask({ page }: Visit, path: string, body: object | null, bearer: string): Promise<Answered | string> {
  const init = {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  }
  const call = `fetch(${JSON.stringify(site.url + path)}, ${JSON.stringify(init)})`
  return evaluate(
    page,
    `${call}.then(async (response) => ({ status: response.status, text: await response.text() }), (error) => String(error))`,
  )
}

const FLIGHT = { origin: 'SFO', destination: 'JFK' }
const scheduled = (): string => `${site.day}T17:30:00Z`
const features = (row: object, more: object = {}): object => ({
  service: 'departure',
  rows: [{ scheduled_at: scheduled(), ...FLIGHT, ...row }],
  ...more,
})

/** What no answer to a page may hold: of other entities, of the definitions, of the inside. */
const INSIDE =
  /select |r2:\/\/|\.parquet|flights@example|p90|flights_7d|avg_delay_1d|late_share_1d|stack|at \w+ \(|\.ts:|kv:|b\/airport/i

it('reads what it is for', async () => {
  const answered = (await ask(own, '/v1/features', features({}), token)) as Answered
  expect(answered.status).toBe(200)
  expect(JSON.parse(answered.text)).toMatchObject({ rows: [{ distance: 2586, risk: expect.any(Number) }] })
  expect(answered.text).not.toMatch(INSIDE)
})

describe('refuses', () => {
  it.each<[string, string, () => object | null, number, string]>([
    ['a foreign entity', '/v1/features', () => features({ origin: 'LAX' }), 403, 'FORBIDDEN'],
    [
      'a foreign entity behind one of its own',
      '/v1/features',
      () => ({
        service: 'departure',
        rows: [
          { ...FLIGHT, scheduled_at: scheduled() },
          { ...FLIGHT, destination: 'ORD', scheduled_at: scheduled() },
        ],
      }),
      403,
      'FORBIDDEN',
    ],
    [
      'another service',
      '/v1/features',
      () => ({ service: 'airport_board', rows: [{ airport: 'SFO' }] }),
      403,
      'FORBIDDEN',
    ],
    [
      'another service that has the same public features',
      '/v1/features',
      () => ({ service: 'flight_delay', rows: [FLIGHT] }),
      403,
      'FORBIDDEN',
    ],
    ['a service that there is none of', '/v1/features', () => ({ service: 'payroll', rows: [{}] }), 403, 'FORBIDDEN'],
    [
      'features by their names',
      '/v1/features',
      () => ({ features: ['airport_delays:p90_delay_7d'], rows: [{ airport: 'SFO' }] }),
      403,
      'FORBIDDEN',
    ],
    ['the plan of another service', '/v1/services/flight_delay/plan', () => null, 403, 'FORBIDDEN'],
    ['the control plane', '/v1/registry', () => null, 403, 'FORBIDDEN'],
    ['the head', '/v1/head', () => null, 403, 'FORBIDDEN'],
    ['keys', '/v1/keys', () => null, 403, 'FORBIDDEN'],
    [
      'a token for more',
      '/v1/tokens',
      () => ({ services: ['flight_delay'], entities: { origin: '*', destination: '*' } }),
      403,
      'FORBIDDEN',
    ],
    ['metrics', '/metrics', () => null, 403, 'FORBIDDEN'],
  ])('%s', async (_what, path, body, status, code) => {
    const answered = (await ask(own, path, body(), token)) as Answered
    expect(answered.status).toBe(status)
    const { error, ...rest } = JSON.parse(answered.text) as { error: { code: string; message: string } }
    expect(error.code).toBe(code)
    expect(Object.keys(rest)).toEqual(['request_id'])
    expect(answered.text).not.toMatch(INSIDE)
    // Nothing of a value, and nothing of what there is beside what was asked for.
    expect(JSON.stringify(error)).not.toMatch(/2586|0\.2\d{3}|departure_risk|airport_delays@/)
  })

  it('a service that there is in the same words as one that there is none of', async () => {
    const message = async (service: string): Promise<string> => {
      const { text } = (await ask(own, '/v1/features', { service, rows: [FLIGHT] }, token)) as Answered
      return (JSON.parse(text) as { error: { message: string } }).error.message.replaceAll(service, '…')
    }
    expect(await message('flight_delay')).toBe(await message('payroll'))
  })

  it('whoever writes the token anew, and whoever has none', async () => {
    const [head = '', payload = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wider = encode({
      ...claims,
      services: ['departure', 'airport_board'],
      entities: { origin: '*', destination: '*', airport: '*' },
    })
    const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${wider}.`
    for (const forged of [`${head}.${wider}.${signature}`, unsigned, 'x.y.z', ''] as const) {
      const answered = (await ask(
        own,
        '/v1/features',
        { service: 'airport_board', rows: [{ airport: 'SFO' }] },
        forged,
      )) as Answered
      expect(answered.status).toBe(401)
      expect(answered.text).toContain('"UNAUTHENTICATED"')
      expect(answered.text).not.toMatch(INSIDE)
    }
  })

  it('a token past its time', async () => {
    const short = await issue({ services: ['departure'], entities: { origin: '*', destination: '*' }, ttl: '1s' })
    await expect
      .poll(async () => ((await ask(own, '/v1/features', features({}), short)) as Answered).status, { timeout: 5000 })
      .toBe(401)
    const { text } = (await ask(own, '/v1/features', features({}), short)) as Answered
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'UNAUTHENTICATED', message: 'This browser token has expired. Ask the application for another.' },
    })
  })

  it('pages of other origins, whatever they have: the browser does not let them read', async () => {
    for (const [path, body] of [
      ['/v1/features', features({})],
      ['/v1/services/departure/plan', null],
      ['/example/token', {}],
    ] as const)
      expect(await ask(elsewhere, path, body, token)).toBe('TypeError: Failed to fetch')
    // Nor does the site's own route make a token for them.
    const blind = `fetch('${site.url}/example/token', { method: 'POST', mode: 'no-cors' }).then((response) => response.type)`
    expect(await evaluate(elsewhere.page, blind)).toBe('opaque')
    const response = await fetch(`${site.url}/example/token`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect([response.status, await response.text()]).toEqual([403, ''])
  })
})

it('answers features that are not public to nobody with a token, by any way of asking', async () => {
  const hidden = /flights_1d|avg_delay_1d|p90_delay|late_share_1d|flights_7d|avg_delay_30d/
  const wide = await issue({ services: ['flight_delay'], entities: { origin: '*', destination: '*' } })
  for (const [path, body] of [
    ['/v1/features', { service: 'flight_delay', rows: [FLIGHT] }],
    ['/v1/features', { service: 'flight_delay', rows: [FLIGHT], metadata: 'full' }],
    ['/v1/features', { service: 'flight_delay', rows: [FLIGHT], format: 'columns' }],
    ['/v1/services/flight_delay/features?origin=SFO&destination=JFK', null],
    ['/v1/services/flight_delay/plan', null],
  ] as const) {
    const answered = (await ask(own, path, body, wide)) as Answered
    expect([path, answered.status]).toEqual([path, 200])
    expect(answered.text).toContain('late_share_7d')
    expect(answered.text).not.toMatch(hidden)
  }
})
