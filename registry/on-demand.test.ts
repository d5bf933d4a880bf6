/** On-demand views in the registry: their versions, what they compile to, and what keeps what alive. */
import { describe, expect, it } from 'vitest'
import type { OnDemandPlan, Plan } from '../core/plan.ts'
import { t } from '../core/types.ts'
import { applyDefinitions } from './apply.ts'
import { neededCode } from './code.ts'
import { collect } from './definitions/collect.ts'
import { entity } from './definitions/entity.ts'
import { featureService } from './definitions/feature-service.ts'
import { featureView } from './definitions/feature-view.ts'
import { onDemandView } from './definitions/on-demand-view.ts'
import { parquetSource } from './definitions/parquet-source.ts'
import { request } from './definitions/request.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot } from './objects.ts'
import { hashOf, prepared } from './on-demand.fixture.ts'
import { packRegistry, unpackRegistry } from './pack.ts'
import { planDefinitions } from './plan.ts'
import { nextHead } from './publish.ts'
import { retireVersions, unusedVersions } from './retire.ts'
import { findView, keptViews } from './runs.ts'

const source = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date' })
const airport = entity('airport', { joinKeys: { airport: t.string() } })
const globe = entity('globe', { joinKeys: {} })
const delays = (ttl: '1d' | '2d' = '1d') =>
  featureView('delays', {
    entity: airport,
    source,
    ttl,
    features: { late: t.float64(), flights: t.int64(), mean: t.float64() },
  })
const world = featureView('world', {
  entity: globe,
  source,
  features: { heat: { type: t.float64(), visibility: 'public' } },
})

/** Risk of both ends of a flight, and what is made of it. */
function definitions({ ttl = '1d', sql = 'origin.late + distance', code = 'a', description = 'x' } = {}): Definitions {
  const view = delays(ttl as '1d')
  const near = onDemandView('near', {
    description,
    inputs: [view.as('origin', { airport: 'origin' }).pick('late', 'mean'), request({ distance: t.float64() })],
    features: { risk: t.float64(), weight: { type: t.float64(), visibility: 'public' }, far: t.bool() },
    sql: { risk: sql, weight: 'sqrt(mean)', far: 'distance' },
  })
  const score = onDemandView('score', {
    inputs: [near.pick('risk'), world, view.as('end', { airport: 'end' }).pick('flights')],
    features: { score: t.float64(), grade: t.string() },
    compute: (row) => ({ score: row.risk, grade: row.origin }),
  })
  const blend = onDemandView('blend', {
    inputs: [near.pick('weight', 'far'), score.pick('score')],
    features: { high: t.float64(), low: t.float64() },
    wasm: { module: 'blend.wasm', export: 'blend', args: ['score', 'weight'], returns: ['low', 'high'] },
  })
  const services = {
    all: featureService('all', {
      features: [
        view.as('origin', { airport: 'origin' }).pick('flights'),
        score,
        blend.pick('high'),
        near.pick('weight'),
      ],
    }),
    far: featureService('far', { features: [near.pick('far')] }),
    plain: featureService('plain', { features: [view] }),
  }
  return prepared(collect(services), { score: hashOf(code), blend: hashOf('wasm') })
}

async function applied(...steps: readonly Definitions[]): Promise<RegistrySnapshot> {
  let registry = EMPTY_REGISTRY
  for (const step of steps) registry = (await applyDefinitions(registry, step)).snapshot
  return registry
}

function ids(objects: readonly { readonly name: string; readonly version: number }[] = []): readonly string[] {
  return objects.map(({ name, version }) => `${name}@${version}`)
}

async function plansOf(step: Definitions): Promise<Readonly<Record<string, Plan>>> {
  const { snapshot, plans } = await applyDefinitions(EMPTY_REGISTRY, step)
  return Object.fromEntries(
    snapshot.services.flatMap(({ name, plan }) => {
      const one = plans.get(plan)
      return one ? [[name, one]] : []
    }),
  )
}

