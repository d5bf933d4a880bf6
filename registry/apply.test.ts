import { describe, expect, it } from 'vitest'
import type { Plan } from '../core/plan.ts'
import { t } from '../core/types.ts'
import { type Applied, applyDefinitions } from './apply.ts'
import { collect } from './definitions/collect.ts'
import { entity } from './definitions/entity.ts'
import { featureService } from './definitions/feature-service.ts'
import { featureView } from './definitions/feature-view.ts'
import { parquetSource } from './definitions/parquet-source.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot } from './objects.ts'
import { retireVersions } from './retire.ts'

const SQL = 'select origin as airport, date as event_timestamp, written, 1 as flights, 0.5 as late_share from flights'

interface Change {
  readonly entity?: object
  readonly source?: object
  readonly view?: object
  readonly service?: object
}

/** A view of an airport's flights, with some options changed. */
function delays(change: Change = {}) {
  const airport = entity('airport', { joinKeys: { airport: t.string() }, ...change.entity })
  const flights = parquetSource('flights', { path: 'file://flights.parquet', timestamp: 'date', ...change.source })
  return featureView('delays', {
    entity: airport,
    source: flights,
    sql: SQL,
    ttl: '14d',
    lookback: '7d',
    features: { flights: t.int64(), late_share: t.float64() },
    ...change.view,
  })
}

/** The view and a service of it. */
function definitions(change: Change = {}): Definitions {
  return collect({ service: featureService('flight_delay', { features: [delays(change)], ...change.service }) })
}

/** What changed, without what of it. */
function brief({ changes }: Pick<Applied, 'changes'>): readonly object[] {
  return changes.map(({ fields: _, ...change }) => change)
}

async function applied(...all: readonly Definitions[]): Promise<Applied> {
  let last: Applied = { snapshot: EMPTY_REGISTRY, changes: [], plans: new Map() }
  const plans = new Map<string, Plan>()
  for (const one of all) {
    last = await applyDefinitions(last.snapshot, one)
    for (const [hash, plan] of last.plans) plans.set(hash, plan)
  }
  last = { ...last, plans }
  return last
}

function versions(list: RegistrySnapshot['views'] | RegistrySnapshot['services']): readonly string[] {
  return list.map(({ name, version }) => `${name}@${version}`)
}

describe('definitions that are new', () => {
  it('are created at version 1, with the next registry revision', async () => {
    const { snapshot, changes, plans } = await applied(definitions())
    expect(brief({ changes })).toEqual([
      { kind: 'entity', name: 'airport', change: 'created' },
      { kind: 'source', name: 'flights', change: 'created' },
      { kind: 'view', name: 'delays', version: 1, change: 'created' },
      { kind: 'service', name: 'flight_delay', version: 1, change: 'created' },
    ])
    expect(snapshot.revision).toBe(1)
    expect(snapshot.views[0]).toMatchObject({
      version: 1,
      join_keys: [{ name: 'airport', type: 'string' }],
      reads: [{ name: 'flights', path: 'file://flights.parquet' }],
    })
    expect(snapshot.services[0]).toMatchObject({
      version: 1,
      inputs: [{ view: 'delays@1', as: 'delays' }],
      features: ['flights', 'late_share'],
    })
    expect([...plans.keys()]).toEqual([snapshot.services[0]?.plan])
  })

  it('stand sorted by name', async () => {
    const zone = entity('a_zone', { joinKeys: {} })
    const weather = parquetSource('weather', { path: 'file://weather.parquet', timestamp: 'at' })
    const rain = featureView('a_rain', { entity: zone, source: weather, features: { rain: t.float64() } })
    const { snapshot } = await applied(collect({ delays: delays(), rain }))
    expect(versions(snapshot.views)).toEqual(['a_rain@1', 'delays@1'])
    expect(snapshot.entities.map(({ name }) => name)).toEqual(['a_zone', 'airport'])
  })
})

describe('definitions that are gone', () => {
  it('are retired: their versions stay for whoever names them, and entities and sources go', async () => {
    const { snapshot, changes } = await applied(definitions(), collect({}))
    expect(brief({ changes })).toEqual([
      { kind: 'entity', name: 'airport', change: 'retired' },
      { kind: 'source', name: 'flights', change: 'retired' },
      { kind: 'view', name: 'delays', version: 1, change: 'retired' },
      { kind: 'service', name: 'flight_delay', version: 1, change: 'retired' },
    ])
    expect(snapshot.entities).toEqual([])
    expect(snapshot.views).toMatchObject([{ name: 'delays', version: 1, retired: true }])
    expect(snapshot.services).toMatchObject([{ name: 'flight_delay', version: 1, retired: true }])
    expect((await applyDefinitions(snapshot, collect({}))).changes).toEqual([])
  })

  it('come back as the version they were, and as a new one when they mean something else', async () => {
    const back = await applied(definitions(), collect({}), definitions())
    expect(versions(back.snapshot.views)).toEqual(['delays@1'])
    expect(back.snapshot.views[0]?.retired).toBeUndefined()
    const other = await applied(definitions(), collect({}), definitions({ view: { lookback: '9d' } }))
    expect(other.snapshot.views.map(({ version, retired }) => [version, retired])).toEqual([
      [1, true],
      [2, undefined],
    ])
  })

  it('never give their number away, even when nothing is left of them', async () => {
    const { snapshot } = await applied(definitions(), collect({}))
    const removed = retireVersions(snapshot, ['flight_delay@1', 'delays@1']).snapshot
    expect([removed.views, removed.services]).toEqual([[], []])
    const again = await applyDefinitions(removed, definitions())
    expect(versions(again.snapshot.views)).toEqual(['delays@2'])
    expect(versions(again.snapshot.services)).toEqual(['flight_delay@2'])
  })
})

