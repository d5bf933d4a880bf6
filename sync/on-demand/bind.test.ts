/** What expressions may say, and what is refused with what to write instead. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindExpressions } from './bind.ts'
import { registerFunctions } from './offline.ts'

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:')).connect()
  await registerFunctions(db)
})
afterAll(() => db.closeSync())

const ROW = [
  { name: 'delay', type: 'float64', role: 'origin' },
  { name: 'delay', type: 'float64', role: 'destination' },
  { name: 'flights', type: 'int64', role: 'origin' },
  { name: 'airport', type: 'string' },
  { name: 'scheduled_at', type: 'timestamp' },
  { name: 'embedding', type: 'vector(2)' },
  { name: 'codes', type: 'list(int64)' },
]

function bind(text: string, type = 'float64') {
  return bindExpressions(db, { name: 'risk', row: ROW, sql: { f: { text, type } } })
}

describe('an expression', () => {
  it('names columns alone or with their input, and says which it reads', async () => {
    const { bound } = await bind('origin.delay - destination.delay + flights')
    expect(bound['f']?.reads).toEqual(['origin__delay', 'destination__delay', 'origin__flights'])
  })

  it('says which packs it needs, and no more', async () => {
    expect((await bind('origin.delay * 2')).packs).toEqual([])
    expect((await bind('exp(origin.delay) + length(lower(airport)) + extract(hour from scheduled_at)')).packs).toEqual([
      'strings',
      'time',
      'transcendental',
    ])
  })

  it.each(['origin.delay ** 2', 'origin.delay ^ 2', 'power(origin.delay, 2)'])('%s is pow', async (text) => {
    expect((await bind(text)).bound['f']?.tree).toEqual((await bind('pow(origin.delay, 2)')).bound['f']?.tree)
  })

  it('has literals with a point as doubles', async () => {
    expect((await bind('0.1'))['bound']['f']?.tree.root).toEqual({ literal: 0.1, type: 'float64' })
  })

  it('keeps the sign of a minus zero, which JSON has no number for', async () => {
    const { sql, tree } = (await bind("'-0.0'::double")).bound['f'] ?? {}
    expect(JSON.parse(JSON.stringify(tree))).toMatchObject({ root: { literal: '-0', type: 'float64' } })
    expect(sql).toBe("cast('-0.0' as DOUBLE)")
  })

  it('is cast to the declared type where nothing is lost', async () => {
    expect((await bind('flights', 'float64')).bound['f']?.tree.root).toMatchObject({ call: 'cast', type: 'float64' })
  })
})

describe('refused with what to write', () => {
  it.each([
    ['delay + 1', 'which several inputs have. Write origin.delay or destination.delay.'],
    ['origin.dealy', 'Did you mean delay?'],
    ['airprt', 'Did you mean airport?'],
    ['now()', 'take the time as an input'],
    ['random()', 'must give the same value'],
    ['sum(flights)', 'aggregate in the SQL of a feature view'],
    ['row_number() over ()', 'has a window function'],
    ['(select 1)', 'has a subquery'],
    ['?', 'has a parameter'],
    ['lowr(airport)', 'Did you mean lower?'],
    ['flights + ', 'sql ends too early'],
    ['1, 2', 'which is not taken'],
    ['list_transform(codes, lambda c: c)', 'which is not taken'],
    ['flights::decimal(9, 2)', 'Cast to DOUBLE'],
    ['flights::smallint', 'Cast to INTEGER'],
    ["regexp_matches(airport, '(a+)+')", 'a repetition of a repetition'],
    // RE2 finds one inside of a character.
    ["regexp_matches(airport, '\\Bx')", 'has \\B'],
    ['regexp_matches(airport, airport)', 'a literal pattern'],
    ["strftime(scheduled_at, '%Z')", '%Z is not'],
    ["date_trunc('century', scheduled_at)", 'one of the literals year'],
    ['list_sum(codes) * 2', 'list_sum(x)::bigint'],
    ['airport collate nocase', 'has a collation'],
    ["'5 apples'::interval", "interval '3 days'"],
    ['try(flights)', 'Write try_cast'],
  ])('%s', async (text, says) => {
    await expect(bind(text)).rejects.toThrow(says)
  })

  it('a value that the declared type would round', async () => {
    await expect(bind('origin.delay', 'int64')).rejects.toThrow('Say how to round')
  })

  it('says everything that is wrong with a view at once', async () => {
    const sql = { a: { text: 'nothing', type: 'float64' }, b: { text: 'now()', type: 'timestamp' } }
    const refused = bindExpressions(db, { name: 'risk', row: ROW, sql })
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID',
      details: { problems: [expect.stringContaining('feature a'), expect.stringContaining('feature b')] },
    })
  })
})
