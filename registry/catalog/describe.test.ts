import { describe, expect, it } from 'vitest'
import { EMPTY_HEAD } from '../../core/head.ts'
import { nextHead } from '../publish.ts'
import { type Collection, describeObject } from './describe.ts'
import { PAYMENT_FACTS, registeredPayments } from './payments.fixture.ts'

const snapshot = await registeredPayments()
const head = nextHead(EMPTY_HEAD, snapshot, {
  'spend@1': { snapshot: 4, base: { store: 'kv', run: '4-aaaa', blocks: 1 }, watermark: 0 },
})
const applied = {
  registry: 2,
  change: 'new version',
  version: 2,
  by: 'ada',
  commit: 'c0ffee',
  at: '2026-01-01T00:00:00.000Z',
}

function describeIt(collection: Collection, name: string) {
  return describeObject(
    { snapshot, facts: PAYMENT_FACTS, head, history: () => Promise.resolve([applied]) },
    collection,
    name,
  )
}

describe('an object of the catalog', () => {
  it('is a view with its versions, what is online of them, who uses them, and what its features come from', async () => {
    expect(await describeIt('views', 'spend')).toMatchObject({
      registry: 2,
      object: 'view',
      name: 'spend',
      version: 2,
      ttl: '10d',
      owner: 'risk@example.com',
      features: [
        { name: 'spend_7d', from: ['payments.amount'], labels: [] },
        { name: 'cards', from: ['payments.card'], labels: [{ tag: 'pii', value: 'false' }] },
        { name: 'last_card', from: ['payments.card'], labels: [{ tag: 'pii', value: 'card' }] },
      ],
      // A ttl changes nothing that is stored: the second version reads the runs of the first.
      versions: [
        { version: 1, snapshot: 4, services: ['budget@1', 'risk@1'] },
        { version: 2, snapshot: 4, services: ['budget@2', 'risk@2'] },
      ],
      used_by: { services: ['budget@2', 'risk@2'], keys: [] },
      history: [applied],
    })
    expect(await describeIt('views', 'spend@1')).toMatchObject({ version: 1, ttl: '30d' })
  })

  it('is a service with the views that its versions need, and which of them answer', async () => {
    expect(await describeIt('services', 'risk@1')).toMatchObject({
      name: 'risk',
      version: 1,
      versions: [
        { version: 1, online: false, views: ['spend@1', 'contact@1'] },
        { version: 2, online: false, views: ['spend@2', 'contact@1'] },
      ],
    })
    expect(await describeIt('services', 'budget')).toMatchObject({
      tags: { team: 'growth' },
      versions: [
        { version: 1, online: true },
        { version: 2, online: true },
      ],
    })
  })

  it('is a source with the columns that were found in it, and an entity, with who reads them', async () => {
    expect(await describeIt('sources', 'customers')).toMatchObject({
      path: 'file:///customers/*.parquet',
      labels: [{ tag: 'pii', value: 'contact', from: ['source:customers'] }],
      found: [{ name: 'customer_id' }, { name: 'email_domain' }, { name: 'changed' }, { name: 'unused' }],
      used_by: { views: ['contact@1'], services: ['risk@1', 'risk@2'], keys: [] },
    })
    expect(await describeIt('entities', 'customer')).toMatchObject({
      join_keys: [{ name: 'customer_id', type: 'string' }],
      used_by: { views: ['contact@1', 'spend@1', 'spend@2'] },
    })
  })

  it.each([
    ['views', 'spend@7', 'There is no view spend@7. spend has the versions 1, 2.'],
    ['views', 'spent', 'There is no view spent. Did you mean spend?'],
    [
      'sources',
      'payments@1',
      'There is no source payments@1. payments has no versions: the views that read it carry it as it was.',
    ],
    ['services', 'Risk!', 'There is no service Risk!. '],
  ] as const)('is not %s/%s', async (collection, name, message) => {
    await expect(describeIt(collection, name)).rejects.toThrow(message)
  })
})
