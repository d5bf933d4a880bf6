/** Any sequence of edits of the definitions, planned and applied one after the other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyDefinitions } from './apply.ts'
import { compilePlan } from './compile.ts'
import { canonicalJson } from './hash.ts'
import {
  type Definitions,
  EMPTY_REGISTRY,
  type OnDemandDefinition,
  type OnDemandForm,
  type RegistrySnapshot,
  type ServiceDefinition,
  type ViewDefinition,
  type ViewObject,
  viewId,
} from './objects.ts'
import { hashOf, prepared } from './on-demand.fixture.ts'
import { allViews } from './on-demand.ts'
import { packRegistry, unpackRegistry } from './pack.ts'
import { planDefinitions } from './plan.ts'
import { retireVersions, unusedVersions } from './retire.ts'

const RUNS = Number(process.env['SHORELINE_RUNS'] ?? 150)

const VIEWS = ['a', 'b', 'c'] as const
/** What an on-demand view may read; one may have the name that a stored view has had. */
const READS = { c: ['a', 'b'], o: ['a', 'b', 'c'], p: ['a', 'b', 'c', 'o'] } as const
const ON_DEMAND = ['c', 'o', 'p'] as const
const SERVICES = ['s', 't'] as const
const FEATURES = ['f', 'g', 'h'] as const

const viewOptions = fc.record(
  {
    ttl: fc.constantFrom('1d', '2d'),
    lookback: fc.constantFrom('1d', '2d'),
    sql: fc.constantFrom('select 1 as f', 'select 2 as f'),
    description: fc.constantFrom('one', 'two'),
    owner: fc.constantFrom('x@example.com', 'y@example.com'),
    freshness: fc.constantFrom('1h', '2h'),
    checks: fc
      .constantFrom('1d', '2d')
      .map((within) => [{ kind: 'fresh' as const, within, severity: 'warn' as const }]),
    tags: fc.dictionary(fc.constantFrom('pii', 'team'), fc.constantFrom('1', '2')),
  },
  { requiredKeys: [] },
)
const features = fc.uniqueArray(fc.constantFrom(...FEATURES), { minLength: 1 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        type: fc.constantFrom('int64', 'float64', 'list(string)'),
        visibility: fc.constantFrom('server' as const, 'public' as const),
      }),
    ),
  ),
)
const view = fc.record({
  entity: fc.constantFrom('user', 'item'),
  source: fc.constantFrom('events', 'sales'),
  options: viewOptions,
  features,
})
const onDemand = fc.record({
  reads: fc.uniqueArray(fc.constantFrom(...VIEWS, 'o' as const), { minLength: 1 }),
  take: fc.integer({ min: 1, max: 3 }),
  request: fc.constantFrom('none', 'int64', 'float64'),
  /** The version of a training set; 0 for none. */
  set: fc.constantFrom(0, 1, 2),
  form: fc.constantFrom('sql', 'typescript', 'wasm'),
  text: fc.constantFrom('one', 'two'),
  visibility: fc.constantFrom('server' as const, 'public' as const),
  description: fc.constantFrom('one', 'two'),
})
/** Which features of which views a service takes, by the position among those that the view has. */
const service = fc.record({
  views: fc.uniqueArray(fc.constantFrom(...VIEWS, 'o' as const, 'p' as const), { minLength: 1 }),
  take: fc.integer({ min: 1, max: 3 }),
  owner: fc.option(fc.constantFrom('x@example.com', 'y@example.com'), { nil: undefined }),
})
const keyTypes = fc.constantFrom('string', 'int64')

interface State {
  readonly keys: 'string' | 'int64'
  readonly path: string
  readonly views: ReadonlyMap<string, View>
  readonly onDemand: ReadonlyMap<string, OnDemand>
  readonly services: ReadonlyMap<string, Service>
}
type View = typeof view extends fc.Arbitrary<infer T> ? T : never
type OnDemand = typeof onDemand extends fc.Arbitrary<infer T> ? T : never
type Service = typeof service extends fc.Arbitrary<infer T> ? T : never
type Edit = (state: State) => State

