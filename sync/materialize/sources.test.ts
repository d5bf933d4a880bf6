import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { withDuckDB } from '../duckdb.ts'
import { type LocalR2, startLocalR2 } from '../lake/local-r2.fixture.ts'
import { type LakeConfig, openLake } from '../lake/resolve.ts'
import { literal } from '../sql/text.ts'
import { compute } from './compute.ts'
import { AS_OF, registered } from './snapshot.fixture.ts'
import { fetchSources, listSources } from './sources.ts'

let r2: LocalR2
let folder: string

beforeAll(async () => {
  r2 = await startLocalR2(['offline'])
})

afterAll(() => r2.stop())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-sources-'))
  return () => rm(folder, { recursive: true })
})

function viewOf(path: string): Promise<ViewObject> {
  return registered(
    featureView('clicks', {
      entity: entity('user', { joinKeys: { user_id: t.string() } }),
      source: parquetSource('clicks', { path, timestamp: 'at' }),
      features: { n: t.int64() },
    }),
  )
}

async function parquet(file: string, n: number): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true })
  await withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, (db) =>
    db.run(
      `copy (select 'u' || i as user_id, timestamp '2001-06-01' as at, ${n} as n from range(100) as t(i)) to ${literal(file)} (format parquet)`,
    ),
  )
  return file
}

/** Lists the lake, lets `meanwhile` happen, and computes the view of what was listed. */
async function computing(path: string, lake: LakeConfig, meanwhile: (at: 'listed' | 'read') => Promise<unknown>) {
  const view = await viewOf(path)
  const work = { folder, lake }
  const listed = await listSources(work, view, [])
  await meanwhile('listed')
  const { files, reading } = await fetchSources(work, view, listed, undefined, () => {})
  return withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, (db) =>
    reading(db, async () => {
      const computed = await compute(db, view, files, { asOf: AS_OF, file: join(folder, 'snapshot.parquet') })
      await meanwhile('read')
      return computed
    }),
  )
}

describe('a lake that changes while it is read', () => {
  it('is a conflict that names the object of the bucket', async () => {
    const lake = openLake('r2://offline', { r2: r2.access })
    await lake.put('moving/a.parquet', { file: await parquet(join(folder, 'a.parquet'), 1) })
    const other = await parquet(join(folder, 'b.parquet'), 2)
    await expect(
      computing('r2://offline/moving/*.parquet', { r2: r2.access }, async (at) => {
        if (at === 'listed') await lake.put('moving/a.parquet', { file: other })
      }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('r2://offline/moving/a.parquet was changed after it was listed'),
    })
  })

  it.each(['listed', 'read'] as const)(
    'is a conflict that names the file of a folder, changed once it was %s',
    async (when) => {
      const file = await parquet(join(folder, 'data/a.parquet'), 1)
      await expect(
        computing('file://data/*.parquet', { folder }, async (at) => {
          if (at === when) await parquet(file, 2)
        }),
      ).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`file://${file} was changed after it was listed`),
      })
    },
  )

  it('is a conflict also where what is half replaced looks damaged', async () => {
    const file = await parquet(join(folder, 'data/a.parquet'), 1)
    const view = await viewOf('file://data/*.parquet')
    const work = { folder, lake: { folder } }
    const { files, reading } = await fetchSources(work, view, await listSources(work, view, []), undefined, () => {})
    await writeFile(file, 'half of it')
    await withDuckDB({ spill: join(folder, 'spill'), memory: '500MB' }, (db) =>
      expect(
        reading(db, () => compute(db, view, files, { asOf: AS_OF, file: join(folder, 'snapshot.parquet') })),
      ).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(file) }),
    )
  })
})

it('an object of a bucket that is no Parquet has its own name in the error', async () => {
  const lake = openLake('r2://offline', { r2: r2.access })
  await lake.put('damaged/a.parquet', new TextEncoder().encode('no Parquet, but long enough to be'))
  await expect(computing('r2://offline/damaged/*.parquet', { r2: r2.access }, async () => {})).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('r2://offline/damaged/a.parquet'),
  })
})

it('httpfs is refused where it cannot be loaded, and nothing is copied', async () => {
  const lake = openLake('r2://offline', { r2: r2.access })
  await lake.put('remote/a.parquet', { file: await parquet(join(folder, 'a.parquet'), 1) })
  await expect(
    computing('r2://offline/remote/*.parquet', { r2: r2.access, reader: 'httpfs' }, async () => {}),
  ).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('--reader httpfs: ') })
})
