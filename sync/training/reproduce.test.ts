/** The same request gives the same bytes, and a manifest from which they can be made again, or which says what has changed. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VERSION } from '../../core/version.ts'
import { entity, featureService, featureView, onDemandView, parquetSource, request, t } from '../../registry/index.ts'
import type { TrainingManifest } from '../../registry/training.ts'
import { query } from '../duckdb.ts'
import type { Progress } from '../progress.ts'
import { type Reproduced, reproduce } from './reproduce.ts'
import { type Desk, openDesk, SECOND, START } from './training.fixture.ts'
import type { TrainingRequest } from './training-set.ts'

let desk: Desk
let close: () => Promise<void>
let said: string[]

beforeEach(async () => {
  const opened = await openDesk()
  desk = opened.desk
  close = opened.close
  said = []
})
afterEach(async () => {
  vi.restoreAllMocks()
  await close()
})

const user = entity('user', { joinKeys: { user_id: t.int64() } })

/** A view without SQL with ties, one with SQL, and one that is computed from both. */
function definitions({ ttl = '1h', ...more }: { readonly ttl?: '1h' | '1s'; readonly lag?: '1s' | '1h' } = {}) {
  const events = parquetSource('events', {
    path: `file://${desk.path('lake/events')}/*.parquet`,
    timestamp: 'happened',
    created: 'made',
  })
  const last = featureView('last', {
    entity: user,
    source: events,
    ttl,
    features: { amount: t.float64(), kind: t.string() },
  })
  const daily = featureView('daily', {
    entity: user,
    source: events,
    sql: 'select user_id, happened, max(made) as made, count(*) as n, sum(amount) as total from events group by user_id, happened',
    timestamp: 'happened',
    created: 'made',
    ...more,
    features: { n: t.int64(), total: t.float64() },
  })
  const ratio = onDemandView('ratio', {
    inputs: [last, daily, request({ unit: t.float64() })],
    features: { ratio: t.float64() },
    sql: { ratio: 'case when total > 0 then amount / total * unit end' },
  })
  return {
    ...{ user, events, last, daily, ratio },
    plain: featureService('plain', { features: [last, daily] }),
    whole: featureService('whole', { features: [last, daily, ratio] }),
  }
}

function eventsSql(from: number, to: number, users = 1000): string {
  return `select (i * 7919 % ${users})::bigint as user_id, make_timestamp(${START} + (i // 3) * 1000000) as happened,
    make_timestamp(${START} + (i // 3) * 1000000 + (i % 5) * 600000) as made, (i % 17) / 4 as amount, 'k' || i % 3 as kind
    from range(${from}, ${to}) as t(i)`
}

/** @param seconds over which its instants are */
function spineSql(rows: number, seconds = 40_000, users = 1000): string {
  return `select i as label, (i * 104729 % ${users})::bigint as user_id, make_timestamp(${START} + (i * 31 % ${seconds}) * 1000000) as event_timestamp, 0.5 + i % 3 as unit from range(${rows}) as t(i)`
}

async function lake(rows: number): Promise<void> {
  await desk.parquet('lake/events/a.parquet', eventsSql(0, rows / 2))
  await desk.parquet('lake/events/b.parquet', eventsSql(rows / 2, rows))
}

function train(more: Partial<TrainingRequest> = {}) {
  const { work } = desk
  const progress: Progress = {
    async phase(name, run, text) {
      const result = await run(() => {})
      said.push(`${name}: ${text(result)}`)
      return result
    },
  }
  Object.assign(work, { progress })
  return desk.train({ subject: { service: 'plain' }, spine: { files: desk.path('spine.parquet') }, ...more })
}

/** How histories came to be. */
function histories(): readonly string[] {
  return said.flatMap((line) => /^(.*): history: (.*)$/.exec(line)?.slice(1).join(' ') ?? [])
}

function threads(count: number): void {
  const create = DuckDBInstance.create.bind(DuckDBInstance)
  vi.spyOn(DuckDBInstance, 'create').mockImplementation((path, options) =>
    create(path, { ...options, threads: String(count) }),
  )
}

async function forget(): Promise<void> {
  await rm(desk.path('work'), { recursive: true, force: true })
}

