import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { query } from '../duckdb.ts'
import { countDiffering, writeDifference } from './difference.ts'
import { onlineRows, parquet } from './rows.ts'
import { atDesk, type Desk, registered } from './snapshot.fixture.ts'

const source = parquetSource('stays', { path: 'file://stays.parquet', timestamp: 'day', created: 'written' })
const guest = entity('guest', { joinKeys: { name: t.string(), room: t.int64() } })
const stays = featureView('stays', {
  entity: guest,
  source,
  features: { nights: t.int64(), share: t.float64(), seen: t.list(t.float32()), where: t.json() },
})

/** A snapshot by key: event, created, and the values as SQL. */
type State = ReadonlyMap<number, readonly [event: number, created: number | null, ...values: string[]]>

const value = {
  nights: fc.constantFrom('null', '0', '1', '9223372036854775807'),
  share: fc.constantFrom('null', '0.0', '-0.0', '0.1', "'nan'::double", "'infinity'::double"),
  seen: fc.constantFrom('null', '[]', '[0.0]', '[-0.0]', '[null]', "['nan'::float]"),
  where: fc.constantFrom('null', `'{"a":1}'`, `'{"a": 1}'`, `'null'`),
}
const row = fc.tuple(
  fc.constantFrom(1, 2),
  fc.constantFrom(null, 1, 2),
  value.nights,
  value.share,
  value.seen,
  value.where,
)
const state: fc.Arbitrary<State> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 7 }), row), { maxLength: 8 })
  .map((rows) => new Map(rows))

async function write(desk: Desk, rows: State): Promise<string> {
  const selects = [...rows].map(
    ([key, [event, created, nights, share, seen, where]]) =>
      `select 'g${key}' as name, ${key}::bigint as room, make_timestamp(${event}::bigint) as event_timestamp, ${created === null ? 'null::timestamp' : `make_timestamp(${created}::bigint)`} as _created, ${nights}::bigint as nights, ${share}::double as share, ${seen}::float[] as seen, ${where}::json as "where"`,
  )
  const none = `select ''::varchar as name, 0::bigint as room, timestamp '2001-01-01' as event_timestamp, null::timestamp as _created, 0::bigint as nights, 0.0::double as share, []::float[] as seen, null::json as "where" where false`
  return desk.parquet([none, ...selects].join(' union all '))
}

/** Keys whose rows are not written alike. */
function unlike(one: State, other: State): readonly number[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (key) => JSON.stringify(one.get(key)) !== JSON.stringify(other.get(key)),
  )
}

async function read(desk: Desk, sql: string): Promise<readonly string[]> {
  return (await query(desk.db, `select x::varchar as row from (${sql}) as x`)).map((one) => String(one['row'])).sort()
}

describe('an overlay', () => {
  it('holds exactly what differs from its base, and on its base reads as the snapshot that it was made from', async () => {
    const view = await registered(stays)
    await atDesk(async (desk) => {
      await fc.assert(
        fc.asyncProperty(state, state, state, async (base, first, second) => {
          const [baseFile, firstFile, secondFile] = await Promise.all([base, first, second].map((s) => write(desk, s)))
          if (!baseFile || !firstFile || !secondFile) throw new Error('three files were written')
          const place = await desk.parquet('select 1')
          const [one, other] = [place.replace(/\.parquet$/, '-1.parquet'), place.replace(/\.parquet$/, '-2.parquet')]
          expect(await writeDifference(desk.db, view, [firstFile], [baseFile], one)).toBe(unlike(first, base).length)
          await writeDifference(desk.db, view, [secondFile], [baseFile], other)
          expect(await read(desk, onlineRows(view, { base: [baseFile], overlay: [one] }))).toEqual(
            await read(desk, `select * from ${parquet([firstFile])}`),
          )
          expect(await countDiffering(desk.db, view, [other], [one])).toBe(unlike(first, second).length)
        }),
        { seed: 4711, numRuns: 60 },
      )
    })
  })

  it('of the global entity is one row or none', async () => {
    const world = featureView('world', {
      entity: entity('world', { joinKeys: {} }),
      source: parquetSource('days', { path: 'file://days.parquet', timestamp: 'day' }),
      features: { mean: t.float64() },
    })
    const view = await registered(world)
    await atDesk(async (desk) => {
      const [one, other] = await Promise.all(
        [1, 2].map((mean) =>
          desk.parquet(`select timestamp '2001-01-01' as event_timestamp, ${mean}.0::double as mean`),
        ),
      )
      if (!one || !other) throw new Error('two files were written')
      const place = (await desk.parquet('select 1')).replace(/\.parquet$/, '-d.parquet')
      expect(await writeDifference(desk.db, view, [one], [other], place)).toBe(1)
      expect(await writeDifference(desk.db, view, [one], [one], place)).toBe(0)
    })
  })
})
