import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { query as queryOn, withDuckDB } from '../duckdb.ts'
import { folderLake } from '../lake/folder-lake.ts'
import type { Lake } from '../lake/lake.ts'
import { compactPushed } from './compact.ts'

let folder: string
let lake: Lake
let problems: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-compact-'))
  lake = folderLake(join(folder, 'lake'))
  problems = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, (db) => queryOn(db, sql))
}

/** A file of the queue: rows `from` to `to`. */
async function write(
  source: string,
  day: string,
  name: string,
  from: number,
  to: number,
  column = 'i as items',
): Promise<void> {
  const place = join(folder, 'lake/_shoreline/pushed', source, `day=${day}`)
  await mkdir(place, { recursive: true })
  await query(
    `copy (select 'u' || i as user_id, ${column}, timestamp '${day} 00:00:00' + interval (i) second as event_timestamp, null::timestamp as created_timestamp, false as deleted, 'user_id,items' as named, '1-0-' || i as pushed from range(${from}, ${to}) as t(i)) to '${place}/${name}.parquet' (format parquet)`,
  )
}

function compact() {
  const place = { lake, folder: join(folder, 'work'), memory: '500MB' }
  return compactPushed(place, ['carts', 'clicks'], (day, message) => problems.push(`${day}: ${message}`))
}

async function files(source: string): Promise<readonly string[]> {
  return (await lake.list(`_shoreline/pushed/${source}/`)).map(({ key }) => key)
}

describe('the small files of a day', () => {
  it('become one with every row once, and go', async () => {
    for (let at = 0; at < 10; at++) await write('carts', '2026-03-01', `f${at}`, at * 10, at * 10 + 15) // each overlaps the next
    expect(await compact()).toEqual([{ source: 'carts', day: '2026-03-01', files: 10, rows: 105 }])
    expect(problems).toEqual([])
    const [one, ...others] = await files('carts')
    expect(others).toEqual([])
    const [row] = await query(
      `select count(*)::integer as n, count(distinct pushed)::integer as d, sum(items)::integer as s from '${folder}/lake/${one}'`,
    )
    expect(row).toEqual({ n: 105, d: 105, s: (104 * 105) / 2 })
    expect(await compact()).toEqual([])
  })

  it('stay as they are while they are few, and other days and sources too', async () => {
    for (let at = 0; at < 7; at++) await write('carts', '2026-03-01', `f${at}`, at, at + 1)
    await write('carts', '2026-03-02', 'other', 0, 1)
    await write('clicks', '2026-03-01', 'other', 0, 1)
    expect(await compact()).toEqual([])
    expect(await files('carts')).toHaveLength(8)
    await write('carts', '2026-03-01', 'f7', 7, 8)
    expect(await compact()).toEqual([{ source: 'carts', day: '2026-03-01', files: 8, rows: 8 }])
    expect(await files('carts')).toHaveLength(2)
    expect(await files('clicks')).toHaveLength(1)
  })

  it('of two schemas become two: no value changes its type', async () => {
    for (let at = 0; at < 5; at++) {
      await write('carts', '2026-03-01', `a${at}`, at, at + 1)
      await write('carts', '2026-03-01', `b${at}`, at + 10, at + 11, "'text ' || i as items")
    }
    expect(await compact()).toEqual([
      { source: 'carts', day: '2026-03-01', files: 5, rows: 5 },
      { source: 'carts', day: '2026-03-01', files: 5, rows: 5 },
    ])
    const types = []
    for (const key of await files('carts'))
      types.push(
        (
          await query(
            `select column_type as t from (describe from '${folder}/lake/${key}') where column_name = 'items'`,
          )
        )[0]?.['t'],
      )
    expect(types.sort()).toEqual(['BIGINT', 'VARCHAR'])
  })

  it('keep the sign of zero', async () => {
    for (let at = 0; at < 8; at++)
      await write('carts', '2026-03-01', `f${at}`, at, at + 1, `'${at % 2 === 0 ? '' : '-'}0'::double as items`)
    expect(await compact()).toHaveLength(1)
    const [one] = await files('carts')
    const rows = await query(`select items::varchar as items from '${folder}/lake/${one}' order by pushed`)
    expect(rows.map(({ items }) => items)).toEqual(
      Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? '0.0' : '-0.0')),
    )
  })

  it('that cannot be read keep their day as it was, and are named', async () => {
    for (let at = 0; at < 8; at++) await write('carts', '2026-03-01', `f${at}`, at, at + 1)
    await lake.put(
      '_shoreline/pushed/carts/day=2026-03-01/broken.parquet',
      new TextEncoder().encode('not Parquet at all'),
    )
    for (let at = 0; at < 8; at++) await write('clicks', '2026-03-01', `f${at}`, at, at + 1)
    expect(await compact()).toEqual([{ source: 'clicks', day: '2026-03-01', files: 8, rows: 8 }])
    expect(problems).toEqual([expect.stringMatching(/^carts, 2026-03-01: /)])
    expect(await files('carts')).toHaveLength(9)
  })

  it('are all there when the new file could not be written', async () => {
    for (let at = 0; at < 8; at++) await write('carts', '2026-03-01', `f${at}`, at, at + 1)
    lake = { ...lake, put: () => Promise.reject(new Error('the bucket is full')) }
    expect(await compact()).toEqual([])
    expect(problems).toEqual(['carts, 2026-03-01: the bucket is full'])
    expect(await files('carts')).toHaveLength(8)
  })
})
