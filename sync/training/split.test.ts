/** Which rows are for training, for validation and for the test. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { query } from '../duckdb.ts'
import { type Desk, openDesk, type Row, START } from './training.fixture.ts'
import type { TrainingRequest } from './training-set.ts'

const ROWS = 12_000

let desk: Desk
let close: () => Promise<void>

beforeAll(async () => {
  const opened = await openDesk()
  desk = opened.desk
  close = opened.close
  const thing = entity('thing', { joinKeys: { part: t.string(), number: t.int64() } })
  const source = parquetSource('rows', { path: `file://${desk.path('rows.parquet')}`, timestamp: 'at' })
  const stats = featureView('stats', { entity: thing, source, features: { x: t.float64() } })
  await desk.parquet(
    'rows.parquet',
    `select 'a|' || i % 7 as part, i as number, make_timestamp(${START}) as "at", i / 8 as x from range(6000) as t(i)`,
  )
  await desk.define({ thing, source, stats, all: featureService('all', { features: [stats] }) })
  await desk.parquet('spine.parquet', spineSql(ROWS))
  // The same entities, and others before, between and after them.
  await desk.parquet(
    'more.parquet',
    `${spineSql(ROWS)} union all by name ${spineSql(2 * ROWS)} order by event_timestamp`,
  )
})
afterAll(() => close())

/** Two rows of each entity; ten rows of each instant. */
function spineSql(rows: number): string {
  return `select i as label, 'a|' || i % 6000 % 7 as part, i % 6000 + (i // ${ROWS}) * 100000 as number, make_timestamp(${START} + (i * 7919 % ${rows}) // 10 * 1000000) as event_timestamp, case when i % 5 > 0 then 'g' || i % 40 end as team from range(${rows}) as t(i)`
}

async function split(how: string, more: Partial<TrainingRequest['split']> & { readonly spine?: string } = {}) {
  const { spine = 'spine.parquet', ...rest } = more
  const { manifest } = await desk.train({
    subject: { service: 'all' },
    spine: { files: desk.path(spine) },
    split: { how, ...rest },
  })
  return manifest
}

/** Of each part, in SQL. */
async function parts(names: readonly string[], columns: string): Promise<readonly Row[]> {
  const found: Row[] = []
  for (const name of names)
    found.push(
      ...(await query(desk.db, `select ${columns} from read_parquet('${desk.path(`out/set.${name}.parquet`)}')`)),
    )
  return found
}

/** In how many parts there are rows of one value, at most. */
async function spread(names: readonly string[], of: string): Promise<unknown> {
  const each = names.map(
    (name) =>
      `select distinct ${of} as value, '${name}' as part from read_parquet('${desk.path(`out/set.${name}.parquet`)}')`,
  )
  const [row] = await query(
    desk.db,
    `select max(n)::integer as most from (select count(*) as n from (${each.join(' union all ')}) group by value)`,
  )
  return row?.['most']
}

describe('a split by chance', () => {
  const THREE = ['train', 'validation', 'test']

  it('has shares that are about right, every row once, and no entity in two parts', async () => {
    const manifest = await split('random:0.8/0.1/0.1')
    expect(manifest.options.split).toEqual({ kind: 'random', shares: [0.8, 0.1, 0.1], by: ['part', 'number'], seed: 0 })
    expect(manifest.files.map(({ file, part }) => [file, part])).toEqual(
      THREE.map((name) => [`set.${name}.parquet`, name]),
    )
    const [train = 0, validation = 0, test = 0] = manifest.files.map(({ rows }) => rows / ROWS)
    expect(train).toBeCloseTo(0.8, 1)
    expect(Math.abs(validation - 0.1)).toBeLessThan(0.015)
    expect(Math.abs(test - 0.1)).toBeLessThan(0.015)
    expect(await spread(THREE, '(part, number)')).toBe(1)
    const found = await parts(
      THREE,
      'count(*)::integer as rows, count(distinct label)::integer as labels, sum(label)::varchar as sum',
    )
    expect(found.map(({ rows }) => rows)).toEqual(manifest.files.map(({ rows }) => rows))
    expect(found.reduce((sum, { labels }) => sum + Number(labels), 0)).toBe(ROWS)
    expect(found.reduce((sum, one) => sum + Number(one['sum']), 0)).toBe((ROWS * (ROWS - 1)) / 2)
  })

  it('keeps the order of the spine in every part', async () => {
    await split('random:0.5')
    for (const name of ['train', 'test']) {
      const rows = await parts([name], 'label')
      const labels = rows.map(({ label }) => Number(label))
      expect(labels).toEqual(labels.toSorted((a, b) => a - b))
    }
  })

  it('is the same for the same seed, and another for another', async () => {
    const hashes = []
    for (const seed of [7, 7, 8]) hashes.push((await split('random:0.5', { seed })).hash)
    expect(hashes[1]).toBe(hashes[0])
    expect(hashes[2]).not.toBe(hashes[0])
    const { files } = await split('random:0.5', { seed: 8 })
    expect(Math.abs((files[0]?.rows ?? 0) / ROWS - 0.5)).toBeLessThan(0.03)
  })

  it('leaves an entity in its part when the spine has other rows', async () => {
    await split('random:0.5')
    const before = await parts(['train'], 'distinct number')
    await split('random:0.5', { spine: 'more.parquet' })
    const after = new Set((await parts(['train'], 'distinct number')).map(({ number }) => number))
    expect(before.filter(({ number }) => !after.has(number ?? null))).toEqual([])
  })

  it('may be by rows, or by another column, of which nulls stay together', async () => {
    await split('random:0.5', { by: [] })
    expect(await spread(['train', 'test'], '(part, number)')).toBe(2)
    await split('random:0.5', { by: ['team'] })
    expect(await spread(['train', 'test'], 'team')).toBe(1)
    await split('random:0.5', { by: ['number'] })
    expect(await spread(['train', 'test'], 'number')).toBe(1)
  })
})

describe('a split by time', () => {
  it.each([
    ['time:0.8', ['train', 'test'], [0.8, 0.2]],
    ['time:0.7/0.2/0.1', ['train', 'validation', 'test'], [0.7, 0.2, 0.1]],
    ['time:0.6/0.2', ['train', 'validation', 'test'], [0.6, 0.2, 0.2]],
  ])('%s has the earlier rows first, and those of one instant together', async (how, names, shares) => {
    const { files, options } = await split(how)
    expect(options.split?.shares.map((share) => Number(share.toFixed(9)))).toEqual(shares)
    expect(files.map(({ part }) => part)).toEqual(names)
    expect(files.reduce((sum, { rows }) => sum + rows, 0)).toBe(ROWS)
    for (const [at, share] of shares.entries())
      expect(Math.abs((files[at]?.rows ?? 0) / ROWS - share)).toBeLessThan(0.002)
    const ends = await parts(names, 'epoch_us(min(event_timestamp)) as first, epoch_us(max(event_timestamp)) as last')
    for (let at = 1; at < ends.length; at++)
      expect(Number(ends[at]?.['first'])).toBeGreaterThan(Number(ends[at - 1]?.['last']))
  })
})
