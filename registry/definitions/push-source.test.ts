import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { applyDefinitions } from '../apply.ts'
import { EMPTY_REGISTRY } from '../objects.ts'
import { collect } from './collect.ts'
import { entity } from './entity.ts'
import { featureService } from './feature-service.ts'
import { featureView } from './feature-view.ts'
import { parquetSource } from './parquet-source.ts'
import { pushSource } from './push-source.ts'

const untyped = pushSource as (name: unknown, options: unknown) => unknown
const user = entity('user', { joinKeys: { user_id: t.string() } })
const orders = parquetSource('orders', { path: 'file:///orders.parquet', timestamp: 'at' })
const carts = pushSource('carts', {
  kind: 'features',
  schema: { user_id: t.string(), items: t.int64(), extra: t.bool() },
  owner: 'shop@example.com',
})
const clicks = pushSource('clicks', { kind: 'events', schema: { url: t.string() } })

describe('pushSource', () => {
  it('becomes a source of the registry', () => {
    expect(carts.object).toEqual({
      name: 'carts',
      owner: 'shop@example.com',
      format: 'push',
      kind: 'features',
      schema: [
        { name: 'user_id', type: 'string' },
        { name: 'items', type: 'int64' },
        { name: 'extra', type: 'bool' },
      ],
    })
  })

  it.each([
    [{ schema: { a: t.int64() } }, 'kind is missing. Write "features" or "events".'],
    [{ schema: { a: t.int64() }, kind: 'rows' }, 'kind is "rows". Write "features" or "events".'],
    [{ kind: 'events' }, 'schema is missing. Write { name: type } with the join keys and what else a row holds.'],
    [{ kind: 'events', schema: {} }, 'schema is {}. Write { name: type }'],
    [{ kind: 'events', schema: { a: 'int64' } }, 'column a has "int64", which is not a type.'],
    [{ kind: 'events', schema: { A: t.int64() } }, 'column "A" is not a name.'],
    [
      { kind: 'events', schema: { event_timestamp: t.timestamp() } },
      'column "event_timestamp" has the name of the column',
    ],
    [
      { kind: 'events', schema: { deleted: t.bool() } },
      'a column is called "deleted", which says that a row is removed.',
    ],
    [{ kind: 'events', schema: { a: t.int64() }, ttl: '1d' }, 'there is no option "ttl".'],
  ])('refuses %j', (options, message) => {
    expect(() => untyped('s', options)).toThrow(`pushSource s: `)
    expect(() => untyped('s', options)).toThrow(message)
  })
})

describe('a view that is pushed to', () => {
  it('brings the features that the schema has, beside a source or without one', async () => {
    const both = featureView('both', {
      entity: user,
      source: orders,
      push: carts,
      features: { total: t.float64(), items: t.int64() },
    })
    const only = featureView('only', {
      entity: user,
      push: carts,
      consistency: 'primary',
      features: { items: t.int64() },
    })
    const { snapshot, plans } = await applyDefinitions(
      EMPTY_REGISTRY,
      collect({ s: featureService('s', { features: [both, only.rename({ items: 'pushed_items' })] }) }),
    )
    expect(snapshot.sources.map((source) => source.name)).toEqual(['carts', 'orders'])
    expect(snapshot.views).toMatchObject([
      { name: 'both', sources: ['orders'], push: 'carts', pushed: ['items'] },
      { name: 'only', sources: [], push: 'carts', pushed: ['items'], timestamp: 'event_timestamp' },
    ])
    const [plan] = plans.values()
    expect(plan?.views).toMatchObject([
      { view: 'both@1', push: 'nearest' },
      { view: 'only@1', stored: false, push: 'primary' },
    ])
    expect(plan?.views[0]).not.toHaveProperty('stored')
  })

  it('gets a new version with another push source, and reads the runs that are there', async () => {
    const view = (push?: typeof carts) =>
      collect({
        v: featureView('v', {
          entity: user,
          source: orders,
          ...(push ? { push } : {}),
          features: { items: t.int64() },
        }),
      })
    const first = await applyDefinitions(EMPTY_REGISTRY, view())
    const { snapshot } = await applyDefinitions(first.snapshot, view(carts))
    expect(snapshot.views.at(-1)).toMatchObject({ version: 2, runs: 1, push: 'carts' })
    const later = pushSource('carts', {
      kind: 'features',
      schema: { user_id: t.string(), items: t.int64(), more: t.int32() },
    })
    const { changes } = await applyDefinitions(snapshot, view(later))
    expect(changes.map(({ kind, name, change }) => [kind, name, change])).toEqual([['source', 'carts', 'updated']])
  })

  it.each([
    [
      'an entity whose key it has not',
      t.int64(),
      { items: t.int64() },
      carts,
      'the join key user_id is int64, and string in pushSource carts.',
    ],
    [
      'a feature of another type',
      t.string(),
      { items: t.float64() },
      carts,
      'feature items is float64, and int64 in pushSource carts. Make them one type.',
    ],
    ['none of its features', t.string(), { total: t.float64() }, carts, 'pushSource carts has none of its features.'],
  ] as const)('is refused with %s', async (_what, key, features, push, message) => {
    const view = featureView('v', {
      entity: entity('user', { joinKeys: { user_id: key } }),
      source: orders,
      push,
      features: features as never,
    })
    await expect(applyDefinitions(EMPTY_REGISTRY, collect({ view }))).rejects.toThrow(`featureView v: ${message}`)
  })

  it.each([
    [{ push: orders }, 'push is parquetSource orders. Pass what pushSource() returned.'],
    [
      { push: clicks },
      "push is pushSource clicks, whose rows are events and no features. Name a source with kind: 'features'.",
    ],
    [{ source: carts }, 'source is pushSource carts. Pass it as push: carts, and what is in the lake as source.'],
    [
      { push: carts, sql: 'select 1' },
      'it has sql and no source: its rows are only pushed. Leave sql out, or name a source.',
    ],
    [{}, 'source is missing. Pass what parquetSource() returned.'],
    [
      { source: orders, consistency: 'primary' },
      'consistency is for pushed rows, and it has no push. Leave consistency out.',
    ],
    [{ push: carts, consistency: 'strong' }, 'consistency is "strong". Write "primary".'],
  ])('refuses %j', (options, message) => {
    const define = featureView as (name: string, options: unknown) => unknown
    expect(() => define('v', { entity: user, features: { items: t.int64() }, ...options })).toThrow(message)
  })
})
