/** A view's unit test as its author writes it, in each form; and that a test fails where the two paths would differ. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entity, featureView, onDemandView, parquetSource, request, stat, statistics, t } from '../registry/index.ts'
import { INVALID, testView } from './index.ts'

const airport = entity('airport', { joinKeys: { airport: t.string() } })
const flights = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const delays = featureView('delays', {
  entity: airport,
  source: flights,
  features: { flights: t.int64(), share: t.float64(), seen: t.timestamp(), shape: t.vector(2) },
})
const inputs = [delays.as('origin', { airport: 'from' }), request({ distance: t.float64() })] as const

describe('a view in SQL', () => {
  const risk = onDemandView('risk', {
    inputs,
    features: { risk: t.float64(), more: t.int64(), busy: t.bool() },
    sql: { risk: 'origin.share * distance', more: 'flights + 1', busy: 'flights > 10' },
  })
  const row = { flights: 12n, share: 0.5, seen: null, shape: null, from: 'SFO', distance: 3 }

  it('answers its features as TypeScript has them', async () => {
    expect(await testView(risk, [row, { ...row, flights: null }])).toEqual([
      { risk: 1.5, more: 13n, busy: true },
      { risk: 1.5, more: null, busy: null },
    ])
  })

  it('says where an expression fails, and only there', async () => {
    const [found] = await testView(risk, [{ ...row, flights: 2n ** 63n - 1n, distance: null }])
    expect(found).toEqual({ risk: null, more: INVALID, busy: true })
  })

  it('needs no rows', async () => {
    expect(await testView(risk, [])).toEqual([])
  })

  it('is typed by the definition', async () => {
    // @ts-expect-error: the distance is a number
    await expect(testView(risk, [{ ...row, distance: 'far' }])).rejects.toThrow(
      'testView risk: rows[0].distance is no float64',
    )
    const { distance: _, ...short } = row
    // @ts-expect-error: the distance is missing
    await expect(testView(risk, [short])).rejects.toThrow(
      'testView risk: rows[0] has no distance (float64). Give it null where the value is missing.',
    )
    const [found] = await testView(risk, [row])
    const more: bigint | null | typeof INVALID | undefined = found?.more
    expect(more).toBe(13n)
    // @ts-expect-error: there is no such feature
    expect(found?.less).toBeUndefined()
  })

  it('is bound as apply binds it', async () => {
    const wrong = onDemandView('wrong', { inputs, features: { x: t.float64() }, sql: { x: 'random() * distance' } })
    await expect(testView(wrong, [row])).rejects.toThrow('view wrong: feature x')
  })
})

describe('a view in TypeScript', () => {
  const row = {
    flights: 9_007_199_254_740_993n,
    share: -0,
    seen: '1969-12-31T23:59:59.999999Z',
    shape: Float32Array.of(1.5, Number.NaN),
    from: '😀',
    distance: Number.POSITIVE_INFINITY,
  }

  it('gets values of every type as they are on both paths', async () => {
    const all = onDemandView('all', {
      inputs,
      features: {
        flights2: t.int64(),
        zero: t.float64(),
        at: t.timestamp(),
        shape2: t.vector(2),
        name: t.string(),
        far: t.float64(),
        parts: t.list(t.float32()),
        what: t.json(),
      },
      compute: ({ flights, share, seen, shape, from, distance }) => ({
        flights2: flights,
        zero: share,
        at: seen,
        shape2: shape,
        name: from,
        far: distance,
        parts: [0.1, Number.NaN, -0],
        what: { b: [1, null], a: '' },
      }),
    })
    expect(await testView(all, [row])).toEqual([
      {
        flights2: row.flights,
        zero: -0,
        at: row.seen,
        shape2: row.shape,
        name: '😀',
        far: Number.POSITIVE_INFINITY,
        parts: [Math.fround(0.1), Number.NaN, -0],
        what: { b: [1, null], a: '' },
      },
    ])
  })

  it('is invalid where it throws, or returns what is not of the type', async () => {
    const bad = onDemandView('bad', {
      inputs,
      features: { thrown: t.int64() },
      compute: ({ flights, distance }) => {
        if (distance === null) throw new Error('no distance')
        return { thrown: flights }
      },
    })
    expect(
      await testView(bad, [
        { ...row, distance: null },
        { ...row, flights: null },
      ]),
    ).toEqual([{ thrown: INVALID }, { thrown: null }])
  })

  it('fails the test when it depends on more than its row', async () => {
    let calls = 0
    const counting = onDemandView('counting', {
      inputs,
      features: { calls: t.int32() },
      compute: () => ({ calls: ++calls }),
    })
    await expect(testView(counting, [row])).rejects.toThrow(
      'testView counting: calls of rows[0] is 1 online and 2 offline. Its function answers one row in two ways: it must depend on the row alone.',
    )
  })

  it('computes from the features of other on-demand views, which the row has', async () => {
    const first = onDemandView('first', { inputs, features: { half: t.float64() }, sql: { half: 'distance / 2' } })
    const second = onDemandView('second', {
      inputs: [first],
      features: { quarter: t.float64() },
      compute: ({ half }) => ({ quarter: half === null ? null : half / 2 }),
    })
    expect(await testView(second, [{ half: 3, from: 'SFO' }])).toEqual([{ quarter: 1.5 }])
  })
})

it('has one float32 in every form', async () => {
  const half = request({ half: t.float32() })
  const inSql = onDemandView('in_sql', {
    inputs: [half],
    features: { f: t.float32(), d: t.float64() },
    sql: { f: 'half', d: 'half::double' },
  })
  const inTypeScript = onDemandView('in_typescript', {
    inputs: [half],
    features: { f: t.float32(), d: t.float64() },
    compute: (row) => ({ f: row.half, d: row.half }),
  })
  const expected = [0.1, -0, Number.NaN].map((value) => ({ f: Math.fround(value), d: Math.fround(value) }))
  const rows = [{ half: 0.1 }, { half: -0 }, { half: Number.NaN }]
  expect(await testView(inSql, rows)).toEqual(expected)
  expect(await testView(inTypeScript, rows)).toEqual(expected)
})

describe('a view in WebAssembly', () => {
  /** `(module (func (export "times") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))` */
  const TIMES = '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b'
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoreline-testing-'))
    await writeFile(join(folder, 'times.wasm'), Buffer.from(TIMES, 'hex'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('runs its module', async () => {
    const times = onDemandView('times', {
      inputs,
      features: { product: t.float64() },
      wasm: {
        module: pathToFileURL(join(folder, 'times.wasm')),
        export: 'times',
        args: ['share', 'distance'],
        returns: ['product'],
      },
    })
    const row = { flights: null, share: 0.5, seen: null, shape: null, from: 'SFO', distance: 8 }
    expect(await testView(times, [row, { ...row, share: null }])).toEqual([{ product: 4 }, { product: null }])
  })
})

