/** `POST /v1/features` for a data frame: that everything around the values is as with JSON. */
import { beforeAll, describe, expect, it } from 'vitest'
import { blockKey } from '../../core/storage.ts'
import { parseType } from '../../core/types.ts'
import { ARROW, readArrow } from './arrow.fixture.ts'
import { bindings, type Call, guarded, migrate, publishGuarded } from './guarded.fixture.ts'

const ROWS = [
  { origin: 'SFO', destination: 'JFK' },
  { origin: 'JFK', destination: 'nowhere' },
]
const float64 = parseType('float64')
const int64 = parseType('int64')

function ask(deployment: ReturnType<typeof guarded>, body: unknown, { headers, ...call }: Call = {}) {
  const all = { accept: ARROW, ...headers }
  return deployment.call('/v1/features', { method: 'POST', body, ...call, headers: all })
}

beforeAll(async () => {
  await migrate()
  await publishGuarded()
})

describe('an answer in Arrow', () => {
  const open = guarded({ AUTH: 'off' })

  it('is a table with one column a feature, and the rest in the metadata of its schema', async () => {
    const { status, headers, bytes } = await ask(open, { service: 'delays', rows: ROWS })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe(ARROW)
    expect(headers.get('x-shoreline-revision')).toBe('1')
    expect(headers.get('server-timing')).toMatch(/^kv;desc="[0-9]+ keys"/)
    expect(headers.get('x-request-id')).toMatch(/./)
    expect(headers.has('x-shoreline-degraded')).toBe(false)
    const table = readArrow(bytes)
    expect(table.names).toEqual(['risk', 'margin', 'flights', 'cost'])
    expect(table.values('risk', float64)).toEqual([0.5, 0.75])
    expect(table.values('flights', int64)).toEqual([12n, 13n])
    expect(table.values('cost', float64)).toEqual([992.5, null])
    const { issues = '', views = '', ...rest } = Object.fromEntries(table.metadata)
    expect(rest).toEqual({ service: 'delays@1', revision: '1', degraded: 'false' })
    expect(JSON.parse(issues)).toEqual([{ view: 'destination_costs', status: 'NOT_FOUND', rows: [1] }])
    expect(JSON.parse(views)).toMatchObject([{ as: 'origin_delays' }, { as: 'destination_costs' }])
  })

  it('repeats what the rows share in each of them', async () => {
    const body = {
      service: 'delays',
      shared: { origin: 'SFO' },
      rows: [{ destination: 'SFO' }, { destination: 'JFK' }],
    }
    const table = readArrow((await ask(open, body)).bytes)
    expect(table.names).toEqual(['risk', 'margin', 'flights', 'cost'])
    expect(table.values('risk', float64)).toEqual([0.5, 0.5])
    expect(table.values('cost', float64)).toEqual([991.5, 992.5])
  })

  it('says a status a feature and row with full metadata, behind all features', async () => {
    const body = { service: 'delays', rows: ROWS, metadata: 'full', full_names: true }
    const table = readArrow((await ask(open, body)).bytes)
    expect(table.names).toEqual([
      ...['origin_delays__risk', 'origin_delays__margin', 'origin_delays__flights', 'destination_costs__cost'],
      ...['origin_delays__risk__status', 'origin_delays__margin__status', 'origin_delays__flights__status'],
      'destination_costs__cost__status',
    ])
    expect(table.statuses('destination_costs__cost__status')).toEqual(['PRESENT', 'NOT_FOUND'])
  })

  it('has a thousand rows that nobody knows', async () => {
    const rows = Array.from({ length: 1000 }, (_, user_id) => ({ user_id: user_id + 1000 }))
    const table = readArrow((await ask(open, { service: 'visits', rows, metadata: 'full' })).bytes)
    expect(table.rows).toBe(1000)
    expect(table.values('visits', int64).every((value) => value === null)).toBe(true)
    expect(new Set(table.statuses('visits__status'))).toEqual(new Set(['NOT_FOUND']))
  })

  it.each([undefined, '*/*', 'application/json', `${ARROW};q=0.5, application/json`])(
    'is JSON for Accept: %s',
    async (accept) => {
      const call: Call = { method: 'POST', body: { service: 'delays', rows: ROWS } }
      const { headers } = await open.call(
        '/v1/features',
        accept === undefined ? call : { ...call, headers: { accept } },
      )
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    },
  )

  it('is a JSON error when the request is refused', async () => {
    const { status, headers, json } = await ask(open, { service: 'delay', rows: ROWS })
    expect([status, headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8'])
    expect(json).toMatchObject({ error: { code: 'UNKNOWN_NAME' } })
    const missing = await ask(open, { service: 'delays', rows: [{ origin: 'SFO' }] })
    expect([missing.status, missing.json]).toMatchObject([
      422,
      { error: { details: { field: 'destination', row: 0 } } },
    ])
  })

  it('is the same whichever way the path is written', async () => {
    const body = { service: 'delays', rows: ROWS }
    const direct = await ask(open, body)
    const routed = await open.call('/v1/%66eatures', { method: 'POST', body, headers: { accept: ARROW } })
    expect(routed.headers.get('content-type')).toBe(ARROW)
    expect(routed.bytes).toEqual(direct.bytes)
  })
})

describe('with authentication on', () => {
  it('a browser token gets the public features of its entities', async () => {
    const deployment = guarded()
    const entities = { origin: ['SFO'], destination: '*' }
    const key = await deployment.token({ services: ['delays'], entities })
    const full = { service: 'delays', rows: ROWS.slice(0, 1), metadata: 'full' }
    const { status, bytes } = await ask(deployment, full, { key })
    expect(status).toBe(200)
    const table = readArrow(bytes)
    expect(table.names).toEqual(['risk', 'flights', 'risk__status', 'flights__status'])
    expect(new TextDecoder().decode(bytes)).not.toMatch(/margin|cost/)
    const other = await ask(deployment, { service: 'delays', rows: ROWS }, { key })
    expect([other.status, other.json]).toMatchObject([403, { error: { details: { field: 'origin', row: 1 } } }])
    const pinned = await ask(deployment, full, { key, headers: { 'x-shoreline-revision': '1' } })
    expect(pinned.status).toBe(403)
  })

  it('a key reads the services of its scope', async () => {
    const deployment = guarded()
    const { key } = await deployment.key(['features:read:visits'])
    expect((await ask(deployment, { service: 'visits', rows: [{ user_id: 7 }] }, { key })).status).toBe(200)
    expect((await ask(deployment, { service: 'delays', rows: ROWS }, { key })).status).toBe(403)
    expect((await ask(deployment, { service: 'visits', rows: [{ user_id: 7 }] })).status).toBe(401)
  })
})

describe('when blocks are lost', () => {
  it('an earlier revision answers, marked in the header too; a strict request is refused', async () => {
    const first = await publishGuarded()
    const lost = { ...first.head, revision: first.head.revision + 1 }
    const run = { store: 'kv' as const, run: '2-bbbb', blocks: 1 }
    const views = { ...lost.views, 'user_stats@1': { snapshot: 2, base: run, watermark: 0 } }
    await bindings.KV.put('head', JSON.stringify({ ...lost, views }))
    expect(await bindings.KV.get(blockKey('user_stats@1', '2-bbbb', 0))).toBe(null)
    const isolate = guarded({ AUTH: 'off' })
    const body = { service: 'visits', rows: [{ user_id: 7 }] }
    const { headers, bytes } = await ask(isolate, body)
    expect([headers.get('x-shoreline-revision'), headers.get('x-shoreline-degraded')]).toEqual(['1', 'true'])
    const table = readArrow(bytes)
    expect([table.metadata.get('degraded'), table.metadata.get('revision')]).toEqual(['true', '1'])
    expect(table.values('visits', int64)).toEqual([70n])
    expect((await ask(isolate, { ...body, strict: true })).status).toBe(503)
  })
})