describe('definitions that did not change', () => {
  it('change nothing: the registry stays at its revision', async () => {
    const { snapshot } = await applied(definitions())
    const again = await applyDefinitions(snapshot, definitions())
    expect(again.changes).toEqual([])
    expect(again.snapshot).toBe(snapshot)
    expect([...again.plans.keys()]).toEqual([])
  })

  it('do not depend on the order of options, nor on having been JSON in between', async () => {
    const { snapshot } = await applied(definitions({ entity: { owner: 'a@example.com', tags: { x: '1', y: '2' } } }))
    const stored = JSON.parse(JSON.stringify(snapshot)) as RegistrySnapshot
    const shuffled = definitions({ entity: { tags: { y: '2', x: '1' }, owner: 'a@example.com' } })
    expect((await applyDefinitions(stored, shuffled)).changes).toEqual([])
  })
})

describe('a view gets a new version when what it means changes:', () => {
  it.each<[string, Change]>([
    ['its sql', { view: { sql: `${SQL} where not cancelled` } }],
    ['its timestamp', { view: { timestamp: 'written' } }],
    ['its created timestamp', { view: { created: 'written' } }],
    ['its ttl', { view: { ttl: '7d' } }],
    ['no ttl any more', { view: { ttl: undefined } }],
    ['its lookback', { view: { lookback: '8d' } }],
    ["its source's path", { source: { path: 'file://other.parquet' } }],
    ["its source's timestamp", { source: { timestamp: 'at' } }],
    ["its source's created timestamp", { source: { created: 'written' } }],
    ['the name of a join key', { entity: { joinKeys: { code: t.string() } } }],
    ['the type of a join key', { entity: { joinKeys: { airport: t.int64() } } }],
    ['another join key', { entity: { joinKeys: { airport: t.string(), terminal: t.int32() } } }],
    ["a feature's type", { view: { features: { flights: t.int32(), late_share: t.float64() } } }],
    ["a feature's name", { view: { features: { departures: t.int64(), late_share: t.float64() } } }],
    ['a feature added', { view: { features: { flights: t.int64(), late_share: t.float64(), more: t.bool() } } }],
    ['a feature removed', { view: { features: { flights: t.int64() } } }],
    ['the order of features', { view: { features: { late_share: t.float64(), flights: t.int64() } } }],
  ])('%s', async (_what, change) => {
    const { snapshot, changes } = await applied(definitions(), definitions(change))
    expect(brief({ changes })).toContainEqual({ kind: 'view', name: 'delays', version: 2, change: 'new version' })
    expect(brief({ changes })).toContainEqual({
      kind: 'service',
      name: 'flight_delay',
      version: 2,
      change: 'new version',
    })
    expect(versions(snapshot.views)).toEqual(['delays@1', 'delays@2'])
    expect(snapshot.views[0]?.hash).not.toBe(snapshot.views[1]?.hash)
  })

  it('the columns of a source that it reads as it is', async () => {
    const change = { view: { sql: undefined }, source: { columns: { flights: 'FLIGHTS' } } }
    const { snapshot } = await applied(definitions({ view: { sql: undefined } }), definitions(change))
    expect(versions(snapshot.views)).toEqual(['delays@1', 'delays@2'])
  })

  it('and again when it changes back, so that a version never means two things', async () => {
    const { snapshot } = await applied(definitions(), definitions({ view: { ttl: '7d' } }), definitions())
    expect(snapshot.views.map(({ version, ttl }) => [version, ttl])).toEqual([
      [1, '14d'],
      [2, '7d'],
      [3, '14d'],
    ])
  })
})