describe('a training set of several row groups', () => {
  /** A row group has 122,880. */
  const ROWS = 130_000

  it.each<readonly [string, Partial<TrainingRequest>]>([
    ['plain views, as known, with statuses', { asKnown: true, statuses: true }],
    ['on-demand views, split at random', { subject: { service: 'whole' }, split: { how: 'random:0.6/0.2/0.2' } }],
    ['CSV', { format: 'csv', split: { how: 'time:0.9' } }],
  ])('has the same bytes twice, with one thread and with two: %s', async (_what, more) => {
    await lake(20_000)
    await desk.parquet('spine.parquet', spineSql(ROWS))
    await desk.define(definitions())
    const ending = more.format ?? 'parquet'
    const made: TrainingManifest[] = []
    for (const count of [1, 2]) {
      threads(count)
      await forget()
      made.push((await train({ ...more, out: desk.path(`out/set.${ending}`) })).manifest)
      vi.restoreAllMocks()
    }
    const [first, second] = made
    expect(second).toEqual(first)
    expect(first?.rows).toBe(ROWS)
    for (const { file, sha256, bytes } of first?.files ?? []) {
      const content = await readFile(desk.path(`out/${file}`))
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256])
    }
  })

  it('keeps the order of a spine of text, too', async () => {
    await lake(3000)
    await desk.db.run(
      `copy (${spineSql(ROWS)}) to '${desk.path('spine.csv')}' (format csv, header true, timestampformat '%Y-%m-%dT%H:%M:%SZ')`,
    )
    await desk.define(definitions())
    await train({ spine: { files: desk.path('spine.csv') } })
    const set = `read_parquet('${desk.path('out/set.parquet')}', file_row_number = true)`
    const [row] = await query(
      desk.db,
      `select count(*)::integer as rows, (count(*) filter (where label::bigint = file_row_number))::integer as at_their_place from ${set}`,
    )
    expect(row).toEqual({ rows: ROWS, at_their_place: ROWS })
  })
})

describe('the manifest of a training set', () => {
  it('says what it was made of, and lies beside it', async () => {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(100))
    await desk.define(definitions({ lag: '1s' }))
    desk.state.quarantined = [await quarantined('lake/events/b.parquet')]
    const { manifest, path, existing } = await train({ subject: { service: 'whole' }, statuses: true, asKnown: true })
    expect(existing).toBe(false)
    expect(path).toBe(desk.path('out/set.manifest.json'))
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(manifest)
    const content = await readFile(desk.path('out/set.parquet'))
    const hash = createHash('sha256').update(content).digest('hex')
    const { registry } = desk.state
    const hashOf = (name: string): string => registry.views.find((view) => view.name === name)?.hash ?? ''
    const { statistics, columns, sources, spine, ...rest } = manifest
    expect(rest).toEqual({
      format: 1,
      name: 'whole',
      version: null,
      created_at: '2001-07-02T00:00:00Z',
      written_by: { shoreline: VERSION, duckdb: expect.stringMatching(/^v1\.5/) },
      service: 'whole@1',
      features: ['last@1:amount', 'last@1:kind', 'daily@1:n', 'daily@1:total', 'ratio@1:ratio'],
      options: {
        timestamp: 'event_timestamp',
        as_of: '2001-07-02T00:00:00Z',
        as_known: true,
        full_names: false,
        statuses: true,
        format: 'parquet',
        split: null,
        types: [],
      },
      views: [
        { view: 'last@1', as: 'last', hash: hashOf('last'), ttl: '1h', lag: null, keys: ['user_id'] },
        { view: 'daily@1', as: 'daily', hash: hashOf('daily'), ttl: null, lag: '1s', keys: ['user_id'] },
      ],
      on_demand: [{ view: 'ratio@1', hash: registry.on_demand?.[0]?.hash }],
      quarantined: desk.state.quarantined,
      rows: 100,
      files: [{ file: 'set.parquet', key: null, part: null, rows: 100, bytes: content.length, sha256: hash }],
      hash,
    })
    expect(spine).toEqual({
      kind: 'files',
      path: `file://${desk.path('spine.parquet')}`,
      objects: [await sourceVersion('spine.parquet')],
      rows: 100,
      hash: createHash('sha256')
        .update(await readFile(desk.path('spine.parquet')))
        .digest('hex'),
    })
    expect(sources).toEqual({ events: [await sourceVersion('lake/events/a.parquet')] })
    expect(columns.map(({ name, type, is, from }) => [name, type, is, from])).toEqual([
      ['label', 'BIGINT', 'passed', 'spine'],
      ['user_id', 'int64', 'key', 'spine'],
      ['event_timestamp', 'timestamp', 'timestamp', 'spine'],
      ['unit', 'float64', 'request', 'spine'],
      ['amount', 'float64', 'feature', 'last@1:amount'],
      ['kind', 'string', 'feature', 'last@1:kind'],
      ['n', 'int64', 'feature', 'daily@1:n'],
      ['total', 'float64', 'feature', 'daily@1:total'],
      ['ratio', 'float64', 'feature', 'ratio@1:ratio'],
      ...['amount', 'kind', 'n', 'total', 'ratio'].map((name) => [`${name}__status`, 'string', 'status', name]),
      ['last__event_timestamp', 'timestamp', 'event_timestamp', 'last@1'],
      ['daily__event_timestamp', 'timestamp', 'event_timestamp', 'daily@1'],
    ])
    expect(Object.keys(statistics.features)).toEqual(['amount', 'kind', 'n', 'total', 'ratio'])
  })

  it('has the statistics of what is in the file', async () => {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(500))
    await desk.define(definitions())
    const { manifest } = await train({ split: { how: 'random:0.5' } })
    const files = `read_parquet(['${desk.path('out/set.train.parquet')}', '${desk.path('out/set.test.parquet')}'])`
    const [row] = (
      await desk.db.runAndReadAll(
        `select avg(amount) as mean, stddev_samp(amount) as stddev, count(*) - count(amount) as nulls, min(n)::varchar as least from ${files}`,
      )
    ).getRowObjectsJson()
    const { amount, n } = manifest.statistics.features
    expect(amount?.mean).toBeCloseTo(Number(row?.['mean']), 10)
    expect(amount?.nulls).toBe(Number(row?.['nulls']))
    expect(String(n?.min)).toBe(row?.['least'])
  })
})

