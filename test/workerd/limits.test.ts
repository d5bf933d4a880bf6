/** Rate limits, by the platform's own binding as wrangler.toml has it and by one that is made to be full. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, bindings, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

beforeAll(async () => {
  await migrate()
  await publishGuarded()
})

const VISITS = { method: 'POST', body: { service: 'visits', rows: [{ user_id: 7 }] } }
const GRANT = { services: ['visits'], entities: { user_id: '*' } }

/** Lets each key through so often, and keeps what it was asked. */
function limiter(limit: number): RateLimit & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    limit({ key }) {
      asked.push(key)
      return Promise.resolve({ success: asked.filter((one) => one === key).length <= limit })
    },
  }
}

describe('a rate limit', () => {
  it('counts per key, and answers 429 with Retry-After, at every door', async () => {
    const RATE_LIMIT = limiter(2)
    const deployment = guarded({ RATE_LIMIT })
    const [one, other] = [await deployment.key(['features:read']), await deployment.key(['features:read'])]
    const statuses = []
    for (const { key } of [one, one, one, other])
      statuses.push((await deployment.call('/v1/features', { ...VISITS, key })).status)
    expect(statuses).toEqual([200, 200, 429, 200])
    const refused = await deployment.call('/v1/services/visits/features?user_id=7', { key: one.key })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('10')
    expect(refused.json).toMatchObject({
      error: { code: 'RATE_LIMITED', message: expect.stringContaining('[[ratelimits]]') },
    })
    expect(RATE_LIMIT.asked.filter((key) => key.includes(one.key))).toEqual([]) // ids, no secrets
  })

  it('counts each browser token by itself, not under the key that issued it', async () => {
    const RATE_LIMIT = limiter(100)
    const RATE_LIMIT_BROWSER = limiter(1)
    const deployment = guarded({ RATE_LIMIT, RATE_LIMIT_BROWSER })
    const [one, other] = [await deployment.token(GRANT), await deployment.token(GRANT)]
    const statuses = []
    for (const key of [one, one, other, ADMIN_KEY])
      statuses.push((await deployment.call('/v1/features', { ...VISITS, key })).status)
    expect(statuses).toEqual([200, 429, 200, 200])
  })

  it('counts unknown key ids by address, before D1 is asked; a known key is not held up by them', async () => {
    let questions = 0
    const DB = new Proxy(bindings.DB, {
      get(target, name) {
        if (name === 'prepare') questions++
        return Reflect.get(target, name).bind(target)
      },
    })
    const deployment = guarded({ DB, RATE_LIMIT_BROWSER: limiter(3) })
    const { key } = await deployment.key(['features:read'])
    const headers = { 'cf-connecting-ip': '203.0.113.7' }
    const ask = async (one: string, from = headers) =>
      (await deployment.call('/v1/features', { ...VISITS, key: one, headers: from })).status
    expect(await ask(key)).toBe(200)
    const before = questions
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push(await ask(`sl_${String(i).repeat(12)}_${'y'.repeat(43)}`))
    expect(statuses).toEqual([401, 401, 429, 429, 429]) // the first that was counted was the right one
    expect(questions - before).toBe(2)
    expect(await ask(key)).toBe(200)
    expect(await ask(`sl_${'z'.repeat(12)}_${'y'.repeat(43)}`, { 'cf-connecting-ip': '203.0.113.8' })).toBe(401)
  })

  it("is the platform's: 200 requests of a browser token in ten seconds pass, as wrangler.toml says", async () => {
    const { RATE_LIMIT, RATE_LIMIT_BROWSER } = bindings
    expect(RATE_LIMIT && RATE_LIMIT_BROWSER).toBeDefined()
    const deployment = guarded({ RATE_LIMIT, RATE_LIMIT_BROWSER })
    const key = await deployment.token(GRANT)
    let passed = 0
    // Its period may turn over once meanwhile.
    for (let i = 0; i < 401; i++)
      if ((await deployment.call('/v1/features', { ...VISITS, key })).status === 200) passed++
    expect(passed).toBeGreaterThanOrEqual(200)
    expect(passed).toBeLessThanOrEqual(400)
  })

  it('that does not answer lets through whoever has a key', async () => {
    const RATE_LIMIT: RateLimit = { limit: () => Promise.reject(new Error('internal error')) }
    const deployment = guarded({ RATE_LIMIT })
    expect((await deployment.call('/v1/features', { ...VISITS, key: ADMIN_KEY })).status).toBe(200)
    expect((await deployment.call('/v1/features', VISITS)).status).toBe(401)
  })

  it('is not asked where authentication is off', async () => {
    const RATE_LIMIT = limiter(0)
    const open = guarded({ AUTH: 'off', RATE_LIMIT, RATE_LIMIT_BROWSER: RATE_LIMIT })
    expect([(await open.call('/v1/features', VISITS)).status, (await open.call('/v1/head')).status]).toEqual([200, 200])
    expect(RATE_LIMIT.asked).toEqual([])
  })
})
