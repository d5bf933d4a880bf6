import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withDuckDB } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import { httpfsFiles, prepareHttpfs, requireHttpfs, secretSql } from './httpfs.ts'

const R2 = { endpoint: 'https://abc.r2.cloudflarestorage.com', accessKeyId: "it's", secretAccessKey: "se'cret" }

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-httpfs-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** Whether this machine has the extension: then it is not refused, and nothing here says so. */
async function hasHttpfs(): Promise<boolean> {
  return withDuckDB({ spill: folder, memory: '500MB' }, (db) =>
    db.run('load httpfs').then(
      () => true,
      () => false,
    ),
  )
}

describe('--reader httpfs', () => {
  it('is refused with the fix where the extension is not there, and installs nothing', async () => {
    if (await hasHttpfs()) return
    const refused = {
      code: 'INVALID',
      message: expect.stringMatching(
        /^--reader httpfs: DuckDB's extension httpfs is not on this machine, and a sync installs nothing\. Run "install httpfs" once in DuckDB v1\.[0-9.]+, as the user of the sync\. Or leave --reader out: objects are then copied to \.shoreline\/cache and read there\.$/,
      ),
    }
    await expect(requireHttpfs(R2, folder)).rejects.toMatchObject(refused)
    await withDuckDB({ spill: folder, memory: '500MB' }, async (db) => {
      await expect(prepareHttpfs(db, R2)).rejects.toMatchObject(refused)
    })
    expect(await hasHttpfs()).toBe(false)
  })

  it('is refused for an endpoint that is more than a host', async () => {
    const local = { ...R2, endpoint: 'http://127.0.0.1:8787/cdn-cgi/local/r2/s3' }
    await expect(requireHttpfs(local, folder)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('http://127.0.0.1:8787/cdn-cgi/local/r2/s3 has a path'),
    })
  })

  it("has a secret for R2's endpoint in the one database", () => {
    expect(secretSql(R2)).toBe(
      "create or replace temporary secret shoreline_r2 (type s3, provider config, key_id 'it''s', secret 'se''cret', endpoint 'abc.r2.cloudflarestorage.com', use_ssl true, url_style 'path', region 'auto')",
    )
    expect(secretSql({ ...R2, endpoint: 'http://127.0.0.1:9000' })).toContain(
      "endpoint '127.0.0.1:9000', use_ssl false",
    )
  })

  it('reads objects where they are, but for keys that would be patterns', () => {
    const object = (key: string): LakeObject => ({ uri: `r2://offline/${key}`, key, etag: 'e', size: 1 })
    expect(httpfsFiles([object("day=1/it's.parquet"), object('day=S%C3%A3o/b c.parquet')])).toEqual([
      "s3://offline/day=1/it's.parquet",
      's3://offline/day=S%C3%A3o/b c.parquet',
    ])
    for (const key of ['a*.parquet', 'a?.parquet', 'a[1].parquet'])
      expect(() => httpfsFiles([object(key)])).toThrow(`--reader httpfs: r2://offline/${key} has a `)
  })
})