describe('a version of an on-demand view', () => {
  it('names the versions that it reads, and carries its row and the fields of the request', async () => {
    const { on_demand } = await applied(definitions())
    expect(ids(on_demand)).toEqual(['blend@1', 'near@1', 'score@1'])
    expect(on_demand?.find((one) => one.name === 'score')).toMatchObject({
      inputs: [{ view: 'near@1' }, { view: 'world@1' }, { view: 'delays@1', as: 'end', keys: { airport: 'end' } }],
      row: [
        { name: 'risk', type: 'float64', role: 'near' },
        { name: 'heat', type: 'float64', role: 'world' },
        { name: 'flights', type: 'int64', role: 'end' },
        { name: 'origin', type: 'string' },
        { name: 'end', type: 'string' },
      ],
      join_keys: [
        { name: 'origin', type: 'string' },
        { name: 'end', type: 'string' },
      ],
      request: [{ name: 'distance', type: 'float64' }],
    })
  })

  it.each([
    ['its SQL', { sql: 'origin.late' }, ['near@2', 'score@2', 'blend@2'], ['all@2', 'far@2']],
    ['its code', { code: 'b' }, ['score@2', 'blend@2'], ['all@2']],
    ['a view that it reads', { ttl: '2d' }, ['near@2', 'score@2', 'blend@2'], ['all@2', 'far@2', 'plain@2']],
    ['its description', { description: 'y' }, [], []],
  ])('follows from a change of %s, and makes new ones of what reads it', async (_what, change, views, services) => {
    const registry = await applied(definitions(), definitions(change))
    expect(
      ids(registry.on_demand)
        .filter((id) => id.endsWith('@2'))
        .sort(),
    ).toEqual([...views].sort())
    expect(ids(registry.services).filter((id) => id.endsWith('@2'))).toEqual(services)
    expect((await planDefinitions(registry, definitions(change))).changes).toEqual([])
  })

  it('comes back when the definitions do, except where its name was another kind of view since', async () => {
    const other = collect({ far: featureView('far', { entity: airport, source, features: { x: t.float64() } }) })
    const computed = prepared(
      collect({ far: onDemandView('far', { inputs: [world], features: { x: t.float64() }, sql: { x: 'heat' } }) }),
    )
    const registry = await applied(computed, other, computed, other)
    expect([...ids(registry.on_demand), ...ids(registry.views.filter((view) => view.name === 'far'))]).toEqual([
      ...['far@1', 'far@3'],
      ...['far@2', 'far@4'],
    ])
    expect(registry.views.filter((view) => view.name === 'far' && !view.retired).map((view) => view.version)).toEqual([
      4,
    ])
    expect(registry.on_demand?.at(-1)?.retired).toBe(true)
    expect(unusedVersions(registry)).not.toContain('far@4')
  })

  it('loses the visibility of a feature with the newest', async () => {
    const shown = (visibility: 'server' | 'public', sql: string): Definitions =>
      prepared(
        collect({
          s: featureService('s', {
            features: [
              onDemandView('v', {
                inputs: [world],
                features: { x: { type: t.float64(), visibility } },
                sql: { x: sql },
              }),
            ],
          }),
        }),
      )
    const { snapshot, plans } = await applyDefinitions(
      await applied(shown('public', 'heat')),
      shown('server', 'heat + heat'),
    )
    expect(snapshot.on_demand?.map((one) => one.features[0]?.visibility)).toEqual(['server', 'server'])
    const compiled = snapshot.services.map((one) => plans.get(one.plan))
    expect(compiled.map((plan) => plan?.format === 2 && plan.onDemand[0]?.features[0]?.visibility)).toEqual([
      'server',
      'server',
    ])
  })
})