/** The same view with one thing changed, as most edits are. */
const touch: fc.Arbitrary<(one: View) => View> = fc.oneof(
  viewOptions.map(
    (options) =>
      (one: View): View => ({ ...one, options: { ...one.options, ...options } }),
  ),
  fc.constantFrom('ttl', 'lookback', 'description').map((option) => (one: View): View => {
    const { [option as keyof View['options']]: _, ...options } = one.options
    return { ...one, options }
  }),
  fc.tuple(fc.nat(2), fc.constantFrom('int64', 'float64', 'bool')).map(
    ([at, type]) =>
      (one: View): View => ({
        ...one,
        features: one.features.map((feature, index) => (index === at ? { ...feature, type } : feature)),
      }),
  ),
  fc.tuple(fc.nat(2), fc.constantFrom('server' as const, 'public' as const)).map(
    ([at, visibility]) =>
      (one: View): View => ({
        ...one,
        features: one.features.map((feature, index) => (index === at ? { ...feature, visibility } : feature)),
      }),
  ),
)

/** One thing of an on-demand view. */
const touchOnDemand: fc.Arbitrary<Partial<OnDemand>> = fc.oneof(
  fc.constantFrom('one', 'two').map((text) => ({ text })),
  fc.constantFrom('one', 'two').map((description) => ({ description })),
  fc.constantFrom('server' as const, 'public' as const).map((visibility) => ({ visibility })),
  fc.constantFrom('sql', 'typescript', 'wasm').map((form) => ({ form })),
  fc.constantFrom(1, 2).map((set) => ({ set })),
)

