/** What an earlier sync has left open is finished where that is what the next one would do, and else begun anew. */
import { beforeAll, describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureService } from '../../registry/definitions/feature-service.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { Leases } from '../../registry/leases.ts'
import { Repository } from '../../registry/repository.ts'
import type { StartRunAnswer } from '../../registry/wire/control.ts'
import { recordComputed } from '../../worker/publishing/runs.ts'
import { startRun } from '../../worker/publishing/start.ts'
import { bindings, guarded, migrate } from './guarded.fixture.ts'

const user = entity('user', { joinKeys: { user_id: t.string() } })
const source = parquetSource('users', { path: 'file:///users/*.parquet', timestamp: 'at' })
const plain = featureView('plain', { entity: user, source, features: { visits: t.int64() } })
const aged = featureView('aged', {
  entity: user,
  source,
  sql: 'select user_id, "at" as event_timestamp, date_diff(\'day\', "at", $as_of) as days from users',
  features: { days: t.int64() },
})

const MINUTE_US = 60_000_000
const repository = new Repository(bindings.DB)
/** The deployment's clock, microseconds since the epoch. */
let now = Date.UTC(2026, 0, 1) * 1000

beforeAll(async () => {
  await migrate()
  const definitions = collect({ all: featureService('all', { features: [plain, aged] }) })
  const deployment = guarded({ AUTH: 'off' })
  const applied = await deployment.call('/v1/registry/apply', { method: 'POST', body: { definitions } })
  expect(applied).toMatchObject({ status: 200 })
})

/** @param etag of the one object that the view reads */
async function start(view: string, etag: string, options: object = {}) {
  const sources = [{ uri: 'file:///users/0.parquet', etag, size: 1 }]
  const starting = { repository, leases: new Leases(bindings.DB), now }
  const answer: StartRunAnswer = await startRun(starting, { view, sources, holder: 'test', ...options })
  if (answer.outcome === 'unchanged') throw new Error('nothing of it is online')
  return answer
}

function computed(run: string, next_event: number | null): Promise<void> {
  return recordComputed(repository, run, {
    kind: 'base',
    rows: 1,
    blocks: 1,
    filters: 0,
    watermark: null,
    next_event,
    parts: [],
  })
}

async function stateOf(run: string): Promise<string> {
  return (await repository.run(run)).state
}

describe('a run that has computed nothing', () => {
  it.each(['plain', 'aged'])('is the same when it is asked for again at once, --full or not: %s', async (view) => {
    for (const options of [{}, { full: true }]) {
      const first = await start(view, `lost-${Object.keys(options)}`, options)
      now += 10_000_000
      expect(await start(view, `lost-${Object.keys(options)}`, options)).toMatchObject({
        outcome: 'resumed',
        run: first.run,
        as_of: first.as_of,
      })
    }
  })

  it('is begun anew after a while, as of then', async () => {
    const first = await start('plain', 'old')
    now += 2 * MINUTE_US
    const second = await start('plain', 'old')
    expect(second).toMatchObject({ outcome: 'started', as_of: first.as_of + 2 * MINUTE_US })
    expect(await stateOf(first.run)).toBe('superseded')
  })
})

describe('a run whose rows are computed', () => {
  it('is finished however late, while no row has come due', async () => {
    const first = await start('plain', 'due')
    await computed(first.run, now + 60 * MINUTE_US)
    now += 59 * MINUTE_US
    expect(await start('plain', 'due')).toMatchObject({ outcome: 'resumed', run: first.run })
    now += MINUTE_US
    expect(await start('plain', 'due')).toMatchObject({ outcome: 'started', as_of: now })
    expect(await stateOf(first.run)).toBe('superseded')
  })

  it('is computed anew where they are of a part of the events: what is online beside them may be another snapshot', async () => {
    const part = await start('plain', 'part', { from: 1_700_000_000_000_000 })
    await computed(part.run, null)
    expect(await start('plain', 'part', { from: 1_700_000_000_000_000 })).toMatchObject({ outcome: 'started' })
    expect(await stateOf(part.run)).toBe('superseded')
  })

  it('is computed anew by --full, and where its SQL reads the clock; not where the instant was given', async () => {
    const full = await start('plain', 'full')
    await computed(full.run, null)
    expect(await start('plain', 'full', { full: true })).toMatchObject({ outcome: 'started' })
    const clock = await start('aged', 'clock')
    await computed(clock.run, null)
    expect(await start('aged', 'clock')).toMatchObject({ outcome: 'started' })
    const given = await start('aged', 'given', { as_of: 1_700_000_000_000_000 })
    await computed(given.run, null)
    now += 60 * MINUTE_US
    expect(await start('aged', 'given', { as_of: 1_700_000_000_000_000 })).toMatchObject({
      outcome: 'resumed',
      run: given.run,
    })
  })
})