describe('a view that computes with statistics of a training set', () => {
  /** `(module (func (export "times") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul))` */
  const TIMES = '0061736d0100000001070160027c7c017c030201000709010574696d657300000a0901070020002001a20b'
  const asked = request({ distance: t.float64(), carrier: t.string() })
  const top = [
    { value: 'WN', count: 5 },
    { value: 'AA', count: 4 },
  ]
  const given = {
    statistics: {
      late: {
        distance: { type: 'float64', mean: 700.1, stddev: 0.3 },
        flights: { type: 'int64', max: '9007199254740993', count: 12 },
        carrier: { type: 'string', top },
        seen: { type: 'timestamp', min: '2001-07-01T00:00:00Z' },
      },
    },
  } as const
  const rows = [
    { distance: 5, carrier: 'AA' },
    { distance: null, carrier: 'ZZ' },
  ]
  const constants = statistics({
    mean: stat('late@7', 'distance', 'mean'),
    dev: stat('late@7', 'distance', 'stddev'),
    most: stat('late@7', 'flights', 'max', t.int64()),
    rows: stat('late@7', 'flights', 'count'),
    first: stat('late@7', 'seen', 'min', t.timestamp()),
    carriers: stat('late@7', 'carrier', 'vocabulary'),
  })
  const scaled = (5 - 700.1) / 0.3

  it('has them as literals of its SQL', async () => {
    const view = onDemandView('scaled', {
      inputs: [asked],
      features: { z: t.float64(), most: t.int64(), place: t.int32() },
      sql: {
        z: "(distance - stat('late', 'distance', 'mean')) / stat('late', 'distance', 'stddev')",
        most: "stat('late', 'flights', 'max')",
        place: "coalesce(list_position(stat('late', 'carrier', 'vocabulary'), carrier), 0)",
      },
    })
    expect(await testView(view, rows, given)).toEqual([
      { z: scaled, most: 9_007_199_254_740_993n, place: 2 },
      { z: null, most: 9_007_199_254_740_993n, place: 0 },
    ])
  })

  it('has them as columns of its row in SQL, which nobody gives', async () => {
    const view = onDemandView('named', {
      inputs: [asked, constants],
      features: { z: t.float64(), known: t.bool(), first: t.timestamp() },
      sql: { z: '(distance - mean) / dev', known: 'list_contains(carriers, carrier)', first: 'first' },
    })
    expect(await testView(view, rows, given)).toEqual([
      { z: scaled, known: true, first: '2001-07-01T00:00:00Z' },
      { z: null, known: false, first: '2001-07-01T00:00:00Z' },
    ])
  })

  it('has them as columns of its row in TypeScript, of their types', async () => {
    const view = onDemandView('typed', {
      inputs: [asked, constants],
      features: { z: t.float64(), most: t.int64(), place: t.int32(), first: t.timestamp(), same: t.bool() },
      compute: ({ distance, mean, dev, most, carriers, carrier, first, rows: count }) => ({
        z: distance === null ? null : (distance - mean) / dev,
        most: most + count - 12n,
        place: carrier === null ? null : carriers.indexOf(carrier) + 1,
        first,
        // One object for all rows, which none can change for the others.
        same: Object.isFrozen(carriers),
      }),
    })
    expect(await testView(view, rows, given)).toEqual([
      { z: scaled, most: 9_007_199_254_740_993n, place: 2, first: '2001-07-01T00:00:00Z', same: true },
      { z: null, most: 9_007_199_254_740_993n, place: 0, first: '2001-07-01T00:00:00Z', same: true },
    ])
  })

  it('has them as arguments in WebAssembly', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shoreline-testing-'))
    await writeFile(join(folder, 'times.wasm'), Buffer.from(TIMES, 'hex'))
    const module = pathToFileURL(join(folder, 'times.wasm'))
    const view = onDemandView('product', {
      inputs: [asked, constants],
      features: { product: t.float64() },
      wasm: { module, export: 'times', args: ['dev', 'distance'], returns: ['product'] },
    })
    expect(await testView(view, rows, given)).toEqual([{ product: 0.3 * 5 }, { product: null }])
    await rm(folder, { recursive: true })
  })

  it('may have nothing else', async () => {
    const view = onDemandView('only', {
      inputs: [constants],
      features: { mean: t.float64() },
      compute: ({ mean }) => ({ mean }),
    })
    expect(await testView(view, [{}, {}], given)).toEqual([{ mean: 700.1 }, { mean: 700.1 }])
  })

  it('needs them from its test', async () => {
    const view = onDemandView('scaled', {
      inputs: [asked],
      features: { z: t.float64() },
      sql: { z: "stat('late', 'distance', 'mean')" },
    })
    await expect(testView(view, rows)).rejects.toThrow('testView: statistics has no training set late.')
    await expect(testView(view, rows, { statistics: { late: {} } })).rejects.toThrow('has no feature "distance"')
  })
})

it('says that a stored view is tried otherwise', async () => {
  await expect(testView(delays, [{}])).rejects.toThrow('"shoreline preview delays" shows them')
})
