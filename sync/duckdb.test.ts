/** Databases that spill on the same machine, as parallel runs and two syncs do, never get into each other's way. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { query, withDuckDB } from './duckdb.ts'

let spill: string

beforeEach(async () => {
  spill = await mkdtemp(join(tmpdir(), 'shoreline-spill-'))
})

afterEach(() => rm(spill, { recursive: true, force: true }))

/** Keeps more than the memory holds, so that it has to be spilled, and reads it. @returns how many rows are what was written */
async function rightAfter(seed: string): Promise<unknown> {
  return withDuckDB({ spill, memory: '256MB' }, async (db) => {
    const text = `repeat(md5(k::varchar || '${seed}'), 12)`
    await db.run(`create table kept as select k, ${text} as text from range(700_000) as t(k)`)
    const [row] = await query(db, `select count(*)::integer as n from kept where text = ${text}`)
    return row?.['n']
  })
}

describe('what is spilled', () => {
  it('is of one database, whoever else spills', async () => {
    expect(await Promise.all([rightAfter('a'), rightAfter('b')])).toEqual([700_000, 700_000])
    expect(await readdir(spill)).toEqual([])
  })

  it('goes with the next database when a process was killed, and what another file is stays', async () => {
    await mkdir(join(spill, `${hostname()}@999999999@left`))
    await mkdir(join(spill, `${hostname()}@${process.ppid}@used`))
    await mkdir(join(spill, 'other'))
    await withDuckDB({ spill, memory: '256MB' }, async () => {})
    expect((await readdir(spill)).sort()).toEqual([`${hostname()}@${process.ppid}@used`, 'other'].sort())
  })
})
