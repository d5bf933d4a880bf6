/** What a store has lost is found and put back over HTTP, in KV and in D1, and nothing else is ever changed. */
import { beforeAll, describe, expect, it } from 'vitest'
import { blockKey } from '../../core/storage.ts'
import type { MissingBlocksAnswer } from '../../registry/wire/history.ts'
import { bindings, definitions, migrate } from './guarded.fixture.ts'
import { baseTexts, deploymentAtOnce, Operator, overlayTexts } from './history.fixture.ts'

const BLOCKS = 1200
const operator = new Operator(deploymentAtOnce(), BLOCKS)
const SOURCE = [{ uri: 'r2://offline/a.parquet', etag: 'a' }]
const VALUES = { 7: '70', 8: '80' }
const DEFINED = definitions()
const STORES = ['kv', 'd1'] as const
const VIEWS = { kv: 'user_stats@1', d1: 'airport_costs@1' }
const runs = { kv: '', d1: '' }
let overlay = ''

beforeAll(async () => {
  await migrate()
  const views = DEFINED.views.map((view) => (view.name === 'airport_costs' ? { ...view, online: 'd1' as const } : view))
  await operator.get('/v1/registry/apply', { definitions: { ...DEFINED, views } })
  for (const store of STORES) runs[store] = await publishLarge(VIEWS[store])
  overlay = (await operator.publishOverlay('user_stats', SOURCE, { 7: '71' })).run
})

/** More blocks than one call looks at, uploaded in several. */
async function publishLarge(view: string): Promise<string> {
  const started = await operator.start(view, SOURCE)
  await operator.computed(started, { kind: 'base', rows: 2, changed: 2, stored: 2, blocks: BLOCKS, filters: 0 })
  const texts = baseTexts(started, BLOCKS, VALUES)
  for (let at = 0; at < BLOCKS; at += 400)
    await operator.get(`/v1/runs/${started.run}/blocks/${at}`, texts.slice(at, at + 400).join('\n'), 'PUT')
  await operator.publish(started)
  return started.run
}

async function lose(store: 'kv' | 'd1', ...blocks: readonly number[]): Promise<void> {
  for (const block of blocks)
    if (store === 'kv') await bindings.KV.delete(blockKey(VIEWS.kv, runs.kv, block))
    else await bindings.DB.prepare('delete from online_blocks where run = ? and block = ?').bind(runs.d1, block).run()
}

async function missing(run: string): Promise<readonly (readonly [number, number])[]> {
  const ranges: (readonly [number, number])[] = []
  for (let from = 0; ; ) {
    const answer = await operator.get<MissingBlocksAnswer>(`/v1/runs/${run}/missing`, { from })
    ranges.push(...answer.missing.map(({ first, count }) => [first, count] as const))
    if (answer.next === null) return ranges
    from = answer.next
  }
}

describe.each(STORES)('a run in %s', (store) => {
  const texts = () => baseTexts({ view: VIEWS[store], run: runs[store] }, BLOCKS, VALUES)
  const repair = (first: number, ...blocks: readonly string[]) =>
    operator.ask(`/v1/runs/${runs[store]}/blocks/${first}?repair=1`, blocks.join('\n'), 'PUT')

  it('that is whole misses nothing', async () => {
    expect(await missing(runs[store])).toEqual([])
  })

  it('says exactly what it has lost, over all its calls', async () => {
    await lose(store, 0, 3, 4, 999, 1000, 1199)
    expect(await missing(runs[store])).toEqual([
      [0, 1],
      [3, 2],
      [999, 1],
      [1000, 1],
      [1199, 1],
    ])
  })

  it('takes back what is missing, whatever else is sent with it', async () => {
    const all = texts()
    expect((await repair(0, ...all.slice(0, 6))).json).toEqual({ blocks: 3 })
    expect((await repair(999, ...all.slice(999, 1001))).json).toEqual({ blocks: 2 })
    expect((await repair(1199, all[1199] ?? '')).json).toEqual({ blocks: 1 })
    expect(await missing(runs[store])).toEqual([])
    expect((await repair(0, ...all.slice(0, 6))).json).toEqual({ blocks: 0 })
  })

  it('takes nothing that is not its own, undamaged, in its place', async () => {
    await lose(store, 5)
    const [, , , , , five = ''] = texts()
    const [status, text] = [
      (await repair(4, five)).status,
      (await repair(5, five.replace('"md5":"', '"md5":"0'))).status,
    ]
    expect([status, text]).toEqual([422, 422])
    expect(await missing(runs[store])).toEqual([[5, 1]])
    await repair(5, five)
    expect(await missing(runs[store])).toEqual([])
  })
})

describe('a damaged block', () => {
  it('is as good as lost, and an overlay is repaired with its filter', async () => {
    const key = blockKey('user_stats@1', overlay, 1)
    const text = (await bindings.KV.get(key)) ?? ''
    await bindings.KV.put(key, text.replace('"rows":[["', '"rows":[["A'))
    expect(await missing(overlay)).toEqual([[1, 1]])
    const [rows = '', filter = ''] = overlayTexts({ view: 'user_stats@1', run: overlay }, { 7: '71' })
    const answer = await operator.ask(`/v1/runs/${overlay}/blocks/0?repair=1`, `${rows}\n${filter}`, 'PUT')
    expect(answer.json).toEqual({ blocks: 1 })
    expect(await bindings.KV.get(key)).toBe(text)
  })
})

describe('what is whole', () => {
  it('is never replaced by other rows, though they are sent as a block should be', async () => {
    const key = blockKey('user_stats@1', overlay, 0)
    const before = await bindings.KV.get(key)
    const [forged = ''] = overlayTexts({ view: 'user_stats@1', run: overlay }, { 7: '999' })
    const answer = await operator.ask(`/v1/runs/${overlay}/blocks/0?repair=1`, forged, 'PUT')
    expect(answer.json).toEqual({ blocks: 0 })
    expect(await bindings.KV.get(key)).toBe(before)
  })
})

describe('a run that was never online, or is being reclaimed', () => {
  it('is not repaired', async () => {
    const open = await operator.start('user_stats', SOURCE)
    const refused = await operator.ask(`/v1/runs/${open.run}/missing`, {})
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining('is started: only runs that are or were online'),
    ])
    await bindings.DB.prepare('update runs set marked_at = 1 where id = ?').bind(overlay).run()
    expect((await operator.ask(`/v1/runs/${overlay}/missing`, {})).text).toContain('is being reclaimed')
    expect((await operator.ask('/v1/runs/9-nobody/missing', {})).status).toBe(404)
  })
})
