/** What was pushed, in Arrow and over RPC: merged feature by feature as in JSON. */
import { exports } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import type { FeaturesAnswer } from '../../registry/wire/features.ts'
import type { FeaturesService } from '../../worker/index.ts'
import { ARROW, readArrow } from './arrow.fixture.ts'
import { micros } from './feast.fixture.ts'
import { ADMIN_KEY, guarded, migrate } from './guarded.fixture.ts'
import { putOnline } from './published.fixture.ts'

const driver = entity('driver', { joinKeys: { driver_id: t.int64() } })
const trips = pushSource('trips', {
  kind: 'features',
  schema: { driver_id: t.int64(), rate: t.float64(), trips: t.int64() },
})
const stats = featureView('driver_stats', {
  entity: driver,
  source: parquetSource('drivers', { path: 'file:///drivers/*.parquet', timestamp: 'at' }),
  push: trips,
  ttl: '1h',
  features: { rate: t.float64(), trips: t.int64(), note: t.string() },
})
const DEFINITIONS = collect({ stats: featureService('stats', { features: [stats] }) })

/** What vitest.config.ts says that the entrypoint's clock is. */
const NOW = '2001-07-01T06:00:00Z'
const [OLD, SOON, NEW] = ['2001-06-30T10:00:00Z', '2001-07-01T05:30:00Z', '2001-07-01T05:45:00Z'] as const
const open = guarded({ AUTH: 'off', CLOCK: NOW })
const rpc = (exports as unknown as { readonly Features: FeaturesService }).Features

let written = ''
beforeAll(async () => {
  await migrate()
  await putOnline(open, DEFINITIONS, {
    driver_stats: [
      ['1', micros(SOON), 0.5, '1', 'one'],
      ['2', micros(OLD), 0.25, '2', 'two'],
      ['3', micros(SOON), 0.75, null, 'three'],
    ],
  })
  const rows = [
    { driver_id: 1, rate: 'NaN', event_timestamp: NEW },
    { driver_id: 2, rate: 2, event_timestamp: NEW },
    { driver_id: 4, trips: '9007199254740993', rate: null, event_timestamp: NEW },
  ]
  const pushed = await open.call('/v1/push/trips', { method: 'POST', key: ADMIN_KEY, body: { rows } })
  if (pushed.status !== 200) throw new Error(pushed.text)
  written = pushed.headers.get('x-shoreline-bookmark') ?? ''
})

const BODY = { service: 'stats', rows: [1, 2, 3, 4, 9].map((driver_id) => ({ driver_id })), metadata: 'full' as const }

it('the newer value of each feature, with a status of its own', async () => {
  const call = { method: 'POST', body: BODY, headers: { 'x-shoreline-bookmark': written } }
  const json = (await open.call('/v1/features', call)).json as FeaturesAnswer
  const arrow = await open.call('/v1/features', { ...call, headers: { ...call.headers, accept: ARROW } })
  expect(arrow.headers.get('x-shoreline-bookmark')).toMatch(/^[0-9a-f-]+$/)
  const table = readArrow(arrow.bytes)
  expect(table.values('rate', t.float64())).toEqual([Number.NaN, 2, 0.75, null, null])
  expect(table.values('trips', t.int64())).toEqual([1n, null, null, 9007199254740993n, null])
  expect(table.values('note', t.string())).toEqual(['one', null, 'three', null, null])
  expect(table.statuses('trips__status')).toEqual([
    ...['PRESENT', 'OUTSIDE_MAX_AGE', 'NULL_VALUE', 'PRESENT', 'NOT_FOUND'],
  ])
  for (const name of ['rate', 'trips', 'note'])
    expect(table.statuses(`${name}__status`)).toEqual(json.statuses?.map((row) => row[name]))
  expect(JSON.parse(table.metadata.get('issues') ?? '')).toEqual(json.issues)
  expect(JSON.parse(table.metadata.get('views') ?? '')).toEqual(json.views)
})

it('over RPC too, with the bookmark of what was read', async () => {
  const answer = await rpc.getFeatures({ ...BODY, bookmark: written })
  if (!answer.ok) throw new Error(answer.error.message)
  expect(answer.rows).toEqual([
    { rate: Number.NaN, trips: 1n, note: 'one' },
    { rate: 2, trips: null, note: null },
    { rate: 0.75, trips: null, note: 'three' },
    { rate: null, trips: 9007199254740993n, note: null },
    { rate: null, trips: null, note: null },
  ])
  expect(answer.statuses?.[1]).toEqual({ rate: 'PRESENT', trips: 'OUTSIDE_MAX_AGE', note: 'OUTSIDE_MAX_AGE' })
  expect(answer.bookmark).toMatch(/^[0-9a-f-]+$/)
})