/** An edit sets or removes one thing; what it says does not depend on what is there, so that shrinking works. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom(...VIEWS), touch).map(
      ([name, change]): Edit =>
        (state) => {
          const one = state.views.get(name)
          return one ? { ...state, views: new Map(state.views).set(name, change(one)) } : state
        },
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...VIEWS), view).map(
      ([name, one]): Edit =>
        (state) => ({ ...state, views: new Map(state.views).set(name, one) }),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom(...ON_DEMAND), onDemand).map(
      ([name, one]): Edit =>
        (state) => ({ ...state, onDemand: new Map(state.onDemand).set(name, one) }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...ON_DEMAND), touchOnDemand).map(
      ([name, change]): Edit =>
        (state) => {
          const one = state.onDemand.get(name)
          return one ? { ...state, onDemand: new Map(state.onDemand).set(name, { ...one, ...change }) } : state
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...ON_DEMAND).map(
      (name): Edit =>
        (state) => ({ ...state, onDemand: without(state.onDemand, name) }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...SERVICES), service).map(
      ([name, one]): Edit =>
        (state) => ({ ...state, services: new Map(state.services).set(name, one) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...VIEWS).map(
      (name): Edit =>
        (state) => ({ ...state, views: without(state.views, name) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...SERVICES).map(
      (name): Edit =>
        (state) => ({ ...state, services: without(state.services, name) }),
    ),
  },
  {
    weight: 1,
    arbitrary: keyTypes.map(
      (keys): Edit =>
        (state) => ({ ...state, keys }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('file:///a.parquet', 'file:///b.parquet').map(
      (path): Edit =>
        (state) => ({ ...state, path }),
    ),
  },
)

function without<V>(map: ReadonlyMap<string, V>, name: string): ReadonlyMap<string, V> {
  return new Map([...map].filter(([one]) => one !== name))
}

/** The definitions that a repository in this state has. A service leaves out the views that are not there. */
function definitionsOf({ keys, path, views, onDemand: computed, services }: State): Definitions {
  const written = [...views]
    .filter(([name]) => !computed.has(name))
    .map(
      ([name, one]): ViewDefinition => ({
        name,
        entity: one.entity,
        sources: [one.source],
        timestamp: 'at',
        online: 'kv',
        features: one.features,
        ...one.options,
      }),
    )
  const onDemandViews: OnDemandDefinition[] = []
  for (const name of ON_DEMAND) {
    const one = computed.get(name)
    if (one) onDemandViews.push(...onDemandOf(name, one, [...written, ...onDemandViews]))
  }
  const all = [...written, ...onDemandViews]
  return prepared({
    entities: ['item', 'user'].map((name) => ({ name, join_keys: [{ name: `${name}_id`, type: keys }] })),
    sources: ['events', 'sales'].map((name) => ({ name, format: 'parquet', path, timestamp: 'at' })),
    views: written.sort(byName),
    ...(onDemandViews.length > 0 && { on_demand: onDemandViews.sort(byName) }),
    services: [...services].flatMap(([name, one]) => serviceOf(name, one, all) ?? []).sort(byName),
  })
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

type Written = ViewDefinition | OnDemandDefinition

function inputsOf(names: readonly string[], take: number, views: readonly Written[]): ServiceDefinition['inputs'] {
  return names.flatMap((wanted) => {
    const found = views.find((candidate) => candidate.name === wanted)
    if (!found) return []
    const taken = found.features.slice(0, take).map(({ name: feature }) => ({ feature, name: `${wanted}_${feature}` }))
    const keys = 'entity' in found ? { [`${found.entity}_id`]: `${found.entity}_id` } : {}
    return [{ view: wanted, as: wanted, keys, features: taken }]
  })
}

/** One that reads nothing at all is none. */
function onDemandOf(
  name: 'c' | 'o' | 'p',
  { reads, take, request, set, form, text, visibility, description }: OnDemand,
  views: readonly Written[],
): readonly OnDemandDefinition[] {
  const allowed: readonly string[] = READS[name]
  const inputs = inputsOf(
    reads.filter((one) => allowed.includes(one)),
    take,
    views,
  )
  const own = request === 'none' ? [] : [{ request: [{ name: `q_${request}`, type: request }] }]
  const mean = { name: 'mean', set: `late@${set}`, column: 'x', statistic: 'mean', type: 'float64', value: set }
  const constants = set === 0 ? [] : [{ statistics: [mean] }]
  if (inputs.length + own.length === 0) return []
  const row = [
    ...inputs.flatMap((input) => input.features.map((one) => one.name)),
    ...own.map(() => `q_${request}`),
    ...constants.map(() => 'mean'),
  ]
  const features = ['x', 'y'].map((feature) => ({ name: feature, type: 'float64', visibility }))
  const forms: Readonly<Record<string, OnDemandForm>> = {
    sql: { kind: 'sql', sql: { x: row[0] ?? '', y: `${row.join(' + ')} + ${text}` }, bound: {}, packs: [] },
    typescript: { kind: 'typescript', code: hashOf(text) },
    wasm: {
      kind: 'wasm',
      code: hashOf(text),
      export: 'f',
      args: [...row.slice(0, 1), ...constants.map(() => 'mean')],
      returns: ['y', 'x'],
    },
  }
  const used = forms[form]
  return used ? [{ name, description, inputs: [...inputs, ...own, ...constants], features, form: used }] : []
}

function serviceOf(name: string, one: Service, views: readonly Written[]): ServiceDefinition | null {
  const inputs = inputsOf(one.views, one.take, views)
  return inputs.length === 0 ? null : { name, inputs, ...(one.owner === undefined ? {} : { owner: one.owner }) }
}

/** What is defined now, with every version written as 1 and nothing of what is retained beside it. */
function upToVersions({ entities, sources, views, on_demand = [], services }: RegistrySnapshot): unknown {
  const newest = <T extends { readonly name: string; readonly retired?: true }>(objects: readonly T[]): readonly T[] =>
    [...new Map(objects.map((object) => [object.name, object])).values()].filter((object) => !object.retired)
  return {
    entities,
    sources,
    views: newest(views).map(({ version: _version, runs: _runs, ...rest }) => rest),
    on_demand: newest(on_demand).map(({ version: _version, hash: _hash, inputs, ...rest }) => ({
      ...rest,
      inputs: inputs.map((input) => ('view' in input ? { ...input, view: input.view.replace(/@.*/, '') } : input)),
    })),
    services: newest(services).map(({ version: _version, hash: _hash, plan: _plan, inputs, reads, ...rest }) => ({
      ...rest,
      reads: reads?.map((view) => view.replace(/@.*/, '')),
      inputs: inputs.map((input) => ({ ...input, view: input.view.replace(/@.*/, '') })),
    })),
  }
}

/** A service version's answer, field by field: what a caller relies on. Who may read a feature is metadata. */
function compiled(snapshot: RegistrySnapshot): ReadonlyMap<string, string> {
  const views = allViews(snapshot)
  const lasting = (key: string, value: unknown): unknown => (key === 'visibility' ? undefined : value)
  return new Map(
    snapshot.services.map((one) => [
      viewId(one),
      canonicalJson(JSON.parse(JSON.stringify(compilePlan(one, views), lasting))),
    ]),
  )
}

/** What is in the rows of a view version. */
function stored({ sql, lookback, join_keys, reads, features }: ViewObject): unknown {
  return { sql, lookback, join_keys, reads, features: features.map(({ name, type }) => `${name} ${type}`) }
}

/** Every version of everything, by its name. */
function versionsOf({ views, on_demand = [], services }: RegistrySnapshot): readonly string[] {
  return [...[...views, ...on_demand].map((one) => `view ${viewId(one)}`), ...services.map(viewId)]
}

const START: State = {
  keys: 'string',
  path: 'file:///a.parquet',
  views: new Map(),
  onDemand: new Map(),
  services: new Map(),
}

describe('definitions edited in any order, planned and applied each time', () => {
  it('leave the registry as the last state alone makes it; a second plan is empty; every older service answers as it did', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(edit, fc.nat(9)), { minLength: 1, maxLength: 25 }), async (edits) => {
        let state = START
        let registry = EMPTY_REGISTRY
        const promised = new Map<string, string>()
        const given = new Set<string>()
        const kept = new Map<string, string>()
        for (const [change, chance] of edits) {
          state = change(state)
          const definitions = definitionsOf(state)
          const planned = await planDefinitions(registry, definitions)
          const { snapshot, changes, plans } = await applyDefinitions(registry, definitions)
          expect(planned.changes).toEqual(changes)
          expect((await planDefinitions(snapshot, definitions)).changes).toEqual([])
          const before = new Set(versionsOf(registry))
          for (const id of versionsOf(snapshot))
            if (!before.has(id)) {
              expect(given).not.toContain(id) // a version is given once
              given.add(id)
            }
          for (const [id, answer] of compiled(snapshot)) {
            if (promised.has(id)) expect(answer).toBe(promised.get(id))
            promised.set(id, answer)
          }
          for (const one of snapshot.views)
            if (one.runs !== undefined) {
              const owner = snapshot.views.find((other) => other.name === one.name && other.version === one.runs)
              expect(owner && stored(owner)).toEqual(stored(one))
            }
          for (const [hash, plan] of plans) kept.set(hash, canonicalJson(plan))
          const views = allViews(snapshot)
          for (const one of snapshot.services) expect(kept.get(one.plan)).toBe(canonicalJson(compilePlan(one, views)))
          registry = unpackRegistry(packRegistry(snapshot))
          expect(registry).toEqual(snapshot)
          // Now and then somebody cleans up; what is used stays.
          if (chance === 0 && unusedVersions(registry).length > 0)
            registry = retireVersions(registry, unusedVersions(registry)).snapshot
        }
        const fresh = await applyDefinitions(EMPTY_REGISTRY, definitionsOf(state))
        expect(upToVersions(registry)).toEqual(upToVersions(fresh.snapshot))
      }),
      { numRuns: RUNS, seed: 20_261_123 },
    )
  })
})
