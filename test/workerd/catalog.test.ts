/** The catalog over HTTP, in workerd over its real D1: what a UI or a data scientist asks of the registry. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DescribedObject } from '../../registry/catalog/describe.ts'
import type { Lineage } from '../../registry/catalog/graph.ts'
import {
  CONTACT_FACTS,
  PAYMENT_FACTS,
  paymentDefinitions,
  SPEND_FACTS,
} from '../../registry/catalog/payments.fixture.ts'
import type { SearchAnswer } from '../../registry/catalog/search.ts'
import { createApp } from '../../worker/app.ts'
import type { Env } from '../../worker/env.ts'

const bindings = env as unknown as Env
const app = createApp()
const MIGRATIONS = import.meta.glob<string>('../../registry/migrations/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
})

async function call(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const request = new Request(`https://features.example.com${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const response = await app.fetch(request, bindings, createExecutionContext())
  return { status: response.status, body: await response.json() }
}

async function get<T>(path: string): Promise<T> {
  const { status, body } = await call(path)
  expect(status, path).toBe(200)
  return body as T
}

beforeAll(async () => {
  for (const [, text] of Object.entries(MIGRATIONS).sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const statement of text.split('--> statement-breakpoint')) await bindings.DB.prepare(statement).run()
  const facts = { sources: PAYMENT_FACTS.sources, views: { spend: SPEND_FACTS, contact: CONTACT_FACTS } }
  for (const [ttl, by] of [
    ['30d', 'ada'],
    ['10d', 'grace'],
  ] as const)
    expect(
      await call('/v1/registry/apply', { definitions: paymentDefinitions(ttl), facts, by, commit: 'c0ffee' }),
    ).toMatchObject({ status: 200 })
})

describe('an object of the catalog', () => {
  it('has its metadata, versions, users, and who did what to it when', async () => {
    const view = await get<DescribedObject>('/v1/registry/views/spend')
    expect(view).toMatchObject({
      registry: 2,
      name: 'spend',
      version: 2,
      owner: 'risk@example.com',
      versions: [
        { version: 1, snapshot: null, services: ['budget@1', 'risk@1'] },
        { version: 2, snapshot: null, services: ['budget@2', 'risk@2'] },
      ],
      history: [
        { registry: 2, change: 'new version', version: 2, by: 'grace', commit: 'c0ffee' },
        { registry: 1, change: 'created', version: 1, by: 'ada', commit: 'c0ffee' },
      ],
    })
    expect(await get<DescribedObject>('/v1/registry/views/spend@1')).toMatchObject({ ttl: '30d' })
    for (const path of ['entities/customer', 'sources/payments', 'services/risk@1'])
      expect(await get<DescribedObject>(`/v1/registry/${path}`)).toMatchObject({ registry: 2 })
  })

  it('that does not exist is 404 with a suggestion', async () => {
    expect(await call('/v1/registry/services/rsik')).toMatchObject({
      status: 404,
      body: { error: { code: 'UNKNOWN_NAME', message: 'There is no service rsik. Did you mean risk?' } },
    })
    expect(await call('/v1/registry/models/x')).toMatchObject({ status: 404 })
  })
})

describe('lineage', () => {
  it('is the whole graph, or what is around one object, in one direction', async () => {
    const whole = await get<Lineage>('/v1/registry/lineage')
    expect(whole.nodes.find((node) => node.id === 'feature:spend@2.last_card')?.labels).toEqual([
      { tag: 'pii', value: 'card', from: ['column:payments.card'] },
    ])
    const down = await get<Lineage>('/v1/registry/lineage?of=payments.card&direction=downstream')
    expect(down.nodes.map((node) => node.id)).toEqual([
      'source:payments',
      'column:payments.card',
      'view:spend@1',
      'feature:spend@1.cards',
      'feature:spend@1.last_card',
      'view:spend@2',
      'feature:spend@2.cards',
      'feature:spend@2.last_card',
      'service:risk@1',
      'service:risk@2',
    ])
    const up = await get<Lineage>('/v1/registry/lineage?of=budget&direction=upstream')
    expect(up.edges).toContainEqual({
      from: 'column:payments.amount',
      to: 'feature:spend@2.spend_7d',
      kind: 'values',
    })
    expect(up.nodes.map((node) => node.id)).not.toContain('column:payments.card')
  })

  it.each([
    ['of=nobody', 404, 'Nothing is registered as nobody.'],
    ['of=spend&direction=sideways', 400, 'direction: '],
    ['of=spend&of=risk', 400, 'of is given twice in the query.'],
    ['depth=2', 400, 'depth'],
  ])('%s is %i', async (query, status, message) => {
    const answer = await call(`/v1/registry/lineage?${query}`)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(message)
  })
})

describe('search', () => {
  it('ranks what is defined by where the words are found', async () => {
    const { total, hits } = await get<SearchAnswer>('/v1/registry/search?q=pii&kind=feature,source&limit=3')
    expect(total).toBe(4)
    expect(hits.map((hit) => hit.id)).toEqual([
      'feature:contact@1.email_domain',
      'feature:spend@2.cards',
      'feature:spend@2.last_card',
    ])
  })

  it.each([
    ['', 'q: is missing. Write ?q= and some words'],
    ['?q=%20!', 'q: has no word to look for'],
    ['?q=x&kind=model', 'kind.0: '],
    ['?q=x&limit=0', 'limit: '],
    ['?q=x&limit=many', 'limit: is not a number'],
  ])('%s is 400', async (query, message) => {
    const answer = await call(`/v1/registry/search${query}`)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'MALFORMED' } } })
    expect(JSON.stringify(answer.body)).toContain(message)
  })
})

describe('an apply that changes nothing', () => {
  it('still tells the catalog what its sources look like now', async () => {
    const columns = [...(PAYMENT_FACTS.sources['payments']?.columns ?? []), { name: 'currency', type: 'VARCHAR' }]
    const facts = { sources: { payments: { columns } }, views: {} }
    expect(await call('/v1/registry/apply', { definitions: paymentDefinitions('10d'), facts })).toMatchObject({
      body: { registry: 2, changes: [] },
    })
    expect(await get<DescribedObject>('/v1/registry/sources/payments')).toMatchObject({ found: columns })
    expect(await get<DescribedObject>('/v1/registry/sources/customers')).toMatchObject({
      found: PAYMENT_FACTS.sources['customers']?.columns,
    })
  })
})
