/** The registry of training sets over HTTP and D1: versions, what is listed, what is refused. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { TrainingManifest } from '../../registry/training.ts'
import type { TrainingSetSummary } from '../../registry/training-description.ts'
import type { TrainingSetAnswer, TrainingSetStarted, TrainingSetsAnswer } from '../../registry/wire/training.ts'
import { STARTED_EXAMPLE } from '../../worker/openapi/training-example.ts'
import { ADMIN_KEY, type Answer, bindings, guarded, migrate } from './guarded.fixture.ts'
import { manifestOf, placed } from './training.fixture.ts'

const deployment = guarded()

beforeAll(migrate)

function ask(path: string, body?: unknown, key = ADMIN_KEY): Promise<Answer> {
  return deployment.call(path, { key, ...(body === undefined ? {} : { method: 'POST', body }) })
}

async function get<T>(path: string, body?: unknown): Promise<T> {
  const { status, text, json } = await ask(path, body)
  if (status !== 200) throw new Error(`${path}: ${text}`)
  return json as T
}

function start(manifest: TrainingManifest): Promise<TrainingSetStarted> {
  return get('/v1/training-sets', { manifest })
}

function complete(manifest: TrainingManifest, version: number): Promise<TrainingSetSummary> {
  return get(`/v1/training-sets/${manifest.name}/${version}/complete`, { manifest: placed(manifest, version) })
}

async function register(manifest: TrainingManifest): Promise<number> {
  const { version } = await start(manifest)
  await complete(manifest, version)
  return version
}

async function listed(query = ''): Promise<readonly string[]> {
  const { training_sets } = await get<TrainingSetsAnswer>(`/v1/training-sets${query}`)
  return training_sets.map(({ name, version }) => `${name}@${version}`)
}

describe('a version', () => {
  it('is given once, however many ask at the same time for different sets', async () => {
    const sets = Array.from({ length: 20 }, (_, at) => manifestOf('raced', '0', { hash: String(at).padStart(64, '0') }))
    const started = await Promise.all(sets.map(start))
    expect(started.map(({ version }) => version).sort((a, b) => a - b)).toEqual(Array.from(sets, (_, at) => at + 1))
    expect(started.some(({ existing }) => existing)).toBe(false)
    await Promise.all(sets.map((set, at) => complete(set, started[at]?.version ?? 0)))
    expect(await listed('?name=raced')).toHaveLength(20)
  })

  it('is the newest one for everybody who asks for the same set', async () => {
    const same = manifestOf('same', 'a')
    expect(await register(same)).toBe(1)
    const started = await Promise.all(Array.from({ length: 20 }, () => start(same)))
    expect(new Set(started.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ name: 'same', version: 1, existing: true })]),
    )
    expect(await rowsOf('same')).toBe(1)
  })

  it.each<[string, Partial<TrainingManifest>]>([
    ['content', { hash: 'b'.repeat(64) }],
    ['service', { service: 'flight_delay@2' }],
    ['features', { features: ['airport_delays@2:avg_delay_7d'] }],
    ['options', { options: { ...STARTED_EXAMPLE.options, as_known: true } }],
    ['spine', { spine: { ...STARTED_EXAMPLE.spine, hash: 'another' } }],
  ])('is another one where the %s differ', async (what, changed) => {
    const name = `differs_in_${what}`
    expect(await register(manifestOf(name))).toBe(1)
    expect(await start(manifestOf(name, '0', changed))).toEqual({ name, version: 2, existing: false })
  })

  it('is the same where only the moment of asking differs', async () => {
    expect(await register(manifestOf('later'))).toBe(1)
    const options = { ...STARTED_EXAMPLE.options, as_of: '2001-07-02T06:00:00Z' }
    const again = manifestOf('later', '0', { options, created_at: '2001-07-02T06:00:01Z' })
    expect(await start(again)).toEqual({ name: 'later', version: 1, existing: true })
  })

  it('is compared with the newest alone: what was before may come back', async () => {
    for (const [at, content] of ['a', 'b', 'a'].entries())
      expect(await register(manifestOf('back', content))).toBe(at + 1)
  })
})

describe('a set whose sync died', () => {
  const set = manifestOf('died', '1')

  it('is not listed and cannot be used, and its number is not given again', async () => {
    expect(await start(set)).toMatchObject({ version: 1 })
    expect(await listed('?name=died')).toEqual([])
    for (const path of ['died', 'died@1']) expect((await ask(`/v1/training-sets/${path}`)).status).toBe(404)
    expect(await start(set)).toEqual({ name: 'died', version: 2, existing: false })
    await complete(set, 2)
    expect(await listed('?name=died')).toEqual(['died@2'])
    expect((await ask('/v1/training-sets/died@1')).text).toContain('Did you mean died@2?')
  })
})

describe('completing', () => {
  const set = manifestOf('completed', 'c')

  it('may be repeated with the same manifest, and changes nothing with another', async () => {
    const { version } = await start(set)
    const first = await complete(set, version)
    expect(await complete(set, version)).toEqual(first)
    const other = placed({ ...set, columns: [...set.columns, ...column('more')] }, version)
    const refused = await ask(`/v1/training-sets/completed/${version}/complete`, { manifest: other })
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('a training set never changes')])
    expect((await get<TrainingSetAnswer>('/v1/training-sets/completed')).columns).toHaveLength(set.columns.length)
  })

  it('is refused for content that was not begun', async () => {
    const { version } = await start(manifestOf('begun', '1'))
    const manifest = placed(manifestOf('begun', '2'), version)
    const refused = await ask(`/v1/training-sets/begun/${version}/complete`, { manifest })
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('begun@1 was begun as another set')])
    const nobody = await ask('/v1/training-sets/begun/7/complete', { manifest: placed(manifestOf('begun', '1'), 7) })
    expect([nobody.status, nobody.text]).toEqual([404, expect.stringContaining('There is no training set begun@7.')])
    expect(await listed('?name=begun')).toEqual([])
  })
})

describe('what is read', () => {
  it('is newest first, of all names or of one, and a summary', async () => {
    for (const [name, at] of [
      ['oldest', '2026-11-25T10:00:00Z'],
      ['newest', '2026-11-25T12:00:00.5Z'],
      ['between', '2026-11-25T13:00:00+02:00'],
    ] as const)
      await register(manifestOf(name, '0', { created_at: at }))
    expect((await listed('?limit=3')).slice(0, 3)).toEqual(['newest@1', 'between@1', 'oldest@1'])
    expect(await get('/v1/training-sets?name=between')).toEqual({
      training_sets: [
        {
          name: 'between',
          version: 1,
          service: 'flight_delay@1',
          rows: 1000,
          features: 1,
          split: STARTED_EXAMPLE.options.split,
          hash: '0'.repeat(64),
          created_at: '2026-11-25T11:00:00.000Z',
        },
      ],
    })
    expect(await listed('?name=nobody')).toEqual([])
  })

  it('is the whole manifest with statistics, but that objects are counted', async () => {
    const set = manifestOf('whole', 'd')
    await register(manifestOf('whole'))
    await register(set)
    const { version, statistics, sources, spine, quarantined, manifest, ...rest } =
      await get<TrainingSetAnswer>('/v1/training-sets/whole')
    expect({ version, quarantined, statistics }).toEqual({ version: 2, quarantined: 0, statistics: set.statistics })
    expect(sources).toEqual({ flights: { objects: 1, bytes: 7_340_032 } })
    expect(spine).toEqual({
      kind: 'files',
      path: 'r2://offline/labels.parquet',
      objects: 1,
      bytes: 48_211,
      rows: 1000,
      hash: set.spine.hash,
    })
    expect(manifest).toBe('_shoreline/training/whole/2/manifest.json')
    const { version: _, spine: _1, sources: _2, quarantined: _3, statistics: _4, ...sent } = placed(set, 2)
    expect(rest).toEqual(sent)
    expect((await get<TrainingSetAnswer>('/v1/training-sets/whole@1')).hash).toBe('0'.repeat(64))
  })

  it('holds every number exactly as it was measured', async () => {
    const [feature] = Object.values(STARTED_EXAMPLE.statistics.features)
    if (!feature) throw new Error('the example has no statistics')
    const statistics = {
      ...STARTED_EXAMPLE.statistics,
      features: {
        avg_delay_7d: { ...feature, mean: 2 ** 64, stddev: 0.1 + 0.2, min: '-9223372036854775808', max: 5e-324 },
      },
    }
    await register(manifestOf('exact', '0', { statistics }))
    expect((await get<TrainingSetAnswer>('/v1/training-sets/exact')).statistics).toEqual(statistics)
  })

  it('is of a spine of SQL or of entities as it was said, and of a list of features', async () => {
    const spines: readonly TrainingManifest['spine'][] = [
      { kind: 'sql', sql: 'select * from labels', sources: ['labels'], rows: 1000, hash: 'h' },
      { kind: 'entities', from: '2001-01-01', to: '2001-07-01T00:00:00Z', every: '1d', rows: 1000, hash: 'h' },
    ]
    for (const [at, spine] of spines.entries()) {
      await register(manifestOf('spines', String(at), { spine, service: null }))
      expect(await get('/v1/training-sets/spines')).toMatchObject({ version: at + 1, spine, service: null })
    }
  })
})

describe('a body is refused with the name of the field that is wrong', () => {
  const good = manifestOf('good')
  const file = good.files[0] ?? { file: '' }
  it.each<[string, object]>([
    ['manifest.version', { version: 3 }],
    ['manifest.format', { format: 2 }],
    ['manifest.name', { name: 'Late Flights' }],
    ['manifest.name', { name: 'late__flights' }],
    ['manifest.created_at', { created_at: 'yesterday' }],
    ['manifest.service', { service: 'flight_delay' }],
    ['manifest.features', { features: [] }],
    ['manifest.features.0', { features: ['airport_delays:avg_delay_7d'] }],
    ['manifest.options.as_of', { options: { ...good.options, as_of: '2001-02-30' } }],
    [
      'manifest.options.split.shares',
      { options: { ...good.options, split: { ...good.options.split, shares: [0.5, 0.4] } } },
    ],
    ['manifest.views.0.view', { views: [{ ...good.views[0], view: 'airport_delays' }] }],
    ['manifest.columns.4.name', { columns: [...good.columns, ...column('late')] }],
    ['manifest.rows', { rows: 999 }],
    ['manifest.files', { files: [], rows: 0 }],
    ['manifest.files.0.file', { files: [{ ...file, file: '../manifest', rows: 1000 }] }],
    ['manifest.files.0.file', { files: [{ ...file, file: 'manifest.json', rows: 1000 }] }],
    ['manifest.files.1.file', { files: [file, { ...file, rows: 200 }] }],
    ['manifest.files.0.key', { files: [{ ...file, key: 'mine/train.parquet', rows: 1000 }] }],
    ['manifest.files.0.part', { files: [{ ...file, part: null, rows: 1000 }] }],
    ['manifest.hash', { hash: 'nothing' }],
    ['manifest.spine.rows', { spine: { ...good.spine, rows: -1 } }],
    ['manifest.spine.kind', { spine: { ...good.spine, kind: 'table' } }],
    ['manifest.sources.flights.0.etag', { sources: { flights: [{ uri: 'file:///a', size: 1 }] } }],
    ['manifest.statistics.features.speed', { statistics: { ...good.statistics, features: { speed: statistic() } } }],
    ['manifest', { notes: 'for Ada' }],
  ])('%s of %j', async (field, wrong) => {
    const { status, json, text } = await ask('/v1/training-sets', { manifest: { ...good, ...wrong } })
    expect([status, text]).toEqual([400, expect.stringContaining(`${field}: `)])
    expect(json).toMatchObject({ error: { details: { issues: [{ field }] } } })
    expect(await rowsOf('good')).toBe(0)
  })

  it.each<[string, string, (set: TrainingManifest) => TrainingManifest]>([
    ['a version that is not that of the address', 'manifest.version', (set) => placed(set, 2)],
    ['a name that is not that of the address', 'manifest.name', (set) => placed({ ...set, name: 'other' }, 1)],
    ['no version', 'manifest.version', (set) => set],
    [
      'files that lie elsewhere',
      'manifest.files.0.key',
      (set) => ({ ...placed(set, 1), files: placed({ ...set, name: 'other' }, 1).files }),
    ],
  ])('completing with %s', async (_what, field, change) => {
    const { status, text } = await ask('/v1/training-sets/good/1/complete', { manifest: change(good) })
    expect([status, text]).toEqual([400, expect.stringContaining(`${field}: `)])
  })

  it('and an address that is none', async () => {
    for (const set of ['Late', 'late@0', 'late@1@2', '@1'])
      expect((await ask(`/v1/training-sets/${encodeURIComponent(set)}`)).status).toBe(404)
    for (const query of ['?limit=0', '?limit=501', '?name=A', '?of=late'])
      expect((await ask(`/v1/training-sets${query}`)).status).toBe(400)
  })
})

describe('what is too large', () => {
  it('is a manifest beyond 8 MB', async () => {
    const { status, text } = await ask('/v1/training-sets', `{"manifest":"${'x'.repeat(8 * 1024 * 1024)}"}`)
    expect([status, text]).toEqual([413, expect.stringContaining('larger than 8388608 bytes')])
  })

  it('is a description beyond a row of D1, and what is just below it is kept whole', async () => {
    const texts = (bytes: number) => ({
      ...STARTED_EXAMPLE.statistics,
      features: { avg_delay_7d: { ...statistic(), max: 'é'.repeat(bytes / 2) } },
    })
    const large = manifestOf('large', '1', { statistics: texts(1_890_000) })
    await register(large)
    expect((await get<TrainingSetAnswer>('/v1/training-sets/large')).statistics).toEqual(large.statistics)
    const larger = manifestOf('large', '2', { statistics: texts(1_910_000) })
    const { version } = await start(larger)
    const refused = await ask(`/v1/training-sets/large/${version}/complete`, { manifest: placed(larger, version) })
    expect([refused.status, refused.text]).toEqual([413, expect.stringContaining('Register its features as two sets')])
    expect(await listed('?name=large')).toEqual(['large@1'])
  })
})

it('whoever reads the registry may read them, and only who syncs may register them', async () => {
  const reader = (await deployment.key(['registry:read'])).key
  const sync = (await deployment.key(['sync:write'])).key
  const body = { manifest: manifestOf('scoped') }
  expect((await ask('/v1/training-sets', body, reader)).status).toBe(403)
  expect((await ask('/v1/training-sets', body, sync)).status).toBe(200)
  expect((await ask('/v1/training-sets', undefined, reader)).status).toBe(200)
})

function column(name: string): TrainingManifest['columns'] {
  return [{ name, type: 'string', from: 'spine', is: 'passed' }]
}

function statistic() {
  return { type: 'string', count: 1, nulls: 0, null_share: 0, approx_distinct: 1 }
}

/** Complete or not. */
async function rowsOf(name: string): Promise<number> {
  const row = await bindings.DB.prepare('select count(*) as n from training_sets where name = ?')
    .bind(name)
    .first<{ n: number }>()
  return row?.n ?? -1
}
