import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { type FeatureViewOptions, featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { withDuckDB } from '../duckdb.ts'
import { openSource } from '../lake/resolve.ts'
import { registered } from '../materialize/snapshot.fixture.ts'
import { literal } from '../sql/text.ts'
import { planReading, planWindow, type Reading } from './plan.ts'
import type { PreviousRun } from './prune.ts'

let folder: string

const DAY = 86_400_000_000
const JUNE = Date.parse('2001-06-01T00:00:00Z') * 1000
const AS_OF = JUNE + 40 * DAY

/** Ten objects with the events of a day each; `written` is a column whose times say nothing of them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-plan-'))
  await mkdir(join(folder, 'clicks'))
  await withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, async (db) => {
    for (let day = 0; day < 10; day++)
      await db.run(
        `copy (select 'u' || i as user_id, timestamp '2001-06-01' + interval (${day} * 24 + i) hour as clicked, timestamp '2002-01-01' as written, i as n from range(24) as t(i))
         to ${literal(join(folder, `clicks/day-${day}.parquet`))} (format parquet)`,
      )
  })
})

afterAll(() => rm(folder, { recursive: true }))

async function reading(options: Partial<FeatureViewOptions> = {}): Promise<Reading> {
  const path = 'file://clicks/*.parquet'
  const view = await registered(
    featureView('clicks', {
      entity: entity('user', { joinKeys: { user_id: t.string() } }),
      source: parquetSource('clicks', { path, timestamp: 'clicked' }),
      features: { n: t.int64() },
      ...options,
    }),
  )
  return { view, sources: new Map([['clicks', await openSource(path, { folder })]]), cache: join(folder, 'cache') }
}

async function since(count: number): Promise<PreviousRun> {
  const { sources } = await reading()
  const objects = (sources.get('clicks')?.objects ?? []).slice(0, count)
  return { objects, asOf: AS_OF, nextEvent: null, whole: true }
}

const sql = "select user_id, date_trunc('day', clicked) as event_timestamp, sum(n) as n from clicks group by all"

function days(objects: Iterable<readonly { readonly key: string }[]>): readonly string[] {
  return [...objects].flat().map(({ key }) => key.replace(/\D/g, ''))
}

it('a view without SQL reads what was added', async () => {
  const plan = await planReading(await reading(), await since(8), AS_OF)
  expect(plan).toMatchObject({ full: false, reason: '2 objects were added', outputsFrom: null })
  expect(plan.full || days(plan.read.values())).toEqual(['8', '9'])
})

it('a view with SQL reads as far back as what it computes anew comes from', async () => {
  const plan = await planReading(await reading({ sql, lookback: '1d' }), await since(9), AS_OF)
  expect(plan).toMatchObject({ full: false, reason: '1 object was added', outputsFrom: JUNE + 8 * DAY })
  expect(plan.full || days(plan.read.values())).toEqual(['7', '8', '9'])
})

it('a window reads the objects that reach into it', async () => {
  const window = { from: JUNE + 4 * DAY, to: JUNE + 5 * DAY - 1 }
  expect(days((await planWindow(await reading(), window)).values())).toEqual(['4'])
  expect(days((await planWindow(await reading({ sql, lookback: '1d' }), window)).values())).toEqual(['3', '4', '5'])
  expect(days((await planWindow(await reading({ sql }), window)).values())).toHaveLength(10)
  // By the column that the view's events are at.
  expect(
    days((await planWindow(await reading({ timestamp: 'written' }), { ...window, from: null })).values()),
  ).toHaveLength(1)
  expect(
    days((await planWindow(await reading({ timestamp: 'written' }), { ...window, to: null })).values()),
  ).toHaveLength(10)
})