describe('definitions that are refused', () => {
  const base = definitions()
  const edited = (name: string, change: object): Definitions => ({
    ...base,
    on_demand: (base.on_demand ?? []).map((one) => (one.name === name ? { ...one, ...change } : one)),
  })
  /** The first feature's expression, which reads `late`, `distance`, … otherwise than it says. */
  const misread = (change: object): Definitions => {
    const near = base.on_demand?.find((one) => one.name === 'near')
    if (near?.form.kind !== 'sql') throw new Error('no SQL')
    const { bound } = near.form
    return edited('near', { form: { ...near.form, bound: { ...bound, risk: { ...bound['risk'], ...change } } } })
  }
  const tree = (column: number, type: string) => ({ tree: { format: 1, packs: [], root: { column, type } } })
  const input = (view: string, feature: string) => ({
    view,
    as: view,
    keys: {},
    features: [{ feature, name: feature }],
  })
  it.each([
    [
      edited('near', { inputs: [input('score', 'score')] }),
      'onDemandView near: it reads itself: near reads score reads near.',
    ],
    [edited('near', { inputs: [input('nothing', 'x')] }), 'onDemandView near: view nothing is not defined.'],
    [
      edited('near', { inputs: [input('world', 'cold')] }),
      'onDemandView near: view world has no feature cold. It has heat.',
    ],
    [edited('near', { name: 'delays' }), 'onDemandView delays: a featureView has this name, too.'],
    [
      edited('near', { form: { kind: 'sql', sql: {}, bound: {}, packs: [] } }),
      'onDemandView near: risk, weight, far have no bound',
    ],
    [edited('score', { form: { kind: 'typescript', code: '' } }), 'onDemandView score: it names no code.'],
    [
      misread({ reads: ['late'] }),
      'onDemandView near: the expression of risk reads distance, which is not among its reads.',
    ],
    [misread(tree(9, 'float64')), 'onDemandView near: the expression of risk reads place 9 of a row that has 4.'],
    [misread(tree(0, 'int64')), 'onDemandView near: the expression of risk reads late as int64, and it is float64.'],
    [edited('world', {}), null],
  ])('%#', async (given, message) => {
    const attempt = applyDefinitions(EMPTY_REGISTRY, given)
    if (message === null) await expect(attempt).resolves.toBeDefined()
    else await expect(attempt).rejects.toThrow(message)
  })

  it('are said once each: what reads a view that is refused is not', async () => {
    const given = edited('near', { inputs: [input('nothing', 'x')] })
    const error: unknown = await applyDefinitions(EMPTY_REGISTRY, given).catch((thrown: unknown) => thrown)
    expect(String(error).split('\n')).toHaveLength(1)
  })
})

