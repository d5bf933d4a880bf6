/** The newest row per key against a brute-force oracle, over thousands of random histories. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { AS_OF, atDesk, type Row, registered } from './snapshot.fixture.ts'

interface HistoryRow {
  readonly key: string
  /** Microseconds after `AS_OF`. */
  readonly event: number
  readonly created: number | null
  readonly n: number | null
  readonly text: string | null
}

const row: fc.Arbitrary<HistoryRow> = fc.record({
  key: fc.constantFrom('a', 'b', ''),
  event: fc.integer({ min: -3, max: 2 }),
  created: fc.option(fc.integer({ min: -3, max: 2 })),
  n: fc.option(fc.integer({ min: 0, max: 2 })),
  text: fc.option(fc.constantFrom('', 'x', 'é')),
})
const histories = fc.sample(fc.array(row, { maxLength: 12 }), { seed: 17, numRuns: 1500 })

const player = entity('player', { joinKeys: { game: t.int32(), key: t.string() } })
const source = parquetSource('history', { path: 'file://history.parquet', timestamp: 'event', created: 'created' })
const features = { n: t.int64(), text: t.string() }
const sql = 'select game, key, event as event_timestamp, created, n, text from history'
const VIEWS = [
  ['without SQL', featureView('newest', { entity: player, source, features })],
  ['with SQL', featureView('newest', { entity: player, source, sql, created: 'created', features })],
] as const

function select(games: readonly (readonly [game: number, row: HistoryRow])[]): string {
  const instant = (after: number | null): string => (after === null ? 'null' : `make_timestamp(${AS_OF + after})`)
  const values = games.map(
    ([game, one]) =>
      `(${game}, '${one.key}', ${instant(one.event)}, ${instant(one.created)}, ${one.n}, ${one.text === null ? 'null' : `'${one.text}'`})`,
  )
  return `select game::integer as game, key, event::timestamp as event, created::timestamp as created, n::bigint as n, text::varchar as text
    from (values (null, null, null, null, null, null), ${values.join(', ')}) as t(game, key, event, created, n, text) where game is not null`
}

/** The rows that may win: known at the instant, of the newest event, of those created last. */
function winners(history: readonly HistoryRow[], key: string): readonly HistoryRow[] {
  const createdOf = ({ created }: HistoryRow): number => created ?? Number.NEGATIVE_INFINITY
  const known = history.filter((one) => one.key === key && one.event <= 0 && createdOf(one) <= 0)
  const event = Math.max(...known.map((one) => one.event))
  const newest = known.filter((one) => one.event === event)
  const created = Math.max(...newest.map(createdOf))
  return newest.filter((one) => createdOf(one) === created)
}

/** Snapshots have no order. */
function sorted(rows: readonly Row[]): readonly string[] {
  return rows.map((one) => JSON.stringify(one)).sort()
}

describe.each(VIEWS)('a view %s', (_what, definition) => {
  it(`has the newest row of each of ${histories.length} histories, and the same one in any order of rows and files`, async () => {
    const view = await registered(definition)
    const rows = histories.flatMap((history, game) => history.map((one) => [game, one] as const))
    const [found, again] = await atDesk(async (desk) => {
      const whole = await desk.compute(view, { history: [await desk.parquet(select(rows))] })
      const back = rows.toReversed()
      const parts = [back.slice(0, 1000), back.slice(1000, 4000), back.slice(4000)]
      const files = await Promise.all(parts.map((part) => desk.parquet(select(part))))
      return [whole.found, (await desk.compute(view, { history: files })).found]
    })
    const byKey = new Map(found.map((one) => [`${one['game']} ${one['key']}`, one]))
    expect(byKey.size).toBe(found.length)
    let expected = 0
    for (const [game, history] of histories.entries())
      for (const key of ['a', 'b', '']) {
        const possible = winners(history, key)
        const one = byKey.get(`${game} ${key}`)
        if (possible.length === 0) expect(one).toBeUndefined()
        else {
          expected++
          expect(possible.map(({ n, text }) => [n === null ? null : String(n), text])).toContainEqual([
            one?.['n'],
            one?.['text'],
          ])
        }
      }
    expect(expected).toBe(found.length)
    expect(sorted(again)).toEqual(sorted(found))
  })

  it('says when the same files give other rows, and until then they do not', async () => {
    const view = await registered(definition)
    const small = fc.sample(fc.array(row, { minLength: 1, maxLength: 6 }), { seed: 18, numRuns: 25 })
    await atDesk(async (desk) => {
      for (const history of small) {
        const files = { history: [await desk.parquet(select(history.map((one) => [0, one])))] }
        const { nextEvent, found } = await desk.compute(view, files)
        const later = history.map((one) => Math.max(one.event, one.created ?? one.event)).filter((at) => at > 0)
        expect(nextEvent).toBe(later.length === 0 ? null : AS_OF + Math.min(...later))
        const just = nextEvent === null ? AS_OF + 1000 : nextEvent - 1
        expect(sorted((await desk.compute(view, files, just)).found)).toEqual(sorted(found))
      }
    })
  })
})

describe('the newest row of a key', () => {
  it('keeps minus zero and NaN as they are, in scalars, lists and vectors', async () => {
    const floats = featureView('floats', {
      entity: entity('thing', { joinKeys: { key: t.string() } }),
      source: parquetSource('history', { path: 'file://history.parquet', timestamp: 'event' }),
      features: { d: t.float64(), f: t.float32(), l: t.list(t.float64()), v: t.vector(3) },
    })
    const rows = [
      ['minus', "'-0'"],
      ['zero', '0'],
      ['nan', "'nan'"],
      ['least', "'5e-324'"],
    ].map(
      ([key, value]) =>
        `select '${key}' as key, make_timestamp(${AS_OF}) as event, ${value}::double as d, ${value}::float as f, [${value}::double, null, 0.1::double] as l, [1::float, ${value}::float, 0.1::float]::float[3] as v`,
    )
    await atDesk(async (desk) => {
      const file = await desk.parquet(rows.join(' union all '))
      const { file: snapshot } = await desk.compute(await registered(floats), { history: [file] })
      const text = `select key, d::varchar as d, f::varchar as f, l::varchar as l, v::varchar as v from read_parquet`
      const read = async (from: string): Promise<readonly Row[]> =>
        (await desk.db.runAndReadAll(`${text}('${from}') order by key`)).getRowObjectsJson()
      expect(await read(snapshot)).toEqual(await read(file))
      expect((await read(snapshot)).find((one) => one['key'] === 'minus')).toEqual({
        key: 'minus',
        d: '-0.0',
        f: '-0.0',
        l: '[-0.0, NULL, 0.1]',
        v: '[1.0, -0.0, 0.1]',
      })
    })
  })
})
