/** Every way of asking for features over HTTP, and that they agree. */
import { beforeAll, describe, expect, it } from 'vitest'
import { registryKey } from '../../core/storage.ts'
import { packRegistry } from '../../registry/pack.ts'
import { bindings, type Call, definitions, guarded, publishGuarded } from './guarded.fixture.ts'

const open = guarded({ AUTH: 'off', CLOCK: '1970-01-01T00:00:10Z' })
const PATH = '/v1/features'
const ROWS = [
  { origin: 'SFO', destination: 'JFK' },
  { origin: 'JFK', destination: 'nowhere' },
]

async function post(body: object, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await open.call(PATH, { method: 'POST', body, headers })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json
}

async function refused(body: object): Promise<readonly [number, string]> {
  const { status, json } = await open.call(PATH, { method: 'POST', body })
  return [status, (json as { error: { message: string } }).error.message]
}

function get(path: string, call: Call = {}) {
  return open.call(path, call)
}

beforeAll(async () => {
  const defined = definitions()
  // Values of user_stats last for a minute.
  const views = defined.views.map((view) => (view.name === 'user_stats' ? { ...view, ttl: '1m' } : view))
  const { registry } = await publishGuarded({ ...defined, views })
  await bindings.KV.put(registryKey(registry.revision), packRegistry(registry))
})

describe('format: columns', () => {
  it('has the same values, one list a feature, in the order of rows and features', async () => {
    const rows = (await post({ service: 'delays', rows: ROWS })) as { rows: Record<string, unknown>[] }
    const columns = (await post({ service: 'delays', rows: ROWS, format: 'columns' })) as {
      columns: Record<string, unknown[]>
    }
    expect(columns.columns).toEqual({
      risk: [0.5, 0.75],
      margin: [77.25, 78.25],
      flights: [12, 13],
      cost: [992.5, null],
    })
    expect(columns).not.toHaveProperty('rows')
    const { rows: _, ...meta } = rows
    const { columns: __, ...same } = columns
    expect(same).toEqual(meta)
    expect(Object.keys(columns.columns)).toEqual(Object.keys(rows.rows[0] ?? {}))
  })
})

