/** Which version of a training set a view takes: the one that it took before, until somebody asks for another. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ShorelineError } from '../../core/errors.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { collect, collectOnDemand } from '../../registry/definitions/collect.ts'
import { onDemandView } from '../../registry/definitions/on-demand-view.ts'
import { featureService, request, stat, statistics, t } from '../../registry/index.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot, viewId } from '../../registry/objects.ts'
import { usedStatistics } from '../../registry/on-demand.ts'
import { planDefinitions } from '../../registry/plan.ts'
import { definitionsShape } from '../../registry/wire/definitions.ts'
import { withDuckDB } from '../duckdb.ts'
import { snapshotStatistics } from '../quality/statistics.ts'
import { type Prepared, prepareDefinitions } from './prepare.ts'
import type { FindSet } from './statistics.ts'

const folder = join(tmpdir(), 'shoreline-statistics')

/** Versions of `late`, and of `other`, whose mean is the number of the version. */
function sets(newest: Readonly<Record<string, number>>, asked: string[] = []): FindSet {
  return async (reference) => {
    asked.push(reference)
    const [name = '', named] = reference.split('@')
    const version = Number(named ?? newest[name])
    if (!(version <= (newest[name] ?? 0))) throw new ShorelineError('UNKNOWN_NAME', `no ${reference}`)
    const seen = { count: 9, nulls: 1, null_share: 0.1, approx_distinct: 4 }
    const delay = { type: 'float64', ...seen, mean: version, stddev: 2 }
    const flights = { type: 'int64', ...seen, min: '9007199254740993', max: '7' }
    return { name, version, statistics: { features: { delay, flights } } }
  }
}

const distance = request({ distance: t.float64() })

/** One in SQL, with `sql` in it. */
function inSql(sql: string, more = '1') {
  const scaled = onDemandView('scaled', {
    inputs: [distance],
    features: { x: t.float64(), more: t.float64() },
    sql: { x: sql, more },
  })
  return { scaled, served: featureService('served', { features: [scaled] }) }
}

/** And one that has it as a column of its row. */
function named(set: string) {
  const scaled = onDemandView('scaled', {
    inputs: [distance, statistics({ mean: stat(set, 'delay', 'mean'), rows: stat(set, 'delay', 'count') })],
    features: { x: t.float64(), wide: t.float64() },
    sql: { x: '(distance - mean) / rows', wide: "mean + stat('other', 'delay', 'stddev')" },
  })
  return { scaled, served: featureService('served', { features: [scaled] }) }
}

function prepare(
  module: Readonly<Record<string, unknown>>,
  find: FindSet,
  registry: RegistrySnapshot | null = EMPTY_REGISTRY,
): Promise<Prepared> {
  return prepareDefinitions(
    { definitions: collect(module), onDemand: collectOnDemand(module), files: [] },
    {
      root: folder,
      folder,
      memory: '500MB',
      statistics: { find, registry: registry && (async () => registry) },
    },
  )
}

/** The sets of the newest version of the view, by what it has of them. */
function taken({ on_demand: views = [] }: Pick<Definitions, 'on_demand'>): readonly string[] {
  const view = views.at(-1)
  return view ? [...new Set(usedStatistics(view).map(({ set }) => set))] : []
}