async function sourceVersion(name: string) {
  const content = await readFile(desk.path(name))
  return {
    uri: `file://${desk.path(name)}`,
    etag: createHash('md5').update(content).digest('hex'),
    size: content.length,
  }
}

async function quarantined(name: string) {
  const { uri, etag } = await sourceVersion(name)
  return { uri, etag }
}

describe('a view with SQL', () => {
  it('is computed once, and again when an object or the definition is another', async () => {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(100))
    await desk.define(definitions())
    const first = await train()
    expect(histories()).toEqual(['last@1 read as it is', 'daily@1 computed and kept'])
    said = []
    const again = await train()
    expect(histories()).toEqual(['last@1 read as it is', 'daily@1 computed before'])
    expect(again.manifest).toEqual(first.manifest)
    // Another content, of the same size even: another ETag.
    await desk.parquet('lake/events/b.parquet', eventsSql(1500, 3000).replace('/ 4 as amount', '/ 8 as amount'))
    said = []
    const changed = await train()
    expect(histories()).toEqual(['last@1 read as it is', 'daily@1 computed and kept'])
    expect(changed.manifest.hash).not.toBe(first.manifest.hash)
    await forget()
    expect((await train()).manifest).toEqual(changed.manifest)
    const kept = (await readdir(desk.path('work/cache/_histories'))).filter((name) => name.startsWith('daily-'))
    expect(kept.some((name) => name.endsWith('.parquet'))).toBe(true)
  })

  it('of another lag, or as known, is not what was kept of it without', async () => {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(3000, 1000))
    const hashes = async (): Promise<readonly string[]> => {
      const found: string[] = []
      for (const lag of ['1s', undefined] as const)
        for (const asKnown of [true, false]) {
          await desk.define(definitions(lag ? { lag } : {}))
          found.push((await train({ asKnown })).manifest.hash)
        }
      return found
    }
    const together = await hashes()
    expect(new Set(together).size).toBe(4)
    const alone: string[] = []
    for (const lag of ['1s', undefined] as const)
      for (const asKnown of [true, false]) {
        await forget()
        await desk.define(definitions(lag ? { lag } : {}))
        alone.push((await train({ asKnown })).manifest.hash)
      }
    expect(together).toEqual(alone)
  })
})

