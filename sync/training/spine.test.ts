/** What a spine may look like, and what is said of one that is wrong: the whole message, and nothing written or registered. */
import { readdir, rm, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  entity,
  featureService,
  featureView,
  onDemandView,
  parquetSource,
  pushSource,
  request,
  t,
} from '../../registry/index.ts'
import type { SpineRequest } from './spine/request.ts'
import { type Desk, openDesk, SECOND, START } from './training.fixture.ts'
import type { TrainingRequest } from './training-set.ts'

const HOUR = 3600 * SECOND
/** Beyond what a double holds. */
const ACCOUNT = '9007199254740993'

let desk: Desk
let close: () => Promise<void>

beforeAll(async () => {
  const opened = await openDesk()
  desk = opened.desk
  close = opened.close
  await desk.parquet(
    'lake/visits.parquet',
    `select 'u' || i as user_id, ${ACCOUNT} + i as account, i * 10 as visits, i / 4 as share, timestamp '2001-07-01' + to_hours(i) as seen_at from range(4) as t(i)`,
  )
  const user = entity('user', { joinKeys: { user_id: t.string(), account: t.int64() } })
  const visits = parquetSource('visits', { path: `file://${desk.path('lake/visits.parquet')}`, timestamp: 'seen_at' })
  const stats = featureView('stats', {
    entity: user,
    source: visits,
    features: { visits: t.int64(), share: t.float64() },
  })
  const dated = featureView('dated', {
    entity: entity('day', { joinKeys: { day: t.date(), late: t.bool() } }),
    source: visits,
    sql: 'select seen_at::date as day, false as late, seen_at, visits as busy from visits',
    timestamp: 'seen_at',
    features: { busy: t.int64() },
  })
  const clicks = pushSource('clicks', { kind: 'events', schema: { user_id: t.string() } })
  const paid = onDemandView('paid', {
    inputs: [stats, request({ amount: t.float64(), units: t.int64() })],
    features: { paid: t.float64() },
    sql: { paid: 'visits * amount + units' },
  })
  await desk.define({
    ...{ user, visits, stats, dated, clicks, paid },
    plain: featureService('plain', { features: [stats] }),
    bought: featureService('bought', { features: [stats, paid] }),
  })
})
afterAll(() => close())
beforeEach(() => {
  desk.asked.length = 0
})

/** Rows of the last set: what the spine gave, and what was found. */
async function found(
  columns = 'user_id, account::varchar as account, epoch_us(event_timestamp) as at, visits',
): Promise<unknown> {
  return (await desk.rows(columns)).map((row) => Object.values(row))
}

async function file(name: string, text: string): Promise<SpineRequest> {
  await writeFile(desk.path(name), name.endsWith('.gz') ? gzipSync(text) : text)
  return { files: desk.path(name) }
}

async function parquet(sql: string): Promise<SpineRequest> {
  return { files: await desk.parquet('spine.parquet', sql) }
}

/** A row of user u1 with an instant of this SQL. */
function at(instant: string): string {
  return `select 'u1' as user_id, ${ACCOUNT} + 1 as account, ${instant} as event_timestamp`
}

function train(spine: SpineRequest, more: Partial<TrainingRequest> = {}) {
  return desk.train({ subject: { service: 'plain' }, spine, ...more })
}

describe('an instant of a spine', () => {
  it.each([
    ['a timestamp', "timestamp '2001-07-01 01:00:00'", 1],
    ['with a time zone', "timestamptz '2001-07-01 03:00:00+02'", 1],
    ['in seconds', "timestamp_s '2001-07-01 01:00:00'", 1],
    ['in milliseconds', "timestamp_ms '2001-07-01 01:00:00'", 1],
    ['in nanoseconds', "timestamp_ns '2001-07-01 01:00:00'", 1],
    ['a date', "date '2001-07-02'", 24],
    ['text with Z', "'2001-07-01T01:00:00Z'", 1],
    ['text with an offset', "'2001-07-01 03:00:00+02:00'", 1],
    ['text without an offset, in UTC', "'2001-07-01 01:00:00.000000'", 1],
    ['text of a day', "'2001-07-02'", 24],
  ])('may be %s', async (_what, sql, hours) => {
    await train(await parquet(at(sql)))
    expect(await found()).toEqual([['u1', '9007199254740994', String(START + hours * HOUR), '10']])
  })

  it('a microsecond before the event sees nothing of it', async () => {
    await train(await parquet(at("'2001-07-01 02:59:59.999999+02'")))
    expect(await found()).toEqual([['u1', '9007199254740994', String(START + HOUR - 1), null]])
  })

  it('may be in a column of another name, which keeps it', async () => {
    await train(
      await parquet(`select * rename (event_timestamp as "When") from (${at("timestamp '2001-07-01 01:00:00'")})`),
      {
        timestamp: 'When',
      },
    )
    expect(await found('user_id, epoch_us("When") as at, visits')).toEqual([['u1', String(START + HOUR), '10']])
  })
})

