/** The entrypoint `Features` as another Worker calls it: through workerd's RPC, with and without props. */
import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockKey, registryKey } from '../../core/storage.ts'
import { packRegistry } from '../../registry/pack.ts'
import type { FeaturesProps, FeaturesReply, FeaturesService, GetFeatures } from '../../worker/index.ts'
import { bindings, migrate, publishGuarded } from './guarded.fixture.ts'

interface Exports {
  readonly default: Fetcher
  /** Called, it makes a binding with these props. */
  readonly Features: FeaturesService & ((options: { readonly props: FeaturesProps }) => FeaturesService)
}
const { default: worker, Features } = exports as unknown as Exports

const ROWS = [
  { origin: 'SFO', destination: 'JFK' },
  { origin: 'JFK', destination: 'nowhere' },
]
const ASKED: GetFeatures = { service: 'delays', rows: ROWS }

async function refused(reply: Promise<FeaturesReply>): Promise<readonly [string, string]> {
  const answer = await reply
  if (answer.ok) throw new Error('it was answered')
  return [answer.error.code, answer.error.message]
}

beforeAll(async () => {
  await migrate()
  const { registry } = await publishGuarded()
  await bindings.KV.put(registryKey(registry.revision), packRegistry(registry))
})

describe('getFeatures', () => {
  it('answers with the values of the definitions, and says what it used', async () => {
    expect(await Features.getFeatures(ASKED)).toEqual({
      ok: true,
      service: 'delays@1',
      revision: 1,
      rows: [
        { risk: 0.5, margin: 77.25, flights: 12n, cost: 992.5 },
        { risk: 0.75, margin: 78.25, flights: 13n, cost: null },
      ],
      issues: [{ view: 'destination_costs', status: 'NOT_FOUND', rows: [1] }],
      views: [
        { view: 'airport_delays@1', as: 'origin_delays', store: 'kv', snapshot: 1 },
        { view: 'airport_costs@1', as: 'destination_costs', store: 'kv', snapshot: 1 },
      ],
      degraded: false,
      bookmark: null,
    })
  })

  it('takes every option that the body over HTTP has', async () => {
    const shared = { service: 'delays', shared: { origin: 'SFO' }, rows: [{ destination: 'SFO' }] }
    expect(await Features.getFeatures({ ...shared, format: 'columns', full_names: true, metadata: 'none' })).toEqual({
      ok: true,
      service: 'delays@1',
      revision: 1,
      shared: { origin_delays__risk: 0.5, origin_delays__margin: 77.25, origin_delays__flights: 12n },
      columns: { destination_costs__cost: [991.5] },
      degraded: false,
      bookmark: null,
    })
    expect(await Features.getFeatures({ ...ASKED, max_age: '1h', strict: true, metadata: 'full' })).toMatchObject({
      rows: [{ risk: null }, { risk: null }],
      statuses: [{ risk: 'OUTSIDE_MAX_AGE', cost: 'OUTSIDE_MAX_AGE' }, { cost: 'NOT_FOUND' }],
      views: [{ event_timestamps: ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'] }, {}],
    })
  })

  it('takes features one by one, and an int64 key as a bigint', async () => {
    const features = ['user_stats:visits', 'airport_costs:cost']
    expect(await Features.getFeatures({ features, rows: [{ user_id: 7n, airport: 'SFO' }] })).toMatchObject({
      ok: true,
      service: null,
      rows: [{ visits: 70n, cost: 991.5 }],
    })
  })

  it('takes revisions', async () => {
    expect(await Features.getFeatures({ ...ASKED, revision: 1, min_revision: 1 })).toMatchObject({ revision: 1 })
    expect(await refused(Features.getFeatures({ ...ASKED, revision: 2 }))).toEqual([
      'CONFLICT',
      'Revision 2 cannot be answered from here: revisions 1 to 1 can.',
    ])
  })

  it.each<[string, unknown, string, string]>([
    ['a service that is not there', { service: 'delay', rows: ROWS }, 'UNKNOWN_NAME', 'There is no service "delay".'],
    ['a row without a key', { service: 'delays', rows: [{ origin: 'SFO' }] }, 'INVALID', 'rows[0]: the join key dest'],
    ['no rows', { service: 'delays' }, 'MALFORMED', 'rows: '],
    ['an option that there is not', { ...ASKED, formats: 'rows' }, 'MALFORMED', 'formats'],
    ['a revision that is no number', { ...ASKED, revision: '1' }, 'MALFORMED', 'revision: '],
    ['a bookmark that is none', { ...ASKED, bookmark: 'first-primary' }, 'MALFORMED', 'bookmark: it is no bookmark'],
    ['too many rows', { service: 'delays', rows: Array(1001).fill(ROWS[0]) }, 'TOO_LARGE', 'rows: 1001 rows'],
    [
      'a date for a row',
      { service: 'delays', rows: [new Date(0)] },
      'INVALID',
      'rows[0]: the join key origin (string)',
    ],
    ['null', null, 'MALFORMED', 'body: '],
    ['nothing', undefined, 'MALFORMED', 'body: '],
    ['a text', 'delays', 'MALFORMED', 'body: '],
    ['a list', [ASKED], 'MALFORMED', 'body: '],
  ])('refuses %s', async (_what, asked, code, message) => {
    expect(await refused(Features.getFeatures(asked as GetFeatures))).toEqual([code, expect.stringContaining(message)])
  })

  it('hands details and a request id over', async () => {
    expect(await Features.getFeatures({ service: 'delays', rows: [{ origin: 'SFO' }] })).toEqual({
      ok: false,
      error: { code: 'INVALID', message: expect.any(String), details: { field: 'destination', row: 0 } },
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it('finds in memory what came for a request over HTTP', async () => {
    const post = { method: 'POST', body: JSON.stringify(ASKED) }
    await worker.fetch('https://features.example.com/v1/features', post)
    const views = ['airport_delays@1', 'airport_costs@1']
    for (const view of views) await bindings.KV.delete(blockKey(view, '1-aaaa', 0))
    expect(await Features.getFeatures({ ...ASKED, strict: true })).toMatchObject({ ok: true, degraded: false })
    await publishGuarded()
  })
})

describe('a binding with props', () => {
  it('is for the services that they name', async () => {
    const narrow = Features({ props: { services: ['visits'] } })
    expect(await narrow.getFeatures({ service: 'visits', rows: [{ user_id: 7 }] })).toMatchObject({ ok: true })
    expect(await narrow.getFeatures({ service: 'visits@1', rows: [{ user_id: 7 }] })).toMatchObject({ ok: true })
    expect(await refused(narrow.getFeatures(ASKED))).toEqual([
      'FORBIDDEN',
      'This service binding is for visits, by its props, not for "delays".',
    ])
    expect(await refused(narrow.getFeatures({ features: ['user_stats:visits'], rows: [{ user_id: 7 }] }))).toEqual([
      'FORBIDDEN',
      'This service binding is for visits, by its props; it cannot name features one by one.',
    ])
  })

  it('is for all of them where they name none', async () => {
    expect(await Features({ props: {} }).getFeatures(ASKED)).toMatchObject({ ok: true })
  })

  it.each<[unknown]>([
    [{ service: ['visits'] }],
    [{ services: 'visits' }],
    [{ services: ['visits@1'] }],
    [{ services: null }],
    [{ services: ['visits'], more: true }],
  ])('is for nothing with %j', async (props) => {
    const said = await refused(Features({ props: props as FeaturesProps }).getFeatures(ASKED))
    expect(said).toEqual(['FORBIDDEN', expect.stringContaining('The props of this service binding cannot be read.')])
  })

  it('is for no service with an empty list', async () => {
    expect((await refused(Features({ props: { services: [] } }).getFeatures(ASKED)))[1]).toContain('is for no service')
  })
})
