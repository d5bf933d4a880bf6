/** Once a minute the Worker looks which views are past their freshness, and tells a real receiver. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Definitions } from '../../registry/objects.ts'
import type { FreshnessMessage } from '../../worker/alerts/stale.ts'
import { everyMinute } from '../../worker/scheduled.ts'
import { bindings, definitions, guarded, migrate } from './guarded.fixture.ts'
import { putOnline } from './published.fixture.ts'

const RECEIVER = 'http://receiver.test'
const operator = guarded({ AUTH: 'off' })
let path = ''
let tests = 0

beforeAll(async () => {
  await migrate()
  // What a sync of the fixture puts online ends 1970-01-01T00:00:00Z.
  await putOnline(guarded(), promising('1h'), { airport_delays: [], airport_costs: [] })
})

const warn = vi.spyOn(console, 'warn')
vi.spyOn(console, 'info').mockImplementation(() => {})

beforeEach(async () => {
  warn.mockReset()
  path = `${RECEIVER}/${++tests}`
  await bindings.DB.prepare('delete from alerts').run()
})

function promising(freshness: string | undefined): Definitions {
  const defined = definitions()
  const views = defined.views.map((view) =>
    // `user_stats` is never online here.
    freshness !== undefined && view.name !== 'airport_costs' ? { ...view, freshness } : view,
  )
  return { ...defined, views }
}

function minute(clock: string, url = path): Promise<void> {
  return everyMinute({ ...bindings, AUTH: 'off', CLOCK: clock, WEBHOOK_URL: url })
}

async function told(): Promise<readonly FreshnessMessage[]> {
  return (await fetch(path)).json()
}

async function events(): Promise<readonly unknown[]> {
  return (await told()).map(({ event, time }) => [event, time])
}

async function answerWith(status: number): Promise<void> {
  await fetch(path, { method: 'PUT', body: String(status) })
}

describe('a view past its freshness', () => {
  it('is told once, and again after a day', async () => {
    await minute('1970-01-01T01:00:00Z')
    expect(await told()).toEqual([])
    await minute('1970-01-01T01:00:01Z')
    await minute('1970-01-01T01:01:01Z')
    expect(await told()).toEqual([
      {
        text: 'Shoreline: past their freshness: airport_delays@1 ends 1970-01-01T00:00:00Z, and promises 1h. See "shoreline status" and docs/runbook.md.',
        event: 'views_stale',
        views: [{ view: 'airport_delays@1', watermark: '1970-01-01T00:00:00Z', freshness: '1h', held: false }],
        time: '1970-01-01T01:00:01Z',
      },
    ])
    await minute('1970-01-02T01:00:00Z')
    expect(await events()).toHaveLength(1)
    await minute('1970-01-02T01:00:01Z')
    expect((await events())[1]).toEqual(['views_stale', '1970-01-02T01:00:01Z'])
  })

  it('is told fresh again once, and stale again when it is so again', async () => {
    await minute('1970-01-01T02:00:00Z')
    await minute('1970-01-01T00:30:00Z')
    await minute('1970-01-01T00:31:00Z')
    await minute('1970-01-01T02:01:00Z')
    expect(await events()).toEqual([
      ['views_stale', '1970-01-01T02:00:00Z'],
      ['views_fresh', '1970-01-01T00:30:00Z'],
      ['views_stale', '1970-01-01T02:01:00Z'],
    ])
    expect((await told())[1]).toMatchObject({
      text: 'Shoreline: fresh again: airport_delays@1.',
      views: [{ view: 'airport_delays@1' }],
    })
  })

  it('is told a minute later when the receiver fails', async () => {
    await answerWith(500)
    await minute('1970-01-01T02:00:00Z')
    await answerWith(200)
    await minute('1970-01-01T02:01:00Z')
    await minute('1970-01-01T02:02:00Z')
    expect(await events()).toEqual([
      ['views_stale', '1970-01-01T02:00:00Z'],
      ['views_stale', '1970-01-01T02:01:00Z'],
    ])
  })

  it('is in the log too, with or without a receiver, and a wrong address ends nothing', async () => {
    await minute('1970-01-01T02:00:00Z', '')
    expect(warn.mock.calls.map(([line]) => JSON.parse(line as string))).toEqual([
      {
        level: 'warn',
        event: 'views_stale',
        message: expect.any(String),
        views: [expect.objectContaining({ held: false })],
      },
    ])
    await bindings.DB.prepare('delete from alerts').run()
    await minute('1970-01-01T02:00:00Z', 'ftp://receiver.test')
    await minute('1970-01-01T02:01:00Z')
    expect(await events()).toEqual([['views_stale', '1970-01-01T02:01:00Z']])
  })

  it('says that a rollback holds it; one that promises nothing any more is forgotten', async () => {
    await operator.call('/v1/hold', { method: 'POST', body: { views: ['airport_delays'] } })
    await minute('1970-01-01T02:00:00Z')
    expect((await told())[0]).toMatchObject({
      text: expect.stringContaining('a rollback holds it until "shoreline resume"'),
      views: [{ held: true }],
    })
    await operator.call('/v1/registry/apply', { method: 'POST', body: { definitions: promising(undefined) } })
    await minute('1970-01-01T02:01:00Z')
    expect(await events()).toHaveLength(1)
    const left = await bindings.DB.prepare('select count(*) as n from alerts').first<{ n: number }>()
    expect(left?.n).toBe(0)
  })
})