describe('statistics of a training set', () => {
  it('are those of its newest version, once; a newer one changes nothing by itself', async () => {
    const module = inSql("distance - stat('late', 'delay', 'mean')")
    const first = await prepare(module, sets({ late: 3 }))
    expect(taken(first.definitions)).toEqual(['late@3'])
    expect(first.warnings).toEqual([])
    const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, first.definitions)
    const again = await prepare(module, sets({ late: 3 }), snapshot)
    expect(again.definitions).toEqual(first.definitions)

    const later = await prepare(module, sets({ late: 5 }), snapshot)
    expect((await planDefinitions(snapshot, later.definitions)).changes).toEqual([])
    expect(later.warnings).toEqual([
      'onDemandView scaled keeps statistics of late@3, and late@5 is newer. Apply with --new-statistics to take that, or name a version.',
    ])
  })

  it('are taken anew when somebody asks, which is a new version of the view and of what serves it', async () => {
    const module = named('late')
    const { snapshot } = await applyDefinitions(
      EMPTY_REGISTRY,
      (await prepare(module, sets({ late: 3, other: 1 }))).definitions,
    )
    const newer = await prepare(module, sets({ late: 5, other: 1 }), null)
    const { changes } = await planDefinitions(snapshot, newer.definitions)
    expect(changes.map(({ name, version, change }) => [name, version, change])).toEqual([
      ['scaled', 2, 'new version'],
      ['served', 2, 'new version'],
    ])
    expect(changes[0]?.fields).toEqual([
      {
        field: 'statistics.mean',
        from: "stat('late@3', 'delay', 'mean') = 3",
        to: "stat('late@5', 'delay', 'mean') = 5",
      },
      {
        field: 'statistics.rows',
        from: "stat('late@3', 'delay', 'count') = 9",
        to: "stat('late@5', 'delay', 'count') = 9",
      },
    ])
    // From then on, those are the ones that are kept.
    const next = (await applyDefinitions(snapshot, newer.definitions)).snapshot
    expect(next.on_demand?.map(viewId)).toEqual(['scaled@1', 'scaled@2'])
    const kept = await prepare(module, sets({ late: 9, other: 1 }), next)
    expect((await planDefinitions(next, kept.definitions)).changes).toEqual([])
  })

  it('are what a plan shows of SQL, too', async () => {
    const text = "distance - stat('late', 'delay', 'mean')"
    const { snapshot } = await applyDefinitions(
      EMPTY_REGISTRY,
      (await prepare(inSql(text), sets({ late: 3 }))).definitions,
    )
    const { definitions } = await prepare(inSql(text), sets({ late: 4 }), null)
    const [change] = (await planDefinitions(snapshot, definitions)).changes
    expect(change?.fields.find(({ field }) => field.startsWith('sql.stat'))).toEqual({
      field: "sql.stat('late', 'delay', 'mean')",
      from: '3, of late@3',
      to: '4, of late@4',
    })
  })

  it('are those of the version that is named, and a name alone then keeps it', async () => {
    const pinned = await prepare(named('late@2'), sets({ late: 5, other: 1 }))
    expect(taken(pinned.definitions)).toEqual(['late@2', 'other@1'])
    const { snapshot } = await applyDefinitions(EMPTY_REGISTRY, pinned.definitions)
    const without = await prepare(named('late'), sets({ late: 5, other: 1 }), snapshot)
    expect((await planDefinitions(snapshot, without.definitions)).changes).toEqual([])
    const moved = await prepare(named('late@4'), sets({ late: 5, other: 1 }), snapshot)
    expect(taken(moved.definitions)).toEqual(['late@4', 'other@1'])
    expect(moved.warnings).toEqual([])
  })

  it('of another view are its own: each keeps what it took', async () => {
    const both = () => {
      const one = inSql("stat('late', 'delay', 'mean')")
      const two = onDemandView('also', {
        inputs: [distance],
        features: { y: t.float64() },
        sql: { y: "stat('late', 'delay', 'mean')" },
      })
      return { ...one, two: featureService('two', { features: [two] }) }
    }
    const { snapshot } = await applyDefinitions(
      EMPTY_REGISTRY,
      (await prepare(inSql("stat('late', 'delay', 'mean')"), sets({ late: 1 }))).definitions,
    )
    const { definitions } = await prepare(both(), sets({ late: 2 }), snapshot)
    const found = definitions.on_demand?.map((view) => [view.name, taken({ on_demand: [view] })])
    expect(found).toEqual([
      ['also', ['late@2']],
      ['scaled', ['late@1']],
    ])
  })

  it('are warned of where a browser would get what is not public', async () => {
    const served = (visibility: 'server' | 'public') => {
      const late = onDemandView('late_share', {
        inputs: [distance],
        features: { delay: { type: t.float64(), visibility } },
        sql: { delay: 'distance' },
      })
      const scaled = onDemandView('scaled', {
        inputs: [late],
        features: { z: { type: t.float64(), visibility: 'public' } },
        sql: { z: "delay / stat('late', 'delay', 'mean')" },
      })
      return { scaled }
    }
    const find: FindSet = async (set) => ({
      ...(await sets({ late: 1 })(set)),
      columns: [{ name: 'delay', from: 'late_share@1:delay' }],
    })
    expect((await prepare(served('public'), find)).warnings).toEqual([])
    expect((await prepare(served('server'), find)).warnings).toEqual([
      "onDemandView scaled has public features and computes with stat('late@1', 'delay', 'mean') of late_share.delay, which is not public. Browsers get the value with the plan: make its features visibility: 'server' unless it reveals nothing.",
    ])
  })

  it('are asked for once a set, and not at all where no view has any', async () => {
    const asked: string[] = []
    await prepare(named('late@3'), sets({ late: 3, other: 1 }, asked))
    expect(asked.sort()).toEqual(['late@3', 'other'])
    const none: string[] = []
    await prepare(inSql('distance'), sets({}, none))
    expect(none).toEqual([])
  })

  it('are constants of the plan, and its format says so', async () => {
    const { definitions } = await prepare(named('late'), sets({ late: 3, other: 1 }))
    expect(definitionsShape.parse(JSON.parse(JSON.stringify(definitions)))).toEqual(definitions)
    const { plans } = await applyDefinitions(EMPTY_REGISTRY, definitions)
    const [plan] = plans.values()
    expect(plan).toMatchObject({
      format: 3,
      fields: [{ name: 'distance', type: 'float64' }],
      onDemand: [
        {
          inputs: [
            { name: 'distance', from: { field: 'distance' } },
            { name: 'mean', at: 1, type: 'float64', from: { constant: 3 } },
            { name: 'rows', at: 2, type: 'int64', from: { constant: '9' } },
          ],
        },
      ],
    })
    // Literals in SQL need nothing that a Worker of before does not have.
    const literals = await applyDefinitions(
      EMPTY_REGISTRY,
      (await prepare(inSql("stat('late', 'delay', 'mean')"), sets({ late: 3 }))).definitions,
    )
    expect([...literals.plans.values()].map(({ format }) => format)).toEqual([2])
  })

  it('are refused in definitions that nobody looked them up for', async () => {
    const unresolved = collect(named('late'))
    expect(definitionsShape.safeParse(JSON.parse(JSON.stringify(unresolved))).success).toBe(false)
    await expect(planDefinitions(EMPTY_REGISTRY, unresolved)).rejects.toThrow(
      "onDemandView scaled: stat('late', 'delay', 'mean') has no value. Apply with the command line",
    )
  })
})