describe('a spine', () => {
  const CSV = `user_id,account,event_timestamp,label\nu2,9007199254740995,2001-07-01T05:00:00Z,"a, b"\nu0,${ACCOUNT},2001-07-01,\nu2,9007199254740995,2001-07-01T05:00:00Z,""\n`
  const NDJSON = [
    '{"user_id": "u2", "account": 9007199254740995, "event_timestamp": "2001-07-01T05:00:00Z", "label": "a, b"}',
    `{"user_id": "u0", "account": "${ACCOUNT}", "event_timestamp": "2001-07-01", "label": null}`,
    '{"user_id": "u2", "account": 9007199254740995, "event_timestamp": "2001-07-01 07:00:00+02:00", "label": ""}',
  ].join('\n')
  const ROWS = [
    ['u2', '9007199254740995', String(START + 5 * HOUR), '20'],
    ['u0', ACCOUNT, String(START), '0'],
    ['u2', '9007199254740995', String(START + 5 * HOUR), '20'],
  ]

  it.each([
    ['spine.csv', CSV],
    ['spine.csv.gz', CSV],
    ['spine.ndjson', NDJSON],
    ['spine.jsonl.gz', NDJSON],
  ])('may be %s: int64 is exact, rows keep their order and are there as often', async (name, text) => {
    await train(await file(name, text))
    expect(await found()).toEqual(ROWS)
  })

  it('of CSV passes text through: a quoted empty field is not a null', async () => {
    await train(await file('spine.csv', CSV))
    expect(await found('label')).toEqual([['a, b'], [null], ['']])
  })

  it('of NDJSON passes members through as JSON, in the order in which they are first there', async () => {
    const lines = ['{"extra": {"b": [1, 2.0]}, "user_id": "u0", "account": 1, "event_timestamp": "2001-07-01"}']
    lines.push('{"user_id": "u0", "account": 1, "event_timestamp": "2001-07-01", "late": true, "extra": null}')
    await train(await file('spine.ndjson', lines.join('\n')))
    expect(await found('* exclude (event_timestamp, file_row_number), typeof(extra) as type')).toEqual([
      ['{"b":[1,2.0]}', 'u0', '1', null, null, null, 'JSON'],
      [null, 'u0', '1', 'true', null, null, 'JSON'],
    ])
  })

  it('of text has the types that are said for other columns', async () => {
    await train(await file('spine.csv', CSV.replaceAll('"a, b"', '7').replaceAll('""', '-1')), {
      types: [{ name: 'label', type: 'int32' }],
    })
    expect(await found('label, typeof(label) as type')).toEqual([
      [7, 'INTEGER'],
      [null, 'INTEGER'],
      [-1, 'INTEGER'],
    ])
  })

  it('of Parquet may have keys of other types that hold the values, and passes everything through', async () => {
    await train(
      await parquet(
        `select 1.50::decimal(9, 2) as price, '${ACCOUNT}' as account, ['x', null] as tags, 'u0' as user_id, timestamp '2001-07-01 00:00:00' as event_timestamp, {'a': 1} as extra`,
      ),
    )
    expect(await found('* exclude (event_timestamp, file_row_number)')).toEqual([
      ['1.50', ACCOUNT, ['x', null], 'u0', { a: 1 }, '0', 0],
    ])
    const { manifest } = await train(
      await parquet(
        `select 'u0' as user_id, ${ACCOUNT}::hugeint as account, now()::timestamp - interval 100 year as event_timestamp`,
      ),
    )
    expect(manifest.columns.map(({ name, is }) => [name, is])).toEqual([
      ['user_id', 'key'],
      ['account', 'key'],
      ['event_timestamp', 'timestamp'],
      ['visits', 'feature'],
      ['share', 'feature'],
    ])
  })

  it('may be several files, one after the other', async () => {
    const columns = 'user_id, account, event_timestamp, label'
    const own = (i: number): string => `('u${i}', ${ACCOUNT} + ${i}, timestamp '2001-07-02', ${i})`
    await desk.parquet('many/b.parquet', `select * from (values ${own(3)}) as t(${columns})`)
    await desk.parquet('many/a.parquet', `select * from (values ${own(2)}, ${own(1)}) as t(${columns})`)
    const { manifest } = await train({ files: desk.path('many/*.parquet') })
    expect(await found('user_id, label, visits')).toEqual([
      ['u2', 2, '20'],
      ['u1', 1, '10'],
      ['u3', 3, '30'],
    ])
    expect(manifest.spine).toMatchObject({ kind: 'files', rows: 3, objects: [{ size: expect.any(Number) }, {}] })
  })

  it('may be a query over a source, whose rows get one order', async () => {
    const sql =
      'select user_id, account, seen_at + interval 1 hour as event_timestamp, visits > 10 as often from visits where seen_at <= $as_of order by user_id desc;'
    const { manifest } = await train({ sql })
    expect(await found('user_id, often, share')).toEqual([
      ['u0', false, 0],
      ['u1', false, 0.25],
      ['u2', true, 0.5],
      ['u3', true, 0.75],
    ])
    expect(manifest.spine).toMatchObject({ kind: 'sql', sql, sources: ['visits'], rows: 4 })
    expect(Object.keys(manifest.sources)).toEqual(['visits'])
    const again = await train({ sql })
    expect([again.manifest.spine.hash, again.manifest.hash]).toEqual([manifest.spine.hash, manifest.hash])
  })

  it('may be left out: every entity at each of several instants', async () => {
    await train({ from: START + HOUR, to: START + 3 * HOUR, every: '2h' })
    expect(await found()).toEqual([
      ['u0', ACCOUNT, String(START + HOUR), '0'],
      ['u1', '9007199254740994', String(START + HOUR), '10'],
      ['u0', ACCOUNT, String(START + 3 * HOUR), '0'],
      ['u1', '9007199254740994', String(START + 3 * HOUR), '10'],
      ['u2', '9007199254740995', String(START + 3 * HOUR), '20'],
      ['u3', '9007199254740996', String(START + 3 * HOUR), '30'],
    ])
  })

  it('of text has keys of every type, as files of sources do', async () => {
    const subject = { features: ['dated:busy'] }
    await train(
      await file('days.csv', 'day,late,event_timestamp\n2001-07-01,FALSE,2001-07-02\n2001-07-01,true,2001-07-02\n'),
      { subject },
    )
    expect(await found('day, late, busy')).toEqual([
      ['2001-07-01', false, '30'],
      ['2001-07-01', true, null],
    ])
  })

  it('brings request-time values, which may be null', async () => {
    const rows = `select 'u2' as user_id, ${ACCOUNT} + 2 as account, timestamp '2001-07-02' as event_timestamp, unnest([0.5, null]) as amount, unnest(['${ACCOUNT}', '1']) as units`
    const { manifest } = await train(await parquet(rows), { subject: { service: 'bought' } })
    expect(await found('amount, units, paid')).toEqual([
      [0.5, ACCOUNT, 9007199254741002],
      [null, '1', null],
    ])
    expect(manifest.columns.filter(({ is }) => is === 'request').map(({ name, type }) => [name, type])).toEqual([
      ['amount', 'float64'],
      ['units', 'int64'],
    ])
  })
})

