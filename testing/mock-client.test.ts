/** An application's test: the client that it gets answers from rows of the test's own. */
import { expect, it } from 'vitest'
import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from '../registry/index.ts'
import { mockClient } from './index.ts'

const user = entity('user', { joinKeys: { user_id: t.string() } })
const events = parquetSource('events', { path: 'file://events.parquet', timestamp: 'at' })
const activity = featureView('activity', { entity: user, source: events, features: { events: t.int64() } })
const score = onDemandView('score', {
  inputs: [activity, request({ price: t.float64(), sizes: t.list(t.int64()) })],
  features: { score: t.float64() },
  sql: { score: 'price * 2' },
})
const features = {
  ranking: featureService('ranking', { features: [activity] }),
  offers: featureService('offers', { features: [activity, score] }),
}
type Features = typeof features

const client = mockClient<Features>({
  ranking: [
    { user_id: 'ada', events: 3n },
    { user_id: 'bob', events: null },
  ],
  offers: ({ price }) => ({ events: 1n, score: price }),
})

it('answers the row that has the keys, without them', async () => {
  const { row, meta } = await client.get('ranking', { user_id: 'ada' })
  const events: bigint | null = row.events
  expect(events).toBe(3n)
  expect(row).toEqual({ events: 3n })
  expect(meta).toMatchObject({ service: 'ranking@1', revision: 1, degraded: false, issues: [], views: [] })
})

it('says of what is null why', async () => {
  const { rows, meta } = await client.getMany('ranking', [
    { user_id: 'bob' },
    { user_id: 'nobody' },
    { user_id: 'ada' },
  ])
  expect(rows).toEqual([{ events: null }, { events: null }, { events: 3n }])
  expect(meta.issues).toEqual([
    { feature: 'events', status: 'NOT_FOUND', rows: [1] },
    { feature: 'events', status: 'NULL_VALUE', rows: [0] },
  ])
})

it('answers what a function of the row does', async () => {
  expect((await client.get('offers', { user_id: 'ada', price: 2, sizes: null })).row).toEqual({
    events: 1n,
    score: 2,
  })
})

it('says that a row is not there even where nothing says which features it would have', async () => {
  const none = mockClient<Features>({ ranking: [], offers: () => null })
  for (const asked of [
    none.get('ranking', { user_id: 'ada' }),
    none.get('offers', { user_id: 'ada', price: 1, sizes: null }),
  ])
    expect(await asked).toMatchObject({ row: {}, meta: { issues: [{ status: 'NOT_FOUND', rows: [0] }] } })
})

it('compares request-time values by what is in them', async () => {
  const priced = mockClient<Features>({
    offers: [
      { sizes: [1n, 3n], events: 1n, score: 1 },
      { user_id: 'ada', sizes: [1n, 2n], events: 2n, score: 2 },
    ],
  })
  const row = { user_id: 'ada', price: 5, sizes: [1n, 2n] }
  expect((await priced.get('offers', row)).row).toEqual({ events: 2n, score: 2 })
  expect((await priced.get('offers', { ...row, sizes: [1n] })).row).toEqual({ events: null, score: null })
})

it('refuses a service that it was given nothing for, as the Worker refuses one that is not there', async () => {
  const empty = mockClient<Features>({})
  await expect(empty.get('ranking', { user_id: 'ada' })).rejects.toMatchObject({ code: 'UNKNOWN_NAME', status: 404 })
})

it('is typed by the definitions', () => {
  // @ts-expect-error: events is a bigint
  mockClient<Features>({ ranking: [{ user_id: 'ada', events: 3 }] })
  // @ts-expect-error: there is no such service
  mockClient<Features>({ rankings: [] })
  // @ts-expect-error: a feature is missing
  mockClient<Features>({ offers: [{ user_id: 'ada', events: 3n }] })
  // @ts-expect-error: the row has no price
  void mockClient<Features>({ offers: [] }).get('offers', { user_id: 'ada' })
})
