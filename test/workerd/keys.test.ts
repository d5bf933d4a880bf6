/** API keys from their creation to their end, over real D1. Time is the test's own. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { KeysAnswer } from '../../registry/wire/keys.ts'
import { ADMIN_KEY, bindings, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

beforeAll(async () => {
  await migrate()
  await publishGuarded()
})

async function listed(key: string, deployment = guarded()) {
  const { json } = await deployment.call('/v1/keys', { key: ADMIN_KEY })
  return (json as KeysAnswer).keys.find((one) => one.id === key)
}

const SFO = { service: 'delays', rows: [{ origin: 'SFO', destination: 'JFK' }] }
const VISITS = { method: 'POST', body: { service: 'visits', rows: [{ user_id: 7 }] } }

describe('a key', () => {
  it('is shown once, and D1 holds a hash of it only', async () => {
    const deployment = guarded()
    const made = await deployment.call('/v1/keys', {
      method: 'POST',
      key: ADMIN_KEY,
      body: { name: 'checkout', description: 'the shop', scopes: ['features:read:visits'], expires: '90d' },
    })
    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const { id, key } = made.json as { id: string; key: string }
    expect(key).toMatch(/^sl_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$/)
    expect(made.json).toEqual({
      id,
      key: `sl_${id}_${key.split('_')[2]}`,
      name: 'checkout',
      description: 'the shop',
      scopes: ['features:read:visits'],
      state: 'active',
      created_at: '2026-11-25T12:00:00.000Z',
      created_by: 'admin',
      expires_at: '2027-02-23T12:00:00.000Z',
      revoked_at: null,
      last_used_at: null,
    })
    const list = await deployment.call('/v1/keys', { key: ADMIN_KEY })
    expect(list.text).toContain(id)
    const { results } = await bindings.DB.prepare('select * from api_keys').all()
    const stored = JSON.stringify(results)
    const secret = key.split('_')[2] ?? ''
    for (const text of [stored, list.text])
      for (const part of [secret, secret.slice(0, 12)]) expect(text).not.toContain(part)
    expect(stored).toMatch(/"secret_sha256":"[0-9a-f]{64}"/)
    expect(list.text).not.toMatch(/[0-9a-f]{64}/)
  })

  it('reads the services of its scopes and no others, whichever way it asks', async () => {
    const deployment = guarded()
    const { key } = await deployment.key(['features:read:visits'])
    expect((await deployment.call('/v1/features', { ...VISITS, key })).text).toContain('"rows":[{"visits":70}]')
    expect((await deployment.call('/v1/services/visits/features?user_id=7', { key })).status).toBe(200)
    expect((await deployment.call('/v1/services/visits@1/plan', { key })).status).toBe(200)
    for (const [path, call] of [
      ['/v1/features', { method: 'POST', body: SFO }],
      ['/v1/features', { method: 'POST', body: { ...SFO, service: 'delays@1' } }],
      ['/v1/%66eatures', { method: 'POST', body: SFO }],
      ['/v1/services/delays/features?origin=SFO&destination=JFK', {}],
      ['/v1/services/delays/plan', {}],
    ] as const) {
      const { status, json } = await deployment.call(path, { ...call, key })
      expect({ path, status }).toEqual({ path, status: 403 })
      expect(json).toMatchObject({
        error: { code: 'FORBIDDEN', message: expect.stringContaining('features:read:delays') },
      })
    }
  })

  it.each([
    [
      'an unknown scope',
      { scopes: ['feature:read'] },
      'scopes.0: "feature:read" is not a scope. Did you mean features:read?',
    ],
    ['no scope', { scopes: [] }, 'name at least one scope'],
    ['no name', { name: ' ' }, 'say what uses the key'],
    ['an end that is over', { expires: '2020-01-01T00:00:00Z' }, 'is over already'],
    ['an end that is no time', { expires: 'soon' }, 'expires: "soon" is not a duration'],
    ['an end beyond any calendar', { expires: '999999999w' }, 'a hundred years'],
    ['a field that does not exist', { scope: 'admin' }, 'scope'],
  ])('with %s is not made', async (_what, wrong, message) => {
    const body = { name: 'x', scopes: ['admin'], ...wrong }
    const { status, json } = await guarded().call('/v1/keys', { method: 'POST', key: ADMIN_KEY, body })
    expect(status === 400 || status === 422).toBe(true)
    expect(json).toMatchObject({ error: { message: expect.stringContaining(message) } })
  })

  it('made by another admin key says so, and is as good', async () => {
    const deployment = guarded()
    const { id, key } = await deployment.key(['admin'])
    const made = await deployment.call('/v1/keys', { method: 'POST', key, body: { name: 'x', scopes: ['admin'] } })
    expect(made.json).toMatchObject({ created_by: id })
    expect((await deployment.call('/v1/keys', { key: (made.json as { key: string }).key })).status).toBe(200)
  })
})

describe('credentials', () => {
  it.each([
    ['none', undefined],
    ['an unknown key', `sl_${'a'.repeat(12)}_${'b'.repeat(43)}`],
    ['a short key', 'sl_abc_def'],
    ['a word', 'letmein'],
    ['the beginning of the admin key', ADMIN_KEY.slice(0, -1)],
    ['another admin key of that length', `${ADMIN_KEY.slice(0, -1)}x`],
    ['an empty text', ''],
  ])('that are %s are 401', async (_what, key) => {
    const calls = [
      ['/v1/features', { ...VISITS, ...(key === undefined ? {} : { key }) }],
      ['/v1/head', key === undefined ? {} : { key }],
    ] as const
    for (const [path, call] of calls) {
      const { status, headers, json } = await guarded().call(path, call)
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toBe('Bearer')
      expect(json).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
    }
  })

  it('with a wrong secret are 401 before and after the right one was seen', async () => {
    const deployment = guarded()
    const { key } = await deployment.key(['features:read'])
    const wrong = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`
    const statuses = []
    for (const one of [wrong, key, wrong, key])
      statuses.push((await deployment.call('/v1/features', { ...VISITS, key: one })).status)
    expect(statuses).toEqual([401, 200, 401, 200])
  })

  it('may say the scheme in any case; another scheme is none', async () => {
    const deployment = guarded()
    const status = async (authorization: string) =>
      (await deployment.call('/v1/keys', { headers: { authorization } })).status
    expect(await Promise.all(['bearer', 'BEARER', 'Basic'].map((scheme) => status(`${scheme} ${ADMIN_KEY}`)))).toEqual([
      200, 200, 401,
    ])
  })

  it('are nowhere in a URL', async () => {
    expect((await guarded().call(`/v1/keys?key=${ADMIN_KEY}&authorization=Bearer%20${ADMIN_KEY}`)).status).toBe(401)
  })
})

describe('a revoked key', () => {
  it('stops at once where it was revoked, and within 30 s everywhere else', async () => {
    const here = guarded()
    const there = guarded()
    const { id, key } = await here.key(['features:read'])
    const ask = (deployment: typeof here) => deployment.call('/v1/features', { ...VISITS, key })
    expect([(await ask(here)).status, (await ask(there)).status]).toEqual([200, 200])
    const revoked = await here.call(`/v1/keys/${id}/revoke`, { method: 'POST', key: ADMIN_KEY })
    expect(revoked.json).toEqual({ id, revoked_at: '2026-11-25T12:00:00.000Z', stops_within_seconds: 30 })
    const refused = await ask(here)
    expect(refused.status).toBe(401)
    expect(refused.json).toMatchObject({
      error: { message: expect.stringContaining('was revoked at 2026-11-25T12:00:00') },
    })
    there.now += 10_000
    expect((await ask(there)).status).toBe(200) // D1 was asked a moment ago
    there.now += 20_001
    expect((await ask(there)).status).toBe(401)
  })

  it('stops for a busy isolate when it next asks in the background, half-way', async () => {
    const here = guarded()
    const busy = guarded()
    const { id, key } = await here.key(['features:read'])
    const ask = async () => (await busy.call('/v1/features', { ...VISITS, key })).status
    expect(await ask()).toBe(200)
    await here.call(`/v1/keys/${id}/revoke`, { method: 'POST', key: ADMIN_KEY })
    busy.now += 15_001
    expect(await ask()).toBe(200) // this one starts the question
    expect(await ask()).toBe(401)
  })

  it('keeps its row and its first date; one that does not exist is 404', async () => {
    const deployment = guarded()
    const { id } = await deployment.key(['features:read'])
    const revoke = (one: string) => deployment.call(`/v1/keys/${one}/revoke`, { method: 'POST', key: ADMIN_KEY })
    await revoke(id)
    deployment.now += 60_000
    expect((await revoke(id)).json).toMatchObject({ revoked_at: '2026-11-25T12:00:00.000Z' })
    expect(await listed(id, deployment)).toMatchObject({ state: 'revoked' })
    expect(await revoke('nobody')).toMatchObject({ status: 404, json: { error: { code: 'UNKNOWN_NAME' } } })
  })
})

describe('an expired key', () => {
  it('stops at that instant, from memory too', async () => {
    const deployment = guarded()
    const { id, key } = await deployment.key(['features:read'], '10s')
    const ask = () => deployment.call('/v1/features', { ...VISITS, key })
    expect((await ask()).status).toBe(200)
    deployment.now += 9999
    expect((await ask()).status).toBe(200)
    deployment.now += 1
    expect(await ask()).toMatchObject({
      status: 401,
      json: { error: { message: expect.stringContaining('expired at') } },
    })
    expect(await listed(id, deployment)).toMatchObject({ state: 'expired' })
  })
})

describe('the last use of a key', () => {
  it('is written at most once a minute, off the way of the request', async () => {
    const writes: string[] = []
    const DB = new Proxy(bindings.DB, {
      get(target, name) {
        if (name !== 'prepare') return Reflect.get(target, name).bind(target)
        return (sql: string) => {
          if (sql.startsWith('update')) writes.push(sql)
          return target.prepare(sql)
        }
      },
    })
    const deployment = guarded({ DB })
    const { id, key } = await deployment.key(['features:read'])
    for (let request = 0; request < 5; request++) {
      await deployment.call('/v1/features', { ...VISITS, key })
      deployment.now += 10_000
    }
    expect(writes).toHaveLength(1)
    expect(await listed(id, deployment)).toMatchObject({ last_used_at: '2026-11-25T12:00:00.000Z' })
    deployment.now += 10_000
    await deployment.call('/v1/services/visits/features?user_id=7', { key })
    expect(writes).toHaveLength(2)
    deployment.now += 1
    expect(await listed(id, deployment)).toMatchObject({ last_used_at: '2026-11-25T12:01:00.000Z' })
  })
})

describe('while D1 does not answer', () => {
  it('nobody new comes in, a known key is good for its 30 s, and the admin secret needs no D1', async () => {
    let broken = false
    const DB = new Proxy(bindings.DB, {
      get(target, name) {
        if (broken) throw new Error('D1_ERROR: network connection lost')
        return Reflect.get(target, name).bind(target)
      },
    })
    const deployment = guarded({ DB })
    const { key } = await deployment.key(['features:read'])
    const { key: other } = await deployment.key(['features:read'])
    const ask = (one: string) => deployment.call('/v1/features', { ...VISITS, key: one })
    expect((await ask(key)).status).toBe(200)
    broken = true
    const refused = await ask(other)
    expect(refused).toMatchObject({ status: 503, json: { error: { code: 'UNAVAILABLE' } } })
    expect(refused.headers.get('retry-after')).toBe('5')
    deployment.now += 30_000
    expect((await ask(key)).status).toBe(200)
    deployment.now += 1
    expect((await ask(key)).status).toBe(503)
    expect((await ask(ADMIN_KEY)).status).toBe(200)
    broken = false
    expect((await ask(key)).status).toBe(200)
  })
})

describe('made-up key ids', () => {
  it('are asked about once in 30 s, and push out no key', async () => {
    let questions = 0
    const DB = new Proxy(bindings.DB, {
      get(target, name) {
        if (name === 'prepare') questions++
        return Reflect.get(target, name).bind(target)
      },
    })
    const deployment = guarded({ DB })
    const made = `sl_${'x'.repeat(12)}_${'y'.repeat(43)}`
    for (let request = 0; request < 3; request++)
      expect((await deployment.call('/v1/features', { ...VISITS, key: made })).status).toBe(401)
    expect(questions).toBe(1)
  })
})

describe('a setting that is wrong', () => {
  it.each([
    ['ADMIN_KEY', 'hunter2', 'The secret ADMIN_KEY is not one: it takes at least 32 characters'],
    ['TOKEN_KEY', 'hunter2 and much more than thirty-two characters', 'The secret TOKEN_KEY is not one'],
    ['CORS_ORIGINS', '*', 'CORS_ORIGINS names "*"'],
    ['CORS_ORIGINS', 'https://a.example.com/', 'without a path'],
    ['CLOCK', '2026-01-01T00:00:00Z', 'CLOCK is set although authentication is on'],
  ])('keeps the Worker closed: %s = %s', async (name, value, message) => {
    for (const path of ['/v1/head', '/v1/features', '/health']) {
      const { status, json, text } = await guarded({ [name]: value }).call(path, { key: ADMIN_KEY })
      expect(status).toBe(500)
      expect(json).toMatchObject({ error: { code: 'INTERNAL', message: expect.stringContaining(message) } })
      expect(text).not.toContain('hunter2')
    }
  })

  it('does not follow from a line end behind a secret', async () => {
    expect((await guarded({ ADMIN_KEY: `${ADMIN_KEY}\n` }).call('/v1/keys', { key: ADMIN_KEY })).status).toBe(200)
  })

  it('is not a missing ADMIN_KEY: then there is no first key', async () => {
    expect((await guarded({ ADMIN_KEY: undefined }).call('/v1/keys', { key: ADMIN_KEY })).status).toBe(401)
  })
})
