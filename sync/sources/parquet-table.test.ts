import { open, stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { csvSource } from '../../registry/definitions/csv-source.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import { describe as columnsOf, query } from '../duckdb.ts'
import { atDesk, registered } from '../materialize/snapshot.fixture.ts'
import { createSourceTable } from '../materialize/source-tables.ts'
import { literal } from '../sql/text.ts'

const path = 'file://*.parquet'
const differing = parquetSource('s', { path, timestamp: 'at', schemaDrift: 'union' }).object
const strict = parquetSource('s', { path, timestamp: 'at' }).object

/** The rows of one file for each query, in the order of their text, and the column types. */
function union(
  ...selects: readonly string[]
): Promise<{ readonly types: readonly string[]; readonly rows: readonly string[] }> {
  return atDesk(async (desk) => {
    const files: string[] = []
    for (const [at, select] of selects.entries()) files.push(await desk.parquet(select, `${at}.parquet`))
    expect(await createSourceTable(desk.db, differing, files)).toBe(selects.length)
    const types = (await columnsOf(desk.db, 'from s')).map(({ name, type }) => `${name} ${type}`)
    const rows = await query(desk.db, 'select s::varchar as row from s order by 1')
    return { types, rows: rows.map(({ row }) => String(row)) }
  })
}

describe("schemaDrift: 'union'", () => {
  it('reads a column that a file lacks as null there, and one that only some have', async () => {
    expect(await union('select 1 as a, 2 as b', 'select [1] as c, 3 as a')).toEqual({
      types: ['a INTEGER', 'b INTEGER', 'c INTEGER[]'],
      rows: ["{'a': 1, 'b': 2, 'c': NULL}", "{'a': 3, 'b': NULL, 'c': [1]}"],
    })
  })

  it.each([
    ['1::smallint', '2147483648::bigint', 'BIGINT'],
    ['255::utinyint', '-1::smallint', 'SMALLINT'],
    ['4294967295::uinteger', '-1::bigint', 'BIGINT'],
    ['2147483647::integer', '0.5::double', 'DOUBLE'],
    ['32767::smallint', '0.5::float', 'FLOAT'],
    ['0.1::float', '0.1::double', 'DOUBLE'],
    ["date '2001-07-01'", "timestamp '2001-07-01 10:00:00'", 'TIMESTAMP'],
  ])('reads %s and %s as %s, in whatever order the files come', async (one, other, type) => {
    const selects = [`select ${one} as a`, `select ${other} as a`] as const
    const [there, back] = [await union(...selects), await union(...[...selects].reverse())]
    expect(there.types).toEqual([`a ${type}`])
    expect(back).toEqual(there)
  })

  it.each([
    ['1::bigint', '1.5::double', 'BIGINT', 'DOUBLE'],
    ['1::integer', '1.5::float', 'INTEGER', 'FLOAT'],
    ['1::bigint', '1::ubigint', 'BIGINT', 'UBIGINT'],
    ['1::integer', "'1'", 'INTEGER', 'VARCHAR'],
    ['1.5::decimal(5,2)', '1.5::decimal(6,3)', 'DECIMAL(5,2)', 'DECIMAL(6,3)'],
    ["timestamp '2001-07-01'", "timestamptz '2001-07-01'", 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE'],
    ['[1]', '[1::bigint]', 'INTEGER[]', 'BIGINT[]'],
  ])('refuses %s beside %s, which would lose something', async (one, other, first, second) => {
    await expect(union(`select ${one} as a`, `select ${other} as a`)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(
        new RegExp(
          `^source s: column a is ${escaped(first)} in .*0\\.parquet and ${escaped(second)} in .*1\\.parquet, and neither`,
        ),
      ),
    })
  })

  function escaped(text: string): string {
    return text.replace(/[[\]()]/g, '\\$&')
  }
})

describe('a Parquet file that is damaged', () => {
  const user = entity('user', { joinKeys: { user_id: t.string() } })
  const definition = featureView('v', {
    entity: user,
    source: parquetSource('s', { path, timestamp: 'at' }),
    features: { n: t.int64() },
  })
  const rows = "select i::varchar as user_id, timestamp '2001-06-01' as at, i as n from range(1000) as t(i)"

  it('in its footer is refused by name', async () => {
    await atDesk(async (desk) => {
      const file = await desk.parquet(rows)
      await overwrite(file, (await stat(file)).size - 4, 'XXXX')
      await expect(createSourceTable(desk.db, strict, [file])).rejects.toThrow(file)
    })
  })

  it('in its pages stops the run, and the error has its name', async () => {
    const view = await registered(definition)
    await atDesk(async (desk) => {
      const [good, bad] = [await desk.parquet(rows), await desk.parquet(rows)]
      await overwrite(bad, 4, 'X'.repeat(200))
      await expect(desk.compute(view, { s: [good, bad] })).rejects.toMatchObject({
        code: 'INVALID',
        message: expect.stringContaining(bad),
      })
    })
  })

  async function overwrite(file: string, at: number, text: string): Promise<void> {
    const handle = await open(file, 'r+')
    await handle.write(Buffer.from(text), 0, text.length, at)
    await handle.close()
  }
})

describe('a view of CSV files', () => {
  const user = entity('user', { joinKeys: { user_id: t.string() } })
  const types = { at: t.timestamp(), n: t.int64() }
  const source = csvSource('s', { path: 'file://*.csv', timestamp: 'at', types })
  const features = { n: t.int64(), note: t.string() }

  it.each([
    ['as they are', featureView('v', { entity: user, source, features })],
    [
      'through SQL',
      featureView('v', { entity: user, source, sql: 'select *, "at" as event_timestamp from s', features }),
    ],
  ])('%s holds what a view of Parquet holds', async (_how, definition) => {
    const view = await registered(definition)
    await atDesk(async (desk) => {
      const file = await desk.parquet(
        "select i % 3 as user_id, timestamp '2001-06-01' + interval (i) hour as at, i as n, 'n' || i as note from range(10) as t(i)",
      )
      const text = file.replace('.parquet', '.csv')
      await desk.db.run(`copy (from read_parquet(${literal(file)})) to ${literal(text)} (format csv)`)
      const { found, rowsRead } = await desk.compute(view, { s: [text] })
      expect(rowsRead).toBe(10)
      expect(found.map(({ user_id, n, note }) => [user_id, n, note]).sort()).toEqual([
        ['0', '9', 'n9'],
        ['1', '7', 'n7'],
        ['2', '8', 'n8'],
      ])
    })
  })
})
