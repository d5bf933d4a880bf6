import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LakeObject } from '../lake/lake.ts'
import { overlapping, type PreviousRun, type PruneRequest, prune, type SourceObjects } from './prune.ts'
import { ALWAYS, NO_ROWS, type TimeRange } from './ranges.ts'

/** Seconds stand for themselves; `prune` counts in microseconds. */
const SECOND = 1_000_000

interface Row {
  readonly key: string
  readonly at: number
  readonly value: number
}

interface Output {
  readonly key: string
  readonly event: number
  readonly value: number
}

/** An object and what is in it. */
interface Filled {
  readonly object: LakeObject
  readonly rows: readonly Row[]
  /** Whether its range is known. */
  readonly known: boolean
}

type Lake = ReadonlyMap<string, readonly Filled[]>
type Rows = ReadonlyMap<string, readonly Row[]>

/** Views as functions of all rows of their sources. */
interface Model {
  readonly what: string
  readonly sql: boolean
  readonly outputs: (rows: Rows, lookback: number) => readonly Output[]
}

function of(rows: Rows, source: string): readonly Row[] {
  return rows.get(source) ?? []
}

function sum(rows: readonly Row[]): number {
  return rows.reduce((total, { value }) => total + value, 0)
}

/** Sums of windows that are named after their beginning. */
function windows(rows: readonly Row[], length: number): readonly Output[] {
  const groups = Map.groupBy(rows, ({ key, at }) => `${key} ${Math.floor(at / length) * length}`)
  return [...groups].map(([name, group]) => {
    const [key = '', start] = name.split(' ')
    return { key, event: Number(start), value: sum(group) }
  })
}

const MODELS: readonly Model[] = [
  {
    what: 'rows as they are',
    sql: false,
    outputs: (rows) => of(rows, 'a').map(({ key, at, value }) => ({ key, event: at, value })),
  },
  {
    what: 'sums over what came before',
    sql: true,
    outputs: (rows, lookback) =>
      of(rows, 'a').map(({ key, at }) => ({
        key,
        event: at,
        value: sum(of(rows, 'a').filter((row) => row.key === key && row.at <= at && row.at >= at - lookback)),
      })),
  },
  { what: 'sums of windows', sql: true, outputs: (rows, lookback) => windows(of(rows, 'a'), lookback) },
  {
    what: 'sums of windows, of which a filter takes some away again',
    sql: true,
    outputs: (rows, lookback) => windows(of(rows, 'a'), lookback).filter(({ value }) => value % 3 !== 0),
  },
  {
    what: 'a join of two sources',
    sql: true,
    outputs: (rows, lookback) =>
      of(rows, 'a').map(({ key, at }) => ({
        key,
        event: at,
        value: of(rows, 'b').filter((row) => row.key === key && Math.abs(row.at - at) <= lookback).length,
      })),
  },
]

const row = fc.record({ key: fc.constantFrom('x', 'y', 'z'), at: fc.nat(60), value: fc.integer({ min: -3, max: 9 }) })
/** Objects of a narrow span each, as lakes by date have them, with a late one now and then. */
const rowsOfObject = fc
  .tuple(fc.array(row, { maxLength: 4 }), fc.nat(6))
  .map(([rows, part]) => rows.map((one) => ({ ...one, at: part * 30 + (one.at % 20) })))

function lakeOf(objects: readonly (readonly [string, readonly Row[], boolean])[]): Lake {
  const filled = objects.map(([source, rows, known], at) => {
    const uri = `r2://lake/${source}/${at}`
    return [
      source,
      { object: { uri, key: `${source}/${at}`, etag: `e${at}`, size: rows.length }, rows, known },
    ] as const
  })
  return new Map(['a', 'b'].map((source) => [source, filled.flatMap(([name, one]) => (name === source ? [one] : []))]))
}

const lakes = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.constantFrom('a', 'a', 'b'),
        rowsOfObject,
        fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      ),
      {
        minLength: 2,
        maxLength: 10,
      },
    ),
    fc.nat(3),
  )
  .map(([objects, added]) => ({ lake: lakeOf(objects), before: Math.max(1, objects.length - added) }))

function objectsOf(lake: Lake): SourceObjects {
  return new Map([...lake].map(([source, filled]) => [source, filled.map(({ object }) => object)]))
}

function rowsOf(lake: Lake, read?: SourceObjects): Rows {
  return new Map(
    [...lake].map(([source, filled]) => {
      const uris = read && new Set((read.get(source) ?? []).map(({ uri }) => uri))
      return [source, filled.filter(({ object }) => !uris || uris.has(object.uri)).flatMap(({ rows }) => rows)]
    }),
  )
}