describe('a plan', () => {
  it('of a service without on-demand views is what it always was', async () => {
    const { plain } = await plansOf(definitions())
    const without = await applyDefinitions(
      EMPTY_REGISTRY,
      collect({ s: featureService('plain', { features: [delays()] }) }),
    )
    expect(plain).toEqual([...without.plans.values()][0])
    expect(plain?.format).toBe(1)
  })

  it('evaluates each view once, after what it reads, from columns that are read once', async () => {
    const plan = (await plansOf(definitions()))['all'] as OnDemandPlan
    expect(
      plan.views.map(({ as, keys, columns }) => [
        as,
        keys.map((key) => key.name),
        columns.map((one) => [one.name, one.hidden ?? false]),
      ]),
    ).toEqual([
      [
        'origin',
        ['origin'],
        [
          ['flights', false],
          ['origin__late', true],
          ['origin__mean', true],
        ],
      ],
      ['world', [], [['world__heat', true]]],
      ['end', ['end'], [['end__flights', true]]],
    ])
    expect(plan.onDemand.map(({ view, form, features }) => [view, form, features.map((one) => one.feature)])).toEqual([
      ['near@1', 'sql', ['risk', 'weight']],
      ['score@1', 'typescript', ['score', 'grade']],
      ['blend@1', 'wasm', ['low', 'high']],
    ])
    expect(plan.onDemand.map(({ inputs }) => inputs.map(({ name, at, from }) => [name, at, from]))).toEqual([
      [
        ['late', 0, { view: 0, column: 1 }],
        ['mean', 1, { view: 0, column: 2 }],
        ['distance', 3, { field: 'distance' }],
      ],
      [
        ['risk', 0, { entry: 0, feature: 0 }],
        ['heat', 1, { view: 1, column: 0 }],
        ['flights', 2, { view: 2, column: 0 }],
        ['origin', 3, { field: 'origin' }],
        ['end', 4, { field: 'end' }],
      ],
      [
        ['weight', 0, { entry: 0, feature: 1 }],
        ['score', 2, { entry: 1, feature: 0 }],
      ],
    ])
    expect(plan.onDemand[2]).toMatchObject({ export: 'blend', args: [1, 0], code: hashOf('wasm'), width: 5 })
    expect(plan.answer).toEqual([
      { view: 0, column: 0 },
      { entry: 1, feature: 0, name: 'score', as: 'score' },
      { entry: 1, feature: 1, name: 'grade', as: 'score' },
      { entry: 2, feature: 1, name: 'high', as: 'blend' },
      { entry: 0, feature: 1, name: 'weight', as: 'near' },
    ])
    expect(plan.fields).toEqual([
      { name: 'origin', type: 'string', key: true },
      { name: 'end', type: 'string', key: true },
      { name: 'distance', type: 'float64' },
    ])
    expect(plan.packs).toEqual(['transcendental'])
    expect(plan.code).toEqual([hashOf('a'), hashOf('wasm')].sort())
  })

  it('reads only what the features that are taken need, and accepts every field', async () => {
    const far = (await plansOf(definitions()))['far'] as OnDemandPlan
    expect(far).toMatchObject({ views: [], packs: [], answer: [{ entry: 0, feature: 0, name: 'far', as: 'near' }] })
    expect(far.fields.map((field) => field.name)).toEqual(['origin', 'distance'])
    expect(far.onDemand).toHaveLength(1)
    expect(far.onDemand[0]?.inputs.map((one) => one.name)).toEqual(['distance'])
    expect(far).not.toHaveProperty('code')
  })

  it('evaluates a view for each of its keys, and maps them through', async () => {
    const near = onDemandView('near', {
      inputs: [delays().pick('late')],
      features: { twice: t.float64() },
      sql: { twice: 'late + late' },
    })
    const outer = onDemandView('outer', {
      inputs: [near.as('a', { airport: 'x' }).rename({ twice: 'ax' }), near.as('b', { airport: 'y' })],
      features: { both: t.float64() },
      sql: { both: 'ax + twice' },
    })
    const service = featureService('s', {
      features: [
        outer.as('there', { x: 'origin', y: 'end' }),
        near.as('end', { airport: 'end' }),
        outer.as('back', { x: 'end', y: 'origin' }).rename({ both: 'back' }),
      ],
    })
    const plan = (await plansOf(prepared(collect({ service }))))['s'] as OnDemandPlan
    expect(plan.views.map(({ as, keys }) => [as, keys[0]?.name])).toEqual([
      ['delays', 'origin'],
      ['delays__2', 'end'],
    ])
    expect(plan.onDemand.map(({ view, inputs }) => [view, inputs.map((one) => one.from)])).toEqual([
      ['near@1', [{ view: 0, column: 0 }]],
      ['near@1', [{ view: 1, column: 0 }]],
      [
        'outer@1',
        [
          { entry: 0, feature: 0 },
          { entry: 1, feature: 0 },
        ],
      ],
      [
        'outer@1',
        [
          { entry: 1, feature: 0 },
          { entry: 0, feature: 0 },
        ],
      ],
    ])
    expect(plan.answer.map((one) => ('entry' in one ? [one.entry, one.name, one.as] : null))).toEqual([
      [2, 'both', 'there'],
      [1, 'twice', 'end'],
      [3, 'back', 'back'],
    ])
  })
})