describe('a view keeps its version, and is updated, when what changes is', () => {
  const features = { flights: t.int64(), late_share: t.float64() }
  it.each<[string, Change]>([
    ['its description', { view: { description: 'Delays' } }],
    ['its owner', { view: { owner: 'delays@example.com' } }],
    ['its tags', { view: { tags: { team: 'delays' } } }],
    ['its freshness', { view: { freshness: '2d' } }],
    ['its schedule', { view: { schedule: '0 3 * * *' } }],
    ['its lag', { view: { lag: '1h' } }],
    ['its retention', { view: { retention: '30d' } }],
    [
      "a feature's description",
      { view: { features: { ...features, flights: { type: t.int64(), description: 'N' } } } },
    ],
    ["a feature's tags", { view: { features: { ...features, flights: { type: t.int64(), tags: { pii: 'no' } } } } }],
    [
      "a feature's visibility",
      { view: { features: { ...features, flights: { type: t.int64(), visibility: 'public' } } } },
    ],
  ])('%s', async (_what, change) => {
    const before = await applied(definitions())
    const { snapshot, changes } = await applyDefinitions(before.snapshot, definitions(change))
    expect(brief({ changes })).toEqual([{ kind: 'view', name: 'delays', version: 1, change: 'updated' }])
    expect(versions(snapshot.views)).toEqual(['delays@1'])
    expect(versions(snapshot.services)).toEqual(['flight_delay@1'])
    expect(snapshot.views[0]?.hash).toBe(before.snapshot.views[0]?.hash)
    expect(snapshot.views[0]).toMatchObject(definitions(change).views[0] ?? {})
  })

  it.each<[string, Change]>([
    ["its entity's description", { entity: { description: 'By its IATA code' } }],
    ["its source's owner", { source: { owner: 'flights@example.com' } }],
  ])('%s', async (_what, change) => {
    const { snapshot } = await applied(definitions(), definitions(change))
    expect(versions(snapshot.views)).toEqual(['delays@1'])
    expect(snapshot.revision).toBe(2)
  })

  it("a feature's visibility: the service keeps its version too, and its plan says who may read it", async () => {
    const open = definitions({
      view: { features: { ...features, flights: { type: t.int64(), visibility: 'public' } } },
    })
    const { snapshot, plans } = await applied(definitions(), open)
    const plan = plans.get(snapshot.services[0]?.plan ?? '')
    expect(plan?.views[0]?.columns.map(({ visibility }) => visibility)).toEqual(['public', 'server'])
  })
})

describe('a service', () => {
  it('gets a new version with a new version of its view, and the old one goes on with the old view', async () => {
    const { snapshot, plans } = await applied(definitions(), definitions({ view: { ttl: '7d' } }))
    expect(snapshot.services.map(({ inputs }) => inputs.map(({ view }) => view))).toEqual([['delays@1'], ['delays@2']])
    const ttls = snapshot.services.map(({ plan }) => plans.get(plan)?.views[0]?.ttl)
    expect(ttls).toEqual([14 * 86_400_000_000, 7 * 86_400_000_000])
  })

  it('that is not defined any more stays on the view version that it had', async () => {
    const { snapshot } = await applied(definitions(), { ...definitions({ view: { ttl: '7d' } }), services: [] })
    expect(versions(snapshot.views)).toEqual(['delays@1', 'delays@2'])
    expect(snapshot.services.map(({ inputs }) => inputs[0]?.view)).toEqual(['delays@1'])
  })

  it('keeps its version when its description, owner or tags change', async () => {
    const told = { description: 'For the gate', owner: 'gate@example.com', tags: { tier: '1' } }
    const { snapshot, changes } = await applied(definitions(), definitions({ service: told }))
    expect(brief({ changes })).toEqual([{ kind: 'service', name: 'flight_delay', version: 1, change: 'updated' }])
    expect(snapshot.services).toMatchObject([{ version: 1, ...told }])
  })

  it.each(['pick', 'rename', 'as'] as const)('gets a new version when .%s() makes its rows others', async (how) => {
    const view = delays()
    const role =
      how === 'pick' ? view.pick('flights') : how === 'rename' ? view.rename({ flights: 'n' }) : view.as('origin')
    const { snapshot } = await applied(definitions(), definitions({ service: { features: [role] } }))
    expect(versions(snapshot.services)).toEqual(['flight_delay@1', 'flight_delay@2'])
    expect(versions(snapshot.views)).toEqual(['delays@1'])
  })
})

describe('definitions are refused', () => {
  const { entities, sources, views, services } = definitions()
  it.each<[string, Definitions, string]>([
    [
      'when a view names an entity that is not there',
      { entities: [], sources, views, services },
      'featureView delays: entity airport is not defined. Export it beside the view.',
    ],
    [
      'when a view names a source that is not there',
      { entities, sources: [], views, services },
      'featureView delays: source flights is not defined. Export it beside the view.',
    ],
    [
      'when a service names a view that is not there',
      { entities, sources, views: [], services },
      'featureService flight_delay: view delays is not defined. Export it beside the service.',
    ],
  ])('%s', async (_what, wrong, message) => {
    await expect(applyDefinitions(EMPTY_REGISTRY, wrong)).rejects.toMatchObject({ code: 'INVALID', message })
  })

  it('with everything that is wrong, not only the first', async () => {
    const [service] = services
    const lost = { ...service, name: 'lost', inputs: [{ view: 'nowhere', as: 'a', keys: {}, features: [] }] }
    const wrong = { entities: [], sources, views, services: [...services, lost] }
    await expect(applyDefinitions(EMPTY_REGISTRY, wrong)).rejects.toMatchObject({
      details: {
        problems: [
          'featureView delays: entity airport is not defined. Export it beside the view.',
          'featureService lost: view nowhere is not defined. Export it beside the service.',
        ],
      },
    })
  })
})
