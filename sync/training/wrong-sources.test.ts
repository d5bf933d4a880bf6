/** What is wrong with the rows of a source is said with the view and the source's own name, also where only the join reads them. */
import { expect, it } from 'vitest'
import { csvSource, entity, featureService, featureView, parquetSource, t } from '../../registry/index.ts'
import { atDesk, type Desk, START } from './training.fixture.ts'

const user = entity('user', { joinKeys: { user_id: t.string() } })

async function trained(desk: Desk, source: Parameters<typeof featureView>[1]['source']): Promise<string> {
  const stats = featureView('stats', { entity: user, source, features: { x: t.int64() } } as never)
  await desk.define({ user, source, stats, all: featureService('all', { features: [stats] as never }) } as never)
  await desk.parquet('spine.parquet', `select 'ada' as user_id, make_timestamp(${START}) as event_timestamp`)
  return desk.train({ subject: { service: 'all' }, spine: { files: desk.path('spine.parquet') } }).then(
    () => 'made',
    (thrown: Error) => `${'code' in thrown ? String(thrown.code) : 'no code'}: ${thrown.message}`,
  )
}

it.each([
  ['a null key', 'null::varchar', '1', /^INVALID: view stats: join key user_id is null in a row\./],
  [
    'a value that is not of its type',
    "'ada'",
    '1.5',
    /^INVALID: view stats: feature x: the value 1\.5 is not exactly a BIGINT\./,
  ],
])('%s in Parquet', (_what, key, value, says) =>
  atDesk(async (desk) => {
    await desk.parquet('rows.parquet', `select ${key} as user_id, make_timestamp(${START}) as "at", ${value} as x`)
    const path = `file://${desk.path('rows.parquet')}`
    expect(await trained(desk, parquetSource('rows', { path, timestamp: 'at' }))).toMatch(says)
  }),
)

it('a wrong text in CSV, with its line', () =>
  atDesk(async (desk) => {
    const path = await desk.write('rows.csv', 'user_id,at,x\nada,2001-07-01,1\nbob,2001-07-01,1.5\n')
    const types = { at: t.timestamp(), x: t.int64() }
    const said = await trained(desk, csvSource('rows', { path: `file://${path}`, timestamp: 'at', types }))
    expect(said).toMatch(/^INVALID: source rows: \S+rows\.csv, line 3: 1\.5 in the column x is not exactly a BIGINT\./)
  }))
