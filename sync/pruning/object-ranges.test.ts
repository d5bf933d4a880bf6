import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withDuckDB } from '../duckdb.ts'
import type { Lake } from '../lake/lake.ts'
import { type LocalR2, startLocalR2 } from '../lake/local-r2.fixture.ts'
import { r2Lake } from '../lake/r2-lake.ts'
import { literal } from '../sql/text.ts'
import { objectRanges } from './object-ranges.ts'
import { ALWAYS, NO_ROWS, type TimeRange } from './ranges.ts'

let r2: LocalR2
let folder: string
let requests: string[] = []
let lake: Lake

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-ranges-'))
  r2 = await startLocalR2(['offline'])
  lake = r2Lake('offline', r2.access, {
    fetch: (input, init) => {
      const request = new Request(input, init)
      requests.push(`${request.method} ${request.url.split('/').at(-1)} ${request.headers.get('range')}`)
      return fetch(request)
    },
  })
})

afterAll(async () => {
  await r2.stop()
  await rm(folder, { recursive: true })
})

/** Puts the rows of each query as an object of its name, and asks for the ranges of the column `at`. */
async function rangesOf(
  prefix: string,
  selects: Readonly<Record<string, string>>,
  options = '',
): Promise<Readonly<Record<string, TimeRange>>> {
  await withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, async (db) => {
    for (const [name, select] of Object.entries(selects)) await put(db, `${prefix}/${name}.parquet`, select, options)
  })
  const objects = await lake.list(`${prefix}/`)
  requests = []
  const ranges = await objectRanges(lake, { format: 'parquet' }, 'at', objects, join(folder, 'cache'))
  return Object.fromEntries(
    [...ranges].map(([uri, range]) => [uri.slice(`r2://offline/${prefix}/`.length, -'.parquet'.length), range]),
  )
}

async function put(db: DuckDBConnection, key: string, select: string, options = ''): Promise<void> {
  const file = join(folder, 'put.parquet')
  await db.run(`copy (${select}) to ${literal(file)} (format parquet${options})`)
  await lake.put(key, { file })
}

function between(from: string, to: string): TimeRange {
  return { from: Date.parse(from) * 1000, to: Date.parse(to) * 1000 }
}

it('come from the footers of all kinds of times, and nothing else is fetched', async () => {
  const times = "timestamp '2001-07-01 10:00:00.5' + interval (i) minute"
  const seen = await rangesOf(
    'kinds',
    {
      micros: `select i, ${times} as "AT" from range(10000) as t(i)`,
      zoned: `select (${times})::timestamptz as at from range(3) as t(i)`,
      millis: `select (${times})::timestamp_ms as at from range(3) as t(i)`,
      nanos: 'select make_timestamp_ns(n) as at from (values (-1001), (0), (1001)) as t(n)',
      days: "select date '2001-07-01' + i::integer as at from range(3) as t(i)",
      ancient: "select timestamp '1000-01-01' as at",
      empty: 'select timestamp_ms from (select now()::timestamp as timestamp_ms) where false',
      none: `select ${times} as at from range(3) as t(i) where i > 5`,
      nulls: `select case when i > 0 then ${times} end as at from range(3) as t(i)`,
      text: `select (${times})::varchar as at from range(3) as t(i)`,
      number: `select epoch_us(${times}) as at from range(3) as t(i)`,
      nested: `select {'at': ${times}} as s from range(3) as t(i)`,
      hidden: `select {'at': date '1990-01-01'} as s, ${times} as at from range(3) as t(i)`,
    },
    ', row_group_size 2048',
  )
  const three = between('2001-07-01T10:00:00.5Z', '2001-07-01T10:02:00.5Z')
  expect(seen).toEqual({
    micros: between('2001-07-01T10:00:00.5Z', '2001-07-08T08:39:00.5Z'),
    zoned: three,
    millis: three,
    nanos: { from: -2, to: 2 },
    days: between('2001-07-01T00:00:00Z', '2001-07-03T00:00:00Z'),
    // Beyond what a number holds exactly.
    ancient: { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
    empty: ALWAYS,
    none: NO_ROWS,
    nulls: ALWAYS,
    text: ALWAYS,
    number: ALWAYS,
    nested: ALWAYS,
    hidden: three,
  })
  expect(requests).toHaveLength(13)
  expect(requests.every((request) => request.startsWith('GET ') && request.includes('bytes='))).toBe(true)
})

it('are asked for once while an object stays what it is', async () => {
  const day = (n: number): string => `select timestamp '2001-07-0${n}' as at`
  await rangesOf('once', { a: day(1), b: day(2) })
  expect(requests).toHaveLength(2)
  expect(await rangesOf('once', { b: day(3) })).toEqual({
    a: between('2001-07-01T00:00:00Z', '2001-07-01T00:00:00Z'),
    b: between('2001-07-03T00:00:00Z', '2001-07-03T00:00:00Z'),
  })
  expect(requests.map((request) => request.split(' ')[1])).toEqual(['b.parquet'])
  expect((await readdir(join(folder, 'cache/.ranges'))).every((name) => name.endsWith('.json'))).toBe(true)
})

it('come from the folder that is the column, without a request', async () => {
  expect(
    await rangesOf('hive', {
      'at=2001-07-01/a': 'select 1 as n',
      'at=2001-07-01 10%3A30%3A00/b': 'select 1 as n',
    }),
  ).toEqual({
    'at=2001-07-01/a': { from: 993_945_600_000_000, to: 993_945_600_000_000 },
    'at=2001-07-01 10%3A30%3A00/b': { from: 993_983_400_000_000, to: 993_983_400_000_000 },
  })
  expect(requests).toEqual([])
  // Another column of the folder says nothing of this one.
  expect(await rangesOf('other', { 'day=2001-07-01/a': "select timestamp '2001-07-01' as at" })).toEqual({
    'day=2001-07-01/a': between('2001-07-01T00:00:00Z', '2001-07-01T00:00:00Z'),
  })
  expect(requests).toHaveLength(1)
})

it('of what is no Parquet are unknown, and of an object that changed are a conflict', async () => {
  const csv = await lake.put('text/a.csv', new TextEncoder().encode('at\n2001-07-01\n'))
  const cache = join(folder, 'cache')
  expect(await objectRanges(lake, { format: 'csv' }, 'at', [csv], cache)).toEqual(new Map([[csv.uri, ALWAYS]]))
  expect(await objectRanges(lake, { format: 'parquet' }, 'at', [csv], cache)).toEqual(new Map([[csv.uri, ALWAYS]]))
  const moving = await lake.put('text/b.parquet', new TextEncoder().encode('before'))
  await lake.put('text/b.parquet', new TextEncoder().encode('after!'))
  await expect(objectRanges(lake, { format: 'parquet' }, 'at', [moving], cache)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('r2://offline/text/b.parquet was changed after it was listed'),
  })
})

it('survive a file of ranges that was cut off', async () => {
  const ranges = join(folder, 'cache/.ranges')
  for (const name of await readdir(ranges))
    await writeFile(join(ranges, name), (await readFile(join(ranges, name))).subarray(0, 9))
  expect(await rangesOf('cut', { a: "select timestamp '2001-07-01' as at" })).toEqual({
    a: between('2001-07-01T00:00:00Z', '2001-07-01T00:00:00Z'),
  })
})