describe('--reproduce', () => {
  /** @param change what happens after the set was made */
  async function changed(change: () => Promise<unknown>, more: Partial<TrainingRequest> = {}): Promise<Reproduced> {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(1000))
    await desk.define(definitions())
    const { path } = await train(more)
    await change()
    return reproduce(desk.work, path, undefined)
  }
  const nothing = async (): Promise<void> => {}

  it.each<readonly [string, Partial<TrainingRequest>]>([
    ['a service', {}],
    [
      'a service with everything',
      {
        subject: { service: 'whole' },
        asKnown: true,
        fullNames: true,
        statuses: true,
        split: { how: 'random:0.5/0.3/0.2', seed: 7, by: ['user_id'] },
      },
    ],
    ['a split by time', { split: { how: 'time:0.7' } }],
    ['a split of rows', { split: { how: 'random:0.7', by: [] } }],
    ['a list of features', { subject: { features: ['daily:n', 'last@1:kind', 'daily:total'] }, statuses: true }],
    [
      'a list of features with full names',
      { subject: { features: ['last:kind', 'ratio:ratio', 'daily@1:n'] }, fullNames: true, statuses: true },
    ],
    ['CSV', { out: 'csv', format: 'csv' }],
    ['an earlier now', { asOf: START + 50_000 * SECOND }],
    ['a spine by SQL', { spine: { sql: 'select user_id, made as event_timestamp, kind as spine_kind from events' } }],
    ['a spine of entities', { spine: { from: START, to: START + 900 * SECOND, every: '5m' } }],
  ])('gives the same bytes while nothing has changed: %s', async (_what, more) => {
    const given = more.out === 'csv' ? { ...more, out: desk.path('out/set.csv') } : more
    const found = await changed(nothing, given)
    expect(found).toMatchObject({ training_set: 'set.manifest.json', same: true, changes: [] })
    expect(found.made_hash).toBe(found.hash)
    expect(await readdir(desk.path('work/runs'))).toEqual([])
  })

  it('of a CSV spine with types gives the same bytes', async () => {
    await writeFile(
      desk.path('spine.csv'),
      'user_id,event_timestamp,late\n1,2001-07-01T00:10:00Z,true\n2,2001-07-01T00:10:00Z,\n',
    )
    const found = await changed(nothing, {
      spine: { files: desk.path('spine.csv') },
      types: [{ name: 'late', type: 'bool' }],
    })
    expect(found).toMatchObject({ same: true, rows: 2, made_rows: 2 })
  })

  it.each<readonly [string, () => Promise<unknown>, () => Promise<readonly string[]> | readonly string[]]>([
    [
      'an object that was replaced',
      () => desk.parquet('lake/events/b.parquet', eventsSql(1500, 3000).replace('/ 4 as', '/ 8 as')),
      async () => {
        const now = (await sourceVersion('lake/events/b.parquet')).etag
        return [
          expect.stringMatching(
            new RegExp(
              `^source events: file://.*/lake/events/b\\.parquet was replaced \\(ETag [0-9a-f]{32}, now ${now}\\)\\.$`,
            ),
          ),
        ]
      },
    ],
    [
      'an object that is new',
      () => desk.parquet('lake/events/c.parquet', eventsSql(0, 900)),
      () => [expect.stringMatching(/^source events: file:\S+\/c\.parquet is new\.$/)],
    ],
    [
      'an object that is gone',
      () => rm(desk.path('lake/events/b.parquet')),
      () => [expect.stringMatching(/^source events: file:\S+\/b\.parquet is gone\.$/)],
    ],
    [
      'an object that is in quarantine now',
      async () => {
        desk.state.quarantined = [await quarantined('lake/events/b.parquet')]
      },
      () => [expect.stringMatching(/^file:\S+\/b\.parquet \(ETag [0-9a-f]{32}\) is in quarantine now\.$/)],
    ],
    [
      'a spine that is another',
      () => desk.parquet('spine.parquet', spineSql(999)),
      () => [expect.stringMatching(/^The spine file:\S+\/spine\.parquet is another file\.$/)],
    ],
    [
      'a lag that was declared since',
      () => desk.define(definitions({ lag: '1h' })),
      () => ['daily@1 is not what it was.'],
    ],
  ])('names %s', async (_what, change, changes) => {
    const found = await changed(change)
    expect(found.same).toBe(false)
    expect(found.changes).toEqual(await changes())
    expect(found.made_hash).not.toBe(found.hash)
  })

  it('names what was in quarantine then', async () => {
    await lake(3000)
    const b = await quarantined('lake/events/b.parquet')
    desk.state.quarantined = [b]
    const found = await changed(async () => {
      desk.state.quarantined = []
    })
    expect(found.changes).toEqual([`${b.uri} (ETag ${b.etag}) was in quarantine then.`])
  })

  it('says that a version is gone which the set was made of', async () => {
    await expect(changed(() => desk.define({ user }))).rejects.toThrow(
      'No service is registered yet. Run "shoreline apply".',
    )
  })

  it('keeps the new one where it is told to', async () => {
    await lake(3000)
    await desk.parquet('spine.parquet', spineSql(100))
    await desk.define(definitions())
    const { path } = await train()
    await reproduce(desk.work, path, desk.path('again/new.parquet'))
    expect((await readdir(desk.path('again'))).sort()).toEqual(['new.manifest.json', 'new.parquet'])
    expect(await readFile(desk.path('again/new.parquet'))).toEqual(await readFile(desk.path('out/set.parquet')))
  })

  it('is refused for what is no manifest', async () => {
    await writeFile(desk.path('other.json'), '{"format": 9}')
    await expect(reproduce(desk.work, desk.path('none.json'), undefined)).rejects.toThrow(
      /^There is no manifest \S+none\.json\. Give the file that "shoreline train" wrote, or name@version from "shoreline training-sets"\.$/,
    )
    await expect(reproduce(desk.work, desk.path('other.json'), undefined)).rejects.toThrow(
      'is no manifest of a training set that this version reads.',
    )
    await writeFile(desk.path('text.json'), 'user_id,account')
    await expect(reproduce(desk.work, desk.path('text.json'), undefined)).rejects.toThrow(
      'is no manifest of a training set that this version reads.',
    )
  })
})
