/** What was pushed, on Feast's surface: merged feature by feature as in the native answer. */
import { beforeAll, describe, expect, it } from 'vitest'
import { writeBlock } from '../../core/block.ts'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { pushSource } from '../../registry/definitions/push-source.ts'
import type { FeastFeaturesAnswer } from '../../registry/wire/feast.ts'
import type { FeaturesAnswer } from '../../registry/wire/features.ts'
import { micros } from './feast.fixture.ts'
import { guarded, migrate } from './guarded.fixture.ts'

const driver = entity('driver', { joinKeys: { driver_id: t.int64() } })
const trips = pushSource('trips', {
  kind: 'features',
  schema: { driver_id: t.int64(), rate: t.float64(), trips: t.int64() },
})
const parquet = parquetSource('drivers', { path: 'file:///drivers/*.parquet', timestamp: 'at' })
/** `rate` and `trips` are materialized and pushed, `note` is only materialized; values last for an hour. */
const stats = featureView('driver_stats', {
  entity: driver,
  source: parquet,
  push: trips,
  ttl: '1h',
  features: { rate: t.float64(), trips: t.int64(), note: t.string() },
})
const live = featureView('live', { entity: driver, push: trips, features: { rate: t.float64(), trips: t.int64() } })
const DEFINITIONS = collect({
  stats: featureService('stats', { features: [stats] }),
  live: featureService('live', { features: [live] }),
})

const open = guarded({ AUTH: 'off', CLOCK: '2026-11-22T19:00:00Z' })
const EPOCH = '1970-01-01T00:00:00Z'
const [OLD, SOON, NEW] = ['2026-11-22T10:00:00Z', '2026-11-22T18:30:00Z', '2026-11-22T18:45:00Z'] as const

async function post(path: string, body: object): Promise<unknown> {
  const { status, text, json } = await open.call(path, { method: 'POST', body })
  if (status >= 300) throw new Error(text)
  return json
}

beforeAll(async () => {
  await migrate()
  await post('/v1/registry/apply', { definitions: DEFINITIONS })
  const { run } = (await post('/v1/runs', { view: 'driver_stats', sources: [] })) as { readonly run: string }
  const rows = [
    ['1', micros(SOON), 0.5, '1', 'one'],
    ['2', micros(OLD), 0.25, '2', 'two'],
    ['3', micros(SOON), 0.75, '3', 'three'],
  ]
  await post(`/v1/runs/${run}/computed`, { rows: 3, blocks: 1, watermark: null, next_event: null, parts: [] })
  const body = writeBlock({ view: 'driver_stats@1', run, block: 0, blocks: 1 }, JSON.stringify(rows))
  expect((await open.call(`/v1/runs/${run}/blocks/0`, { method: 'PUT', body })).status).toBe(200)
  await post('/v1/publish', { runs: [run] })
  await post('/v1/push/trips', {
    rows: [
      { driver_id: 1, rate: 'NaN', event_timestamp: NEW },
      { driver_id: 2, rate: 2, event_timestamp: NEW },
      { driver_id: 3, trips: 99, event_timestamp: OLD },
      { driver_id: 4, trips: 4, rate: null, event_timestamp: NEW },
    ],
  })
})

const ids = [4, null, 1, 2, 3, 9]

describe('a view that is pushed to', () => {
  it('has the newer value of each feature, with statuses of their own', async () => {
    const answer = (await post('/get-online-features', {
      ...{ feature_service: 'stats', entities: { driver_id: ids } },
    })) as FeastFeaturesAnswer
    const event_timestamps = [NEW, EPOCH, NEW, NEW, SOON, EPOCH]
    expect(answer.metadata.feature_names).toEqual(['driver_id', 'rate', 'trips', 'note'])
    expect(answer.results.slice(1)).toEqual([
      {
        values: [null, null, null, 2, 0.75, null],
        statuses: ['NULL_VALUE', 'NOT_FOUND', 'NULL_VALUE', 'PRESENT', 'PRESENT', 'NOT_FOUND'],
        event_timestamps,
      },
      {
        values: [4, null, 1, null, 3, null],
        statuses: ['PRESENT', 'NOT_FOUND', 'PRESENT', 'OUTSIDE_MAX_AGE', 'PRESENT', 'NOT_FOUND'],
        event_timestamps,
      },
      {
        values: [null, null, 'one', null, 'three', null],
        statuses: ['NOT_FOUND', 'NOT_FOUND', 'PRESENT', 'OUTSIDE_MAX_AGE', 'PRESENT', 'NOT_FOUND'],
        event_timestamps,
      },
    ])
  })

  it('says the same as natively', async () => {
    for (const service of ['stats', 'live']) {
      const known = [4, 2, 3, 9]
      const rows = known.map((driver_id) => ({ driver_id }))
      const native = (await post('/v1/features', {
        ...{ service, rows, format: 'columns', metadata: 'full' },
      })) as FeaturesAnswer
      const feast = (await post('/get-online-features', {
        ...{ feature_service: service, entities: { driver_id: known } },
      })) as FeastFeaturesAnswer
      for (const [at, name] of feast.metadata.feature_names.slice(1).entries()) {
        const { values, statuses, event_timestamps } = feast.results[at + 1] ?? {}
        expect(values).toEqual(native.columns?.[name])
        expect(statuses).toEqual(native.statuses?.map((row) => row[name]))
        expect(event_timestamps).toEqual(native.views?.[0]?.event_timestamps?.map((time) => time ?? EPOCH))
      }
    }
  })
})