/** The first objects, in the order of their names' numbers. */
function grownTo(lake: Lake, count: number): Lake {
  const number = ({ object }: Filled): number => Number(object.uri.split('/').at(-1))
  return new Map([...lake].map(([source, filled]) => [source, filled.filter((one) => number(one) < count)]))
}

function rangeIn(lake: Lake): (source: string, object: LakeObject) => TimeRange {
  const ranges = new Map(
    [...lake.values()].flat().map(({ object, rows, known }): [string, TimeRange] => {
      const times = rows.map(({ at }) => at * SECOND)
      const range = rows.length === 0 ? NO_ROWS : { from: Math.min(...times), to: Math.max(...times) }
      return [object.uri, known ? range : ALWAYS]
    }),
  )
  return (_source, { uri }) => ranges.get(uri) ?? ALWAYS
}

/** The newest output of each key, greater values first among those of one instant. */
function newest(outputs: readonly Output[]): ReadonlyMap<string, Output> {
  const found = new Map<string, Output>()
  for (const output of outputs) {
    const best = found.get(output.key)
    if (!best || output.event > best.event || (output.event === best.event && output.value > best.value))
      found.set(output.key, output)
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function viewOf(model: Model, lookback: number): PruneRequest['view'] {
  return { reads: [], ...(model.sql ? { sql: 'select 1', lookback: `${lookback}s` } : {}) }
}

function previousOf(lake: Lake, outputs: readonly Output[], asOf: number): PreviousRun {
  const later = outputs.map(({ event }) => event).filter((event) => event > asOf)
  return {
    objects: [...objectsOf(lake).values()].flat(),
    asOf: asOf * SECOND,
    nextEvent: later.length === 0 ? null : Math.min(...later) * SECOND,
    whole: true,
  }
}

const RUNS = { numRuns: 400, seed: 20010701 }

describe.each(MODELS)('$what', (model) => {
  it('give the same, pruned and merged, as computed from everything', () => {
    let pruned = 0
    fc.assert(
      fc.property(
        lakes,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(260),
        fc.nat(60),
        ({ lake, before }, lookback, then, passed) => {
          const asOf = then + passed
          const earlier = grownTo(lake, before)
          const outputsThen = model.outputs(rowsOf(earlier), lookback)
          const online = newest(outputsThen.filter(({ event }) => event <= then))
          const request: PruneRequest = {
            view: viewOf(model, lookback),
            current: objectsOf(lake),
            previous: previousOf(earlier, outputsThen, then),
            asOf: asOf * SECOND,
          }
          const plan = prune(request, rangeIn(lake))
          if (plan.full) return
          const from = plan.outputsFrom === null ? null : plan.outputsFrom / SECOND
          const computed = model
            .outputs(rowsOf(lake, plan.read), lookback)
            .filter(({ event }) => event <= asOf && (from === null || event >= from))
          const vanished = [...online.values()].some(
            ({ key, event }) => from !== null && event >= from && !computed.some((one) => one.key === key),
          )
          if (vanished) return
          const kept = [...online.values()].filter(({ event }) => from === null || event < from)
          const whole = model.outputs(rowsOf(lake), lookback).filter(({ event }) => event <= asOf)
          expect(newest([...kept, ...computed])).toEqual(newest(whole))
          pruned += 1
        },
      ),
      RUNS,
    )
    // Otherwise it would have tested nothing.
    expect(pruned).toBeGreaterThan(30)
  })
})

describe('everything is read', () => {
  const [, model] = MODELS
  if (!model) throw new Error('there are models')

  it('when any earlier object was changed or removed, whatever else happened', () => {
    fc.assert(
      fc.property(lakes, fc.nat(), fc.boolean(), fc.constantFrom(...MODELS), ({ lake, before }, at, removed, view) => {
        const earlier = [...objectsOf(grownTo(lake, before)).values()].flat()
        const changed = earlier[at % earlier.length]
        if (!changed) return
        const current = new Map(
          [...objectsOf(lake)].map(([source, objects]) => [
            source,
            objects.flatMap((one) => (one.uri !== changed.uri ? [one] : removed ? [] : [{ ...one, etag: 'other' }])),
          ]),
        )
        const previous = { objects: earlier, asOf: 0, nextEvent: null, whole: true }
        expect(prune({ view: viewOf(view, 5), current, previous, asOf: 0 }, rangeIn(lake))).toEqual({
          full: true,
          reason: `${changed.uri} was ${removed ? 'removed' : 'changed'}`,
        })
      }),
      RUNS,
    )
  })

  const lake = lakeOf([
    ['a', [{ key: 'x', at: 0, value: 1 }], true],
    ['a', [{ key: 'x', at: 1000, value: 1 }], true],
    ['a', [{ key: 'x', at: 2000, value: 1 }], true],
  ])
  const request: PruneRequest = {
    view: viewOf(model, 10),
    current: objectsOf(lake),
    previous: previousOf(grownTo(lake, 2), [], 5000),
    asOf: 5000 * SECOND,
  }
  const previous = request.previous ?? previousOf(lake, [], 0)

  it('but not when a lake only grew', () => {
    const [, , added] = objectsOf(lake).get('a') ?? []
    expect(prune(request, rangeIn(lake))).toEqual({
      full: false,
      reason: '1 object was added',
      read: new Map([
        ['a', [added]],
        ['b', []],
      ]),
      outputsFrom: 1990 * SECOND,
    })
  })

  it('nor when what was added has no rows: then from an instant, too', () => {
    const [first] = lake.get('a') ?? []
    const [, , empty] =
      lakeOf([
        ['a', [], true],
        ['a', [], true],
        ['a', [], true],
      ]).get('a') ?? []
    if (!first || !empty) throw new Error('there are objects')
    const grown: Lake = new Map([['a', [first, empty]]])
    const few = { ...request, current: objectsOf(grown), previous: previousOf(grownTo(grown, 1), [], 5000) }
    expect(prune(few, rangeIn(grown))).toMatchObject({ full: false, outputsFrom: 4990 * SECOND })
  })

  it.each<[string, Partial<PruneRequest>, string]>([
    ['nothing is online', { previous: null }, 'nothing is online yet'],
    [
      'the last run took a part',
      { previous: { ...previous, whole: false } },
      'what is online holds a part of the events',
    ],
    ['it is as of an earlier instant', { asOf: 4999 * SECOND }, 'it is as of an earlier instant than what is online'],
    [
      'an event has come due',
      { previous: { ...previous, nextEvent: 5000 * SECOND } },
      'rows that lay in the future have come due',
    ],
    ['nothing was added', { previous: previousOf(lake, [], 5000) }, 'no object was added'],
    ['the SQL has no bound', { view: { reads: [], sql: 'select 1' } }, 'the view declares no lookback'],
    ['the SQL reads $as_of', { view: { reads: [], sql: 'select $as_of', lookback: '1d' } }, 'its SQL reads $as_of'],
    [
      'its files may differ',
      { view: { reads: [{ name: 'a', format: 'parquet', path: 'p', timestamp: 'at', schema_drift: 'union' }] } },
      'the files of a may differ in their columns',
    ],
    ['all of it is in reach', { view: viewOf(model, 5000) }, '1 object was added, and all are within its lookback'],
  ])('when %s', (_when, change, reason) => {
    const plan = prune({ ...request, ...change }, rangeIn(lake))
    expect(plan).toMatchObject({ full: true, reason: expect.stringContaining(reason) })
  })

  it('when an added object does not say when its events are', () => {
    expect(prune(request, () => ALWAYS)).toEqual({
      full: true,
      reason: 'r2://lake/a/2 does not say when its events are',
    })
  })
})

describe('a window of events', () => {
  const objects = [
    ...objectsOf(lakeOf([0, 100, 200].map((at) => ['a', [{ key: 'x', at, value: 1 }], true]))).values(),
  ].flat()
  const at = (object: LakeObject): TimeRange => {
    const place = objects.indexOf(object) * 100
    return { from: place, to: place + 10 }
  }
  const keys = (from: number | null, to: number | null, lookback = 0): readonly string[] =>
    overlapping(objects, at, { from, to }, lookback).map(({ key }) => key)

  it('is read from the objects that reach into it, both ends included, and from those within the lookback', () => {
    expect(keys(null, null)).toEqual(['a/0', 'a/1', 'a/2'])
    expect(keys(110, null)).toEqual(['a/1', 'a/2'])
    expect(keys(111, 200)).toEqual(['a/2'])
    expect(keys(111, 199)).toEqual(['a/0']) // none, but for its columns
    expect(keys(111, 199, 1)).toEqual(['a/1', 'a/2'])
    expect(keys(null, 0)).toEqual(['a/0'])
  })
})