describe('shared', () => {
  it('gives the features of what all rows share once, and the others a row', async () => {
    const rows = [{ destination: 'SFO' }, { destination: 'JFK' }]
    expect(await post({ service: 'delays', shared: { origin: 'SFO' }, rows })).toMatchObject({
      shared: { risk: 0.5, margin: 77.25, flights: 12 },
      rows: [{ cost: 991.5 }, { cost: 992.5 }],
      issues: [],
    })
    expect(await post({ service: 'delays', shared: { origin: 'SFO' }, rows, format: 'columns' })).toMatchObject({
      shared: { risk: 0.5, margin: 77.25, flights: 12 },
      columns: { cost: [991.5, 992.5] },
    })
  })

  it('counts what is missing there for every row', async () => {
    const answer = await post({
      service: 'delays',
      shared: { origin: 'nowhere', destination: 'JFK' },
      rows: [{}, {}],
      metadata: 'full',
    })
    expect(answer).toMatchObject({
      shared: { risk: null, margin: null, flights: null, cost: 992.5 },
      rows: [{}, {}],
      issues: [{ view: 'origin_delays', status: 'NOT_FOUND', rows: [0, 1] }],
      statuses: [
        { risk: 'NOT_FOUND', cost: 'PRESENT' },
        { risk: 'NOT_FOUND', cost: 'PRESENT' },
      ],
      views: [
        { event_timestamps: [null, null] },
        { event_timestamps: ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'] },
      ],
    })
  })

  it.each([
    [
      { origin: 'SFO' },
      { origin: 'JFK', destination: 'JFK' },
      'rows[0]: origin is in shared as well. Leave it out of one.',
    ],
    [{ airport: 'SFO' }, { destination: 'JFK' }, 'shared: airport is not a field of delays@1'],
    [{}, { destination: 'JFK' }, 'rows[0]: the join key origin (string) is missing.'],
    [{ origin: 7 }, { destination: 'JFK' }, 'rows[0].origin: 7 is not right; send a string.'],
  ])('%j with the row %j is refused', async (shared, row, message) => {
    const [status, said] = await refused({ service: 'delays', shared, rows: [row] })
    expect([status, said]).toEqual([422, expect.stringContaining(message)])
  })
})

describe('features without a service', () => {
  it('are those of the newest online version of each view, in the order of the list', async () => {
    const features = ['airport_delays:flights', 'airport_costs:cost', 'airport_delays:risk']
    expect(await post({ features, rows: [{ airport: 'JFK' }, { airport: 'nowhere' }] })).toMatchObject({
      service: null,
      rows: [
        { flights: 13, risk: 0.75, cost: 992.5 },
        { flights: null, risk: null, cost: null },
      ],
      views: [
        { view: 'airport_delays@1', as: 'airport_delays' },
        { view: 'airport_costs@1', as: 'airport_costs' },
      ],
    })
  })

  it('have full names when asked, with a version where one was written', async () => {
    const features = ['airport_delays@1:risk', 'airport_delays:risk']
    expect(await post({ features, full_names: true, rows: [{ airport: 'SFO' }] })).toMatchObject({
      rows: [{ 'airport_delays@1__risk': 0.5, airport_delays__risk: 0.5 }],
    })
  })

  it('come from several entities in one request', async () => {
    expect(
      await post({ features: ['user_stats:visits', 'airport_costs:cost'], rows: [{ user_id: 7, airport: 'SFO' }] }),
    ).toMatchObject({
      rows: [{ visits: 70, cost: 991.5 }],
    })
  })

  it.each<[readonly string[], number, string]>([
    [['risk'], 400, 'features: "risk" is not view:feature.'],
    [['airport_delays:'], 400, 'is not view:feature.'],
    [['airport_delay:risk'], 404, 'There is no view airport_delay. Did you mean airport_delays?'],
    [['airport_delays:rsik'], 404, 'View airport_delays@1 has no feature rsik. Did you mean risk?'],
    [['airport_delays@2:risk'], 404, 'View airport_delays has no version 2; it has 1.'],
    [['airport_delays@1:risk', 'airport_delays:risk'], 422, 'features: risk is defined twice. Ask with full_names.'],
  ])('%j is refused', async (features, status, message) => {
    const said = await refused({ features, rows: [{ airport: 'SFO' }] })
    expect(said).toEqual([status, expect.stringContaining(message)])
  })

  it('are asked for instead of a service, not beside one', async () => {
    expect(await refused({ rows: [{}] })).toEqual([400, expect.stringContaining('service: it is missing')])
    expect(await refused({ service: 'delays', features: ['a:b'], rows: [{}] })).toEqual([
      400,
      expect.stringContaining('features: a service is named as well'),
    ])
  })
})

describe('compute: client', () => {
  it('gives what is stored, if all of it is public', async () => {
    expect(await post({ service: 'visits', rows: [{ user_id: '7' }], compute: 'client' })).toMatchObject({
      rows: [{ visits: 70 }],
    })
    expect(await refused({ service: 'delays', rows: ROWS, compute: 'client' })).toEqual([
      422,
      expect.stringContaining('delays@1 has features that are not public or computed from such (margin, cost)'),
    ])
  })
})

describe('an int64 key', () => {
  it.each(['7', '"7"', '7.0'])('may be sent as %s', async (id) => {
    const body = `{"service":"visits","rows":[{"user_id":${id}}]}`
    expect((await open.call(PATH, { method: 'POST', body })).json).toMatchObject({ rows: [{ visits: 70 }] })
  })

  it('beyond 2^53 is the one that was sent', async () => {
    const body = '{"service":"visits","rows":[{"user_id":9223372036854775807},{"user_id":9223372036854775808}]}'
    expect(await open.call(PATH, { method: 'POST', body })).toMatchObject({
      status: 422,
      json: { error: { message: expect.stringContaining('rows[1].user_id: 9223372036854775808 is not right') } },
    })
  })
})

describe('one row by GET', () => {
  it('is the same answer as by POST', async () => {
    const { json } = await get('/v1/services/delays/features?origin=SFO&destination=JFK')
    expect(json).toEqual(await post({ service: 'delays', rows: [ROWS[0]] }))
  })

  it('says how long it lasts: until a value is too old, and not longer than a new revision takes', async () => {
    const lasting = await get('/v1/services/delays/features?origin=SFO&destination=JFK')
    expect(lasting.headers.get('cache-control')).toBe('private, max-age=30')
    const late = guarded({ AUTH: 'off', CLOCK: '1970-01-01T00:00:48.5Z' })
    const short = await late.call('/v1/services/visits/features?user_id=7')
    expect(short.headers.get('cache-control')).toBe('private, max-age=11')
    expect(short.headers.get('vary')).toMatch(/Authorization, Origin/)
    const over = guarded({ AUTH: 'off', CLOCK: '1970-01-01T00:02:00Z' })
    expect((await over.call('/v1/services/visits/features?user_id=7')).headers.get('cache-control')).toBe(
      'private, max-age=30',
    )
  })

  it('has a validator over values and statuses: 304 while they stay', async () => {
    const path = '/v1/services/visits/features?user_id=7'
    const first = await get(path)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]{20}"$/)
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { headers: { 'if-none-match': given } })
      expect(again.status).toBe(304)
      expect(again.text).toBe('')
      expect(again.headers.get('etag')).toBe(etag)
      expect(again.headers.get('cache-control')).toBe('private, max-age=30')
    }
    expect((await get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    expect((await get('/v1/services/visits/features?user_id=8')).headers.get('etag')).not.toBe(etag)
    const expired = guarded({ AUTH: 'off', CLOCK: '1970-01-01T00:02:00Z' })
    expect((await expired.call(path, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('of the plan has its version as the validator', async () => {
    const { headers } = await get('/v1/services/delays/plan')
    expect(headers.get('etag')).toBe('"1"')
    expect((await get('/v1/services/delays/plan', { headers: { 'if-none-match': '"1"' } })).status).toBe(304)
  })
})