describe('is refused before anything is written', () => {
  it.each([
    [
      inSql("stat('lat', 'delay', 'mean')"),
      "view scaled: feature x: stat('lat', 'delay', 'mean'): there is no training set lat.",
    ],
    [inSql("stat('late@4', 'delay', 'mean')"), 'there is no training set late@4. "shoreline training-sets" lists'],
    [inSql("stat('late', 'dely', 'mean')"), 'the training set late@3 has no feature "dely". Did you mean delay?'],
    [
      inSql("stat('late', 'delay', 'mean')", "stat('late@2', 'delay', 'mean')"),
      "view scaled: feature more: stat('late@2', 'delay', 'mean'): the view names late as well. Name the version everywhere, or nowhere.",
    ],
    [
      inSql("stat('late@2', 'delay', 'mean')", "stat('late', 'delay', 'mean')"),
      'the view names late@2 as well. Name the version everywhere, or nowhere.',
    ],
    [named('lat'), "onDemandView scaled: statistics mean: stat('lat', 'delay', 'mean'): there is no training set lat."],
    [
      {
        scaled: onDemandView('scaled', {
          inputs: [statistics({ least: stat('late', 'flights', 'min') })],
          features: { x: t.float64() },
          sql: { x: 'least' },
        }),
      },
      "onDemandView scaled: statistics least: stat('late', 'flights', 'min'): it is 9007199254740993, of type int64, and declared as float64. Write its type, as in stat(…, 'min', t.int64()).",
    ],
  ])('%#', async (module, says) => {
    await expect(prepare(module, sets({ late: 3, other: 1 }))).rejects.toThrow(says)
  })

  it('takes two versions that are both named', async () => {
    const module = inSql("stat('late@1', 'delay', 'mean')", "stat('late@2', 'delay', 'mean')")
    const { definitions } = await prepare(module, sets({ late: 3 }))
    expect(taken(definitions)).toEqual(['late@1', 'late@2'])
  })
})

it('is what the rows of the set have, of statistics as the sync takes them', async () => {
  const types = {
    ...{
      f: 'float64',
      narrow: 'float32',
      i: 'int32',
      l: 'int64',
      s: 'string',
      b: 'bool',
      at: 'timestamp',
      day: 'date',
    },
  }
  const rows = `(select timestamp '2001-07-01' as event_timestamp, i / 7 as f, (i / 10)::float as narrow, (i - 50)::integer as i,
    9007199254740993 + i as l, ['WN', 'AA', 'DL'][i % 3 + 1] as s, i % 4 = 0 as b,
    timestamp '1969-12-31 23:59:59.999999' + interval (i) second as at, date '2001-07-01' + i::integer as day from range(100) as t(i))`
  const features = Object.entries(types).map(([name, type]) => ({ name, type, visibility: 'server' as const }))
  const found = await withDuckDB({ spill: folder, memory: '500MB' }, (db) => snapshotStatistics(db, { features }, rows))
  const find: FindSet = async () => ({ name: 'late', version: 1, statistics: found })
  const wanted = {
    n: stat('late', 'f', 'count'),
    narrow: stat('late', 'narrow', 'min'),
    i: stat('late', 'i', 'min'),
    int: stat('late', 'i', 'max', t.int32()),
    l: stat('late', 'l', 'max', t.int64()),
    s: stat('late', 's', 'vocabulary'),
    b: stat('late', 'b', 'mean'),
    at: stat('late', 'at', 'min', t.timestamp()),
    day: stat('late', 'day', 'max', t.date()),
    mean: stat('late', 'i', 'mean'),
  }
  const view = onDemandView('all', {
    inputs: [statistics(wanted)],
    features: { x: t.float64() },
    sql: { x: 'mean' },
  })
  const { definitions } = await prepare({ view }, find)
  const [input] = definitions.on_demand?.[0]?.inputs ?? []
  const values = input && 'statistics' in input ? input.statistics.map(({ name, value }) => [name, value]) : []
  expect(Object.fromEntries(values)).toEqual({
    n: '100',
    narrow: 0,
    i: -50,
    int: 49,
    l: '9007199254741092',
    s: ['WN', 'AA', 'DL'],
    b: 0.25,
    at: -1,
    day: '2001-10-08',
    mean: -0.5,
  })
})
