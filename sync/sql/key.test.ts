import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinKeyParts, keyReader } from '../../core/keys.ts'
import { partitionOf } from '../../core/partition.ts'
import { KEY_KINDS, type KeyKind, parseType } from '../../core/types.ts'
import { query } from '../duckdb.ts'
import { keyExpression, partitionExpression } from './key.ts'

const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
await db.run("set TimeZone = 'UTC'")
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

/** SQL of the canonical key of columns that are called after their types. */
function keyOf(...kinds: readonly string[]): string {
  return keyExpression(kinds.map((kind) => ({ name: kind, type: parseType(kind) })))
}

describe('the key in SQL', () => {
  it.each<[string, readonly string[], string]>([
    ["'a|b\\c' as string", ['string'], 'a|b\\c'],
    ["'' as string", ['string'], ''],
    ['(-2147483648)::integer as int32', ['int32'], '-2147483648'],
    ['9223372036854775807::bigint as int64', ['int64'], '9223372036854775807'],
    ['true as bool', ['bool'], 'true'],
    ["'0B8E2A6C-1F4D-4C53-9A77-2F5F6F1C3D2E'::uuid as uuid", ['uuid'], '0b8e2a6c-1f4d-4c53-9a77-2f5f6f1c3d2e'],
    ["date '0001-01-01' as date", ['date'], '0001-01-01'],
    ["timestamp '2001-07-01 00:00:00.000001' as timestamp", ['timestamp'], '993945600000001'],
    ["timestamp '1969-12-31 23:59:59.999999' as timestamp", ['timestamp'], '-1'],
    ['1 as nothing', [], ''],
    ["'a|b\\c' as string, false as bool", ['string', 'bool'], 'a\\|b\\\\c|false'],
    ["'' as string, 7::integer as int32", ['int32', 'string'], '7|'],
  ])('of %s is right', async (columns, kinds, key) => {
    expect(await query(db, `select ${keyOf(...kinds)} as key from (select ${columns})`)).toEqual([{ key }])
  })
})

const ROWS = 3000

/** What a request sends for each key of a row, in the order of the rows. */
interface Row {
  readonly values: Readonly<Record<KeyKind, unknown>>
  readonly keys: Readonly<Record<string, unknown>>
}

const COMPOSITES: readonly (readonly KeyKind[])[] = [
  ['string', 'string'],
  ['string', 'int64'],
  ['timestamp', 'string', 'uuid'],
  [...KEY_KINDS],
]

describe('the key in SQL and the key of a request', () => {
  let rows: readonly Row[] = []

  beforeAll(async () => {
    const text = fc
      .oneof(fc.string({ unit: fc.constantFrom('|', '\\', "'", 'a', '😀') }), fc.string({ unit: 'binary' }))
      .filter((one) => !one.includes('\0'))
    const raw = fc.tuple(
      text,
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.uuid(),
      fc.boolean(),
      fc.integer({ min: -719_162, max: 2_932_896 }), // days of the years 1 to 9999
      fc.maxSafeInteger(),
    )
    await db.run(
      'create table raw (n integer, s varchar, i integer, l bigint, u varchar, b boolean, days integer, us bigint)',
    )
    const appender = await db.createAppender('raw')
    for (const [n, [s, i, l, u, b, days, us]] of fc.sample(raw, { seed: 14, numRuns: ROWS }).entries()) {
      appender.appendInteger(n)
      appender.appendVarchar(s)
      appender.appendInteger(i)
      appender.appendBigInt(l)
      appender.appendVarchar(n % 2 === 0 ? u : u.toUpperCase())
      appender.appendBoolean(b)
      appender.appendInteger(days)
      appender.appendBigInt(BigInt(us))
      appender.endRow()
    }
    appender.closeSync()
    await db.run(`create table rows as select n, s as string, i as int32, l as int64, u::uuid as uuid, b as bool,
      date '1970-01-01' + days as date, make_timestamp(us) as timestamp, u as sent_uuid from raw`)
    const keys = [...KEY_KINDS.map((kind) => [kind]), ...COMPOSITES]
    const found = await query(
      db,
      `select string, int32, int64, sent_uuid, bool, strftime(date, '%Y-%m-%d') as date,
        strftime(timestamp, '%Y-%m-%dT%H:%M:%S.%fZ') as timestamp,
        ${keys.map((kinds) => `${keyOf(...kinds)} as "key ${kinds.join()}"`).join(', ')}
      from rows order by n`,
    )
    rows = found.map((row) => {
      const { string, int32, int64, bool, date, timestamp, sent_uuid: uuid, ...rest } = row
      return { values: { string, int32, int64, bool, date, timestamp, uuid }, keys: rest }
    })
  })

  it.each([...KEY_KINDS.map((kind) => ({ kinds: [kind] })), ...COMPOSITES.map((kinds) => ({ kinds }))])(
    `are the same for ${ROWS} odd rows with the keys $kinds`,
    ({ kinds }) => {
      const readers = kinds.map((kind) => [kind, keyReader({ name: kind, kind })] as const)
      const sent = rows.map(({ values }) => joinKeyParts(readers.map(([kind, read]) => read(values[kind]))))
      expect(sent).toHaveLength(ROWS)
      expect(new Set(sent).size).toBeGreaterThan(1)
      expect(sent).toEqual(rows.map(({ keys }) => keys[`key ${kinds.join()}`]))
    },
  )

  it('are in the same partition', async () => {
    const kinds = ['string', 'int64']
    const partitions = await query(
      db,
      `select ${partitionExpression('key', 977)} as partition from (select n, ${keyOf(...kinds)} as key from rows) order by n`,
    )
    expect(rows.map(({ keys }) => partitionOf(String(keys[`key ${kinds.join()}`]), 977))).toEqual(
      partitions.map(({ partition }) => partition),
    )
  })
})
