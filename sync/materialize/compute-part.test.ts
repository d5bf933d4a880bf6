/** What is online and one more object of a lake, as the rows that the whole lake gives: of every type, to the last bit. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { query } from '../duckdb.ts'
import { type ComputeOptions, computePart, type Part } from './compute.ts'
import { AS_OF, atDesk, type Desk, type Row, registered } from './snapshot.fixture.ts'

const source = parquetSource('history', { path: 'file://history.parquet', timestamp: 'event', created: 'created' })
const features = {
  b: t.bool(),
  i: t.int64(),
  d: t.float64(),
  f: t.float32(),
  s: t.string(),
  at: t.timestamp(),
  day: t.date(),
  u: t.uuid(),
  raw: t.bytes(),
  j: t.json(),
  l: t.list(t.float64()),
  v: t.vector(3),
}
const keyed = featureView('keyed', {
  entity: entity('thing', { joinKeys: { kind: t.int32(), name: t.string() } }),
  source,
  features,
})
const global = featureView('global', { entity: entity('everything', { joinKeys: {} }), source, features })

/** SQL of a row. @param event microseconds after `AS_OF` */
function row(name: string, event: number, created: number | null, float: string): string {
  const instant = (micros: number): string => `make_timestamp(${AS_OF + micros})`
  return `select 1::integer as kind, '${name}' as name, ${instant(event)} as event, ${created === null ? 'null::timestamp' : instant(created)} as created,
    true as b, 9223372036854775807::bigint as i, ${float}::double as d, ${float}::float as f, 'é' as s, ${instant(event)} as at, date '0001-01-01' as day,
    uuid '00000000-0000-0000-0000-0000000000ff' as u, '\\x00\\xFF'::blob as raw, '{"a": 1.0}'::json as j, [${float}::double, null] as l, [1::float, ${float}::float, 0.1::float]::float[3] as v`
}

function nulls(name: string): string {
  const none = Object.keys(features).map((feature) => `null as "${feature}"`)
  return `select * replace (${none.join(', ')}) from (${row(name, -5, null, '0')})`
}

const EARLIER = [
  row('minus', -5, -5, "'-0'"),
  row('nan', -5, null, "'nan'"),
  row('newer', -5, -5, '1'),
  row('older', -2, -2, '2'),
  row('written again', -5, -5, '3'),
  row('not yet', -5, -5, '4'),
  nulls('nothing'),
]
const ADDED = [
  row('newer', -3, null, "'-0'"),
  row('older', -4, -4, '7'),
  row('written again', -5, -4, '8'),
  row('not yet', 5, 6, '9'),
  row('new', -1, -1, "'infinity'"),
]

async function rowsOf({ db }: Desk, file: string): Promise<readonly Row[]> {
  // Lists come as one text: JSON has no minus zero.
  return query(
    db,
    `select * replace (d::varchar as d, f::varchar as f, l::varchar as l, v::varchar as v) from '${file}' order by all`,
  )
}

it.each([
  ['by keys', keyed],
  ['without keys', global],
])('a view %s: one more object gives what all of them give', async (_what, definition) => {
  const view = await registered(definition)
  await atDesk(async (desk) => {
    const [earlier, added] = [
      await desk.parquet(EARLIER.join(' union all ')),
      await desk.parquet(ADDED.join(' union all ')),
    ]
    const whole = await desk.compute(view, { history: [earlier, added] })
    const before = await desk.compute(view, { history: [earlier] })
    const online = { base: [before.file], overlay: null }
    const part = async (given: Part) => {
      const file = join(whole.file, '..', 'part.parquet')
      const options: ComputeOptions & { readonly part: Part } = { asOf: AS_OF, file, part: given }
      const computed = await computePart(desk.db, view, new Map([['history', [added]]]), options)
      return { computed, rows: await rowsOf(desk, file), columns: await query(desk.db, `describe from '${file}'`) }
    }
    const { rows, watermark, nextEvent } = whole
    const expected = {
      computed: { rows, watermark, nextEvent, rowsRead: ADDED.length },
      rows: await rowsOf(desk, whole.file),
      columns: await query(desk.db, `describe from '${whole.file}'`),
    }
    expect(await part({ outputsFrom: null, online })).toEqual(expected)
  })
})
