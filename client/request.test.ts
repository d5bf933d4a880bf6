/** Retries, deadlines and batches, in a world whose time the test passes. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { FeatureService } from '../registry/definitions/feature-service.ts'
import { createClientIn } from './client.ts'
import type { Client, ClientOptions } from './types.ts'
import { World } from './world.fixture.ts'

type AnyClient = Client<Record<string, FeatureService<string, Record<string, unknown>, { a: number }>>>

const PLAN = {
  service: 'risk',
  version: 1,
  features: [{ name: 'a', type: 'int32' }],
  views: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((as) => ({ as: `v${as}`, view: `v${as}@1`, ttl_seconds: null })),
}

beforeAll(async () => {
  await Promise.all([import('./batch.ts'), import('./apart.ts'), import('./refusal.ts')])
})

/** @param answers of `POST /v1/features`, one after the other, the last one again */
function clientOf(
  answers: readonly ((rows: number) => Response | Promise<Response>)[],
  options: Partial<ClientOptions> = {},
) {
  const world = new World(3)
  const sent: { readonly at: number; readonly rows: number; readonly signal: AbortSignal }[] = []
  const began = world.now
  const fetch = async (input: unknown, init: RequestInit = {}) => {
    if (String(input).endsWith('/plan')) return Response.json(PLAN)
    const rows = JSON.parse(String(init.body)).rows.length as number
    const answer = answers[Math.min(sent.length, answers.length - 1)]
    sent.push({ at: world.now - began, rows, signal: init.signal as AbortSignal })
    return answer?.(rows) ?? Response.error()
  }
  const client = createClientIn(world.runtime(), { url: 'https://edge', fetch, ...options }) as unknown as AnyClient
  return { world, client, sent }
}

const rowsOf = (rows: number): Response =>
  Response.json({ service: 'risk@1', revision: 1, rows: Array.from({ length: rows }, (_, a) => ({ a })) })
const fail =
  (status: number, code: string, headers = {}): (() => Response) =>
  () =>
    Response.json({ error: { code, message: code, details: {} } }, { status, headers })
const never = (): Promise<Response> => new Promise(() => {})

describe('a request', () => {
  it.each([
    ['a store that fails', fail(503, 'UNAVAILABLE')],
    ['a limit', fail(429, 'RATE_LIMITED')],
    ['a gateway', () => new Response('<html>', { status: 502 })],
    ['a network that fails', () => Promise.reject(new TypeError('fetch failed'))],
  ])('is tried again after %s', async (_what, answer) => {
    const { world, client, sent } = clientOf([answer, answer, rowsOf])
    expect((await world.until(client.get('risk', {}))).row).toEqual({ a: 0 })
    expect(sent).toHaveLength(3)
    expect(sent[2]?.at).toBeLessThan(200 + 400)
  })

  it.each([
    [403, 'FORBIDDEN'],
    [422, 'INVALID'],
    [500, 'INTERNAL'],
  ])('is not tried again after %d', async (status, code) => {
    const { world, client, sent } = clientOf([fail(status, code), rowsOf])
    await expect(world.until(client.get('risk', {}))).rejects.toMatchObject({ status, code })
    expect(sent).toHaveLength(1)
  })

  it('waits as long as the server says, and not where that is past the deadline', async () => {
    const { world, client, sent } = clientOf([fail(503, 'UNAVAILABLE', { 'retry-after': '5' }), rowsOf])
    await world.until(client.get('risk', {}))
    expect(sent[1]?.at).toBeGreaterThanOrEqual(5000)
    const other = clientOf([fail(429, 'RATE_LIMITED', { 'retry-after': '10' })])
    await expect(other.world.until(other.client.get('risk', {}))).rejects.toMatchObject({ retryAfter: 10_000 })
    expect(other.sent).toHaveLength(1)
  })

  it('ends at its deadline, and aborts what is under way', async () => {
    const { world, client, sent } = clientOf([never], { timeout: 2500 })
    const began = world.now
    await expect(world.until(client.get('risk', {}))).rejects.toMatchObject({ code: 'DEADLINE', status: 0 })
    expect(world.now - began).toBe(2500)
    expect(sent[0]?.signal.aborted).toBe(true)
  })

  it('of several calls ends when the last of them is aborted', async () => {
    const { world, client, sent } = clientOf([never])
    const [one, other] = [new AbortController(), new AbortController()]
    const calls = [one, other].map(({ signal }) => client.get('risk', {}, { signal }))
    const ended = Promise.allSettled(calls)
    await world.pass(10)
    one.abort('one')
    await world.pass(10)
    expect(sent[0]?.signal.aborted).toBe(false)
    other.abort('other')
    expect(await world.until(ended)).toMatchObject([{ reason: 'one' }, { reason: 'other' }])
    expect(sent[0]?.signal.aborted).toBe(true)
  })
})

describe('a batch', () => {
  it('is split at 5,000 rows times views once they are known, and a call is not', async () => {
    const { world, client, sent } = clientOf([rowsOf])
    await world.until(client.get('risk', {}))
    const calls = [300, 150, 100, 1000].map((rows) =>
      client.getMany(
        'risk',
        Array.from({ length: rows }, () => ({})),
      ),
    )
    const answers = await world.until(Promise.all(calls))
    expect(answers.map(({ rows }) => rows.length)).toEqual([300, 150, 100, 1000])
    expect(sent.map(({ rows }) => rows)).toEqual([1, 450, 100, 1000])
  })

  it('that is too large is asked for in halves', async () => {
    const { world, client, sent } = clientOf([fail(413, 'TOO_LARGE'), rowsOf])
    const answers = await world.until(Promise.all([1, 2, 3].map(() => client.get('risk', {}))))
    expect(answers.map(({ row }) => row.a)).toEqual([0, 1, 0])
    expect(sent.map(({ rows }) => rows)).toEqual([3, 2, 1])
  })
})