describe('what on-demand views keep', () => {
  it('is every version that a retained one reads; services keep the stored views that their plans read', async () => {
    const registry = await applied(definitions(), definitions({ ttl: '2d' }))
    expect(registry.services.find((one) => one.name === 'all')?.reads).toEqual(['delays@1', 'world@1'])
    expect(registry.services.find((one) => one.name === 'far')?.reads).toEqual([])
    expect(registry.services.find((one) => one.name === 'plain')).not.toHaveProperty('reads')
    expect(keptViews(registry).map(({ view, services }) => [view.name, services])).toEqual([
      ['delays', ['all@1', 'all@2', 'plain@1', 'plain@2']],
      ['world', ['all@1', 'all@2']],
    ])
    expect(unusedVersions(registry)).toEqual(['all@1', 'far@1', 'plain@1'])
    expect(() => retireVersions(registry, ['near@1'])).toThrow('near@1 is used by all@1, far@1, blend@1, score@1.')
    const left = retireVersions(registry, ['all@1', 'far@1', 'plain@1', 'near@1', 'score@1', 'blend@1'])
    expect(ids(left.snapshot.on_demand)).toEqual(['blend@2', 'near@2', 'score@2'])
    expect(left.changes.map(({ kind, name }) => `${kind} ${name}`)).toContain('view near')
    expect((await applied(definitions(), definitions({ ttl: '2d' }))).last).toBeUndefined()
    expect(left.snapshot.last?.views).toEqual({})
  })

  it('is online with the stored views that its plan reads', async () => {
    const registry = await applied(definitions())
    const empty = { format: 1 as const, revision: 0, registry: 0, oldest: 1, views: {}, services: {} }
    const { services } = nextHead(empty, registry)
    expect([services['far']?.current, services['all']?.current]).toEqual([1, null])
  })

  it('is code, by the services that run it', async () => {
    const registry = await applied(definitions(), definitions({ code: 'b' }))
    expect([...neededCode(registry)].map(([hash, services]) => [hash, services])).toEqual(
      [
        [hashOf('a'), ['all@1']],
        [hashOf('b'), ['all@2']],
        [hashOf('wasm'), ['all@1', 'all@2']],
      ].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
  })

  it('goes with its last name, and says so before', async () => {
    const registry = await applied(definitions())
    const none = collect({ s: featureService('plain', { features: [delays()] }) })
    const plan = await planDefinitions(registry, none)
    expect(plan.destructive).toContain(
      'view near is retired: it gets no new version; all@1, far@1, blend@1, score@1 still read it',
    )
    const after = await applied(definitions(), none)
    const { snapshot } = retireVersions(after, ['all', 'far', 'near', 'score', 'blend', 'world'])
    expect(snapshot).not.toHaveProperty('on_demand')
    expect(snapshot.last?.views).toMatchObject({ near: 1, score: 1, blend: 1 })
    const again = await applyDefinitions(snapshot, definitions())
    expect(ids(again.snapshot.on_demand)).toEqual(['blend@2', 'near@2', 'score@2'])
  })

  it('is stored and read back as it is', async () => {
    const registry = await applied(definitions(), definitions({ sql: 'origin.mean' }))
    expect(unpackRegistry(packRegistry(registry))).toEqual(registry)
    expect(JSON.parse(packRegistry(registry))).toMatchObject({ format: 4 })
    const plain = await applied(collect({ s: featureService('plain', { features: [delays()] }) }))
    expect(JSON.parse(packRegistry(plain))).toMatchObject({ format: 3 })
  })

  it('is no view to materialize', async () => {
    const registry = await applied(definitions())
    expect(() => findView(registry, 'near')).toThrow('near is computed on demand: nothing of it is stored.')
  })

  it('tells callers what they must send', async () => {
    const before = collect({ s: featureService('far', { features: [delays()] }) })
    const { breaks } = await planDefinitions(await applied(before), definitions())
    expect(breaks.map(({ what }) => what)).toContain(
      'asks for the request-time value distance (float64), which callers do not send yet',
    )
  })
})