describe('who gives a spine that is wrong', () => {
  const GOOD = at("timestamp '2001-07-01 01:00:00'")
  const text = (name: string, content: string) => () => file(name, content)
  const rows = (sql: string) => () => parquet(sql)
  const sql = (query: string) => async (): Promise<SpineRequest> => ({ sql: query })
  const wrong: readonly (readonly [string, () => Promise<SpineRequest>, string, Partial<TrainingRequest>?])[] = [
    [
      'a join key that is missing',
      rows(`select user_id, event_timestamp from (${GOOD})`),
      'the spine has no column of the join key account (int64). It has user_id, event_timestamp. Add it to the spine.',
    ],
    [
      'a join key of another name',
      rows(`select * rename (account as acount) from (${GOOD})`),
      'the spine has no column of the join key account (int64). It has user_id, acount, event_timestamp. Is it acount? Rename that column.',
    ],
    [
      'no keys at all',
      rows("select timestamp '2001-07-01' as event_timestamp"),
      'the spine has no column of the join key user_id (string), nor of the join key account (int64). It has event_timestamp. Add it to the spine.',
    ],
    [
      'no timestamp',
      rows(`select * exclude (event_timestamp) from (${GOOD})`),
      'the spine has no column of the timestamp event_timestamp. It has user_id, account. Name another column with --timestamp.',
    ],
    [
      'another timestamp than there is',
      rows(GOOD),
      'the spine has no column of the timestamp at. It has user_id, account, event_timestamp. Name another column with --timestamp.',
      { timestamp: 'at' },
    ],
    [
      'a timestamp in words',
      rows(at("'1 July 2001'")),
      "the spine's row 1: event_timestamp is 1 July 2001, which is no instant. Write 2001-07-01T12:00:00Z, 2001-07-01 12:00:00+02:00 or 2001-07-01; without an offset it is in UTC.",
    ],
    [
      'a timestamp in the American order',
      rows(
        `${GOOD.replace("timestamp '2001-07-01 01:00:00'", "'2001-07-01'")} union all by name ${at("'07/01/2001'")}`,
      ),
      "the spine's row 2: event_timestamp is 07/01/2001, which is no instant. Write 2001-07-01T12:00:00Z, 2001-07-01 12:00:00+02:00 or 2001-07-01; without an offset it is in UTC.",
    ],
    [
      'a timestamp that is a number',
      rows(at('994000000')),
      "the spine's column event_timestamp, the timestamp, is INTEGER and has to be timestamp. A number does not say its unit: write instants, as make_timestamp() of DuckDB or to_datetime() of pandas do.",
    ],
    [
      'a timestamp that is a decimal number',
      rows(at('994000000.5::double')),
      "the spine's column event_timestamp, the timestamp, is DOUBLE and has to be timestamp. A number does not say its unit: write instants, as make_timestamp() of DuckDB or to_datetime() of pandas do.",
    ],
    [
      'a timestamp in the future',
      rows(at("timestamp '2001-07-02 00:00:00.000001'")),
      "the spine's row 1: event_timestamp is 2001-07-02 00:00:00.000001, later than 2001-07-02T00:00:00Z, which is now. What will be known then is not known yet: leave such rows out.",
    ],
    [
      'two timestamps in the future',
      rows(
        `${GOOD} union all ${at("timestamp '2001-07-02 00:00:01'")} union all ${at("timestamp '2002-01-01 00:00:00'")}`,
      ),
      "the spine's row 2: event_timestamp is 2001-07-02 00:00:01, later than 2001-07-02T00:00:00Z, which is now. What will be known then is not known yet: leave such rows out. 2 rows are so.",
    ],
    [
      'a timestamp that is null',
      rows(at('null::timestamp')),
      "the spine's row 1: event_timestamp is null. Every row needs its instant: leave such rows out, or fill it in.",
    ],
    [
      'an instant that is infinite',
      rows(at("'-infinity'::timestamp")),
      "the spine's row 1: event_timestamp is -infinity, which is no instant. Write 2001-07-01T12:00:00Z, 2001-07-01 12:00:00+02:00 or 2001-07-01; without an offset it is in UTC.",
    ],
    [
      'a join key in capitals',
      rows(`select * rename (user_id as "USER_ID") from (${GOOD})`),
      'the spine has no column of the join key user_id (string). It has USER_ID, account, event_timestamp. Is it USER_ID? Rename that column.',
    ],
    [
      'a key that is null',
      rows(`select * replace (null::varchar as user_id) from (${GOOD})`),
      "the spine's row 1: user_id is null. Every row names its entities: leave such rows out, or fill it in.",
    ],
    [
      'keys that are null',
      rows(
        `select * replace (null::bigint as account) from (${GOOD}) union all (${GOOD}) union all select * replace (null::bigint as account) from (${GOOD})`,
      ),
      "the spine's row 1: account is null. Every row names its entities: leave such rows out, or fill it in. 2 rows are so.",
    ],
    [
      'a key of a type that holds no int64',
      rows(`select * replace (true as account) from (${GOOD})`),
      "the spine's column account, the join key, is BOOLEAN and has to be int64. Write it as int64.",
    ],
    [
      'a key that is a fraction',
      rows(`select * replace (1.5::double as account) from (${GOOD})`),
      "the spine's row 1: account is 1.5, which is no int64.",
    ],
    [
      'a key in text that is no number',
      rows(
        `(${GOOD.replace(`${ACCOUNT} + 1`, `'${ACCOUNT}'`)}) union all (${GOOD.replace(`${ACCOUNT} + 1`, "'12 '")})`,
      ),
      "the spine's row 2: account is 12 , which is no int64.",
    ],
    [
      'no rows',
      rows(`select * from (${GOOD}) where false`),
      'the spine has no rows, so there is nothing to join features to.',
    ],
    [
      'no rows of text',
      text('none.csv', 'user_id,account,event_timestamp\n'),
      'the spine has no rows, so there is nothing to join features to.',
    ],
    [
      'a column with the name of a feature',
      rows(`select *, 1 as visits from (${GOOD})`),
      "visits would be there twice: as a column of the spine and as stats@1:visits. Rename the spine's column, or take features with --full-names.",
    ],
    [
      'a column with the name of a feature in capitals',
      rows(`select *, 1 as "Visits" from (${GOOD})`),
      "visits would be there twice: as a column of the spine and as stats@1:visits. Rename the spine's column, or take features with --full-names.",
    ],
    [
      'a column with the name of a status',
      rows(`select *, 1 as visits__status from (${GOOD})`),
      "visits__status would be there twice: as a column of the spine and as visits. Rename the spine's column, or take features with --full-names.",
      { statuses: true },
    ],
    [
      'a request-time value that is missing',
      rows(`select *, 1 as amonut, 2 as units from (${GOOD})`),
      'the spine has no column of the request-time value amount (float64). It has user_id, account, event_timestamp, amonut, units. Is it amonut? Rename that column.',
      { subject: { service: 'bought' } },
    ],
    [
      'a request-time value of another type',
      rows(`select *, 'much' as amount, 2 as units from (${GOOD})`),
      "the spine's row 1: amount is much, which is no float64.",
      { subject: { service: 'bought' } },
    ],
    [
      'a request-time value that does not fit',
      rows(`select *, 0.5 as amount, 2.5 as units from (${GOOD})`),
      "the spine's row 1: units is 2.5, which is no int64.",
      { subject: { service: 'bought' } },
    ],
    [
      'CSV with a key that is no int64',
      text('wrong.csv', 'user_id,account,event_timestamp\nu1,1,2001-07-01\nu1,one,2001-07-01\n'),
      'the spine: /wrong.csv, line 3: one in the column account is no int64. Correct the file.',
    ],
    [
      'CSV with an instant that is none',
      text('wrong.csv', 'user_id,account,event_timestamp\nu1,1,2001-07-01\nu1,2,yesterday\n'),
      'the spine: /wrong.csv, line 3: yesterday in the column event_timestamp is no timestamp. Correct the file.',
    ],
    [
      'CSV with a row that is too long',
      text('wrong.csv', 'user_id,account,event_timestamp\nu1,1,2001-07-01\nu1,2,2001-07-01,x\n'),
      'the spine: /wrong.csv, line 3: it has 4 fields, and the header has 3. Quote fields that hold the delimiter, or correct the line.',
    ],
    [
      'NDJSON with a key that is no int64',
      text('wrong.ndjson', '{"user_id": "u1", "account": 1.5, "event_timestamp": "2001-07-01"}\n'),
      'the spine: /wrong.ndjson, line 1: 1.5 in the column account is no int64. Correct the file.',
    ],
    [
      'NDJSON that is cut off',
      text('wrong.ndjson', '{"user_id": "u1", "account": 1, "event_timestamp": "2001-07-01"}\n{"user_id": "u1", "acc'),
      'the spine: /wrong.ndjson, line 2: it is no JSON object: unexpected end of data. Write one object a line.',
    ],
    [
      'NDJSON without a join key',
      text('wrong.ndjson', '{"user_id": "u1", "event_timestamp": "2001-07-01"}\n'),
      'the spine has no column of the join key account (int64). It has user_id, event_timestamp. Add it to the spine.',
    ],
    [
      'a type of its own that is none',
      text('own.csv', 'user_id,account,event_timestamp,late\nu1,1,2001-07-01,yes\n'),
      '--types late:boolean is no type. Write bool, string, int32, int64, float32, float64, timestamp, date, uuid, json, or list(…) of one.',
      { types: [{ name: 'late', type: 'boolean' }] },
    ],
    [
      'a value that is not of the type that was said',
      text('own.csv', 'user_id,account,event_timestamp,late\nu1,1,2001-07-01,yes\n'),
      'the spine: /own.csv, line 2: yes in the column late is no bool. Correct the file, or give it another type with --types.',
      { types: [{ name: 'late', type: 'bool' }] },
    ],
    [
      'types of a column that there is not',
      text('own.csv', 'user_id,account,event_timestamp\nu1,1,2001-07-01\n'),
      '--types late:bool: the spine has no column late. It has user_id, account, event_timestamp.',
      { types: [{ name: 'late', type: 'bool' }] },
    ],
    [
      'a file of another format',
      text('spine.xlsx', 'PK'),
      'the spine /spine.xlsx is in no format that its name tells. It ends in .parquet, .csv, .ndjson or .jsonl, the text formats with .gz too.',
    ],
    [
      'a file that is no Parquet',
      text('text.parquet', 'user_id,account,event_timestamp\n'),
      'the spine: /text.parquet is no Parquet file, or a damaged one. Write it again.',
    ],
    [
      'a file that is not there',
      async () => ({ files: desk.path('nowhere.parquet') }),
      'No object matches file:///nowhere.parquet: nothing begins with file:///nowhere.parquet',
    ],
    [
      'two files of other columns',
      async () => {
        await desk.parquet('two/a.parquet', GOOD)
        await desk.parquet('two/b.parquet', `select *, 1 as label from (${GOOD})`)
        return { files: desk.path('two/*.parquet') }
      },
      'the spine: column label is in 1 of 2 files, for example in /two/b.parquet. All files of a spine must have the same columns.',
    ],
    [
      'SQL over a table that is not registered',
      sql('select * from visit'),
      'the spine: Table with name visit does not exist! Its tables are the sources that are registered: "shoreline plan" and GET /v1/registry list them.',
    ],
    [
      'SQL over a push source',
      sql('select * from clicks'),
      'the spine: Table with name clicks does not exist! Its tables are the sources that are registered: "shoreline plan" and GET /v1/registry list them.',
    ],
    [
      'SQL that is none',
      sql('select * frm visits'),
      'the spine: DuckDB says: Parser Error: syntax error at or near "visits"',
    ],
    [
      'SQL over a file',
      sql("select * from 'spine.parquet'"),
      "the spine: sql reads the file 'spine.parquet' itself. Read the table of a registered source.",
    ],
    [
      'SQL that depends on the moment',
      sql('select *, now() as event_timestamp from visits'),
      'the spine: sql uses now(), so it would yield other rows each time it runs. Use $as_of, the instant that the features are as of.',
    ],
    [
      'two statements',
      sql('select 1; select 2'),
      'the spine: sql has a second statement after ";". Write one; what it needs first can stand in a with clause.',
    ],
    [
      'SQL that is no query',
      sql('drop table visits'),
      'the spine: sql begins with drop. Write one select statement, which may begin with a with clause.',
    ],
    [
      'SQL without the timestamp',
      sql('select user_id, account from visits'),
      'the spine has no column of the timestamp event_timestamp. It has user_id, account. Name another column with --timestamp.',
    ],
    [
      'SQL that fails for a row',
      sql("select user_id, account, seen_at as event_timestamp, error('no ' || user_id) as x from visits"),
      'the spine: DuckDB says: Invalid Input Error: no u0',
    ],
    [
      'instants in the wrong order',
      async () => ({ from: START + HOUR, to: START, every: '1h' }),
      '--between: the first instant is later than the second.',
    ],
    [
      'a span that is none',
      async () => ({ from: START, to: START + HOUR, every: 'daily' }),
      '--every: "daily" is not a duration. Write a whole number and one of s, m, h, d, w, as in "14d".',
    ],
    [
      'too many instants',
      async () => ({ from: START - 1e8 * SECOND, to: START, every: '1s' }),
      '--every 1s makes 100000001 instants from 1998-04-30T14:13:20Z to 2001-07-01T00:00:00Z; 100000 is the most. Choose a longer span.',
    ],
    [
      'instants before anything was',
      async () => ({ from: START - 9 * HOUR, to: START - HOUR, every: '1h' }),
      'no entity of plain@1 had a row from 2001-06-30T15:00:00Z to 2001-06-30T23:00:00Z. Choose other instants: "shoreline preview" shows which there are.',
    ],
    [
      'instants in the future',
      async () => ({ from: START, to: START + 48 * HOUR, every: '12h' }),
      "the spine's row 10: event_timestamp is 2001-07-02 12:00:00, later than 2001-07-02T00:00:00Z, which is now. What will be known then is not known yet: leave such rows out. 8 rows are so.",
    ],
    [
      'instants of a service with request-time values',
      async () => ({ from: START, to: START, every: '1h' }),
      'bought@1 computes from amount, units, which requests bring and the lake does not have. Give a spine with --spine or --spine-sql.',
      { subject: { service: 'bought' } },
    ],
    [
      'instants of views that share no entity',
      async () => ({ from: START, to: START, every: '1h' }),
      'no view of these features has rows of user_id and account and day and late together that say which entities there are. Give a spine with --spine or --spine-sql.',
      { subject: { features: ['stats:visits', 'dated:busy'] } },
    ],
    [
      'a service that is not registered',
      rows(GOOD),
      'There is no service plian. Did you mean plain?',
      { subject: { service: 'plian' } },
    ],
    [
      'a version of a service that is not registered',
      rows(GOOD),
      'Service plain has no version 3; it has 1.',
      { subject: { service: 'plain@3' } },
    ],
    [
      'a view that is not registered',
      rows(GOOD),
      'There is no view statz. Did you mean stats?',
      { subject: { features: ['statz:visits'] } },
    ],
    [
      'a feature that the view does not have',
      rows(GOOD),
      'View stats@1 has no feature visit. Did you mean visits?',
      { subject: { features: ['stats:visit'] } },
    ],
    [
      'a feature without its view',
      rows(GOOD),
      '"visits" is not view:feature. Write the view, a colon and the feature, as in airport_delays:avg_delay_7d.',
      { subject: { features: ['visits'] } },
    ],
    ['no feature', rows(GOOD), 'Name a service, or features as view:feature.', { subject: { features: [] } }],
    [
      'a name that is none',
      rows(GOOD),
      'training set: "My Set" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
      { name: 'My Set' },
    ],
    [
      'a split in words',
      rows(GOOD),
      '--split random is no split. Write time:0.8 or random:0.8/0.1/0.1: two shares are train and test, three train, validation and test, and they add up to 1.',
      { split: { how: 'random' } },
    ],
    [
      'a split of more than there is',
      rows(GOOD),
      '--split random:0.9/0.2 is no split. Write time:0.8 or random:0.8/0.1/0.1: two shares are train and test, three train, validation and test, and they add up to 1.',
      { split: { how: 'random:0.9/0.2' } },
    ],
    [
      'a split in four',
      rows(GOOD),
      '--split time:0.2/0.2/0.2/0.4 is no split. Write time:0.8 or random:0.8/0.1/0.1: two shares are train and test, three train, validation and test, and they add up to 1.',
      { split: { how: 'time:0.2/0.2/0.2/0.4' } },
    ],
    [
      'a split by time and a column',
      rows(GOOD),
      '--split-by goes with --split random: rows of one instant stay together anyway.',
      { split: { how: 'time:0.5', by: ['user_id'] } },
    ],
    [
      'a split by a column that there is not',
      rows(GOOD),
      '--split-by user is no column of the spine, which has user_id, account, event_timestamp.',
      { split: { how: 'random:0.5', by: ['user'] } },
    ],
    [
      'a split of one row',
      rows(GOOD),
      '--split would leave the part train without a row: too many rows are of one instant. Choose other shares, or split by chance.',
      { split: { how: 'time:0.5' } },
    ],
  ]

  it.each(wrong.map(([what, spine, message, more]) => ({ what, spine, message, more })))(
    'is told: $what',
    async ({ spine, message, more }) => {
      await rm(desk.path('out'), { recursive: true, force: true })
      const given = await spine()
      const said = await train(given, { local: false, ...more }).then(
        () => 'it was taken',
        (thrown: Error) => thrown.message.replaceAll(desk.folder, ''),
      )
      expect(said).toBe(message)
      expect(await readdir(desk.path('out')).catch(() => [])).toEqual([])
      expect(await readdir(desk.path('work/runs'))).toEqual([])
      expect(desk.asked).toEqual([])
    },
  )
})
